"""Feeds mutated frames to real workers and tells how each ended: mutated_streams.py EXTENSION WIRE.MD FRAMES SEED

A worker here is a fork of this process with the extension loaded, which takes requests until its channel ends and answers each at
once. The frames are those of docs/wire.md, with bytes changed, removed and added. A stream goes on until a frame that is likely to end
the worker, so that those before it are all read. Prints {"frames": N, "streams": N, "ends": {"exit 0": N, "exit 3": N, …}}.
"""
import collections
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import mmap
import os
import random
import re
import signal
import socket
import struct
import sys

HEADER = struct.Struct("<IBBHII")
SLOTS = 16
# The lines in whole pages, the unsent frames, bodies of requests and of answers: docs/wire.md, "The scoreboard".
SEGMENT = -(-64 * (SLOTS + 1) // 4096) * 4096 + 4096 + 2 * 512 * 1024 + 2 * 1024 * 1024
SEQUENCE = 9
TO_THE_WORKER = range(1, 9)
PATIENCE = 20  # seconds before a worker counts as hanging


def load(path):
    loader = importlib.machinery.ExtensionFileLoader("_hotplate", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location("_hotplate", path, loader=loader))
    loader.exec_module(module)
    return module


def examples(path):
    with open(path, encoding="utf-8") as page:
        blocks = re.findall(r"```golden [\w-]+\n([0-9a-f\s]+)```", page.read())
    frames = [bytes.fromhex(block) for block in blocks]
    return [frame for frame in frames if frame[4] in TO_THE_WORKER and frame[4] != 5]


def mutate(frame, rng):
    frame = bytearray(frame)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        kind, at = rng.random(), rng.randrange(len(frame))
        if kind < 0.5:
            frame[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind < 0.7:
            frame[at] ^= 1 << rng.randrange(8)
        elif kind < 0.8 and len(frame) > 17:
            del frame[rng.randrange(16, len(frame)):]
        elif kind < 0.9:
            frame[at:at] = rng.randbytes(rng.randrange(1, 40)) if hasattr(rng, "randbytes") else os.urandom(3)
        else:
            length = min(rng.choice((1, 2, 8)), len(frame) - at)
            frame[at:at + length] = rng.getrandbits(8 * length).to_bytes(length, "little")
    if rng.random() < 0.9 and len(frame) >= 16:
        # Mostly with a length that is true: one that is not swallows what follows.
        frame[0:4] = struct.pack("<I", len(frame))
    return bytes(frame)


def likely_fatal(frame):
    if len(frame) < 16:
        return True
    length, kind, flags, slot, stream, _ = HEADER.unpack_from(frame)
    if length != len(frame) or kind not in TO_THE_WORKER:
        return True
    return kind == 1 and (slot >= SLOTS or stream == 0 or flags & 2 != 0 or not is_head(frame[16:], flags))


def is_head(payload, flags):
    try:
        method, version = payload[0], payload[1]
        query, headers = struct.unpack_from("<HH", payload, 16)
        at, texts = 20, []
        for _ in range(7):
            length = struct.unpack_from("<H", payload, at)[0]
            texts.append(length)
            at += 2 + length
        for _ in range(headers):
            identity = payload[at]
            at += 1
            for _ in range(1 if identity else 2):
                at += 2 + struct.unpack_from("<H", payload, at)[0]
        return method < 10 and (method != 0) == (texts[0] == 0) and version < 4 and at <= len(payload) and (
            query == 0xFFFF or query <= texts[1]) and struct.unpack_from("<q", payload, 8)[0] >= -1
    except (IndexError, struct.error):
        return False


def make_stream(frames, rng):
    stream = []
    while len(stream) < 60:
        frame = mutate(rng.choice(frames), rng)
        if likely_fatal(frame) and rng.random() < 0.85:
            continue
        stream.append(frame)
        if likely_fatal(frame):
            break
    return stream


class Interrupted(BaseException):
    pass


def be_worker(hotplate, channel, descriptors, board):
    signal.alarm(PATIENCE)
    environ = {f"k{number}": "" for number in range(22)}
    hotplate.attach(channel, descriptors, board, 4, environ, io.BytesIO(), io.BytesIO, -1, 1, lambda *_: "", Interrupted)
    while True:
        work = hotplate.take_now()
        if work.__class__ in (tuple, list):
            work[1]("200 OK", [("Content-Type", "text/plain")])
            if work.__class__ is list:
                # The frames may say that its client has left.
                with contextlib.suppress(ConnectionResetError):
                    hotplate.read_now(work[2], 100)
            hotplate.finish(work[2], [b"hello"])
        elif work == 3:
            os._exit(0)


def run(hotplate, stream):
    ours, theirs = socket.socketpair()
    our_descriptors, their_descriptors = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    board = os.memfd_create("scoreboard")
    os.ftruncate(board, SEGMENT)
    with mmap.mmap(board, 64 * (SLOTS + 1)) as lines:
        lines[0:8] = struct.pack("<II", 0x54504C48, SLOTS)
        for slot in range(SLOTS):
            lines[64 * (slot + 1):64 * (slot + 1) + 8] = struct.pack("<Q", SEQUENCE << 8 | 1)
    ours.sendall(b"".join(stream))
    ours.shutdown(socket.SHUT_WR)
    pid = os.fork()
    if pid == 0:
        ours.close()
        try:
            be_worker(hotplate, theirs.fileno(), their_descriptors.fileno(), board)
        finally:
            os._exit(99)
    for end in (theirs, their_descriptors, our_descriptors):
        end.close()
    os.close(board)
    status = os.waitpid(pid, 0)[1]
    ours.close()
    return f"exit {os.WEXITSTATUS(status)}" if os.WIFEXITED(status) else f"signal {os.WTERMSIG(status)}"


def main():
    hotplate, frames = load(sys.argv[1]), examples(sys.argv[2])
    # All requests with the sequence number that the slots hold, or the worker would pass them over unread.
    frames = [frame[:12] + struct.pack("<I", SEQUENCE) + frame[16:] if frame[4] == 1 else frame for frame in frames]
    wanted, rng = int(sys.argv[3]), random.Random(int(sys.argv[4]))
    silence = os.open("/dev/null", os.O_WRONLY)
    os.dup2(silence, 2)
    count = streams = 0
    ends = collections.Counter()
    while count < wanted:
        stream = make_stream(frames, rng)
        end = run(hotplate, stream)
        ends[end] += 1
        streams += 1
        count += len(stream)
        if end not in ("exit 0", "exit 3"):
            print(json.dumps({"frames": count, "streams": streams, "ends": ends, "stream": [frame.hex() for frame in stream]}))
            return
    print(json.dumps({"frames": count, "streams": streams, "ends": ends}))


main()
