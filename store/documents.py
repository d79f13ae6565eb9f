"""The collection `documents`: its schema, and the upsert that makes any rerun end in the same store.

Of all items for one document the one with the greatest version (see transforms.document.Version) stands in
the store. "The greatest" does not depend on order, so it does not matter who writes what when, twice, or
again after a crash. Each write carries that condition, so two writers cannot undo each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from bson import BSON
from bson.errors import InvalidDocument
from pymongo import ASCENDING, DESCENDING, TEXT, IndexModel, ReplaceOne, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from store import codec, originals
from store.connection import Record
from store.schema import (
    DATE_OR_NULL,
    INTEGER,
    INTEGER_OR_NULL,
    NUMBER,
    STRING,
    STRING_OR_NULL,
    VERSION,
    Collection,
    list_of,
    record_of,
)
from transforms.document import EXCERPT_CHARACTERS, Document, Reason, Rejection, Step, Version, WriteReport

_ENCODING = record_of({"name": STRING, "evidence": STRING, "detail": STRING})
_SPAN = {"start": INTEGER, "end": INTEGER}
_CANDIDATE = {"tag": STRING, "probability": NUMBER}
# Records filled in with one write: enough to make round trips cheap, little enough to hold.
_FILLED_AT_ONCE = 1000


def fill_languages(db: Database[Record]) -> None:
    """Give the records that pipeline 1 wrote their `languages`, by which questions find them."""
    # None finds what is missing and can use the index, where `$exists` would read everything in some stores.
    missing = db.documents.find({"languages": None}, {"language": 1, "segments.tag": 1})
    while records := list(islice(missing, _FILLED_AT_ONCE)):
        db.documents.bulk_write(
            [
                UpdateOne(
                    # Somebody may have replaced the record since.
                    {"_id": record["_id"], "languages": None},
                    {"$set": {"languages": _languages_of(record)}},
                )
                for record in records
            ],
            ordered=False,
        )


def _languages_of(record: Record) -> list[str]:
    return codec.search_languages(record["language"], (segment["tag"] for segment in record["segments"]))


COLLECTION = Collection(
    name="documents",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "version": STRING,
            "source": STRING,
            "url": STRING_OR_NULL,
            "title": STRING_OR_NULL,
            "text": STRING,
            "language": STRING,
            "language_probability": NUMBER,
            "segments": list_of(
                record_of({**_SPAN, **_CANDIDATE}, optional={"evidence": {"enum": ["text", "context"]}}),
            ),
            "published_at": DATE_OR_NULL,
            "published_precision": {"enum": ["second", "day", None]},
            "published_origin": {"enum": ["metadata", "dateline", None]},
            "dateline": {
                "bsonType": ["object", "null"],
                "properties": {
                    "place": STRING_OR_NULL,
                    "date": STRING_OR_NULL,
                    "year": INTEGER_OR_NULL,
                    "month": INTEGER_OR_NULL,
                    "day": INTEGER_OR_NULL,
                    "agency": STRING_OR_NULL,
                    "reporter": STRING_OR_NULL,
                },
            },
            "authors": list_of(STRING),
            "entities": list_of(
                record_of(
                    {
                        "id": STRING,
                        "type": {"enum": ["PER", "ORG", "LOC"]},
                        "name": STRING,
                        "keys": list_of(STRING),
                        "mentions": list_of(record_of({**_SPAN, "surface": STRING})),
                    }
                )
            ),
            "boilerplate": list_of(record_of({**_SPAN, "reason": STRING})),
            "fingerprint": STRING,
            "provenance": record_of(
                {
                    "drop_id": STRING,
                    "index": INTEGER,
                    "encoding": _ENCODING,
                    "pipeline": STRING,
                    "language_model": STRING,
                    "entity_model": STRING_OR_NULL,
                }
            ),
        },
        # Records of pipeline 1 lack these (and the evidence of segments); they must stay writable.
        optional={
            "language_runners_up": list_of(record_of(_CANDIDATE)),
            "languages": list_of(STRING),
        },
    ),
    indexes=(
        IndexModel([("published_at", DESCENDING), ("_id", ASCENDING)], name="newest"),
        IndexModel([("language", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="language"),
        IndexModel([("languages", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="languages"),
        IndexModel([("source", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="source"),
        IndexModel([("entities.id", ASCENDING), ("published_at", DESCENDING)], name="entity"),
        IndexModel([("entities.keys", ASCENDING), ("published_at", DESCENDING)], name="entity_keys"),
        IndexModel([("fingerprint", ASCENDING)], name="fingerprint"),
        IndexModel([("provenance.drop_id", ASCENDING)], name="drop"),
    ),
    optional=(
        # No stemming (`none`): most of our languages have no stemmer, and a wrong one hides words. The override
        # must not be our own field `language`, whose tags MongoDB would refuse as stemmers.
        IndexModel(
            [("title", TEXT), ("text", TEXT)],
            name="words",
            default_language="none",
            language_override="text_index_language",
        ),
    ),
    fill=fill_languages,
)

# MongoDB's limit for one document, less room for the fields the server adds to a write command.
MAX_RECORD_BYTES = 16 * 1024 * 1024 - 16 * 1024
# Two writers race for one document; each round one of them gets done, so a few rounds are plenty.
_MAX_ROUNDS = 5

# https://www.mongodb.com/docs/manual/reference/error-codes/
_DUPLICATE_KEY = 11000
_HOPELESS = {
    121: Reason.INVALID_DOCUMENT,  # DocumentValidationFailure
    2: Reason.INVALID_DOCUMENT,  # BadValue
    10334: Reason.TOO_LARGE,  # BSONObjectTooLarge
    17280: Reason.TOO_LARGE,  # KeyTooLong
}

Outcome = Literal["inserted", "revised", "unchanged", "duplicate"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A document to store: with its original and its place in the order of arrival."""

    document: Document
    original: str
    version: Version


def upsert(db: Database[Record], entries: Sequence[Entry]) -> tuple[WriteReport, list[Rejection]]:
    """Bring documents into the store and say what became of each.

    `inserted`: new. `revised`: another content than the store had. `unchanged`: the store has this very item;
    nothing is written but its version, if its drop was delivered again later. `duplicate`: another item for the
    same document stands in the store or arrived later.
    A record that the store can never take is returned as a rejection and counted as quarantined; the others
    of its batch are not touched by it. Raises PyMongoError where trying again may help; entries written
    before that are found unchanged by the next try.
    """
    newest: dict[str, Entry] = {}
    records: dict[str, Record] = {}
    kept: dict[str, Record] = {}
    rejections: list[Rejection] = []
    for entry in sorted(entries, key=lambda entry: entry.version.key):
        made = _encode(entry)
        if isinstance(made, Rejection):
            rejections.append(made)
            continue
        doc_id = entry.document.doc_id
        newest[doc_id] = entry
        records[doc_id], kept[doc_id] = made
    outcomes: list[Outcome] = ["duplicate"] * (len(entries) - len(rejections) - len(newest))

    for _ in range(_MAX_ROUNDS):
        decided = _decide(db, records)
        outcomes.extend(outcome for outcome, write in decided.values() if write is None)
        writes = {doc_id: write for doc_id, (_, write) in decided.items() if write is not None}
        lost, refused = _write(db, writes, kept)
        rejections.extend(_reject(newest[doc_id], *why) for doc_id, why in refused.items())
        outcomes.extend(decided[doc_id][0] for doc_id in writes if doc_id not in lost and doc_id not in refused)
        records = {doc_id: records[doc_id] for doc_id in lost}
        if not records:
            break

    report = WriteReport(
        inserted=outcomes.count("inserted"),
        revised=outcomes.count("revised"),
        unchanged=outcomes.count("unchanged"),
        duplicate=outcomes.count("duplicate"),
        quarantined=len(rejections),
        failed=len(records),
    )
    return report, rejections


Write = ReplaceOne[Record] | UpdateOne


def _decide(db: Database[Record], records: dict[str, Record]) -> dict[str, tuple[Outcome, Write | None]]:
    """For each record its outcome, and the conditional write that brings it about, if one is needed."""
    stored = {
        found["_id"]: found
        for found in db.documents.find({"_id": {"$in": list(records)}}, {"fingerprint": 1, "version": 1})
    }
    decided: dict[str, tuple[Outcome, Write | None]] = {}
    for doc_id, record in records.items():
        old = stored.get(doc_id)
        condition = {"_id": doc_id, "version": {"$lte": record["version"]}}
        if old is None:
            decided[doc_id] = "inserted", ReplaceOne(condition, record, upsert=True)
        elif old["version"] > record["version"]:
            decided[doc_id] = "duplicate", None
        elif old["fingerprint"] != record["fingerprint"]:
            decided[doc_id] = "revised", ReplaceOne(condition, record, upsert=True)
        elif old["version"] == record["version"]:
            decided[doc_id] = "unchanged", None
        else:
            # The same content arrived once more: only its place in the order of arrival is news.
            moved = {"version": record["version"], "provenance": record["provenance"]}
            same_item = old["version"].split()[1:] == record["version"].split()[1:]
            outcome: Outcome = "unchanged" if same_item else "duplicate"
            decided[doc_id] = outcome, UpdateOne(condition, {"$set": moved})
    return decided


def _write(
    db: Database[Record], writes: dict[str, Write], kept: dict[str, Record]
) -> tuple[set[str], dict[str, tuple[Reason, str]]]:
    """Write originals, then documents. Returns who lost a race, and who was refused and why.

    Originals go first: a crash between the two leaves an original without its document, which the next try
    completes, never a document whose cut parts cannot be shown.
    """
    if not writes:
        return set(), {}
    keep = [
        ReplaceOne({"_id": doc_id, "version": {"$lte": kept[doc_id]["version"]}}, kept[doc_id], upsert=True)
        for doc_id in writes
    ]
    _, refused_originals = _bulk(db, "originals", list(writes), keep)
    ids = [doc_id for doc_id in writes if doc_id not in refused_originals]
    lost, refused = _bulk(db, "documents", ids, [writes[doc_id] for doc_id in ids])
    return lost, {**refused_originals, **refused}


def _bulk(
    db: Database[Record], collection: str, ids: list[str], operations: Sequence[Any]
) -> tuple[set[str], dict[str, tuple[Reason, str]]]:
    """One unordered bulk write, each of its errors told apart: lost races, and hopeless records."""
    lost: set[str] = set()
    refused: dict[str, tuple[Reason, str]] = {}
    if not operations:
        return lost, refused
    try:
        db[collection].bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        if error.details.get("writeConcernErrors"):
            raise
        for failure in error.details.get("writeErrors", []):
            doc_id = ids[failure["index"]]
            if failure["code"] == _DUPLICATE_KEY:
                # Our condition found nothing to replace, for somebody else's newer record stands there.
                lost.add(doc_id)
            elif failure["code"] in _HOPELESS:
                refused[doc_id] = _HOPELESS[failure["code"]], str(failure.get("errmsg", ""))[:500]
            else:
                raise
    return lost, refused


def _encode(entry: Entry) -> tuple[Record, Record] | Rejection:
    """The records of a document and its original, or why no store can take them.

    Found out here, because one record that the driver cannot encode makes it refuse the whole batch.
    """
    document = entry.document
    try:
        record = {**codec.to_record(document), "version": entry.version.key}
        original = originals.to_record(document.doc_id, entry.original, entry.version)
        size = max(len(BSON.encode(record)), len(BSON.encode(original)))
    except (InvalidDocument, OverflowError, UnicodeEncodeError) as error:
        return _reject(entry, Reason.INVALID_DOCUMENT, str(error)[:500])
    if size > MAX_RECORD_BYTES:
        detail = f"the record has {size:,} bytes, the store takes {MAX_RECORD_BYTES:,}: split the drop's item"
        return _reject(entry, Reason.TOO_LARGE, detail)
    return record, original


def _reject(entry: Entry, reason: Reason, detail: str) -> Rejection:
    version = entry.version
    return Rejection(
        version.drop_id, version.index, Step.WRITE, reason, detail, excerpt=entry.original[:EXCERPT_CHARACTERS]
    )


def of_drops(db: Database[Record], drop_ids: Iterable[str], limit: int) -> list[Document]:
    """Up to `limit` documents that came from the drops, in the drops' order."""
    found: list[Document] = []
    for drop_id in drop_ids:
        cursor = db.documents.find({"provenance.drop_id": drop_id}).sort("provenance.index").limit(limit - len(found))
        found.extend(map(codec.from_record, cursor))
        if len(found) >= limit:
            break
    return found
