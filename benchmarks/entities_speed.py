"""Speed and memory of what finds names, each in a process of its own, side by side."""

import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from benchmarks.entities_methods import SLOVNET, Method
from benchmarks.tables import Table
from training.entities.corpora import Annotated

_ROUNDS: Final = 5
_TEXTS: Final = 60
_KIB: Final = 1024
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def tables(texts: Sequence[Annotated], methods: Sequence[Method]) -> list[Table]:
    """One table: characters a second on one thread, what two processes reach, memory."""
    chosen = [text.text for text in texts if text.corpus == "slavicner" and text.language == "ru"][:_TEXTS]
    characters = sum(map(len, chosen))
    rows = []
    for method in methods:
        alone, memory, before = _measure(method, chosen, 1)
        both, _, _ = _measure(method, chosen, 2)
        rates = [characters / seconds for seconds in alone]
        together = [2 * characters / seconds for seconds in both]
        rows.append(
            (
                method.name,
                f"{statistics.median(rates):,.0f}",
                f"{min(rates):,.0f}–{max(rates):,.0f}",
                f"{statistics.median(together) / statistics.median(rates):.2f} ×",
                f"{memory - before:,.0f}",
                f"{memory:,.0f}",
            )
        )
    columns = ("", "characters/s", "spread", "two processes", "MB for the model", "MB in all")
    note = (
        f"{len(chosen)} Russian texts, {characters:,} characters, {_ROUNDS} rounds; {SLOVNET.name} knows Russian only."
    )
    return [Table("Speed on one thread, and memory", columns, tuple(rows), note)]


def _measure(method: Method, texts: Sequence[str], processes: int) -> tuple[list[float], float, float]:
    """Seconds of each round of `processes` at once, the most memory of one, and what it had before loading, in MB."""
    context = multiprocessing.get_context("spawn")
    os.environ |= dict.fromkeys(_THREADS, "1")
    pipes = []
    workers = []
    for _ in range(processes):
        ours, theirs = context.Pipe()
        worker = context.Process(target=_work, args=(method.name, list(texts), theirs))
        worker.start()
        pipes.append(ours)
        workers.append(worker)
    before = max(pipe.recv() for pipe in pipes)
    rounds = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for pipe in pipes:
            pipe.send("go")
        for pipe in pipes:
            pipe.recv()
        rounds.append(time.perf_counter() - start)
    for pipe in pipes:
        pipe.send("stop")
    memory = max(pipe.recv() for pipe in pipes)
    for worker in workers:
        worker.join()
    return rounds, memory, before


def _work(name: str, texts: list[str], pipe: Connection) -> None:
    from benchmarks.entities_methods import OURS  # noqa: PLC0415 - in the process that is measured

    method = next(each for each in (OURS, SLOVNET) if each.name == name)
    before = _memory()
    find = method.load()
    for text in texts[:3]:
        find(text)
    pipe.send(before)
    while pipe.recv() == "go":
        for text in texts:
            find(text)
        pipe.send("done")
    pipe.send(_memory())


def _memory() -> float:
    """The most memory this process has held, MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says a process inherits from the one that started it
        (peak,) = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(peak) / _KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB**2
