"""Documents that meet criteria, newest first, paged by key."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from pymongo.database import Database

from store import changes, codec
from store.asking import QueryError, has_text_index
from store.connection import Record
from store.flags import Flag
from store.queries.stretches import LAST_ID, ORDER, Place, Stretches, newest_first
from store.queries.wanted import ANY, Criteria, Wanted, WordSearch
from transforms.document import Document

# A token names the last document of a page: its date (empty for none) and its id.
# With a third part, the seconds that all documents of that page are dated within: what is likely for the next one.
_TOKEN = re.compile(r"(?P<date>[^~]*)~(?P<id>[0-9a-f]+)(?:~(?P<seconds>[0-9]{1,11}))?")
_DOC_ID = re.compile(r"[0-9a-f]{4,}")
_WHOLE_ID = 32
# Of documents that are looked at one by one (flags that are looked up): so many for one page.
_MOST_LOOKED_UP = 2_000
_LOOKED_UP_AT_ONCE = 100
# Documents that are read for an answer that counts them: of the embedded store, as many as take a tenth of a second.
_MOST_READ = 20_000
_MOST_READ_EMBEDDED = 500


@dataclass(frozen=True, slots=True)
class Page:
    """One page of documents, newest first (those without a date last), and the token of the next page.

    `word_search` says how words were looked for: by the store's text index, or by scanning the texts, where
    the store has no such index. Empty when no words were asked for. A page of documents with `near-copy` or `revised`,
    or of words after which somebody had no more patience, may have fewer than were asked for, and still a next one: so
    many were looked at that the rest is for that.
    """

    documents: tuple[Document, ...]
    next_token: str | None
    word_search: WordSearch


def find_documents(
    db: Database[Record],
    criteria: Criteria,
    *,
    limit: int = 20,
    after: str | None = None,
    patience_s: float | None = None,
) -> Page:
    """The documents that meet the criteria, `limit` at a time; `after` is the `next_token` of the page before.

    After `patience_s` seconds, a search in the embedded store, or for flags that are looked up, ends with what it has
    found by then. Raises QueryError for a token that is none, and StoreError for a language or a flag in a store of an
    earlier version.
    """
    wanted = Wanted.of(db, criteria)
    if wanted.looked_up:
        found, last = _looked_at(db, wanted, limit, after, patience_s)
        return Page(_documents(db, found), _token(last) if last else None, wanted.word_search)
    # Whole, where hardly one is too many; else the fields that they are judged by, and then those that are found.
    whole = wanted.asks_all or wanted.exact
    records, reached = _records(db, wanted, limit + 1, after, None if whole else (), patience_s)
    found = records[:limit]
    documents = tuple(map(codec.from_record, found)) if whole else _documents(db, found)
    return Page(
        documents, _token(found[-1], found[0]) if len(records) > limit else _token_of(reached), wanted.word_search
    )


def matching(
    db: Database[Record], criteria: Criteria, fields: Sequence[str], *, most: int | None = None
) -> tuple[list[Record], bool]:
    """These fields of the newest documents that meet the criteria, and whether that are all.

    At most `most` are looked at, by default 20,000, and 500 in the embedded store.
    """
    wanted = Wanted.of(db, criteria)
    most = most if most is not None else _MOST_READ if has_text_index(db) else _MOST_READ_EMBEDDED
    records, _ = _records(db, wanted, most + 1, None, fields)
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


def _documents(db: Database[Record], found: Sequence[Record]) -> tuple[Document, ...]:
    """The whole documents of these records, in their order, but for those that were erased meanwhile."""
    ids = [record["_id"] for record in found]
    records = {record["_id"]: record for record in db.documents.find({"_id": {"$in": ids}})} if ids else {}
    return tuple(codec.from_record(records[doc_id]) for doc_id in ids if doc_id in records)


def _records(
    db: Database[Record],
    wanted: Wanted,
    limit: int,
    after: str | None,
    fields: Sequence[str] | None,
    patience_s: float | None = None,
) -> tuple[list[Record], Place | None]:
    """The first `limit` records behind a token, in order; with `fields`, only these and what they are judged by.

    With the place that was reached where patience came to an end before.
    """
    projection = dict.fromkeys(sorted({*fields, *wanted.fields}), 1) if fields is not None else None
    behind = _parsed(after) if after else None
    if wanted.asks_all:
        return _asked(db, wanted, limit, behind, projection), None
    if wanted.by_id:
        return _chosen(db, wanted, limit, behind, projection), None
    # The embedded store.
    known, newest = changes.about(db)
    reading = Stretches(db, wanted, limit, known, projection, patience_s)
    date, doc_id = behind or (None, "")
    # Where more is looked at than is found, what the page before took says nothing of how much that is.
    width = _width(after) if after and (wanted.exact or not wanted.conditions) else None
    if date and doc_id < LAST_ID and wanted.has_date(date):
        reading.after(date, doc_id, width)
    if date or not behind:
        reading.below(date, newest, width)
    if not wanted.within(None, None):
        reading.by_ids(None, "" if date else doc_id)
    return reading.found, reading.reached


def _asked(
    db: Database[Record], wanted: Wanted, limit: int, behind: Place | None, projection: Mapping[str, int] | None
) -> list[Record]:
    """Records of a store that answers all of a question by its indexes, and stops where there are enough."""
    bounds = wanted.within(None, None)
    # Nothing is less than null: without bounds, one question gives those without a date last.
    stretches: list[tuple[Any, str | None]] = [(bounds or ANY, None)]
    if behind:
        date, doc_id = behind
        dated = [(date, doc_id), (wanted.within(None, date), None)] if date else []
        stretches = [*dated, *([] if bounds else [(None, None if date else doc_id)])]
    found: list[Record] = []
    for dates, beyond in stretches:
        missing = limit - len(found)
        if missing <= 0 or (isinstance(dates, datetime) and not wanted.has_date(dates)):
            continue
        part: dict[str, Record] = {}
        for query, _ in wanted.questions(dates, beyond):
            part |= {one["_id"]: one for one in db.documents.find(query, projection).sort(ORDER).limit(missing)}
        found += sorted(part.values(), key=newest_first)[:missing]
    return found


def _chosen(
    db: Database[Record], wanted: Wanted, limit: int, behind: Place | None, projection: Mapping[str, int] | None
) -> list[Record]:
    """Records of which the ids are known, few as they are."""
    ids = [one.query["_id"] for one in wanted.each]
    records = filter(wanted.holds, db.documents.find({"_id": {"$in": ids}}, projection))
    place = newest_first({"published_at": behind[0], "_id": behind[1]}) if behind else None
    ordered = sorted(records, key=newest_first)
    return [one for one in ordered if place is None or newest_first(one) > place][:limit]


def _looked_at(
    db: Database[Record], wanted: Wanted, limit: int, after: str | None, patience_s: float | None
) -> tuple[list[Record], Record | None]:
    """The first `limit` records of which all flags hold, and the one to go on behind, if there may be more."""
    found: list[Record] = []
    over = time.monotonic() + patience_s if patience_s is not None else inf
    for _ in range(_MOST_LOOKED_UP // _LOOKED_UP_AT_ONCE):
        records, _ = _records(db, wanted, _LOOKED_UP_AT_ONCE, after, ())
        for record in with_looked_up(db, records, wanted.looked_up):
            if len(found) == limit:
                return found, found[-1]
            found.append(record)
        if len(records) < _LOOKED_UP_AT_ONCE:
            return found, None
        after = _token(records[-1])
        if time.monotonic() >= over:
            break
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


def _token(record: Record, first: Record | None = None) -> str:
    date = record["published_at"]
    within = f"~{(first['published_at'] - date).total_seconds():.0f}" if date and first else ""
    return f"{date.isoformat() if date else ''}~{record['_id']}{within}"


def _token_of(place: Place | None) -> str | None:
    return _token({"published_at": place[0], "_id": place[1]}) if place else None


def _width(token: str) -> timedelta | None:
    match = _TOKEN.fullmatch(token)
    return timedelta(seconds=int(match["seconds"])) if match and match["seconds"] else None


def _parsed(token: str) -> Place:
    match = _TOKEN.fullmatch(token)
    if not match:
        raise QueryError(f"{token!r} is no page token: give the one that the page before ended with")
    if not match["date"]:
        return None, match["id"]
    try:
        return datetime.fromisoformat(match["date"]).astimezone(UTC), match["id"]
    except (ValueError, OverflowError):
        raise QueryError(f"{token!r} is no page token: its date is none") from None
