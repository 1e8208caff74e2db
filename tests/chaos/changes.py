#!/usr/bin/env python3
"""Changes of the configuration, ten a second under load: routes, limits, workers, variables, whole applications. No request fails.

Then the front is killed in the middle of a change, and started again: it serves what its file says.
"""
import http.client
import json
import os
import signal
import socket
import tempfile
import threading
import time

from chaos import Client, Load, Server, descriptors, options, pss_mb, tree, verdict

given = options(__doc__, 60, clients=(8, "keep-alive connections"), rate=(10.0, "changes a second"))
HERE = os.path.dirname(os.path.abspath(__file__))
FILE = f"""
workers = 1
watch = "0s"
[apps.shop]
target = "app"
chdir = "{HERE}/app"
[apps.admin]
target = "app"
chdir = "{HERE}/app"
[[routes]]
path = "/shop/*"
app = "shop"
mount = "/shop"
[[routes]]
path = "/admin/*"
app = "admin"
mount = "/admin"
"""


class Control(http.client.HTTPConnection):
    """HTTP on a control socket."""

    def __init__(self, path):
        super().__init__("hotplate", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, method, path, value=None):
        self.request(method, "/v1/config/" + path, None if value is None else json.dumps(value))
        answer = self.getresponse()
        return answer.status, answer.read().decode()


def change(control, number):
    """One change, and whatever takes it back two changes later. Most are cheap; two of ten start an application anew."""
    kind, even = number % 10, number // 10 % 2 == 0
    if kind == 3:
        return control.ask("PUT", "apps/admin/env", {"ROUND": str(number)})
    if kind == 5:
        return control.ask("PUT", "apps/shop/workers", 2 if even else 1)
    if kind == 7:
        return control.ask("PUT", "apps/extra", {"target": "app", "chdir": f"{HERE}/app"}) if even else control.ask("DELETE", "apps/extra")
    if kind == 9:
        return control.ask("PUT", "apps/admin/max-queue", 1000 + number)
    if kind % 4 == 0:
        return control.ask("POST", "routes", {"path": f"/old{number}", "redirect": "/shop/version"})
    return control.ask("DELETE", "routes/2")


def calm(control):
    """Back to what the file says, but for the variables."""
    control.ask("DELETE", "apps/extra")
    control.ask("PUT", "apps/shop/workers", 1)
    while control.ask("DELETE", "routes/2")[0] == 200:
        pass


def state(server):
    family = tree(server.pid)
    return pss_mb(family), descriptors(server.pid), len(family)


def settled(server, most):
    """Its state when what was replaced has gone, or does not go."""
    end = time.monotonic() + 30
    while (now := state(server))[2] > most and time.monotonic() < end:
        time.sleep(0.2)
    return now


with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "hotplate.toml")
    with open(file, "w") as out:
        out.write(FILE)
    with Server(file=file, controlled=True, first="/shop/version") as server:
        load = Load(server.port, given.clients, lambda rng: (f"/{rng.choice(('shop', 'admin'))}/work?ms={rng.randint(1, 20)}",))
        control, wrong, slowest = Control(server.control), [], 0.0
        for number in range(20):  # what is compared has changed before
            change(control, number)
        calm(control)
        before, began = settled(server, 7), time.monotonic()
        number = 20
        control.ask("POST", "routes", {"path": "/first", "redirect": "/shop/version"})
        while time.monotonic() < began + given.seconds:
            started = time.monotonic()
            status, said = change(control, number)
            slowest = max(slowest, time.monotonic() - started)
            if status != 200:
                wrong.append(f"{number}: {status} {said}")
            number += 1
            time.sleep(max(0.0, began + (number - 20) / given.rate - time.monotonic()))
        made, took = number - 20, time.monotonic() - began
        calm(control)
        after = settled(server, before[2])
        tally = load.stop()

        # One change that takes a while, and the front is killed while it is under way.
        asking = threading.Thread(target=lambda: suppressed(control), daemon=True)

        def suppressed(control):
            try:
                control.ask("PUT", "apps/admin/env", {"ROUND": "last"})
            except (OSError, http.client.HTTPException):
                pass

        asking.start()
        time.sleep(0.05)
        server.signal(signal.SIGKILL)
        server.process.wait()
        asking.join()
    with Server(file=file, controlled=True, first="/shop/version") as server:
        with Client(server.port) as client:
            again = client.get("/admin/version")[0] == 200
        again = again and json.loads(Control(server.control).ask("GET", "apps/admin")[1]) == {"target": "app", "chdir": f"{HERE}/app"}

near = after[0] <= before[0] * 1.15 + 5 and after[1] <= before[1] + 8
verdict("changes", tally.failed == 0 and tally.closed == 0 and not wrong and again and (near or given.lenient),
        f"{made} changes in {took:.0f} s, {len(wrong)} refused, the slowest {slowest:.2f} s; memory {before[0]:.0f} -> {after[0]:.0f} MB, "
        f"descriptors {before[1]} -> {after[1]}, processes {before[2]} -> {after[2]}; killed in the middle it "
        f"{'serves its file again' if again else 'does NOT serve its file'}; {tally}" + "".join(f"\n    {text}" for text in wrong[:3]))
