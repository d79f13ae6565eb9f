"""Which stored documents are to be processed again: by source, dates and language, and by what made them.

What made a document stands in its provenance. Versions are compared as numbers: of the pipeline, which is one, and of
a model, whose name ends with it (`dropwire-lines-1`). What was made by another family of models, or before there was a
model at all, is older than version 1 of ours.
"""

import operator
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from pymongo.database import Database

from store.asking import QueryError
from store.connection import Record

# Our names for what makes a document, and the fields of its provenance; what a cleaner is, its model of the lines says.
FIELDS: Final[Mapping[str, str]] = {
    "pipeline": "pipeline",
    "cleaner": "line_model",
    "line_model": "line_model",
    "language_model": "language_model",
    "entity_model": "entity_model",
}
_COMPARED: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
# In the place of a model's name: nobody looked.
NONE: Final = "none"
PATTERN: Final = rf"^\s*({'|'.join(FIELDS)})\s*(<=|>=|!=|<|>|=)\s*([A-Za-z0-9][\w.-]*)\s*$"
_EXPRESSION = re.compile(PATTERN, re.ASCII)
_NUMBERED = re.compile(r"(?P<family>.*?)(?P<number>\d{1,9})", re.ASCII)

# Ids in memory at one time: about 200 bytes each, with their drops. Of more, the documents are looked at several times.
_IDS_AT_ONCE = 500_000
_DROP_ID_DIGITS = 64
# The first digits of a drop's id, by which documents are parted: enough for a billion of them.
_PART_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Makers:
    """What makes documents in this installation, by the fields of their provenance."""

    pipeline: str
    line_model: str
    language_model: str
    entity_model: str

    def made(self, provenance: Record) -> bool:
        """Whether these very versions made a document. Where no model serves its language, there is none to compare."""
        return all(
            provenance.get(name) == version or (name == "entity_model" and provenance.get(name) is None)
            for name, version in self._all
        )

    def are_older(self, provenance: Record) -> bool:
        """Whether a later installation made the document, or a part of it: ours would undo that."""
        return any(_number(provenance.get(name), version) > _number(version, version) for name, version in self._all)

    @property
    def _all(self) -> tuple[tuple[str, str], ...]:
        return (
            ("pipeline", self.pipeline),
            ("line_model", self.line_model),
            ("language_model", self.language_model),
            ("entity_model", self.entity_model),
        )


def _number(name: str | None, like: str) -> int:
    """The version of a pipeline or of a model of the same family as `like`; 0 for all others."""
    one, other = (_NUMBERED.fullmatch(each or "") for each in (name, like))
    return int(one["number"]) if one and other and one["family"] == other["family"] else 0


@dataclass(frozen=True, slots=True)
class MadeBy:
    """A condition on what made a document, such as `cleaner<3` or `entity_model!=dropwire-entities-1`."""

    field: str
    comparison: str
    value: str

    @classmethod
    def parse(cls, expression: str) -> "MadeBy":
        """The condition that a person wrote. Raises QueryError, with what can be written, where it is none."""
        match = _EXPRESSION.fullmatch(expression)
        if match is None:
            raise QueryError(
                f"{expression!r} does not say what made a document: write NAME, one of {' '.join(_COMPARED)}, and a "
                f"version, as in cleaner<3 or entity_model!=dropwire-entities-1; the names are {', '.join(FIELDS)}"
            )
        name, comparison, value = match.groups()
        if comparison not in {"=", "!="} and not value.isdecimal():
            raise QueryError(f"{expression!r}: versions are compared by number, as in {name}{comparison}3")
        return cls(FIELDS[name], comparison, value)

    def holds(self, provenance: Record, makers: Makers) -> bool:
        """Whether the condition is met."""
        made_by = provenance.get(self.field)
        if self.value.isdecimal():
            return _COMPARED[self.comparison](_number(made_by, getattr(makers, self.field)), int(self.value))
        return ((made_by or NONE) == self.value) == (self.comparison == "=")


@dataclass(frozen=True, slots=True)
class Selection:
    """Documents: everything given must hold.

    `since` and `until` are days (UTC) of publication, both included; `arrived_since` and `arrived_until` of the last
    delivery. `language` is that of the document or of a part of it, as in store.queries.Criteria.
    """

    source: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    arrived_since: date | None = None
    arrived_until: date | None = None
    made_by: tuple[MadeBy, ...] = ()

    @property
    def query(self) -> Record:
        """What the store is asked; what made a document is not in its indexes and is looked at here."""
        query: Record = {}
        if self.source is not None:
            query["source"] = self.source
        if self.language is not None:
            query["languages"] = self.language
        for name, first, last, bound in (
            ("published_at", self.since, self.until, _midnight),
            # The order of arrival begins with its time (transforms.document.Version).
            ("version", self.arrived_since, self.arrived_until, date.isoformat),
        ):
            # Not `$gte` for times: where an index has fields before and behind them, SecantusDB 0.7.0b3 leaves out the
            # bound. The store keeps milliseconds.
            since = bound(first) if first else None
            bounds: Record = {"$gt": since - timedelta(milliseconds=1)} if isinstance(since, datetime) else {}
            if isinstance(since, str):
                bounds["$gte"] = since
            if last:
                bounds["$lt"] = bound(last + timedelta(days=1))
            if bounds:
                query[name] = bounds
        return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(slots=True)
class Survey:
    """What a selection holds that our versions have not made: how many documents, by source and by what made them.

    `current` are done already; `later` are of a later installation. `smallest` are the smallest ids: as ids are
    hashes, a sample by chance, and the same each time.
    """

    documents: int = 0
    current: int = 0
    later: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    makers: Counter[str] = field(default_factory=Counter)
    smallest: tuple[str, ...] = ()


def survey(db: Database[Record], selection: Selection, makers: Makers, sample: int) -> Survey:
    """Look at all documents of a selection, `sample` of whose ids are given."""
    found = Survey()
    smallest: list[str] = []
    for record in _meeting(db, selection, makers, {}):
        provenance = record["provenance"]
        if makers.made(provenance):
            found.current += 1
            continue
        found.later += makers.are_older(provenance)
        found.documents += 1
        found.sources[record["source"]] += 1
        found.makers[_told(provenance)] += 1
        smallest.append(record["_id"])
        if len(smallest) > 100 * sample:
            smallest = sorted(smallest)[:sample]
    found.smallest = tuple(sorted(smallest)[:sample])
    return found


def _told(provenance: Record) -> str:
    models = (provenance.get(name) or NONE for name in ("line_model", "language_model", "entity_model"))
    return f"pipeline {provenance['pipeline']}, {', '.join(models)}"


def batches(
    db: Database[Record], selection: Selection, makers: Makers, *, size: int, of_one_drop: int
) -> Iterator[list[str]]:
    """The ids of a selection's documents that our versions have not made, in batches of about `size`.

    Documents of one drop stand together, up to `of_one_drop` of them, for whoever reads it again.
    """
    batch: list[str] = []
    for part in _parts(db.documents.count_documents(selection.query)):
        by_drop: defaultdict[str, list[str]] = defaultdict(list)
        for record in _meeting(db, selection, makers, part):
            if not makers.made(record["provenance"]):
                by_drop[record["provenance"]["drop_id"]].append(record["_id"])
        for drop_id in sorted(by_drop):
            ids = sorted(by_drop.pop(drop_id))
            for start in range(0, len(ids), of_one_drop):
                batch += ids[start : start + of_one_drop]
                if len(batch) >= size:
                    yield batch
                    batch = []
    if batch:
        yield batch


def _meeting(db: Database[Record], selection: Selection, makers: Makers, part: Record) -> Iterator[Record]:
    few = {"source": 1, "provenance": 1}
    for record in db.documents.find({**selection.query, **part}, few):
        if all(condition.holds(record["provenance"], makers) for condition in selection.made_by):
            yield record


def _parts(documents: int) -> Sequence[Record]:
    """Conditions on the drop that part so many documents into parts of which each fits into memory."""
    count = -(-documents // _IDS_AT_ONCE)
    if count <= 1:
        return [{}]
    ends = [f"{16**_PART_DIGITS * number // count:0{_PART_DIGITS}x}" for number in range(1, count)]
    bounds: list[dict[str, Any]] = [
        {"$gte": first, "$lt": last} for first, last in zip(["", *ends], [*ends, "g" * _DROP_ID_DIGITS], strict=True)
    ]
    return [{"provenance.drop_id": bound} for bound in bounds]
