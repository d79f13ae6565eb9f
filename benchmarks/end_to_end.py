"""Whole runs of ours beside the afternoon pipeline, `python -m benchmarks.end_to_end FOLDER`.

Both get the same mixed corpus (benchmarks.speed_corpus) and the same store, each in a new database, in turn, round by
round; each time is that of a whole process from its start to its end. Ours is `dropwire ingest` with a Prefect server
that runs; the other is benchmarks.afternoon, whose libraries benchmarks/requirements.txt names. FOLDER is the
development data. Takes about five minutes on two cores (`--quick`: about one).
"""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import speed_corpus
from benchmarks.speed_runs import Bench, Spent, bench, ingest, middle, spent
from benchmarks.tables import Table
from store import open_store
from store.connection import URI_VARIABLE

DOCUMENTS: Final = 400
ROUNDS: Final = 3
QUICK_DOCUMENTS: Final = 100
_STAGES: Final = ("transform", "write", "copies", "entities", "learn")


def tables(data: Path, documents: int, rounds: int) -> list[Table]:
    """The table of speed and the one of CPU time by part. Raises OSError where the data is not there."""
    with tempfile.TemporaryDirectory(prefix="dropwire-corpus-") as folder, bench() as bench_:
        corpus = speed_corpus.write(data, Path(folder) / "drops", documents)
        ours: list[tuple[Spent, dict[str, Any]]] = []
        again: list[Spent] = []
        stages: list[dict[str, float]] = []
        theirs: list[tuple[Spent, dict[str, Any]]] = []
        for _ in range(rounds):
            _, environment = bench_.database()
            ours.append(ingest([f"{corpus.folder}/**"], environment))
            again.append(ingest([f"{corpus.folder}/**"], environment)[0])
            with open_store(environment[URI_VARIABLE]) as db:
                run = db.runs.find_one({"items": documents, "counts.inserted": {"$gt": 0}}, {"seconds": 1})
                stages.append(run["seconds"] if run else {})
            theirs.append(_afternoon(corpus.folder, bench_))
    return [_speed(corpus, ours, again, theirs), _parts(documents, stages, theirs)]


def _afternoon(folder: Path, bench_: Bench) -> tuple[Spent, dict[str, Any]]:
    name, environment = bench_.database()
    took = spent(["benchmarks.afternoon", str(folder), name], environment)
    return took, json.loads(took.output.splitlines()[-1])


def _speed(
    corpus: speed_corpus.Corpus,
    ours: Sequence[tuple[Spent, dict[str, Any]]],
    again: Sequence[Spent],
    theirs: Sequence[tuple[Spent, Any]],
) -> Table:
    items = corpus.documents
    rows = []
    measured = {
        "dropwire ingest": [took for took, _ in ours],
        "dropwire ingest, again": again,
        "an afternoon's pipeline": [took for took, _ in theirs],
    }
    for name, runs in measured.items():
        wall = [took.wall_s for took in runs]
        cpu = [1000 * took.cpu_s / items for took in runs]
        rows.append((name, middle(wall), middle([items / each for each in wall], 2), middle(cpu, 0)))
    ratios = [other.wall_s / own.wall_s for (own, _), (other, _) in zip(ours, theirs, strict=True)]
    faster = [own.wall_s / rerun.wall_s for (own, _), rerun in zip(ours, again, strict=True)]
    stored = {report["counts"]["inserted"] + report["counts"]["duplicate"] for _, report in ours}
    note = (
        f"{corpus}. Whole processes, {len(ours)} rounds in turn, median and range, {os.cpu_count()} cores; CPU without "
        f"the store's and Prefect's servers. Documents stored: {sorted(stored)} of {items}. "
        f"Ours ÷ theirs, documents a second: {middle(ratios, 2)}; again ÷ first: {middle(faster, 1)}."
    )
    return Table("End to end", ("", "seconds", "documents/s", "CPU ms a document"), tuple(rows), note)


def _parts(documents: int, stages: Sequence[dict[str, float]], theirs: Sequence[tuple[Spent, dict[str, Any]]]) -> Table:
    rows = []
    for stage in _STAGES:
        values = [1000 * seconds.get(stage, 0.0) / documents for seconds in stages]
        rows.append((f"dropwire: {stage}", middle(values)))
    for part in ("extract", "language", "names", "store"):
        values = [1000 * said["parts"].get(part, 0.0) / said["documents"] for _, said in theirs]
        rows.append((f"afternoon: {part}", middle(values)))
    note = (
        "Ours is wall time, summed over the workers, which share the cores with the store's server; `entities` and "
        "`learn` have what follows the batches, too. The other's is CPU time."
    )
    return Table("Where the time goes", ("", "ms a document"), tuple(rows), note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.end_to_end", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the development data")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DOCUMENTS} documents, one round")
    options = parser.parse_args(arguments)
    size = (QUICK_DOCUMENTS, 1) if options.quick else (options.documents, options.rounds)
    for table in tables(options.folder, *size):
        print(table.plain(), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
