"""Questions to the store, one function each: typed results, paged by key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any, Literal

from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.database import Database

from store import codec
from store.connection import Record, StoreError
from transforms.document import WITHOUT_LANGUAGE, Document

# A token names the last document of a page: its date (empty for none) and its id.
_TOKEN = re.compile(r"(?P<date>[^~]*)~(?P<id>[0-9a-f]+)")
_DOC_ID = re.compile(r"[0-9a-f]{4,}")


class QueryError(ValueError):
    """A question that cannot be asked like this; the message says how it can."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What documents are asked for; everything given must hold.

    `since` and `until` are aware UTC, the former included, the latter not. `entity` are keys of a name (see
    transforms.entities.keys), of which the document must have any. `words` must all occur in title or text.

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


@dataclass(frozen=True, slots=True)
class Page:
    """One page of documents, newest first (those without a date last), and the token of the next page.

    `word_search` says how words were looked for: by the store's text index, or by scanning the texts, where
    the store has no such index. Empty when no words were asked for.
    """

    documents: tuple[Document, ...]
    next_token: str | None
    word_search: Literal["", "text index", "scan"]


def find_documents(db: Database[Record], criteria: Criteria, *, limit: int = 20, after: str | None = None) -> Page:
    """The documents that meet the criteria, `limit` at a time; `after` is the `next_token` of the page before.

    Raises QueryError for a token that is none, and StoreError for a language in a store of an earlier version.
    """
    # Plain conditions stand at the top: inside `$and` the embedded store uses no index for them.
    query: dict[str, Any] = {}
    conditions: list[Mapping[str, Any]] = []
    if criteria.language:
        # The index `languages` has them in order. `whole` filters what it finds (the embedded store then reads all).
        _must_have_languages(db)
        query["languages"] = criteria.language
    if criteria.whole:
        query["segments"] = _all_in(criteria.language)
    if criteria.source:
        query["source"] = criteria.source
    if criteria.since or criteria.until:
        bounds = {"$gte": criteria.since, "$lt": criteria.until}
        query["published_at"] = {bound: moment for bound, moment in bounds.items() if moment}
    word_search: Literal["", "text index", "scan"] = ""
    if criteria.words:
        word_search = "text index" if has_text_index(db) else "scan"
        conditions.extend(_with_words(criteria.words, word_search))
    if after:
        conditions.append(_after(after))
    if conditions:
        query["$and"] = conditions

    order = [("published_at", DESCENDING), ("_id", ASCENDING)]
    found: dict[str, Record] = {}
    # A question for each key: for `$in` beside other conditions the embedded store uses no index.
    for each in [{**query, "entities.keys": key} for key in criteria.entity] or [query]:
        found |= {record["_id"]: record for record in db.documents.find(each).sort(order).limit(limit + 1)}
    records = sorted(found.values(), key=_newest_first)[: limit + 1]
    more = len(records) > limit
    return Page(
        documents=tuple(codec.from_record(record) for record in records[:limit]),
        next_token=_token(records[limit - 1]) if more else None,
        word_search=word_search,
    )


def get_document(db: Database[Record], doc_id: str) -> Document | None:
    """The document with this id, or with an id that begins so (4 hexadecimal digits at least), or None.

    Raises QueryError where several ids begin so, or where it is no id.
    """
    if not _DOC_ID.fullmatch(doc_id):
        raise QueryError(f"{doc_id!r} is no document id: give 4 to 32 of the digits 0-9a-f that `find` prints")
    records = list(db.documents.find({"_id": {"$gte": doc_id, "$lte": doc_id + "g"}}).limit(2))
    if len(records) > 1:
        raise QueryError(f"several documents have ids that begin with {doc_id}: give more digits")
    return codec.from_record(records[0]) if records else None


def counts_by(collection: Collection[Record], field: str, *, index: str | None = None, **match: Any) -> dict[str, int]:
    """How many records of a collection there are for each value of a field, most frequent first.

    `counts_by(db.documents, "language")`, `counts_by(db.quarantine, "reason", state="open")`. `index` names the index
    that has the field: MongoDB reads that alone then, not the records.
    """
    pipeline: list[Mapping[str, Any]] = [
        {"$match": match},
        {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    how: dict[str, Any] = {"hint": index} if index else {}
    return {row["_id"]: row["count"] for row in collection.aggregate(pipeline, **how)}


def has_text_index(db: Database[Record]) -> bool:
    """Whether the store has a full-text index over the documents."""
    return any("_fts" in dict(index["key"]) for index in db.documents.index_information().values())


def _must_have_languages(db: Database[Record]) -> None:
    """Refuse a store whose records may lack `languages`: it would find too little and not say so."""
    indexes = db.documents.index_information()
    if indexes and "languages" not in indexes:
        raise StoreError(
            "this store was made by an earlier Dropwire: run `dropwire init-db` once to bring it up to date"
        )


def _all_in(language: str | None) -> Mapping[str, Any]:
    """The condition on segments that all are in this language, in whatever script."""
    if not language:
        raise QueryError("whole documents in which language? Give it with --language")
    welcome = [language, re.compile(f"^{re.escape(language)}-"), *WITHOUT_LANGUAGE]
    return {"$not": {"$elemMatch": {"tag": {"$nin": welcome}}}}


def _with_words(words: tuple[str, ...], how: str) -> list[Mapping[str, Any]]:
    if how == "text index":
        # Quoted, so that all of them must occur; a bare list would be any of them.
        return [{"$text": {"$search": " ".join('"{}"'.format(word.replace('"', "")) for word in words)}}]
    return [
        {"$or": [{"title": pattern}, {"text": pattern}]}
        for word in words
        for pattern in [{"$regex": rf"(?<!\w){re.escape(word)}(?!\w)", "$options": "i"}]
    ]


def _newest_first(record: Record) -> tuple[float, str]:
    at = record["published_at"]
    return -at.timestamp() if at else inf, record["_id"]


def _token(record: Record) -> str:
    date = record["published_at"]
    return f"{date.isoformat() if date else ''}~{record['_id']}"


def _after(token: str) -> Mapping[str, Any]:
    match = _TOKEN.fullmatch(token)
    if not match:
        raise QueryError(f"{token!r} is no page token: give the one that the page before ended with")
    if not match["date"]:
        return {"published_at": None, "_id": {"$gt": match["id"]}}
    try:
        date = datetime.fromisoformat(match["date"]).astimezone(UTC)
    except ValueError:
        raise QueryError(f"{token!r} is no page token: its date is none") from None
    return {
        "$or": [
            {"published_at": {"$lt": date}},
            {"published_at": None},
            {"published_at": date, "_id": {"$gt": match["id"]}},
        ]
    }
