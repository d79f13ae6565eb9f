"""Criteria as conditions: what the store is asked, and what is looked at here.

MongoDB is asked for all of it at once. The embedded store uses an index only where that answers the whole question, and
reads every document otherwise, so it is asked for one thing that an index has, with the dates, and the rest is looked
at here, record by record. Both ways find the same (tests/store/test_queries_wanted.py).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from pymongo.database import Database

from store import clusters, corrections
from store.asking import QueryError, is_text_index_among
from store.connection import Record, StoreError
from store.flags import FLAGS, LOOKED_UP, Flag
from transforms.document import WITHOUT_LANGUAGE

WordSearch = Literal["", "text index", "scan"]
# The store keeps milliseconds.
_STEP = timedelta(milliseconds=1)
EARLIEST = datetime.min.replace(tzinfo=UTC)
# Which records of earlier versions lack; the indexes, of the same names, come when all have them.
_LATE_FIELDS = ("languages", "flags")
# Of what is not asked for.
ANY: Final = object()


@dataclass(frozen=True, slots=True)
class Criteria:
    """What documents are asked for; everything given must hold.

    `since` and `until` are aware UTC, the former included, the latter not. `entity` are keys of a name (see
    transforms.entities.keys), of which the document must have any; `entity_id` is the id of one that it must name.
    `words` must all occur in title or text. `cluster` is the id of a document: it and its near-copies. `flags` must all
    hold (see store.flags).

    `language` is that of the document or of any of its segments, in any script (`sr`) or in one (`sr-Latn`).
    With `whole`, no segment is in another one; `und` and `zxx` do not count.
    """

    language: str | None = None
    whole: bool = False
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    entity: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    entity_id: str | None = None
    cluster: str | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: as a question, as a look at a record with the `fields`; `leads`: an index has it, with the dates."""

    query: Mapping[str, Any]
    holds: Callable[[Record], bool]
    fields: tuple[str, ...]
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Criteria as conditions.

    All `conditions` must hold, and any of `each` must: these are questions of their own, for ids or keys of entities.
    With `asks_all` the store is asked for all conditions. `looked_up` are flags that follow from other collections.
    """

    conditions: tuple[Condition, ...]
    each: tuple[Condition, ...]
    since: datetime | None
    until: datetime | None
    asks_all: bool
    word_search: WordSearch
    looked_up: frozenset[Flag]

    @classmethod
    def of(cls, db: Database[Record], criteria: Criteria) -> "Wanted":
        """The conditions that criteria come to. Raises as `find_documents` does."""
        indexes = db.documents.index_information()
        asks_all = is_text_index_among(indexes)
        if unknown := [flag for flag in criteria.flags if flag not in FLAGS]:
            raise QueryError(f"there is no flag {unknown[0]!r}: they are {', '.join(FLAGS)}")
        # Those that few documents meet first: the first that an index has is asked for.
        having: tuple[tuple[str, Sequence[str | None], Callable[[Record], Sequence[str]]], ...] = (
            ("entities.id", [criteria.entity_id], _entity_ids),
            ("flags", [flag for flag in criteria.flags if flag not in LOOKED_UP], _flags),
            ("source", [criteria.source], _source),
            ("languages", [criteria.language], _languages),
        )
        conditions = [_has(name, value, values) for name, asked, values in having for value in asked if value]
        _must_have(indexes, conditions)
        if criteria.whole:
            conditions.append(_whole(criteria.language))
        if criteria.words:
            conditions += _with_words(criteria.words, asks_all=asks_all)
        each = _named(db, criteria.entity)
        if criteria.cluster:
            if each:
                conditions.append(_any(each))
            each = [_has("_id", doc_id, _id) for doc_id in _in_cluster(db, criteria.cluster)]
        return cls(
            conditions=tuple(conditions),
            each=tuple(each),
            since=criteria.since,
            until=criteria.until,
            asks_all=asks_all,
            word_search="" if not criteria.words else "text index" if asks_all else "scan",
            looked_up=LOOKED_UP.intersection(criteria.flags),
        )

    @property
    def leads(self) -> list[list[Mapping[str, Any]]]:
        """What an index has, with dates and ids: any of these will do, each of them questions that go together."""
        each = [[one.query for one in self.each]] if self.each else []
        return [*each, *([one.query] for one in self.conditions if one.leads)] or [[{}]]

    @property
    def with_ids(self) -> bool:
        """Whether all indexes that lead have ids behind dates: those over entities have not, in stores made before."""
        return not any(name.startswith("entities.") for lead in self.leads for query in lead for name in query)

    @property
    def by_id(self) -> bool:
        """Whether the ids of all documents that may meet the criteria are known."""
        return any("_id" in one.query for one in self.each)

    @property
    def exact(self) -> bool:
        """Whether there is nothing to look at in what a lead finds: it is the only one, and one question."""
        asked = (*self.each, *self.conditions)
        return not asked or (len(asked) == 1 and asked[0].leads)

    @property
    def fields(self) -> set[str]:
        """The fields that conditions are looked at by."""
        return {"published_at", *(name for one in (*self.conditions, *self.each) for name in one.fields)}

    def within(self, since: datetime | None, until: datetime | None) -> dict[str, datetime]:
        """The condition on a date that is in a range and between the bounds; empty where there are none."""
        lower = max((one for one in (since, self.since) if one), default=None)
        upper = min((one for one in (until, self.until) if one), default=None)
        # Not `$gte`: where an index has fields before and behind the date, SecantusDB 0.7.0b3 leaves out the bound.
        above = lower - _STEP if lower and lower >= EARLIEST + _STEP else None
        return {name: moment for name, moment in (("$gt", above), ("$lt", upper)) if moment}

    def has_date(self, date: datetime) -> bool:
        """Whether a date is between the bounds."""
        return _is_dated(date, self.within(None, None) or ANY)

    def holds(self, record: Record) -> bool:
        """Whether all conditions hold of a record with the `fields`, but for the flags that are looked up."""
        return (
            (not self.each or any(one.holds(record) for one in self.each))
            and all(one.holds(record) for one in self.conditions)
            and _is_dated(record["published_at"], self.within(None, None) or ANY)
        )

    def questions(
        self, dates: Any = ANY, beyond: str | None = None
    ) -> list[tuple[Mapping[str, Any], Callable[[Record], bool]]]:
        """What to ask for documents with such dates and ids beyond this one, and what to look at in the answers.

        `dates` is a condition on `published_at`. Any of the questions will do.
        """

        def holds(record: Record) -> bool:
            return (
                (beyond is None or record["_id"] > beyond)
                and _is_dated(record["published_at"], dates)
                and all(condition.holds(record) for condition in self.conditions)
            )

        dated: dict[str, Any] = {} if dates is ANY else {"published_at": dates}
        behind: dict[str, Any] = {} if beyond is None else {"_id": {"$gt": beyond}}
        queries: list[dict[str, Any]] = []
        for one in self.each or (None,):
            own = one.query if one else {}
            if self.asks_all:
                parts = [*(condition.query for condition in self.conditions), own, dated, behind]
                parts = [part for part in parts if part]
                queries.append({"$and": parts} if len(parts) > 1 else dict(*parts))
            else:
                lead = next((condition.query for condition in self.conditions if condition.leads), {})
                queries.append({**own} if "_id" in own else {**(own or lead), **dated})
        return [(query, holds) for query in queries]


def _has(field: str, value: str, values: Callable[[Record], Sequence[str]]) -> Condition:
    """That a field, of which an index begins, has a value."""
    return Condition({field: value}, lambda record: value in values(record), (field,), leads=True)


def _named(db: Database[Record], keys: Sequence[str]) -> list[Condition]:
    """That a document names an entity by one of these keys, or one that a person gave a name with such a key."""
    given = corrections.rules(db).given(keys) if keys else ()
    return [
        *(_has("entities.keys", key, _entity_keys) for key in keys),
        *(_has("entities.id", entity, _entity_ids) for entity in given),
    ]


def _any(conditions: Sequence[Condition]) -> Condition:
    fields = tuple(name for one in conditions for name in one.fields)
    return Condition(
        {"$or": [one.query for one in conditions]}, lambda record: any(one.holds(record) for one in conditions), fields
    )


def _id(record: Record) -> Sequence[str]:
    return [record["_id"]]


def _source(record: Record) -> Sequence[str]:
    return [record["source"]]


def _languages(record: Record) -> Sequence[str]:
    return list(record["languages"])


def _flags(record: Record) -> Sequence[str]:
    return list(record["flags"])


def _entity_ids(record: Record) -> Sequence[str]:
    return [entity["id"] for entity in record["entities"]]


def _entity_keys(record: Record) -> Sequence[str]:
    return [key for entity in record["entities"] for key in entity["keys"]]


def _is_dated(date: datetime | None, dates: Any) -> bool:
    if dates is ANY:
        return True
    if dates is None or isinstance(dates, datetime):
        return date == dates
    after, before = dates.get("$gt"), dates.get("$lt")
    return date is not None and (after is None or date > after) and (before is None or date < before)


def _whole(language: str | None) -> Condition:
    """That all segments are in this language, in whatever script."""
    if not language:
        raise QueryError("whole documents in which language? Give it with --language")
    welcome = [language, re.compile(f"^{re.escape(language)}-"), *WITHOUT_LANGUAGE]
    own = re.compile(rf"{re.escape(language)}(?:-.*)?")
    return Condition(
        {"segments": {"$not": {"$elemMatch": {"tag": {"$nin": welcome}}}}},
        lambda record: all(
            own.fullmatch(segment["tag"]) or segment["tag"] in WITHOUT_LANGUAGE for segment in record["segments"]
        ),
        ("segments.tag",),
    )


def _with_words(words: tuple[str, ...], *, asks_all: bool) -> list[Condition]:
    if asks_all:
        # Quoted, so that all of them must occur; a bare list would be any of them.
        search = " ".join('"{}"'.format(word.replace('"', "")) for word in words)
        patterns = [re.compile(re.escape(word.replace('"', "")), re.IGNORECASE) for word in words]
        query: Mapping[str, Any] = {"$text": {"$search": search}}
    else:
        patterns = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE) for word in words]
        query = {}

    def hold(record: Record) -> bool:
        return all(pattern.search(record["title"] or "") or pattern.search(record["text"]) for pattern in patterns)

    return [Condition(query, hold, ("title", "text"))]


def _in_cluster(db: Database[Record], doc_id: str) -> list[str]:
    cluster = clusters.of_document(db, doc_id)
    return [copy.doc_id for copy in cluster.members] if cluster and cluster.members else [doc_id]


def _must_have(indexes: Mapping[str, Any], conditions: Sequence[Condition]) -> None:
    """Refuse a store whose records may lack a field: it would find too little and not say so."""
    if indexes and any(name in one.query and name not in indexes for one in conditions for name in _LATE_FIELDS):
        raise StoreError(
            "this store was made by an earlier Dropwire: run `dropwire init-db` once to bring it up to date"
        )
