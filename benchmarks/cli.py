"""./bench: what to run, in which order, and where the figures go."""

import argparse
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from . import docs, load, measure, packages, processes, profile, terminal
from .cases import CASES
from .results import Results, describe_machine
from .running import ServerFailed, workshop
from .servers import SERVERS, hotplate
from .targets import LIMIT

REPOSITORY = Path(__file__).resolve().parent.parent
PUBLISHED = REPOSITORY / "benchmarks" / "results.json"
PARTIAL = REPOSITORY / "artifacts" / "bench" / "results.json"


def main():
    options = parse()
    if options.list:
        return list_names()
    if options.docs:
        docs.write(Results.load(PUBLISHED) if PUBLISHED.exists() else Results())
        return 0
    hotplate.more_flags += shlex.split(options.hotplate_flags)
    servers = chosen(SERVERS, options.servers, "server")
    cases = chosen(CASES, options.cases, "case")
    processes.adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers under test are ended too
    skipped = prepare(servers, options.install)
    servers = [server for server in servers if server.name not in skipped]
    with workshop() as folder:
        if options.profile:
            return profile.show(servers, cases, options.seconds, folder)
        results = Results(about={**describe(servers, options), "skipped": skipped})
        output = options.out or (PUBLISHED if publishes(options) else PARTIAL)
        run(results, servers, cases, options, folder, output)
    terminal.show(results)
    print(f"\nbench: all samples are in {output.relative_to(REPOSITORY) if output.is_relative_to(REPOSITORY) else output}")
    if publishes(options):
        docs.write(results)
        print("bench: docs/benchmarks.md and docs/benchmarks.svg are written anew")
    return 0


def parse():
    parser = argparse.ArgumentParser(prog="./bench", description="Hotplate beside other WSGI servers on one machine.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each server meets each case (default 3)")
    parser.add_argument("--seconds", type=float, default=6, help="of load in each measurement (default 6)")
    parser.add_argument("--warm-up", type=float, default=3, help="seconds of load before it (default 3)")
    parser.add_argument("--cases", default="", help="only these, by a comma")
    parser.add_argument("--servers", default="", help="only these, by a comma; Hotplate is one of them")
    parser.add_argument("--quick", action="store_true", help="one round of 2 seconds: does it run at all?")
    parser.add_argument("--out", type=Path, help="where the samples go")
    parser.add_argument("--no-install", dest="install", action="store_false", help="skip rivals that are not installed")
    parser.add_argument("--hotplate-flags", default="", metavar="FLAGS", help="for hotplate serve, to try a setting")
    parser.add_argument("--list", action="store_true", help="name the servers and the cases")
    parser.add_argument("--docs", action="store_true", help="measure nothing; write docs/benchmarks.* from the last figures")
    parser.add_argument("--profile", action="store_true", help="of one server and one case: perf, system calls, wake-ups")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 2
    return options


def publishes(options):
    """Only a whole run of at least three rounds replaces the published figures."""
    return options.rounds >= 3 and not (options.cases or options.servers or options.out or options.hotplate_flags)


def chosen(all_of, names, kind):
    wanted = [name for name in names.split(",") if name]
    unknown = set(wanted) - {one.name for one in all_of}
    if unknown:
        sys.exit(f"bench: no {kind} {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in all_of)}")
    return [one for one in all_of if not wanted or one.name in wanted]


def list_names():
    for heading, all_of in (("servers", SERVERS), ("cases", CASES)):
        print(heading, *(f"  {one.name:18} {one.title}" for one in all_of), sep="\n")
    return 0


def prepare(servers, may_install):
    """Installs what is missing; returns whom we must do without and why."""
    needed = list(packages.TOOLS) + [package for server in servers for package in server.packages]
    if may_install:
        packages.install(list(dict.fromkeys(needed)))
    if lacking := packages.missing(packages.TOOLS):
        sys.exit(f"bench: cannot work without {' '.join(lacking)}")
    skipped = {}
    for server in servers:
        lacking = packages.missing(server.packages) if server.packages else []
        if why := server.absent() or (f"not installed: {' '.join(lacking)}" if lacking else ""):
            skipped[server.name] = why
            print(f"bench: goes on without {server.title}: {why}", file=sys.stderr)
    return skipped


def describe(servers, options):
    asked = "import platform, flask; print(platform.python_version(), flask.__version__)"
    python, flask = subprocess.check_output([measure.PYTHON, "-c", asked], text=True).split()
    return {
        **describe_machine(), "python": python, "flask": flask,
        "rounds": options.rounds, "seconds": options.seconds,
        "versions": {server.name: server.version() for server in servers},
    }


def run(results, servers, cases, options, folder, output):
    """Case by case, round by round, all servers in turn; each round begins with another one."""
    load.build_generator(folder)
    for case in cases:
        for workers in case.workers:
            for round_number in range(options.rounds):
                first = round_number % max(1, len(servers))
                for server in servers[first:] + servers[:first]:
                    sample = attempt(lambda: measure.measure_server(
                        server, case, workers, options.seconds, options.warm_up, folder))
                    keep(results, case, server.name, workers, round_number, sample)
                if case.limit and workers == min(case.workers):
                    sample = attempt(lambda: measure.measure_limit(case, options.seconds / 2, folder))
                    keep(results, case, LIMIT, 1, round_number, sample)
                results.save(output)
    if any(case.app == "site" for case in cases):
        results.about["bare_python_mb"] = measure.measure_bare_python(folder / "apps" / "site", 2)
        results.save(output)


def attempt(measurement):
    """One server that fails is a row that says so, not the end of the run."""
    try:
        return measurement()
    except (ServerFailed, load.LoadFailed) as failure:
        return {"failed": str(failure)}


def keep(results, case, server, workers, round_number, sample):
    results.add(case.name, server, workers, round_number, sample)
    said = sample.get("failed") or f"{sample['rps']:9,.0f}/s {sample['cpu_us']:7.1f} µs"
    print(f"round {round_number + 1}  {case.name:12} w{workers}  {server:18} {said}", file=sys.stderr, flush=True)
