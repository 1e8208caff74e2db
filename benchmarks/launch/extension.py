"""Runs bjoern or FastWSGI in as many processes as the others get workers.

    extension.py bjoern|fastwsgi PORT WORKERS FOLDER

Each process binds the port for itself (SO_REUSEPORT) and imports the application for itself.
"""

import os
import signal
import sys

module, port, workers, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
sys.path.insert(0, folder)
os.chdir(folder)
children = []
for _ in range(workers):
    child = os.fork()
    if child == 0:
        break
    children.append(child)
else:
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
    for child in children:
        os.waitpid(child, 0)
    sys.exit(0)

from app import app  # noqa: E402

if module == "bjoern":
    import bjoern

    bjoern.run(app, "127.0.0.1", port, reuse_port=True)
else:
    import fastwsgi

    fastwsgi.run(app, "127.0.0.1", port, loglevel=0)
