"""What a document takes, and what so many of them will: `python -m benchmarks.capacity FOLDER`.

FOLDER is the development data, of which a mixed corpus is made (benchmarks/speed_corpus.py). It is ingested into an
embedded store in parts, as runs of a flow would, by one worker. Measured are

- bytes a document in each collection: of BSON, and of BSON compressed by Snappy in pages of 32 kB, as MongoDB's
  WiredTiger does it by default; and the folder of the embedded store;
- bytes a document in each index: of its keys, sorted, without what each has in common with the one before (WiredTiger's
  prefix compression), with ids of records and headers of cells. The text index is estimated so from its words;
- processor seconds a document, of the worker by stage and of the store;
- how many of the documents that are there the entities of new ones are named in: what `refresh` reads again.

Then the same, reckoned for 10⁴ to 10⁹ documents. Prices are parameters. What the reckoning cannot know is in
docs/scale.md.
"""

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import log
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
from bson import BSON
from pymongo import IndexModel
from pymongo.database import Database

from benchmarks import speed_corpus
from benchmarks.tables import Table, show
from dropwire.embedded import embedded_store
from flows import load_drops
from flows.batching import batches_of_files
from flows.clean_again import learn_sources
from flows.discover_drops import discover_drops
from flows.run_report import RunReport
from store import ensure, entities, open_store, templates
from store.connection import Record
from store.layout import COLLECTIONS
from transforms.models import shared_models

_MARK: Final = "capacity"
# https://source.wiredtiger.com/develop/tune_page_size_and_comp.html: leaf pages of MongoDB's collections.
_PAGE_BYTES: Final = 32 * 1024
# Of a key in a WiredTiger page: the header of its cell, and the id of its record (KeyString, four bytes of digits).
_CELL_BYTES: Final = 3
_RECORD_ID_BYTES: Final = 5
# Prefixes shorter than that are not compressed (WiredTiger's prefix_compression_min).
_SHORTEST_PREFIX: Final = 4
# Pages of an index whose keys come at random are between half full and full: ln 2, as of any B-tree.
_FILL: Final = 0.69
_WORD: Final = re.compile(r"\w+")
_TICKS: Final = 100.0  # clock ticks a second (USER_HZ), on all Linux systems of today
_PER_DOCUMENT: Final = ("documents", "originals", "revisions", "copies", "entities", "drops", "quarantine")
_MONTH_HOURS: Final = 730
_SIZES: Final = tuple(10**power for power in range(4, 10))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the corpus: documents and entities afterwards, new documents, seconds by stage and of `refresh`.

    `named_again` is the share of all documents that name an entity of the new ones.
    """

    documents: int
    entities: int
    new: int
    seconds: Mapping[str, float]
    refresh: float
    named_again: float


@dataclass(slots=True)
class Measured:
    """All that was measured; bytes a document by collection and index."""

    documents: int = 0
    parts: list[Part] = field(default_factory=list)
    records: dict[str, float] = field(default_factory=dict)
    bson: dict[str, float] = field(default_factory=dict)
    packed: dict[str, float] = field(default_factory=dict)
    indexes: dict[tuple[str, str], float] = field(default_factory=dict)
    largest: dict[str, int] = field(default_factory=dict)
    folder: float = 0.0
    worker_s: float = 0.0
    store_s: float = 0.0

    @property
    def heaps(self) -> float:
        """The power of the number of documents with which the number of entities grows, by the first and last part."""
        first, last = self.parts[0], self.parts[-1]
        return min(1.0, log(last.entities / first.entities) / log(last.documents / first.documents))


def measure(folder: Path, data: Path, documents: int, parts: int) -> Measured:
    """Ingest a corpus in parts, and measure what became of it."""
    measured = Measured()
    models = shared_models()
    for model in (models.language, models.lines, models.entities):  # loaded before the clock runs
        if model is None:
            raise RuntimeError("a model is missing")
    corpus = folder / "corpus"
    speed_corpus.write(data, corpus, documents)
    files = sorted(corpus.rglob("*"), key=lambda path: hash_of(path.name))
    files = [path for path in files if path.is_file()]
    with embedded_store(folder / "data", linger_s=0) as uri, open_store(uri) as db:
        ensure(db)
        pid = db.client.admin.command("serverStatus")["pid"]
        for number in range(parts):
            some = [str(path) for path in files[number::parts]]
            before_worker, before_store = time.process_time(), _cpu_s(pid)
            measured.parts.append(_load(db, some, f"part {number}"))
            measured.worker_s += time.process_time() - before_worker
            measured.store_s += _cpu_s(pid) - before_store
        measured.documents = db.documents.count_documents({})
        db.client.admin.command("ping")
        for collection in COLLECTIONS:
            if collection.name in _PER_DOCUMENT:
                _weigh(db, collection.name, (*collection.indexes, *collection.optional), measured)
    # Once more, for what the store writes when it stops.
    with embedded_store(folder / "data", linger_s=0):
        pass
    files_of_store = (path for path in (folder / "data" / "store").rglob("*") if path.is_file())
    # Without the log of what is not in the tables yet: its files are of a fixed size.
    size = sum(path.stat().st_size for path in files_of_store if "WiredTigerLog" not in path.name)
    measured.folder = size / measured.documents
    return measured


def hash_of(name: str) -> str:
    """An order of files that mixes their kinds and sources, the same each time."""
    return name[::-1]


def _load(db: Database[Record], files: Sequence[str], run_id: str) -> Part:
    before = db.documents.count_documents({})
    report = RunReport()
    for batch in batches_of_files(discover_drops(list(files)).files):
        report += load_drops.load_drops(db, batch, source=None, reread=False, run_id=run_id)
    report += learn_sources(db, templates.unlearned(db))
    due = {entity for record in db.due.find({}, {"entities": 1}) for entity in record["entities"]}
    there = [{each["id"] for each in record["entities"]} for record in db.documents.find({}, {"entities.id": 1})]
    named = sum(not due.isdisjoint(one) for one in there)
    began = time.perf_counter()
    entities.refresh(db)
    refresh = time.perf_counter() - began
    return Part(
        len(there),
        db.entities.count_documents({}),
        len(there) - before,
        report.seconds,
        refresh,
        named / max(1, len(there)),
    )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _weigh(db: Database[Record], name: str, indexes: Sequence[IndexModel], measured: Measured) -> None:
    bodies: list[bytes] = []
    keys: dict[str, list[bytes]] = {index.document["name"]: [] for index in indexes}
    ids = []
    for record in db[name].find():
        bodies.append(BSON.encode(record))
        ids.append(_key(record["_id"]))
        for index in indexes:
            keys[index.document["name"]] += _keys(record, index)
    total, documents = sum(map(len, bodies)), measured.documents
    measured.records[name] = len(bodies) / documents
    measured.bson[name] = total / documents
    measured.packed[name] = sum(_packed(page) for page in _pages(bodies)) / documents
    measured.largest[name] = max(map(len, bodies), default=0)
    measured.indexes[name, "_id"] = _index_bytes(ids) / documents
    for title, some in keys.items():
        measured.indexes[name, title] = _index_bytes(some) / documents


def _pages(bodies: Sequence[bytes]) -> Iterator[bytes]:
    page = b""
    for body in bodies:
        page += body
        if len(page) >= _PAGE_BYTES:
            yield page
            page = b""
    if page:
        yield page


def _packed(page: bytes) -> int:
    return len(pa.compress(page, codec="snappy", asbytes=True))


def _keys(record: Record, index: IndexModel) -> Iterator[bytes]:
    """The keys of a record in an index, each once: of arrays one an element."""
    fields = dict(index.document["key"])
    if "text" in fields.values():
        words = {word.lower() for name in ("title", "text") for word in _WORD.findall(record.get(name) or "")}
        # The word and its score, a number of eight bytes.
        yield from (_key(word) + b"\0" * 9 for word in words)
        return
    if index.document.get("sparse") and all(not _values(record, name) for name in fields):
        return
    prefixes = {b""}
    for name in fields:
        values = {_key(value) for value in _values(record, name)} or {_key(None)}
        prefixes = {prefix + value for prefix in prefixes for value in values}
    yield from prefixes


def _values(record: Any, path: str) -> list[Any]:
    """The values at a dotted path, of all elements of the arrays on its way."""
    found = [record]
    for part in path.split("."):
        found = [one[part] for one in found if isinstance(one, dict) and part in one]
        found = [each for one in found for each in (one if isinstance(one, list) else [one])]
    return found


def _key(value: Any) -> bytes:
    """A value as long as in MongoDB's KeyString, and equal where it is equal: a type, and what there is of it."""
    if isinstance(value, str):
        return b"<" + value.encode("utf-8", "replace") + b"\0"
    if isinstance(value, datetime):
        return b"x" + int(value.timestamp() * 1000 + (1 << 62)).to_bytes(8, "big")
    if isinstance(value, int):
        return b"+" + (value + (1 << 63)).to_bytes(9, "big").lstrip(b"\0")[-6:]
    return b"\n"


def _index_bytes(keys: list[bytes]) -> float:
    size, before = 0, b""
    for key in sorted(keys):
        common = next(
            (at for at, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), min(len(before), len(key))
        )
        size += len(key) - (common if common >= _SHORTEST_PREFIX else 0) + _CELL_BYTES + _RECORD_ID_BYTES
        before = key
    return size / _FILL


def tables(measured: Measured, documents_a_day: float, core_hour: float, gb_month: float) -> list[Table]:
    """What was measured, and what follows for more documents."""
    return [
        _sizes(measured),
        _index_table(measured),
        _speed(measured),
        _reckoned(measured, documents_a_day, core_hour, gb_month),
    ]


def _sizes(measured: Measured) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            name,
            f"{measured.records[name]:.2f}",
            f"{measured.bson[name]:,.0f}",
            f"{measured.packed[name]:,.0f}",
            f"{sum(size for (owner, _), size in measured.indexes.items() if owner == name):,.0f}",
            f"{measured.largest[name]:,}",
        )
        for name in measured.bson
    ]
    sums = (sum(measured.bson.values()), sum(measured.packed.values()), sum(measured.indexes.values()))
    rows.append(("all", "", *(f"{each:,.0f}" for each in sums), ""))
    columns = ("collection", "records", "BSON", "Snappy", "indexes", "largest record")
    note = (
        f"Bytes a document of {measured.documents:,}; the largest record in bytes. Indexes estimated from their keys, "
        f"MongoDB's text index included. The embedded store's own folder has {measured.folder:,.0f} bytes a document."
    )
    return Table("Bytes a document", columns, tuple(rows), note)


def _index_table(measured: Measured) -> Table:
    largest = Counter(measured.indexes).most_common(12)
    rows = tuple((f"{name}.{index}", f"{size:,.0f}") for (name, index), size in largest)
    return Table("The largest indexes", ("index", "bytes a document"), rows)


def _speed(measured: Measured) -> Table:
    rows = []
    for part in measured.parts:
        stages = (
            part.seconds.get(name, 0.0) / part.new * 1000 for name in ("transform", "write", "copies", "entities")
        )
        refresh = part.refresh / part.new * 1000
        found = (f"{part.documents:,}", f"{part.entities:,}")
        rows.append((*found, *(f"{each:.1f}" for each in stages), f"{refresh:.1f}", f"{part.named_again:.0%}"))
    each = 1000 / measured.documents
    note = (
        f"Milliseconds of wall time a new document, by one worker. Processor time: {measured.worker_s * each:.0f} ms a "
        f"document of the worker, {measured.store_s * each:.0f} ms of the embedded store. The last column is the share "
        "of all documents that name an entity of the new ones: those that are read again to count."
    )
    columns = ("documents", "entities", "transform", "write", "copies", "settle", "refresh", "read again")
    return Table("Time a document", columns, tuple(rows), note)


def _reckoned(measured: Measured, a_day: float, core_hour: float, gb_month: float) -> Table:
    """Linear in the documents, and of entities by Heaps' law; what else is not linear is in docs/scale.md."""
    seconds = (measured.worker_s + measured.store_s) / measured.documents
    power = measured.heaps
    data, index = sum(measured.packed.values()), sum(measured.indexes.values())
    of_entities = (
        measured.packed["entities"],
        sum(size for (name, _), size in measured.indexes.items() if name == "entities"),
    )
    rows = []
    for documents in _SIZES:
        # New documents name ever fewer entities that none has named before.
        thinned = 1 - (documents / measured.documents) ** (power - 1)
        storage, memory = (
            documents * (each - part * thinned) / 1e9 for each, part in zip((data, index), of_entities, strict=True)
        )
        hours = documents * seconds / 3600
        month = (storage + memory) * gb_month + a_day * seconds / 3600 * (_MONTH_HOURS / 24) * core_hour
        rows.append(
            (
                f"10^{len(str(documents)) - 1}",
                f"{storage:,.2f}" if storage < 10 else f"{storage:,.0f}",
                f"{memory:,.2f}" if memory < 10 else f"{memory:,.0f}",
                f"{hours:,.1f}" if hours < 10 else f"{hours:,.0f}",
                f"{hours / 24 / 30:,.1f}",
                f"{month:,.2f}" if month < 10 else f"{month:,.0f}",
            )
        )
    note = (
        f"One core does {1 / seconds:.1f} documents/s, worker and store together. A month's cost is (data + indexes) "
        f"× {gb_month:g} a GB + processor time of {a_day:,.0f} new documents a day × {core_hour:g} an hour of a core, "
        "for one copy of the data; times the members of a replica set. Entities grow with the "
        f"documents to the power of {power:.2f}, as measured; all else in proportion."
    )
    columns = ("documents", "data, GB", "indexes, GB", "core-hours to load", "cores to load in a month", "cost a month")
    return Table("Reckoned", columns, tuple(rows), note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.capacity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="the folder of the development data")
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--documents-a-day", type=float, default=10_000)
    parser.add_argument("--core-hour", type=float, default=0.04, help="the price of an hour of a core (an example)")
    parser.add_argument("--gb-month", type=float, default=0.10, help="the price of a GB for a month (an example)")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), asked.data, asked.documents, asked.parts)
    shown = tables(measured, asked.documents_a_day, asked.core_hour, asked.gb_month)
    return show("capacity", [], shown, as_markdown=asked.markdown, page=asked.write, mark=_MARK)


if __name__ == "__main__":
    sys.exit(main())
