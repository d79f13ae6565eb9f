"""Pages of documents that are found by a field, over many documents: `python -m benchmarks.finding`.

Fills a store with documents that are made (benchmarks/find_corpus.py), 100,000 of them, which takes some ten minutes,
or takes the one that `--keep` names. Then it asks questions of each kind, first pages and second ones, each a hundred
times with other values, and right after each what the driver alone takes to read the same documents by an index whose
bounds are known beforehand: no page can be had for less. `read` is how many documents the store looked at for a page
of twenty. The store is an embedded one, or the one that DROPWIRE_MONGODB_URI names (in a database of its own, dropped
in the end).
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, TypeVar

from pymongo import monitoring
from pymongo.database import Database

from benchmarks.find_corpus import DAYS, LANGUAGES, NOW, Archive, fill
from benchmarks.speed_runs import percentile
from benchmarks.tables import Table, show
from dropwire.embedded import embedded_store
from store import codec, open_store
from store.connection import URI_VARIABLE, Record
from store.queries import Criteria, find_documents
from store.queries.stretches import ORDER
from transforms.document import Document

STORED: Final = 100_000
_TIMES: Final = 100
_MARK: Final = "finding"
_STEP: Final = timedelta(milliseconds=1)
_Done = TypeVar("_Done")


@dataclass(frozen=True)
class Kinds:
    """The kinds of questions; each draw gives another one."""

    archive: Archive = field(default_factory=Archive)

    @cached_property
    def all(self) -> Mapping[str, Callable[[random.Random], Criteria]]:
        """By name."""
        frequent, rare = self.archive.entities[:20], self.archive.entities[2000:4000]
        sources = [name for name, _ in self.archive.sources]
        return {
            "everything": lambda _: Criteria(),
            "language": lambda draw: Criteria(language=draw.choice(list(LANGUAGES))),
            "source": lambda draw: Criteria(source=draw.choice(sources)),
            "a day": lambda draw: _days(draw, 1),
            "a month": lambda draw: _days(draw, 30),
            "since": lambda draw: Criteria(since=NOW - timedelta(days=draw.randrange(1, DAYS))),
            "entity, frequent": lambda draw: Criteria(entity_id=draw.choice(frequent).id),
            "entity, rare": lambda draw: Criteria(entity_id=draw.choice(rare).id),
            "name, frequent": lambda draw: Criteria(entity=(draw.choice(frequent).name.casefold(),)),
            "name, rare": lambda draw: Criteria(entity=(draw.choice(rare).name.casefold(),)),
            "language and a month": lambda draw: _days(draw, 30, language=draw.choice(list(LANGUAGES))),
            "source and its language": lambda draw: _of(draw.choice(self.archive.sources)),
            "source and any language": lambda draw: Criteria(
                source=draw.choice(sources), language=draw.choice(list(LANGUAGES))
            ),
            "frequent entity and language": lambda draw: Criteria(
                entity_id=draw.choice(frequent).id, language=draw.choice(list(LANGUAGES))
            ),
            "frequent entity and source": lambda draw: Criteria(
                entity_id=draw.choice(frequent).id, source=draw.choice(sources[:50])
            ),
        }


def _days(draw: random.Random, days: int, **other: Any) -> Criteria:
    since = NOW - timedelta(days=draw.randrange(days, DAYS))
    return Criteria(since=since, until=since + timedelta(days=days), **other)


def _of(source: tuple[str, str]) -> Criteria:
    return Criteria(source=source[0], language=source[1])


@dataclass(slots=True)
class Sent(monitoring.CommandListener):
    """The questions that were sent for documents, and how many commands there were in all."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    commands: int = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note a command."""
        self.commands += 1
        if event.command_name == "find" and event.command["find"] == "documents":
            self.asked.append(dict(event.command["filter"]))

    def succeeded(self, _event: monitoring.CommandSucceededEvent) -> None:
        """Nothing: what is sent counts."""

    def failed(self, _event: monitoring.CommandFailedEvent) -> None:
        """Nothing: what is sent counts."""

    def taken(self) -> tuple[list[dict[str, Any]], int]:
        """What was noted since the last time."""
        found = self.asked, self.commands
        self.asked, self.commands = [], 0
        return found


@dataclass(slots=True)
class _Row:
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    commands: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    indexes: set[str] = field(default_factory=set)

    def cells(self, name: str) -> tuple[str, ...]:
        numbers = [
            *(f"{percentile(self.first, share):.1f}" for share in (0.5, 0.95)),
            *(f"{percentile(self.second, share):.1f}" if self.second else "–" for share in (0.5, 0.95)),
            *(f"{percentile(self.bare, share):.1f}" for share in (0.5, 0.95)),
            f"{percentile(self.commands, 0.5):.0f}",
            f"{percentile(self.read, 0.5):.0f}",
            f"{percentile(self.read, 0.95):.0f}",
        ]
        return name, *numbers, ", ".join(sorted(self.indexes)) or "none"


_COLUMNS: Final = (
    *("find by", "p50, ms", "p95, ms", "next, p50", "next, p95", "bare, p50", "bare, p95"),
    *("commands", "read, p50", "read, p95", "index"),
)


def pages(db: Database[Record], sent: Sent, times: int, only: Sequence[str] = ()) -> Table:
    """First and second pages of each kind, beside the bare reading of the first page's documents."""
    rows = []
    for name, question in Kinds().all.items():
        if only and name not in only:
            continue
        draw = random.Random(2)  # noqa: S311 - the same for each run
        row = _Row()
        for number in range(times):
            criteria = question(draw)
            sent.taken()
            took, page = _timed(partial(find_documents, db, criteria))
            row.first.append(took)
            asked, commands = sent.taken()
            row.commands.append(commands)
            took, _ = _timed(partial(_bare, db, criteria, page.documents))
            row.bare.append(took)
            if page.next_token:
                took, _ = _timed(partial(find_documents, db, criteria, after=page.next_token))
                row.second.append(took)
            # These take longer than what is measured: not for each.
            if number % 4 == 0:
                row.read.append(sum(sum(1 for _ in db.documents.find(one, {"_id": 1})) for one in asked))
                row.indexes |= {index for one in asked[:-1] or asked for index in _indexes(db, one)}
        rows.append(row.cells(name))
    stored = sum(1 for _ in db.documents.find({}, {"_id": 1}))
    note = (
        f"{times} questions each over {stored:,} documents of some 8 kB, pages of 20. `next` is the second page "
        "of the same question; `bare` what the driver takes for the same documents by bounds known beforehand."
    )
    return Table("Pages", _COLUMNS, tuple(rows), note)


def _timed(run: Callable[[], _Done]) -> tuple[float, _Done]:
    start = time.perf_counter()
    done = run()
    return 1000 * (time.perf_counter() - start), done


def _bare(db: Database[Record], asked: Criteria, page: Sequence[Document]) -> list[Document]:
    """The same documents, by the first index that has any of what is asked for, and by their own dates."""
    by = next(
        (
            {name: value}
            for name, value in (
                ("entities.id", asked.entity_id),
                ("entities.keys", asked.entity[0] if asked.entity else None),
                ("source", asked.source),
                ("languages", asked.language),
            )
            if value
        ),
        {},
    )
    dates = [one.published_at for one in page if one.published_at]
    within = {"published_at": {"$gt": min(dates) - _STEP, "$lte": max(dates)}} if dates else {"published_at": None}
    return [codec.from_record(one) for one in db.documents.find(by | within).sort(ORDER).limit(len(page) or 1)]


def _indexes(db: Database[Record], query: Mapping[str, Any]) -> set[str]:
    if list(query) == ["_id"]:
        return set()
    return set(indexes_of(db.documents.find(query).sort(ORDER).explain())) or {"none"}


def indexes_of(plan: Any) -> Iterator[str]:
    """The names of the indexes in the answer of `explain`, however deep they stand."""
    if isinstance(plan, dict):
        for name, value in plan.items():
            if name == "indexName":
                yield str(value)
            else:
                yield from indexes_of(value)
    elif isinstance(plan, list):
        for value in plan:
            yield from indexes_of(value)


@contextmanager
def _stored(kept: Path | None, number: int) -> Iterator[Database[Record]]:
    with tempfile.TemporaryDirectory(prefix="dropwire-bench-") as folder:
        if uri := os.environ.get(URI_VARIABLE):
            with open_store(uri, "bench_finding") as db:
                fill(db, number)
                yield db
                db.client.drop_database(db.name)
            return
        with embedded_store(kept or Path(folder), linger_s=0) as uri, open_store(uri, "finding") as db:
            fill(db, number)
            yield db


def table(stored: int, *, kept: Path | None = None, times: int = _TIMES, only: Sequence[str] = ()) -> Table:
    """Pages over so many documents, in a store made for the purpose or kept in a folder."""
    sent = Sent()
    monitoring.register(sent)
    with _stored(kept, stored) as db:
        return pages(db, sent, times, only)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finding", description=__doc__)
    parser.add_argument("--stored", type=int, default=STORED, help="documents that are asked about (%(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="an embedded store to fill once and to keep")
    parser.add_argument("--times", type=int, default=_TIMES, help="questions of each kind (%(default)s)")
    parser.add_argument("--only", nargs="*", default=(), metavar="KIND", help="kinds of questions, all by default")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the table into this Markdown page")
    options = parser.parse_args(arguments)
    found = table(options.stored, kept=options.keep, times=options.times, only=options.only)
    return show("finding", [], [found], as_markdown=options.markdown, page=options.write, mark=_MARK)


if __name__ == "__main__":
    raise SystemExit(main())
