"""Promise: an exception while the application is imported is a message with its traceback, and exit code 4.

The environment variable RAISES chooses the exception: RuntimeError by default; SystemExit, KeyboardInterrupt and
others by their names in builtins. RAISES=exit calls os._exit(9), RAISES=hang never returns.
"""
import builtins
import os
import time

kind = os.environ.get("RAISES", "RuntimeError")
if kind == "exit":
    os._exit(9)
while kind == "hang":
    time.sleep(1)
raise getattr(builtins, kind)("the plate is not plugged in")
