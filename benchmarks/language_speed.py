"""How fast each detector is and how much memory it takes, each in a process of its own on one core (Linux).

The detectors take turns pass by pass, so that whatever else the machine does slows all of them alike.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.language_data import read_rows
from benchmarks.language_detectors import load

PASSES: Final = 5
_SETS: Final = ("sentences", "short lines")
_KIB_IN_MB: Final = 1024 / 1e6
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Speed:
    """Texts a second of each pass by set, seconds to import and load, and the most memory held, in MB.

    `added_mb` leaves out what the process held before it loaded the detector: the interpreter and the texts.
    """

    rates: dict[str, tuple[float, ...]]
    load_s: float
    added_mb: float
    peak_mb: float

    def rate(self, name: str) -> float:
        """The median of the passes."""
        return median(self.rates[name])


def can_measure() -> bool:
    """Whether this system tells what is needed."""
    return hasattr(os, "sched_setaffinity") and Path("/proc/self/status").exists()


def measure(names: tuple[str, ...], folder: Path) -> dict[str, Speed]:
    """The speed of each detector on the reported half of the data."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(_worker(name, folder)) for name in names}
        loaded = {name: _ask(worker, "load") for name, worker in workers.items()}
        passes = [{name: _ask(worker, "pass") for name, worker in workers.items()} for _ in range(PASSES)]
        memory = {name: _ask(worker, "memory") for name, worker in workers.items()}
    return {
        name: Speed(
            {each: tuple(turn[name][each] for turn in passes) for each in _SETS},
            loaded[name]["load_s"],
            memory[name]["added_mb"],
            memory[name]["peak_mb"],
        )
        for name in names
    }


@contextmanager
def _worker(name: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.language_speed", name, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | _ONE_THREAD,
    ) as process:
        yield process  # leaving closes its input, which ends it


def _ask(process: "subprocess.Popen[str]", question: str) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise ValueError("the worker has no pipes")
    process.stdin.write(f"{question}\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def _answer(name: str, folder: Path) -> None:
    """The worker: one line of JSON for each question on standard input."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = {each: [row.text for row in read_rows(folder, each)] for each in _SETS}
    before = _peak_mb()
    detect = None
    for question in map(str.strip, sys.stdin):
        found: dict[str, float] = {}
        start = time.perf_counter()
        if question == "memory":
            found = {"added_mb": _peak_mb() - before, "peak_mb": _peak_mb()}
        elif detect is None:
            detect = load(name)
            found = {"load_s": time.perf_counter() - start}
        else:
            for each, given in texts.items():
                start = time.perf_counter()
                detect(given)
                found[each] = len(given) / (time.perf_counter() - start)
        print(json.dumps(found), flush=True)


def _peak_mb() -> float:
    """The most memory this process held; ru_maxrss would not do, it starts with that of the parent."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * _KIB_IN_MB
    raise OSError("/proc/self/status has no VmHWM")


if __name__ == "__main__":
    _answer(sys.argv[1], Path(sys.argv[2]))
