"""The memory of all processes of a soak: sampled, written to a CSV file, and whether it grows."""

import csv
import os
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_EVERY_S: Final = 5.0
_MB: Final = 1024  # of the kernel's kB
# Medians of so many pieces of a series are compared: pairs of single samples would be too many.
_PIECES: Final = 60
# What a process does in the beginning, loading and filling caches, is no leak.
_WARM_UP: Final = 0.25


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory of the processes of one role at one moment: resident, and proportional (shared pages divided), MB."""

    seconds: float
    rss: float
    pss: float
    processes: int


@dataclass(frozen=True, slots=True)
class Growth:
    """How memory grows, MB an hour: the median of the slopes between all pairs of pieces, and the quartiles."""

    median: float
    lower: float
    upper: float


@dataclass(slots=True)
class Memory:
    """Samples the processes that `roots` started, by role, until the end of its block. A context manager.

    A root's own process has the role it is given with; what it has started has that role with ` runs` behind it.
    """

    path: Path
    roots: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    seen: set[tuple[int, str]] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._sample, name="memory", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def left(self) -> list[int]:
        """The processes that were sampled and are still there."""
        return sorted(pid for pid, started in self.seen if _started(pid) == started)

    def _sample(self) -> None:
        began = time.monotonic()
        with self.path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("seconds", "role", "processes", "rss_mb", "pss_mb"))
            while not self._over.wait(_EVERY_S):
                now = time.monotonic() - began
                for role, pids in self._roles().items():
                    memory = [_memory(pid) for pid in pids]
                    one = Sample(now, sum(rss for rss, _ in memory), sum(pss for _, pss in memory), len(memory))
                    self.samples.setdefault(role, []).append(one)
                    rows.writerow((f"{now:.0f}", role, one.processes, f"{one.rss:.1f}", f"{one.pss:.1f}"))
                file.flush()

    def _roles(self) -> Mapping[str, Sequence[int]]:
        roles: dict[str, list[int]] = {}
        for role, root in list(self.roots.items()):
            first, *others = processes_of(root)
            self.seen |= {(pid, started) for pid in (first, *others) if (started := _started(pid))}
            roles[role] = [first] if _started(first) else []
            if others:
                roles[f"{role} runs"] = others
        return {role: pids for role, pids in roles.items() if pids}


def growth(samples: Sequence[Sample]) -> Growth | None:
    """How the proportional memory grows after the warm-up (Theil and Sen's estimate); None of too few samples."""
    kept = samples[int(len(samples) * _WARM_UP) :]
    size = max(1, len(kept) // _PIECES)
    pieces = [
        (
            statistics.median(one.seconds for one in kept[at : at + size]),
            statistics.median(one.pss for one in kept[at : at + size]),
        )
        for at in range(0, len(kept) - size + 1, size)
    ]
    slopes = [
        (later - earlier) / (end - start) * 3600
        for (start, earlier), (end, later) in combinations(pieces, 2)
        if end > start
    ]
    if len(slopes) < 2:
        return None
    lower, median, upper = statistics.quantiles(slopes, n=4)
    return Growth(median, lower, upper)


def processes_of(pid: int) -> list[int]:
    """A process and all that it has started, and they."""
    found = [pid]
    for one in found:
        with suppress(OSError):
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def mentioning(text: str) -> list[int]:
    """The processes with these words in their environment, but for this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if text.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return sorted(found)


def _memory(pid: int) -> tuple[float, float]:
    with suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        sizes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines[1:])}
        return sizes["Rss"] / _MB, sizes["Pss"] / _MB
    return 0.0, 0.0


def _started(pid: int) -> str:
    """When a process started, in the kernel's words; empty where it is gone, or dead and not waited for."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    return ""
