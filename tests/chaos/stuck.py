#!/usr/bin/env python3
"""One request that is stuck in C code past its limit beside seven that work: it gets its 504 with its stack, the others their answers.

Then the same in code that keeps the GIL, where only the death of the worker helps: its other requests run again.
"""
import threading
import time

from chaos import Broken, Client, Server, options, verdict

given = options(__doc__, 3, limit=(2, "--timeout in seconds"))


def trial(gil):
    """Returns the status of the stuck one, those of its neighbours, and the log."""
    with Server(given.server, 1, threads=8, flags=["--timeout", str(given.limit), "--preload", "on", "--threads", "8"]) as server:
        seen, stuck = [], []

        def ask(target, into):
            try:
                with Client(server.port) as client:
                    into.append(client.get(target)[0])
            except Broken as error:
                into.append(str(error))

        asked = [threading.Thread(target=ask, args=(f"/stuck?gil={gil}&s=600", stuck))]
        for number in range(7):
            asked.append(threading.Thread(target=ask, args=(f"/work?ms={given.limit * 600}&n={number}", seen)))
        # The neighbours are at work before the GIL is taken.
        for thread in asked[1:] + asked[:1]:
            thread.start()
            time.sleep(0.02)
        for thread in asked:
            thread.join(60)
        time.sleep(0.5)
        with Client(server.port) as client:
            again = client.get("/work")[0]
        return stuck, seen, again, server.words()


kept, said = True, []
for gil in ("free", "held"):
    stuck, seen, again, words = trial(gil)
    good = stuck == [504] and seen == [200] * 7 and again == 200 and "/stuck" in words and "app.py" in words
    kept &= good
    said.append(f"GIL {gil}: the stuck one {stuck}, its neighbours {seen}, the next {again}, "
                f"stack {'in the log' if 'app.py' in words else 'MISSING'}")
verdict(f"stuck, {given.server}", kept, "; ".join(said))
