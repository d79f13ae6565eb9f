"""Speed of the store alone, `python -m benchmarks.store_speed FOLDER`.

Documents of the development data are made once by the pipeline, and varied to have as many as are needed: no model
runs while the store is measured. First ours (documents.upsert, with originals, revisions and the conditions of each
write) beside a bare `bulk_write` that inserts the same records, with the same indexes and validators, in turn; then an
upsert of what is stored already; then pages of `--stored` documents (benchmarks/finding.py). The store is an embedded
one, made for the purpose, or the one that DROPWIRE_MONGODB_URI names (in databases of its own, dropped in the end).
Takes about a quarter of an hour (`--quick`: about two minutes).
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Final

from pymongo import InsertOne
from pymongo.database import Database

from benchmarks import finding, speed_corpus
from benchmarks.speed_runs import middle, store
from benchmarks.tables import Table
from store import codec, ensure, open_store, originals
from store.connection import URI_VARIABLE, Record
from store.documents import Entry, upsert
from transforms import pipeline
from transforms.document import Document, Item, Version
from transforms.models import shared_models
from transforms.readers import read_items

MADE: Final = 120
BATCH: Final = 64
BATCHES: Final = 8
ROUNDS: Final = 5
STORED: Final = 100_000
QUICK_STORED: Final = 5_000
_MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """A document and the item that it was made of."""

    item: Item
    document: Document


def made(data: Path, number: int) -> list[Made]:
    """So many documents of the mixed corpus, with the pipeline as it is. Raises OSError where the data is not there."""
    found: list[Made] = []
    with tempfile.TemporaryDirectory() as folder:
        corpus = speed_corpus.write(data, Path(folder) / "drops", number)
        for path in speed_corpus.files_in(corpus.folder):
            stream = BytesIO(path.read_bytes())
            for item in read_items(stream, drop_id="0" * 64, name=path.name, source=path.parent.name):
                document = pipeline.process(item, shared_models()) if isinstance(item, Item) else None
                if isinstance(item, Item) and isinstance(document, Document):
                    found.append(Made(item, document))
    return found


def varied(base: Sequence[Made], mark: str) -> Iterator[Entry]:
    """Entries without end: the documents again and again, under other ids, as other contents."""
    number = 0
    while True:
        one = base[number % len(base)]
        drop_id = f"{mark}{number:d}".encode().hex().rjust(64, "0")[-64:]
        digits = f"{random.Random(drop_id).getrandbits(128):032x}"  # noqa: S311 - ids are to be spread, not secret
        own = {"fingerprint": digits, "content": digits, "doc_id": digits}
        provenance = replace(one.document.provenance, drop_id=drop_id)
        document = replace(one.document, provenance=provenance, **own)  # type: ignore[arg-type]
        yield Entry(document, one.item.original, Version(_MOMENT, drop_id, number), None, one.item)
        number += 1


def upserts(db: Database[Record], base: Sequence[Made], batches: int, rounds: int) -> Table:
    """Ours beside the bare write of the same records, and ours again of what is stored."""
    db.client[f"{db.name}_bare"].drop_collection("documents")
    bare = db.client[f"{db.name}_bare"]
    ensure(bare)
    items = batches * BATCH
    speeds: dict[str, list[float]] = {"ours": [], "bare": [], "again": []}
    for number in range(rounds):
        fresh = list(islice(varied(base, f"r{number}-"), items))
        records = [(_record(entry), _original(entry)) for entry in fresh]
        # Who goes second finds the machine warmer: in turn.
        first, second = ("ours", "bare") if number % 2 else ("bare", "ours")
        for which in (first, second):
            start = time.perf_counter()
            for at in range(0, items, BATCH):
                if which == "ours":
                    upsert(db, fresh[at : at + BATCH])
                else:
                    part = records[at : at + BATCH]
                    for place, name in ((1, "originals"), (0, "documents")):
                        bare[name].bulk_write([InsertOne(pair[place]) for pair in part], ordered=False)
            speeds[which].append(items / (time.perf_counter() - start))
        start = time.perf_counter()
        for at in range(0, items, BATCH):
            upsert(db, fresh[at : at + BATCH])
        speeds["again"].append(items / (time.perf_counter() - start))
    ratios = [own / other for own, other in zip(speeds["ours"], speeds["bare"], strict=True)]
    faster = [again / own for own, again in zip(speeds["ours"], speeds["again"], strict=True)]
    rows = (
        ("bare bulk_write, documents and originals", middle(speeds["bare"], 0), "1"),
        ("upsert, all new", middle(speeds["ours"], 0), middle(ratios, 2)),
        (
            "upsert, all stored already",
            middle(speeds["again"], 0),
            middle([r * f for r, f in zip(ratios, faster, strict=True)], 2),
        ),
    )
    note = (
        f"{rounds} rounds in turn of {items:,} new documents in batches of {BATCH}, median and range. The bare write "
        "has the same validators and indexes; it makes no records, checks no versions and asks for no corrections."
    )
    return Table("Upserts", ("", "documents/s", "÷ bare"), rows, note)


def _record(entry: Entry) -> Record:
    return {**codec.to_record(entry.document), "version": entry.version.key, "first_version": entry.version.key}


def _original(entry: Entry) -> Record:
    return originals.to_record(entry.document.doc_id, entry.original, entry.version, entry.item)


def tables(data: Path, *, batches: int, rounds: int, stored: int) -> list[Table]:
    """All tables, in a store made for the purpose."""
    base = made(data, MADE if rounds > 1 else MADE // 4)
    with (
        tempfile.TemporaryDirectory(prefix="dropwire-bench-") as folder,
        store(Path(folder)) as uri,
        open_store(uri, "bench_store_speed") as db,
    ):
        try:
            ensure(db)
            written = upserts(db, base, batches, rounds)
        finally:
            # The files of an embedded one are thrown away, which is faster.
            if URI_VARIABLE in os.environ:
                for name in (db.name, f"{db.name}_bare"):
                    db.client.drop_database(name)
    return [written, finding.table(stored)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store_speed", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the development data")
    parser.add_argument("--stored", type=int, default=STORED, help="documents that are asked about (%(default)s)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_STORED} documents, one round")
    options = parser.parse_args(arguments)
    size = {"batches": 2, "rounds": 1, "stored": QUICK_STORED} if options.quick else {}
    for table in tables(options.folder, **{"batches": BATCHES, "rounds": ROUNDS, "stored": options.stored, **size}):
        print(table.plain(), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
