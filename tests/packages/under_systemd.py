"""The .deb on a Debian 12 that has booted, under its systemd: docs/service.md is followed there, and what it promises is tried."""
import contextlib
import json
import os
import re
import time

import deb
from booted import Booted
from machine import Asking, Step, change, installed, must, say, write

UNIT = "hotplate@shop.service"
WEB = "hotplate@web.service"
# Version 1 of control groups: where a machine has both, the memory is there.
MEMORY = "/sys/fs/cgroup/memory"
MADE = "made.service"
SHOP = "srv/shop/shop.py"
SOCKET = "[Socket]\nListenStream=8080\nFileDescriptorName=web\n\n[Install]\nWantedBy=sockets.target\n"
# As a new version that runs, and does not come to serve.
EXITS_7 = '#!/bin/sh\n[ "$1" = --version ] && echo "hotplate 100" && exit\nexit 7\n'


def prove(artefacts):
    if not installed("debootstrap", "unshare", "nsenter", "pivot_root", "ip"):
        return
    in_full(artefacts)
    of_today(artefacts)


def in_full(artefacts):
    machine = Booted(artefacts, "bookworm", "python3-flask")
    path = artefacts.one(f"*_{artefacts.debian}.deb")
    first, later = machine.put(path), machine.put(deb.later(artefacts, path))
    with machine:
        say("  " + machine.told("systemctl", "--version").splitlines()[0])
        with Step("dpkg -i, hotplate install"):
            machine.told("dpkg", "-i", first)
            install(machine)
        with Step("reload, HUP, and what does not load"):
            reload(machine)
        with Step("dpkg -i of a newer version, hotplate upgrade, USR2"):
            upgrade(machine, later)
        with Step("a new program that exits with 7"):
            fail_to_upgrade(machine)
        with Step("KILL of what an upgrade has started; STOP, which the watchdog sees"):
            come_back(machine)
        with Step("a worker that the kernel kills for its memory"):
            run_out_of_memory(machine)
        with Step("restarts with a socket unit"):
            restart_with_socket(machine)
        with Step("hotplate generate systemd"):
            serve_generated(machine)
    with Step("booted again: it serves"), machine:
        machine.until(lambda: state(machine) == "active", "it is started at boot")
        machine.must_say("third")
        with Step("hotplate restart, stop, uninstall"):
            end(machine)


def of_today(artefacts):
    """What systemd has from 253 on, in a Debian 13."""
    machine = Booted(artefacts, "trixie", "python3-flask")
    first = machine.put(artefacts.one(f"*_{artefacts.debian}.deb"))
    with machine:
        say("  " + machine.told("systemctl", "--version").splitlines()[0])
        with Step("dpkg -i, hotplate install"):
            machine.told("dpkg", "-i", first)
            install(machine)
        with Step("a worker that the kernel kills for its memory"):
            run_out_of_memory(machine)
        with Step("Type=notify-reload"):
            notify_reload(machine)
        with Step("hotplate uninstall"):
            machine.told("hotplate", "uninstall", "shop", "--yes")


def notify_reload(machine):
    """systemd itself sends HUP, and takes the reload for done when it is told so."""
    write(f"{machine.path}/etc/systemd/system/{UNIT}.d/type.conf", "[Service]\nType=notify-reload\nExecReload=\n")
    machine.told("systemctl", "daemon-reload")
    machine.told("systemctl", "restart", UNIT)
    main = machine.shown(UNIT, "MainPID")
    change(f"{machine.path}/{SHOP}", '"first"', '"second"')
    with Asking(machine):
        machine.told("systemctl", "reload", UNIT)
        machine.must_say("second")
    with Asking(machine):
        machine.told("hotplate", "reload")
        machine.told("hotplate", "upgrade")
        main = replaced(machine, main)
        machine.told("systemctl", "reload", UNIT)
    must(machine.shown(UNIT, "MainPID") == main, "a reload changed the process")
    must(machine.shown(UNIT, "NRestarts") == "0", "systemd has started it anew")
    says_its_status(machine)


def run_out_of_memory(machine):
    """The request is told, others serve on, and the service is not ended."""
    main, restarts = machine.shown(UNIT, "MainPID"), machine.shown(UNIT, "NRestarts")
    with limited(machine, 512 << 20):
        status, body = machine.ask("/fill", "POST", "")
        must(status in (500, 502, 503), f"the request that took all memory got {status}: {body}")
        must(machine.ask("/who")[0] == 200, "nobody serves")
    journal = machine.told("journalctl", "-u", UNIT, "--no-pager").splitlines()
    told = next((line for line in reversed(journal) if "killed for memory" in line), None)
    must(told, "the journal does not say why it died")
    say(f"  its client got {status}; {told.split('] ')[-1]}")
    must((machine.shown(UNIT, "MainPID"), state(machine)) == (main, "active"), "the service ended")
    must(machine.shown(UNIT, "NRestarts") == restarts, "systemd has started it anew")
    says_its_status(machine)


@contextlib.contextmanager
def limited(machine, size):
    """The unit's processes may not have more memory than that.

    systemd within sees the second version of control groups alone, and no memory in it where the machine outside has that in the first:
    then MemoryMax= would do nothing, and the limit is set from outside.
    """
    if not os.path.exists(f"{MEMORY}/memory.limit_in_bytes"):
        machine.told("systemctl", "set-property", "--runtime", UNIT, f"MemoryMax={size}", "MemorySwapMax=0")
        yield
        machine.told("systemctl", "set-property", "--runtime", UNIT, "MemoryMax=infinity")
        return
    folder = f"{MEMORY}/hotplate-booted-{os.getpid()}"
    os.mkdir(folder)
    write(f"{folder}/memory.limit_in_bytes", str(size))
    units = next(where for where, _, _ in os.walk(machine.group) if os.path.basename(where) == UNIT)
    moved = set()
    while (there := processes(units)) - moved:
        # One that is forked meanwhile is seen in the next round.
        for process in there - moved:
            with contextlib.suppress(ProcessLookupError):
                write(f"{folder}/cgroup.procs", process)
        moved |= there
    try:
        yield
    finally:
        while processes(folder):
            for process in processes(folder):
                with contextlib.suppress(ProcessLookupError):
                    write(f"{MEMORY}/cgroup.procs", process)
            time.sleep(0.05)
        os.rmdir(folder)


def processes(folder):
    with open(f"{folder}/cgroup.procs", encoding="ascii") as file:
        return set(file.read().split())


def install(machine):
    # Half a minute in the unit itself.
    write(f"{machine.path}/etc/systemd/system/{UNIT}.d/watchdog.conf", "[Service]\nWatchdogSec=5\n")
    said = machine.told("hotplate", "install", "shop", "shop:app", "--bind", ":80", "--yes", cwd="/srv/shop")
    must("the site answered: 200 OK" in said, said)
    must(machine.shown(UNIT, "UnitFileState") == "enabled", "it is not enabled")
    says_its_status(machine)
    machine.serves()
    who = json.loads(machine.ask("/who")[1])
    must(str(who["uid"]) == machine.told("id", "-u", "hotplate-shop").strip(), f"it is served by {who}")
    secure(machine, UNIT)


def reload(machine):
    main = machine.shown(UNIT, "MainPID")
    change(f"{machine.path}/{SHOP}", '"first"', '"second"')
    with Asking(machine):
        machine.told("systemctl", "reload", UNIT)
    machine.must_say("second")
    change(f"{machine.path}/{SHOP}", "import os", "import missing_module\nimport os")
    with Asking(machine):
        machine.told("systemctl", "reload", UNIT, code=1)
    machine.must_say("second")
    must("HP" in machine.shown(UNIT, "StatusText"), "the status does not tell of the reload that failed")
    must("missing_module" in errors(machine), "the journal does not say what does not load")
    must("missing_module" in machine.told("hotplate", "logs", "shop"), "hotplate logs does not show the journal")
    change(f"{machine.path}/{SHOP}", "import missing_module\n", "")
    change(f"{machine.path}/{SHOP}", '"second"', '"third"')
    with Asking(machine):
        machine.told("systemctl", "kill", "--signal", "HUP", "--kill-who", "main", UNIT)
        machine.until(lambda: machine.ask("/")[1] == "third", "HUP brings the new code")
    says_its_status(machine)
    must(machine.shown(UNIT, "MainPID") == main and state(machine) == "active", "a reload changed the process")


def upgrade(machine, later):
    with Asking(machine, clients=4):
        main = machine.shown(UNIT, "MainPID")
        machine.told("dpkg", "-i", later)
        must(machine.shown(UNIT, "NeedDaemonReload") == "no", "systemd has not read the new unit")
        machine.told("hotplate", "upgrade")
        main = replaced(machine, main)
        machine.told("systemctl", "kill", "--signal", "USR2", "--kill-who", "main", UNIT)
        replaced(machine, main)
    must("deleted" not in machine.told("readlink", f"/proc/{machine.shown(UNIT, 'MainPID')}/exe"), "the old program runs")
    says_its_status(machine)
    lives = machine.shown(UNIT, "WatchdogTimestampMonotonic")
    machine.until(lambda: machine.shown(UNIT, "WatchdogTimestampMonotonic") != lives, "the new one tells that it lives")
    must(machine.shown(UNIT, "NRestarts") == "0", "systemd has started it anew")


def replaced(machine, main, unit=UNIT):
    """The service has another process, and the one that it had before is gone. Returns the new one."""
    machine.until(lambda: machine.shown(unit, "MainPID") != main, "another serves")
    machine.until(lambda: not machine.told("ps", "-o", "pid=", "-p", main, code=None), "the old one has ended")
    must(state(machine, unit) == "active", f"the service is {state(machine, unit)}")
    return machine.shown(unit, "MainPID")


def fail_to_upgrade(machine):
    main = machine.shown(UNIT, "MainPID")
    program = f"{machine.path}/usr/bin/hotplate"
    os.rename(program, f"{program}.kept")
    write(program, EXITS_7)
    os.chmod(program, 0o755)
    with Asking(machine):
        machine.told("systemctl", "kill", "--signal", "USR2", "--kill-who", "main", UNIT)
        machine.until(lambda: "ended with exit 7" in errors(machine), "the journal tells why")
    os.rename(f"{program}.kept", program)
    must(machine.shown(UNIT, "MainPID") == main and state(machine) == "active", "it changed something")


def come_back(machine):
    for number, (what, result) in enumerate((("KILL", "signal"), ("STOP", "watchdog")), 1):
        machine.told("systemctl", "kill", "--signal", what, "--kill-who", "main", UNIT)
        machine.until(lambda: machine.shown(UNIT, "NRestarts") == str(number), f"it is started anew after {what}")
        machine.until(lambda: state(machine) == "active", "it serves again")
        must(f"Failed with result '{result}'" in machine.told("journalctl", "-u", UNIT, "--no-pager"), f"it did not end by {result}")
        machine.must_say("third")


def restart_with_socket(machine):
    write(f"{machine.path}/etc/systemd/system/hotplate@web.socket", SOCKET)
    machine.told("systemctl", "enable", "--now", "hotplate@web.socket")
    said = machine.told("hotplate", "install", "web", "shop:app", "--bind", "systemd:web", "--yes", cwd="/srv/shop")
    must("enabled and started" in said, said)
    machine.port = 8080
    with Asking(machine, clients=4):
        # A fifth start within ten seconds is the last that systemd makes.
        for _ in range(4):
            main = machine.shown(WEB, "MainPID")
            machine.told("systemctl", "restart", WEB)
            must(machine.shown(WEB, "MainPID") != main, "it was not restarted")
    machine.told("systemctl", "disable", "--now", "hotplate@web.socket")
    machine.told("hotplate", "uninstall", "web", "--yes")
    machine.port = 80


def serve_generated(machine):
    """By the commands at the head of the file."""
    text = machine.told("hotplate", "generate", "systemd", "shop:app", "--name", "made", "--bind", "127.0.0.1:8081", cwd="/srv/shop")
    write(f"{machine.path}/srv/shop/made.service", text)
    for command in re.findall(r"^#   sudo (.*?)(?:   .*)?$", text, re.MULTILINE)[:3]:
        machine.told("sh", "-c", command.replace("sudo ", ""), cwd="/srv/shop")
    machine.port = 8081
    machine.must_say("third")
    machine.serves()
    says_its_status(machine, MADE)
    secure(machine, MADE)
    main = machine.shown(MADE, "MainPID")
    with Asking(machine):
        machine.told("systemctl", "reload", MADE)
        # Root is not this service's user, which is alone among its users with root.
        machine.told("hotplate", "reload", "--control", "/run/made/control")
        machine.told("hotplate", "upgrade", "--control", "/run/made/control")
        replaced(machine, main, MADE)
    machine.told("systemctl", "disable", "--now", MADE)
    must(machine.shown(MADE, "Result") == "success", "it did not end well")
    machine.port = 80


def end(machine):
    main = machine.shown(UNIT, "MainPID")
    machine.told("hotplate", "restart")
    must(machine.shown(UNIT, "MainPID") != main and state(machine) == "active", "it was not restarted")
    machine.must_say("third")
    machine.told("hotplate", "stop")
    must(state(machine) == "inactive" and machine.shown(UNIT, "Result") == "success", f"it is {state(machine)} after a stop")
    machine.told("systemctl", "start", UNIT)
    machine.told("hotplate", "uninstall", "shop", "--yes")
    machine.told("id", "hotplate-shop", code=1)
    for path in ("/etc/hotplate/shop.env", f"/etc/systemd/system/{UNIT}.d/site.conf"):
        machine.told("test", "-e", path, code=1)
    must(state(machine) == "inactive" and machine.shown(UNIT, "UnitFileState") == "disabled", "the service is still there")
    machine.told("test", "-e", f"/{SHOP}")


def state(machine, unit=UNIT):
    return machine.shown(unit, "ActiveState")


def says_its_status(machine, unit=UNIT):
    machine.until(lambda: re.fullmatch(r"\d+ workers? serves?, no request waits", machine.shown(unit, "StatusText")), "it says how it does")
    must(state(machine, unit) == "active", f"it is {state(machine, unit)}")
    must("Status: " in machine.told("systemctl", "status", "--no-pager", unit), "there is no line Status:")


def secure(machine, unit):
    said = machine.told("systemd-analyze", "security", "--no-pager", unit)
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    must(level and float(level[1]) <= 2, said)
    say(f"  systemd-analyze security {unit}: {level[1]}")
    said = machine.told("systemd-analyze", "verify", unit)
    must(not said, said)


def errors(machine):
    return machine.told("journalctl", "-u", UNIT, "-p", "err", "--no-pager")
