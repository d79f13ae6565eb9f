"""Rescans of locations where nothing has changed, `python -m benchmarks.rescan`.

Makes folders of small files in a temporary folder and enters each file into the ledger as a drop that is done, without
loading it. Then it measures, in a process of its own each, `--runs` times: the bare walk over the folder (scandir and
stat), the rescan as a run of the flow does it, and a rescan that asks the ledger about every file. The store is an
embedded one, made for the purpose, or the one that DROPWIRE_MONGODB_URI names (in a database of its own, dropped in the
end). Prefect's own start is not measured: it does not depend on the number of files.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Final

from pymongo.database import Database

from benchmarks.tables import Table, rewrite
from dropwire.embedded import embedded_store
from flows.discover_drops import Discovery, discover_drops
from flows.pick_up import Pickup
from flows.run_report import RunReport
from store import ensure, ledger, listings, open_store
from store.connection import URI_VARIABLE, Record
from store.schema import SCHEMA_VERSION
from transforms.document import WriteReport

_MARK: Final = "rescan"
_SIZES: Final = (1_000, 10_000, 100_000)
_FILES_PER_FOLDER: Final = 10_000
_WAYS: Final = ("walk", "rescan", "ask the ledger")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and, where asked, write it into a page; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rescan", description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=_SIZES, metavar="N", help="how many known files")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the table into this Markdown page")
    # The process that is measured.
    parser.add_argument("--measure", nargs=3, metavar=("WAY", "FOLDER", "DATABASE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        _measure(*options.measure)
        return 0
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as scratch, _store(Path(scratch)) as uri:
        for files in options.files:
            folder = Path(scratch) / f"{files}"
            database = f"rescan_{uuid.uuid4().hex[:12]}"
            with open_store(uri, database) as db:
                try:
                    _prepare(db, folder, files)
                    rows += _rows(folder, database, uri, files, options.runs)
                finally:
                    db.client.drop_database(database)
    table = _table(rows, options.runs)
    print(table.plain())
    if options.write:
        rewrite(options.write, _MARK, table.markdown())
    return 0


@contextmanager
def _store(scratch: Path) -> Iterator[str]:
    if uri := os.environ.get(URI_VARIABLE):
        yield uri
        return
    with embedded_store(scratch / "data", linger_s=0) as uri:
        yield uri


def _prepare(db: Database[Record], folder: Path, files: int) -> None:
    """Make the files, and a ledger that knows them; the first rescan asks it about all of them."""
    ensure(db)
    for number in range(files):
        place = folder / f"{number // _FILES_PER_FOLDER:03d}"
        if number % _FILES_PER_FOLDER == 0:
            place.mkdir(parents=True)
        (place / f"{number:07d}.txt").write_text(f"{number}\n")
    found = iter(discover_drops([f"{folder}/**"]).files)
    while part := list(islice(found, 1000)):
        db.drops.insert_many([_done(asdict(file)) for file in part])
    _rescan(db, discover_drops([f"{folder}/**"]))


def _done(seen: Record) -> Record:
    moment = seen["modified_at"]
    outcome = asdict(WriteReport(inserted=1))
    del outcome["failed"]
    return {
        "_id": sha256(seen["location"].encode()).hexdigest(),
        "schema_version": SCHEMA_VERSION,
        "state": "done",
        "seen": [{**seen, "modified_at": moment.replace(microsecond=moment.microsecond // 1000 * 1000)}],
        "arrived_at": moment,
        "holder": "benchmark:1:1",
        "attempts": 1,
        "items": 1,
        "outcome": outcome,
        "pipeline": "benchmark",
        "run_id": "benchmark",
        "finished_at": datetime.now(UTC),
    }


def _rows(folder: Path, database: str, uri: str, files: int, runs: int) -> Iterator[tuple[str, ...]]:
    walks: list[float] = []
    for way in _WAYS:
        # To ask the ledger about everything takes so much longer that once will do.
        times = runs if way in {"walk", "rescan"} else 1
        measured = [_measured(way, folder, database, uri, files) for _ in range(times)]
        seconds = [each[0] for each in measured]
        walks = walks or seconds
        beyond = statistics.median(seconds) - statistics.median(walks)
        yield (
            f"{files:,} files, {way}",
            f"{statistics.median(seconds):.2f}",
            f"{min(seconds):.2f} to {max(seconds):.2f}",
            "" if way == "walk" else f"{beyond:.2f}",
            f"{statistics.median(seconds) / statistics.median(walks):.1f}",
            f"{max(each[1] for each in measured):.0f}",
        )


def _measured(way: str, folder: Path, database: str, uri: str, files: int) -> tuple[float, float]:
    """Seconds and peak memory in MB of one rescan in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rescan", "--measure", way, str(folder), database],
        env={**os.environ, URI_VARIABLE: uri},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes, drops = done.stdout.split()
    if int(drops) != files:
        raise RuntimeError(f"{way}: {drops} of {files} drops were known")
    return float(seconds), float(megabytes)


def _measure(way: str, folder: str, database: str) -> None:
    with open_store(os.environ[URI_VARIABLE], database) as db:
        db.command("ping")
        start = time.perf_counter()
        if way == "walk":
            drops = _walk(folder)
        elif way == "rescan":
            drops = _rescan(db, discover_drops([f"{folder}/**"])).drops
        else:
            drops = _ask(db, folder)
        seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, drops)


def _walk(folder: str) -> int:
    files = 0
    stack = [folder]
    while stack:
        with os.scandir(stack.pop()) as children:
            for child in children:
                if child.is_dir():
                    stack.append(child.path)
                else:
                    child.stat()
                    files += 1
    return files


def _rescan(db: Database[Record], found: Discovery) -> RunReport:
    pickup = Pickup(db, found, reread=False, run_id=uuid.uuid4().hex)
    for batch in chain.from_iterable(pickup.rounds()):
        raise RuntimeError(f"{batch.files[0].location} is not known")
    return pickup.report


def _ask(db: Database[Record], folder: str) -> int:
    """What a rescan would be without digests: the ledger is asked about all files, in batches."""
    known = 0
    found = discover_drops([f"{folder}/**"]).files
    while part := list(islice(found, 500)):
        known += len(ledger.known(db, part))
    return known


def _table(rows: Sequence[tuple[str, ...]], runs: int) -> Table:
    return Table(
        "Rescans without a change",
        ("", "seconds", "of all runs", "beyond the walk, s", "times the walk", "peak memory, MB"),
        tuple(rows),
        f"Medians of {runs} runs (asking the ledger: one), each in a process of its own. "
        f"At most {listings.FILES_PER_BUCKET:,} files a bucket.",
    )


if __name__ == "__main__":
    raise SystemExit(main())
