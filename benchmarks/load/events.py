"""Many clients of server-sent events, from one thread.

    events.py PORT CLIENTS SECONDS PATH

Every event begins with the monotonic time at which the application made it; how old it is when it comes is its latency.
Prints JSON: requests are events, times are in ms. A client that got none at all is an error: it was without an answer.
"""

import json
import selectors
import socket
import sys
import time

port, count, seconds, path = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
selector = selectors.DefaultSelector()
waiting, ages, read = set(), [], 0
for number in range(count):
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    client.setblocking(False)
    selector.register(client, selectors.EVENT_READ)
    waiting.add(client)


def take(seconds, ages):
    """Reads for so long."""
    global read
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            try:
                piece = key.fileobj.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                read += 1
                selector.unregister(key.fileobj)
                waiting.discard(key.fileobj)
                continue
            now = time.monotonic()
            for event in piece.split(b"data: ")[1:]:
                waiting.discard(key.fileobj)
                try:
                    ages.append((now - float(event[: event.index(b" ")])) * 1e3)
                except ValueError:
                    pass  # the stamp is in two pieces


take(2, [])  # until all are served, or as many as will be
begun = time.monotonic()
take(seconds, ages)
took = time.monotonic() - begun
ages.sort()


def quantile(share):
    return ages[min(len(ages) - 1, int(share * len(ages)))] if ages else 0.0


print("JSON " + json.dumps({
    "requests": len(ages), "seconds": took, "p50": quantile(0.5), "p99": quantile(0.99), "max": quantile(1.0),
    "connect": 0, "read": read, "write": 0, "status": 0, "timeout": len(waiting),
}))
