"""The collection `documents`: its schema, and the upsert that makes any rerun end in the same store.

Of all items for one document the one with the greatest version (see transforms.document.Version) stands in
the store, the other contents in `revisions` (see store.revisions). "The greatest" does not depend on order, so it does
not matter who writes what when, twice, or again after a crash. Each write is on the condition that the record is still
the one that was looked at, so two writers cannot undo each other, and what is replaced is what was kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bson import BSON
from bson.errors import InvalidDocument
from pymongo import ASCENDING, DESCENDING, TEXT, IndexModel, InsertOne, ReplaceOne, UpdateOne
from pymongo.database import Database

from store import codec, corrections, originals, revisions
from store.bulk import Refused, bulk_write
from store.connection import Record
from store.document_record import FIELDS, OF_DELIVERY, OPTIONAL_FIELDS
from store.entity_rules import Rules, leaving
from store.flags import flags_of
from store.parts import parts
from store.schema import STRING, Collection, record_of
from transforms.document import EXCERPT_CHARACTERS, Document, Item, Reason, Rejection, Step, Version, WriteReport

# Records filled in with one write: enough to make round trips cheap, little enough to hold.
_FILLED_AT_ONCE = 1000
# The same for whole records, with their texts.
_AT_ONCE = 100


def fill_languages(db: Database[Record]) -> None:
    """Give the records that pipeline 1 wrote their `languages`, by which questions find them."""
    # None finds what is missing and can use the index, where `$exists` would read everything in some stores.
    missing = db.documents.find({"languages": None}, {"language": 1, "segments.tag": 1})
    for records in parts(missing, _FILLED_AT_ONCE):
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


def fill(db: Database[Record]) -> None:
    """Give the records of earlier versions what questions find them by."""
    fill_languages(db)
    # The index is made after this: where it is, all records have flags. `{"flags": None}` would find the empty ones.
    if "flags" in db.documents.index_information():
        return
    missing = db.documents.find({"flags": {"$exists": False}})
    for records in parts(missing, _AT_ONCE):
        flags = {record["_id"]: list(flags_of(codec.from_record(record))) for record in records}
        same = [{key: record[key] for key in ("_id", "version", "fingerprint")} for record in records]
        db.documents.bulk_write([UpdateOne(one, {"$set": {"flags": flags[one["_id"]]}}) for one in same], ordered=False)


def _languages_of(record: Record) -> list[str]:
    return codec.search_languages(record["language"], (segment["tag"] for segment in record["segments"]))


COLLECTION = Collection(
    name="documents",
    schema=record_of({"_id": STRING, **FIELDS}, optional=OPTIONAL_FIELDS),
    indexes=(
        IndexModel([("published_at", DESCENDING), ("_id", ASCENDING)], name="newest"),
        IndexModel([("language", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="language"),
        IndexModel([("languages", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="languages"),
        IndexModel([("source", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="source"),
        IndexModel([("entities.id", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="entity"),
        # For what a person has corrected: found by what linking gave. Few records have it.
        IndexModel([("linked.id", ASCENDING)], name="linked", sparse=True),
        IndexModel(
            [("entities.keys", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="entity_keys"
        ),
        IndexModel([("fingerprint", ASCENDING)], name="fingerprint"),
        IndexModel([("provenance.drop_id", ASCENDING)], name="drop"),
        IndexModel([("flags", ASCENDING), ("published_at", DESCENDING), ("_id", ASCENDING)], name="flags"),
        # For documents that were made anew and are not settled (store.remade). Hardly any record has it.
        IndexModel([("unsettled", ASCENDING)], name="unsettled", sparse=True),
        # For the sample of a source and for going through it (store.templates).
        IndexModel([("source", ASCENDING), ("_id", ASCENDING)], name="source_id"),
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
    fill=fill,
)

# MongoDB's limit for one document, less room for the fields the server adds to a write command.
MAX_RECORD_BYTES = 16 * 1024 * 1024 - 16 * 1024
# Writers race for one document; each round one of them gets done, so as many rounds as workers are plenty.
_MAX_ROUNDS = 16

_MAKERS = frozenset({"pipeline", "line_model", "language_model", "entity_model"})

Outcome = Literal["inserted", "revised", "unchanged", "duplicate"]
Write = InsertOne[Record] | ReplaceOne[Record] | UpdateOne


@dataclass(frozen=True, slots=True)
class Entry:
    """A document to store: with its original and its place in the order of arrival.

    `first` is the place of its first delivery, where it was delivered more than once. `item` is what it was made of, by
    which it can be cleaned anew.
    """

    document: Document
    original: str
    version: Version
    first: Version | None = None
    item: Item | None = None


@dataclass(slots=True)
class _State:
    """A content of a document that a batch brings: its latest entry, and the records to store."""

    entry: Entry
    record: Record
    original: Record


@dataclass(frozen=True, slots=True)
class _Decision:
    """What becomes of a state: conditional writes that bring it about, where any are needed.

    `keep` is what goes to the revisions, before anything else: the record that is replaced or, if `late`, the state
    itself, as a later one stands in the store.
    """

    outcome: Outcome
    write: Write | None = None
    keep: Record | None = None
    late: bool = False


def upsert(
    db: Database[Record], entries: Sequence[Entry], *, told: list[tuple[Entry, Outcome]] | None = None
) -> tuple[WriteReport, list[Rejection]]:
    """Bring documents into the store and say what became of each.

    `inserted`: new. `revised`: another content than the store had, which is a revision now. `unchanged`: the store has
    this very item; nothing is written but its version, if its drop was delivered again later. `duplicate`: another item
    for the same document stands in the store or arrived later; if its content is another one, it is a revision.
    A record that the store can never take is returned as a rejection and counted as quarantined; the others
    of its batch are not touched by it. Raises PyMongoError where trying again may help; entries written
    before that are found unchanged by the next try. The outcome of each entry is appended to `told`.
    """
    rejections: list[Rejection] = []
    each_outcome: list[tuple[Entry, Outcome]] = []
    failed = 0
    rules = corrections.rules(db)
    waiting: dict[str, list[_State]] = {}
    for entry in sorted(entries, key=lambda entry: entry.version.key, reverse=True):
        made = _encode(entry, rules)
        if isinstance(made, Rejection):
            rejections.append(made)
            continue
        states = waiting.setdefault(entry.document.doc_id, [])
        for state in states:
            if revisions.same_content(state.record, made.record):
                first = min(state.record["first_version"], made.record["first_version"])
                state.record["first_version"] = first
                each_outcome.append((entry, "duplicate"))
                break
        else:
            states.append(made)

    # The latest state of each document first: the others of the batch then are late, and nothing is written twice.
    while waiting:
        layer = {doc_id: states.pop(0) for doc_id, states in waiting.items()}
        waiting = {doc_id: states for doc_id, states in waiting.items() if states}
        done, refused, lost = _store(db, layer)
        each_outcome.extend((layer[doc_id].entry, outcome) for doc_id, outcome in done)
        rejections.extend(_reject(layer[doc_id].entry, *why) for doc_id, why in refused.items())
        failed += lost

    if told is not None:
        told.extend(each_outcome)
    outcomes = [outcome for _, outcome in each_outcome]
    report = WriteReport(
        inserted=outcomes.count("inserted"),
        revised=outcomes.count("revised"),
        unchanged=outcomes.count("unchanged"),
        duplicate=outcomes.count("duplicate"),
        quarantined=len(rejections),
        failed=failed,
    )
    return report, rejections


def _store(db: Database[Record], states: dict[str, _State]) -> tuple[list[tuple[str, Outcome]], Refused, int]:
    """Store one state a document: outcomes by id, who was refused and why, and how many did not get through."""
    outcomes: list[tuple[str, Outcome]] = []
    refused: Refused = {}
    for _ in range(_MAX_ROUNDS):
        decided = _decide(db, states)
        undecided = states.keys() - decided.keys()
        lost, hopeless = _write(db, decided, states)
        refused |= hopeless
        outcomes.extend(
            (doc_id, decision.outcome)
            for doc_id, decision in decided.items()
            if doc_id not in lost and doc_id not in hopeless
        )
        # What was just inserted has no past.
        old = [states[doc_id].record for doc_id, decision in decided.items() if decision.outcome != "inserted"]
        revisions.settle(db, old)
        states = {doc_id: states[doc_id] for doc_id in lost | undecided}
        if not states:
            break
    return outcomes, refused, len(states)


def _decide(db: Database[Record], states: dict[str, _State]) -> dict[str, _Decision]:
    """For each state its outcome and what it takes. Those are missing that somebody else changed meanwhile."""
    ids = {"_id": {"$in": list(states)}}
    known = {**revisions.STATE, "entities.id": 1, "former": 1, "provenance": 1}
    stored = {found["_id"]: found for found in db.documents.find(ids, known)}
    replaced = [
        doc_id
        for doc_id, old in stored.items()
        if old["version"] < states[doc_id].record["version"] and not revisions.same_content(old, states[doc_id].record)
    ]
    # The whole records only of those that become revisions: they are few.
    whole = {found["_id"]: found for found in db.documents.find({"_id": {"$in": replaced}})} if replaced else {}
    decided: dict[str, _Decision] = {}
    for doc_id, state in states.items():
        old = stored.get(doc_id)
        if old is None:
            decided[doc_id] = _Decision("inserted", InsertOne(state.record))
        elif doc_id not in replaced:
            decided[doc_id] = _beside(old, state.record)
        elif (now := whole.get(doc_id)) and all(now[name] == old[name] for name in ("version", "fingerprint")):
            decided[doc_id] = _Decision("revised", _replacement(now, state.record), keep=now)
    return decided


def _beside(old: Record, record: Record) -> _Decision:
    """What becomes of a record that is as early as the stored one or earlier, or has the same content."""
    first = min(revisions.first_version(old), record["first_version"])
    if not revisions.same_content(old, record):
        if old["version"] > record["version"]:
            return _Decision("duplicate", keep=record, late=True)
        # The same item, read by another pipeline: nobody edited the article, so there is nothing to keep.
        return _Decision("revised", _replacement(old, {**record, "first_version": first}))
    same_item = old["version"].split()[1:] == record["version"].split()[1:]
    other = old["fingerprint"] != record["fingerprint"] or ("content" in record and "content" not in old)
    if (other or _makers(old) != _makers(record)) and old["version"] <= record["version"]:
        # The same content, cut by other templates or made by an earlier pipeline: nobody edited the article.
        outcome: Outcome = "unchanged" if same_item else "duplicate"
        return _Decision(outcome, _replacement(old, {**record, "first_version": first}))
    if old["version"] < record["version"]:
        # The same content arrived once more: only its place in the order of arrival is news, and what depends on it.
        moved = {name: record[name] for name in OF_DELIVERY}
        return _Decision("unchanged" if same_item else "duplicate", _update(old, record, moved, first))
    outcome = "unchanged" if old["version"] == record["version"] else "duplicate"
    return _Decision(outcome, _update(old, record, {}, first) if first < revisions.first_version(old) else None)


def _makers(record: Record) -> Record:
    """The versions that made a document; the rest of its provenance says where it came from."""
    return {name: made_by for name, made_by in record["provenance"].items() if name in _MAKERS}


def _replacement(old: Record, record: Record) -> ReplaceOne[Record]:
    return ReplaceOne(revisions.as_it_was(old), leaving(old, record), upsert=True)


def _update(old: Record, record: Record, change: Record, first: str) -> UpdateOne:
    condition = {"_id": old["_id"], "fingerprint": old["fingerprint"], "version": old["version"]}
    rest = {
        key: value for key, value in record.items() if key not in {*condition, *change, "first_version"}
    }  # only for the error that the upsert is there for; the record stands in the store
    setting = {"$set": change} if change else {}
    return UpdateOne(condition, {**setting, "$min": {"first_version": first}, "$setOnInsert": rest}, upsert=True)


def _write(db: Database[Record], decided: dict[str, _Decision], states: dict[str, _State]) -> tuple[set[str], Refused]:
    """Write revisions, then originals, then documents. Returns who lost a race, and who was refused and why.

    Originals go before documents: a crash between the two leaves an original without its document, which the next try
    completes, never a document whose cut parts cannot be shown. Revisions go before both: a crash then leaves a
    revision of what stands in the store still, which the next try finds as it must be, never a state that is lost.
    """
    refused = revisions.keep(db, [decision.keep for decision in decided.values() if decision.keep])
    late = [doc_id for doc_id, decision in decided.items() if decision.late and doc_id not in refused]
    writes = {doc_id: d.write for doc_id, d in decided.items() if d.write is not None and doc_id not in refused}
    refused_originals = _write_originals(
        db,
        {doc_id: states[doc_id].original for doc_id in writes},
        [doc_id for doc_id in writes if decided[doc_id].outcome == "inserted"],
    )
    ids = [doc_id for doc_id in writes if doc_id not in refused_originals]
    lost, refused_documents = bulk_write(db, "documents", ids, [writes[doc_id] for doc_id in ids])
    if late:
        # Somebody may have brought the same content into `documents` meanwhile, without seeing our revision.
        for record in db.documents.find({"_id": {"$in": late}}, revisions.STATE):
            if revisions.same_content(record, states[record["_id"]].record):
                lost.add(record["_id"])
    return lost, {**refused, **refused_originals, **refused_documents}


def _write_originals(db: Database[Record], of_documents: Mapping[str, Record], new: Sequence[str]) -> Refused:
    """Write the originals of documents, unless there are later ones; `new` documents have none, but for a crash."""
    inserts = [InsertOne(of_documents[doc_id]) for doc_id in new]
    # A conditional upsert takes the embedded store twice as long.
    there, refused = bulk_write(db, "originals", list(new), inserts)
    others = sorted(of_documents.keys() - set(new) | there)
    replacements = [
        ReplaceOne({"_id": one, "version": {"$lte": of_documents[one]["version"]}}, of_documents[one], upsert=True)
        for one in others
    ]
    _, more = bulk_write(db, "originals", others, replacements)
    return {**refused, **more}


def replace_cleaned(db: Database[Record], cleaned: Sequence[tuple[Record, Document]]) -> set[str]:
    """Replace records, as they were read, by the same items cut by other templates.

    That is no delivery: versions stay, and the article was not edited, so there is no revision. Returns the ids of
    those that somebody else has changed or erased meanwhile: they are as they were, to be looked at again.
    """
    if not cleaned:
        return set()
    rules = corrections.rules(db)
    writes = {}
    for old, document in cleaned:
        kept: Record = {name: old[name] for name in ("version", "first_version") if name in old}
        record = rules.correct({**codec.to_record(document), **kept})
        writes[old["_id"]] = ReplaceOne(revisions.as_it_was(old), leaving(old, record))
    bulk_write(db, "documents", list(writes), list(writes.values()))
    expected = {document.doc_id: document.fingerprint for _, document in cleaned}
    now = db.documents.find({"_id": {"$in": list(writes)}}, {"fingerprint": 1})
    return writes.keys() - {found["_id"] for found in now if found["fingerprint"] == expected[found["_id"]]}


def _encode(entry: Entry, rules: Rules) -> _State | Rejection:
    """The records of a document and its original, or why no store can take them.

    Found out here, because one record that the driver cannot encode makes it refuse the whole batch.
    """
    document = entry.document
    try:
        first = min(entry.version.key, entry.first.key) if entry.first else entry.version.key
        record = rules.correct(codec.to_record(document))
        record |= {"version": entry.version.key, "first_version": first}
        original = originals.to_record(document.doc_id, entry.original, entry.version, entry.item)
        size = max(len(BSON.encode(record)), len(BSON.encode(original)))
    except (InvalidDocument, OverflowError, UnicodeEncodeError) as error:
        return _reject(entry, Reason.INVALID_DOCUMENT, str(error)[:500])
    if size > MAX_RECORD_BYTES:
        detail = f"the record has {size:,} bytes, the store takes {MAX_RECORD_BYTES:,}: split the drop's item"
        return _reject(entry, Reason.TOO_LARGE, detail)
    return _State(entry, record, original)


def _reject(entry: Entry, reason: Reason, detail: str) -> Rejection:
    version = entry.version
    return Rejection(
        version.drop_id,
        version.index,
        Step.WRITE,
        reason,
        detail,
        excerpt=entry.original[:EXCERPT_CHARACTERS],
        source=entry.document.source,
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
