"""Runs a thread-pool server that knows no worker processes in as many processes as the others get.

    forked.py waitress|cheroot PORT WORKERS THREADS FOLDER

waitress and cheroot serve from one process; to compare them on both cores they listen on one socket that is made
before the fork, as their own documentation advises for several processes.
"""

import os
import signal
import socket
import sys

sys.path.insert(0, sys.argv[5])
os.chdir(sys.argv[5])
kind, port, workers, threads = sys.argv[1], *map(int, sys.argv[2:5])
listener = socket.create_server(("127.0.0.1", port), backlog=1024)
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

from app import app  # noqa: E402  each process imports for itself, as the other servers' workers do

if kind == "waitress":
    import waitress

    listener.setblocking(False)
    waitress.serve(app, sockets=[listener], threads=threads, backlog=1024)
else:
    import cheroot.wsgi

    os.environ["LISTEN_PID"] = str(os.getpid())  # cheroot's way to take a socket: descriptor 3, as from systemd
    os.dup2(listener.fileno(), 3)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    cheroot.wsgi.Server(("127.0.0.1", port), app, numthreads=threads, request_queue_size=1024).start()
