"""All samples of a run: kept as plain JSON, asked by case, server and workers."""

import json
import os
import platform
import statistics
import time
from pathlib import Path


class Results:
    """What was measured, and where. A sample names its case, server, workers and round."""

    def __init__(self, about=None, samples=None):
        self.about = about or {}
        self.samples = samples or []

    @classmethod
    def load(cls, path):
        read = json.loads(Path(path).read_text())
        return cls(read["about"], read["samples"])

    def save(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps({"about": self.about, "samples": self.samples}, indent=1) + "\n")

    def add(self, case, server, workers, round_number, sample):
        self.samples.append({"case": case, "server": server, "workers": workers, "round": round_number, **sample})

    def of(self, case, server, workers):
        """The samples of one row that came out, by round."""
        return {
            sample["round"]: sample
            for sample in self.samples
            if (sample["case"], sample["server"], sample["workers"]) == (case, server, workers) and "failed" not in sample
        }

    def median(self, case, server, workers, value):
        """The median over the rounds of what `value` takes from a sample, or None."""
        taken = [value(sample) for sample in self.of(case, server, workers).values()]
        return statistics.median(taken) if taken else None

    def ratios(self, case, ours, theirs, value):
        """Ours over theirs, each round by itself, as (server, workers) pairs: machine drift cancels. By round."""
        mine, other = self.of(case, *ours), self.of(case, *theirs)
        return [value(mine[n]) / value(other[n]) for n in sorted(mine.keys() & other.keys()) if value(other[n])]

    def failure(self, case, server, workers):
        """Why a row has no samples, if it has none."""
        for sample in self.samples:
            if (sample["case"], sample["server"], sample["workers"]) == (case, server, workers) and "failed" in sample:
                return sample["failed"]
        return ""


def describe_machine():
    """The machine by its CPU, for the docs."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "cpu": model or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_kb / 2**20),
        "kernel": platform.release().split("-")[0],
        "date": time.strftime("%Y-%m-%d"),
    }
