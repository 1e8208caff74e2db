"""Runs what its arguments say in a terminal of 100 columns and 24 lines, and tells what is to be seen there.

Each screen that is drawn goes to stdout, line by line, a chosen line with ">" before it; what comes on stdin is typed. At the end:
"exit CODE", and "as before" if the terminal has been given back as it was.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios


def lines(screen):
    for line in screen.decode("utf-8", "replace").split("\r\n"):
        chosen = "\x1b[7m" in line
        yield (">" if chosen else " ") + re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", line)


def main():
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
        os.environ["TERM"] = "xterm"
        os.execvp(sys.argv[1], sys.argv[1:])
    before = termios.tcgetattr(terminal)
    seen = b""
    sources = [terminal, 0]
    while True:
        ready = select.select(sources, [], [])[0]
        if 0 in ready:
            typed = os.read(0, 64)
            if typed:
                os.write(terminal, typed)
            else:
                sources.remove(0)
        if terminal in ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data
            while b"\x1b[J" in seen:
                screen, seen = seen.split(b"\x1b[J", 1)
                print("\n".join(lines(screen)), flush=True)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print("exit", code)
    try:
        if b"\x1b[?1049l" in seen and termios.tcgetattr(terminal) == before:
            print("as before")
    except termios.error as error:
        print("gone", error)


main()
