"""What a run takes beyond the work itself, `python -m benchmarks.waste FOLDER`.

The work itself is what one process takes to read the drops of the mixed corpus and to make documents of them, models
and parsers and nothing else; shared by all cores it would take as long as that over their number. The run is a whole
`dropwire ingest` of the same drops. What is beyond is Prefect, ledger, store, templates, entities, and the start. Waste
is the one over the other. The same ingest again, which finds nothing new, is measured beside it. The pure work is
measured before and after each round, as the machine warms up. With `--workers` other numbers of processes are tried.
The default of 600 documents takes some eight minutes on two cores, `--quick` about one, `--documents 2000 --rounds 1`
some fifteen.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from benchmarks import speed_corpus
from benchmarks.speed_runs import Spent, bench, ingest, middle, spent
from benchmarks.tables import Table
from transforms import pipeline
from transforms.document import Item
from transforms.models import shared_models
from transforms.readers import read_items

DOCUMENTS: Final = 600
ROUNDS: Final = 2
QUICK_DOCUMENTS: Final = 100


def pure(folder: Path) -> tuple[int, float, float]:
    """Read and process all drops in this process: documents, seconds, CPU seconds, without loading the models."""
    models = shared_models()
    _ = models.language, models.lines, models.entities
    documents, start, cpu = 0, time.perf_counter(), time.process_time()
    for path in speed_corpus.files_in(folder):
        stream = BytesIO(path.read_bytes())
        for item in read_items(stream, drop_id="0" * 64, name=path.name, source=path.parent.name):
            if isinstance(item, Item):
                pipeline.process(item, models)
                documents += 1
    return documents, time.perf_counter() - start, time.process_time() - cpu


def tables(data: Path, documents: int, rounds: int, workers: Sequence[int]) -> list[Table]:
    """The table of waste for these numbers of workers. Raises OSError where the data is not there."""
    cores = os.cpu_count() or 1
    runs: dict[int, list[tuple[Spent, dict[str, Any]]]] = {number: [] for number in workers}
    again: list[tuple[float, float]] = []
    alone: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="dropwire-corpus-") as folder, bench() as bench_:
        corpus = speed_corpus.write(data, Path(folder) / "drops", documents)
        alone.append(_pure(corpus.folder, bench_.environment))
        for _ in range(rounds):
            for number in workers:
                environment = {**bench_.database()[1], "DROPWIRE_WORKERS": str(number)}
                runs[number].append(ingest([f"{corpus.folder}/**"], environment))
                rerun, _ = ingest([f"{corpus.folder}/**"], environment)
                again.append((rerun.wall_s, runs[number][-1][0].wall_s / rerun.wall_s))
            alone.append(_pure(corpus.folder, bench_.environment))
    work = statistics.median(wall for wall, _ in alone)
    cpu = statistics.median(cpu for _, cpu in alone)
    rows = [("pure work, one process", middle([wall for wall, _ in alone]), f"{1000 * cpu / documents:.0f}", "")]
    for number, measured in runs.items():
        rows.append(
            (
                f"dropwire ingest, {number} workers",
                middle([took.wall_s for took, _ in measured]),
                f"{1000 * statistics.median(took.cpu_s for took, _ in measured) / documents:.0f}",
                middle([waste(took.wall_s, work, cores) for took, _ in measured], 2),
            )
        )
    faster = f"first ÷ again: {middle([ratio for _, ratio in again], 0)}"
    rows.append(("the same again, nothing new", middle([wall for wall, _ in again]), "", faster))
    note = (
        f"{corpus}. Waste is wall time × cores ÷ pure work, {cores} cores; median and range of {rounds} rounds. CPU "
        "without the store's and Prefect's servers."
    )
    return [Table("Waste", ("", "seconds", "CPU ms a document", "waste"), tuple(rows), note)]


def waste(wall_s: float, pure_s: float, cores: int) -> float:
    """Wall time of a run over the pure work as all cores would share it; 1 is none."""
    return wall_s / (pure_s / cores)


def _pure(folder: Path, environment: Any) -> tuple[float, float]:
    said = json.loads(spent(["benchmarks.waste", "--pure", str(folder)], environment).output)
    return said["wall_s"], said["cpu_s"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waste", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the development data")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--workers", type=int, nargs="+", default=[os.cpu_count() or 1], metavar="N")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DOCUMENTS} documents, one round")
    # The process that is measured.
    parser.add_argument("--pure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.pure:
        documents, wall_s, cpu_s = pure(options.folder)
        print(json.dumps({"documents": documents, "wall_s": wall_s, "cpu_s": cpu_s}))
        return 0
    size = (QUICK_DOCUMENTS, 1) if options.quick else (options.documents, options.rounds)
    for table in tables(options.folder, size[0], size[1], options.workers):
        print(table.plain(), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
