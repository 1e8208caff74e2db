"""Runs what its arguments say in a terminal of its own. What that shows goes to stderr; at a debugger's prompt the next line is typed."""
import os
import pty
import signal
import sys

LINES = ["p word\n", "!word = 'changed in the debugger'\n", "c\n"] * 2


def main():
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    seen = b""
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        sys.stderr.buffer.write(data.replace(b"\r\n", b"\n"))
        sys.stderr.flush()
        seen += data
        while b"(Pdb) " in seen:
            seen = seen.split(b"(Pdb) ", 1)[1]
            if LINES:
                os.write(terminal, LINES.pop(0).encode())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


sys.exit(main())
