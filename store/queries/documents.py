"""Documents that meet criteria, newest first, paged by key."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from store import changes, codec
from store.asking import QueryError, has_text_index
from store.connection import Record
from store.flags import Flag
from store.queries.wanted import ANY, Criteria, Wanted, WordSearch
from transforms.document import Document

# A token names the last document of a page: its date (empty for none) and its id.
_TOKEN = re.compile(r"(?P<date>[^~]*)~(?P<id>[0-9a-f]+)")
_DOC_ID = re.compile(r"[0-9a-f]{4,}")
_WHOLE_ID = 32
_ORDER = [("published_at", DESCENDING), ("_id", ASCENDING)]
# Of documents that are looked at one by one (flags that are looked up): so many for one page.
_MOST_LOOKED_UP = 2_000
_LOOKED_UP_AT_ONCE = 100
# Documents that are read for an answer that counts them: of the embedded store, as many as take a tenth of a second.
_MOST_READ = 20_000
_MOST_READ_EMBEDDED = 1_000
# The embedded store reads all that a question is about, whatever the limit is (0.1 ms a document). So dates are asked
# for in windows, each as wide as the one before makes it likely to be enough.
_FIRST_WINDOW = timedelta(hours=6)
_LAST_WINDOW = timedelta(days=365 * 20)
_MORE_THAN_LIKELY = 1.5
_WIDER, _NARROWER = 8.0, 0.5
_OVER_A_GAP = 2.0
_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of documents, newest first (those without a date last), and the token of the next page.

    `word_search` says how words were looked for: by the store's text index, or by scanning the texts, where
    the store has no such index. Empty when no words were asked for. A page of documents with `near-copy` or `revised`
    may have fewer than were asked for, and still a next one: so many were looked at that the rest is for that.
    """

    documents: tuple[Document, ...]
    next_token: str | None
    word_search: WordSearch


def find_documents(db: Database[Record], criteria: Criteria, *, limit: int = 20, after: str | None = None) -> Page:
    """The documents that meet the criteria, `limit` at a time; `after` is the `next_token` of the page before.

    Raises QueryError for a token that is none, and StoreError for a language or a flag in a store of an earlier
    version.
    """
    wanted = Wanted.of(db, criteria)
    if wanted.looked_up:
        found, last = _looked_at(db, wanted, limit, after)
    else:
        records = _records(db, wanted, limit + 1, after)
        found = records[:limit]
        last = found[-1] if len(records) > limit else None
    return Page(tuple(map(codec.from_record, found)), _token(last) if last else None, wanted.word_search)


def matching(
    db: Database[Record], criteria: Criteria, fields: Sequence[str], *, most: int | None = None
) -> tuple[list[Record], bool]:
    """These fields of the newest documents that meet the criteria, and whether that are all.

    At most `most` are looked at, by default 20,000, and 1,000 in the embedded store.
    """
    wanted = Wanted.of(db, criteria)
    most = most if most is not None else _MOST_READ if has_text_index(db) else _MOST_READ_EMBEDDED
    records = _records(db, wanted, most + 1, None, fields)
    complete = len(records) <= most
    return list(with_looked_up(db, records[:most], wanted.looked_up)), complete


def get_document(db: Database[Record], doc_id: str) -> Document | None:
    """The document with this id, or with an id that begins so (4 hexadecimal digits at least), or None.

    Raises QueryError where several ids begin so, or where it is no id.
    """
    if not _DOC_ID.fullmatch(doc_id):
        raise QueryError(f"{doc_id!r} is no document id: give 4 to 32 of the digits 0-9a-f that `find` prints")
    if len(doc_id) >= _WHOLE_ID:
        # By itself: for a range of ids the embedded store reads the whole collection.
        record = db.documents.find_one({"_id": doc_id})
        return codec.from_record(record) if record else None
    records = list(db.documents.find({"_id": {"$gte": doc_id, "$lte": doc_id + "g"}}).limit(2))
    if len(records) > 1:
        raise QueryError(f"several documents have ids that begin with {doc_id}: give more digits")
    return codec.from_record(records[0]) if records else None


def _records(
    db: Database[Record], wanted: Wanted, limit: int, after: str | None, fields: Sequence[str] | None = None
) -> list[Record]:
    """The first `limit` records behind a token, in order; with `fields`, only these and what they are judged by."""
    projection = dict.fromkeys({*fields, *wanted.fields}, 1) if fields is not None else None
    reading = _Reading(db, wanted, limit, projection)
    bounds = wanted.within(None, None)
    date, doc_id = _parsed(after) if after else (None, None)
    if after is None:
        date = changes.newest(db) if wanted.in_windows else None
        if date is None:
            # Nothing is less than null: without bounds, one question gives those without a date last.
            reading.read(bounds or ANY)
            return reading.found
        if wanted.until is None or date < wanted.until:
            reading.read(wanted.within(date, None))
    elif date is not None and wanted.has_date(date):
        reading.read(date, doc_id)
    if date is not None:
        reading.read_below(date)
        doc_id = None
    if not bounds:
        reading.read(None, doc_id)
    return reading.found


@dataclass(slots=True)
class _Reading:
    """Records as they are found, stretch after stretch, in order, until there are `limit` of them."""

    db: Database[Record]
    wanted: Wanted
    limit: int
    projection: Mapping[str, int] | None
    found: list[Record] = field(default_factory=list)

    def read(self, dates: Any, beyond: str | None = None) -> int:
        """Read one stretch: what has such dates. Returns how many of the missing records it had."""
        missing = self.limit - len(self.found)
        if missing <= 0:
            return 0
        part: dict[str, Record] = {}
        for query, holds in self.wanted.questions(dates, beyond):
            how = (query, self.projection) if self.projection is not None else (query,)
            cursor = self.db.documents.find(*how).sort(_ORDER)
            if self.wanted.asks_all:
                part |= {record["_id"]: record for record in cursor.limit(missing)}
            else:
                ours = (record for record in cursor if holds(record))
                part |= {record["_id"]: record for record, _ in zip(ours, range(missing), strict=False)}
        self.found += sorted(part.values(), key=_newest_first)[:missing]
        return min(len(part), missing)

    def read_below(self, top: datetime) -> None:
        """Read what is dated before a moment, the newest first."""
        since, until = self.wanted.since, self.wanted.until
        top = min(top, until) if until else top
        width = _FIRST_WINDOW if self.wanted.in_windows else _LAST_WINDOW
        while len(self.found) < self.limit and (since is None or top > since):
            if width >= _LAST_WINDOW or top - width < _EARLIEST:
                self.read(self.wanted.within(None, top))
                return
            missing = self.limit - len(self.found)
            count = self.read(self.wanted.within(top - width, top))
            top -= width
            likely = _MORE_THAN_LIKELY * (missing - count) / count if count else _OVER_A_GAP
            width *= min(max(likely, _NARROWER), _WIDER)


def _looked_at(
    db: Database[Record], wanted: Wanted, limit: int, after: str | None
) -> tuple[list[Record], Record | None]:
    """The first `limit` records of which all flags hold, and the one to go on behind, if there may be more."""
    found: list[Record] = []
    for _ in range(_MOST_LOOKED_UP // _LOOKED_UP_AT_ONCE):
        records = _records(db, wanted, _LOOKED_UP_AT_ONCE, after)
        for record in with_looked_up(db, records, wanted.looked_up):
            if len(found) == limit:
                return found, found[-1]
            found.append(record)
        if len(records) < _LOOKED_UP_AT_ONCE:
            return found, None
        after = _token(records[-1])
    return found, records[-1]


def with_looked_up(db: Database[Record], records: Sequence[Record], flags: Iterable[Flag]) -> Iterator[Record]:
    """Those of the records for which all these flags hold."""
    for start in range(0, len(records), _LOOKED_UP_AT_ONCE):
        part = records[start : start + _LOOKED_UP_AT_ONCE]
        ids = {record["_id"] for record in part}
        for flag in flags:
            ids &= _HOLDING[flag](db, sorted(ids))
        yield from (record for record in part if record["_id"] in ids)


def with_revisions(db: Database[Record], ids: Sequence[str]) -> set[str]:
    """Those of the documents that had another content before."""
    return {record["doc_id"] for record in db.revisions.find({"doc_id": {"$in": ids}}, {"doc_id": 1})}


def with_copies(db: Database[Record], ids: Sequence[str]) -> set[str]:
    """Those of the documents that have near-copies: they follow another one, or are followed."""
    leaders = {record["_id"]: record["leader"] for record in db.copies.find({"_id": {"$in": ids}}, {"leader": 1})}
    own = sorted(doc_id for doc_id, leader in leaders.items() if leader == doc_id)
    followers = db.copies.find({"leader": {"$in": own}}, {"leader": 1}) if own else ()
    followed = {record["leader"] for record in followers if record["leader"] != record["_id"]}
    return (leaders.keys() - set(own)) | followed


_HOLDING: Mapping[Flag, Callable[[Database[Record], Sequence[str]], set[str]]] = {
    "near-copy": with_copies,
    "revised": with_revisions,
}


def _newest_first(record: Record) -> tuple[float, str]:
    at = record["published_at"]
    return -at.timestamp() if at else inf, record["_id"]


def _token(record: Record) -> str:
    date = record["published_at"]
    return f"{date.isoformat() if date else ''}~{record['_id']}"


def _parsed(token: str) -> tuple[datetime | None, str]:
    match = _TOKEN.fullmatch(token)
    if not match:
        raise QueryError(f"{token!r} is no page token: give the one that the page before ended with")
    if not match["date"]:
        return None, match["id"]
    try:
        return datetime.fromisoformat(match["date"]).astimezone(UTC), match["id"]
    except (ValueError, OverflowError):
        raise QueryError(f"{token!r} is no page token: its date is none") from None
