"""The collection `revisions`: the states of documents that are not, or no longer, the one in `documents`.

Drops come in any order, and more than once. So that all orders end in the same revisions, a state is no event but a
fact: this document had this content, first and last brought by these versions. Of one content there is one record; the
earliest and the latest version that brought it do not depend on the order in which they came. What replaced what, and
when, is read off the versions (`history`), never stored: a drop that comes late would make it wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any

from pymongo import ASCENDING, DESCENDING, DeleteMany, DeleteOne, IndexModel, UpdateOne
from pymongo.database import Database

from store import codec, corrections
from store.bulk import Refused, bulk_write
from store.connection import Record
from store.document_record import FIELDS, OPTIONAL_FIELDS
from store.schema import STRING, Collection, record_of
from transforms.document import Document

COLLECTION = Collection(
    name="revisions",
    schema=record_of({"_id": STRING, "doc_id": STRING, **FIELDS}, optional=OPTIONAL_FIELDS),
    indexes=(
        IndexModel([("doc_id", ASCENDING), ("version", ASCENDING)], name="document"),
        # For edits of all documents, or of a source's, the latest first (store.queries.edits).
        IndexModel([("version", DESCENDING)], name="latest"),
        IndexModel([("source", ASCENDING), ("version", DESCENDING)], name="source"),
    ),
)


def first_version(record: Record) -> str:
    """The earliest version that brought the content of a record of `documents` or `revisions`."""
    return str(record.get("first_version", record["version"]))


def content_of(record: Record) -> str:
    """What tells the content of a record of `documents` or `revisions` from others, however it was cut.

    Records of pipelines 1 and 2 lack it; it is their fingerprint, then.
    """
    return str(record.get("content") or record["fingerprint"])


def same_content(one: Record, other: Record) -> bool:
    """Whether two records are of one content: the article was not edited between them, but perhaps cut otherwise."""
    name = "content" if one.get("content") and other.get("content") else "fingerprint"
    return bool(one[name] == other[name])


# What tells contents and deliveries apart, and whether entities were corrected.
STATE = dict.fromkeys(("fingerprint", "content", "version", "first_version", "corrected"), 1)


def as_it_was(old: Record) -> Record:
    """The condition that nobody has changed a stored record. As an upsert, a write that finds it unmet is told so.

    The entities are determined by it: by the fingerprint as linking gave them, by `corrected` as they are.
    """
    # None finds what is missing: in records from before there were revisions, and in those without corrections.
    condition = {key: old[key] for key in ("_id", "version", "fingerprint")}
    return {**condition, "first_version": old.get("first_version"), "corrected": old.get("corrected")}


def _id(doc_id: str, record: Record) -> str:
    return f"{doc_id}:{content_of(record)}"


def keep(db: Database[Record], states: Sequence[Record]) -> Refused:
    """Keep records of `documents` as revisions, one a document; returns who was refused and why, by `_id`.

    Idempotent and in any order: what is there already keeps its earliest and its latest version, and where these are
    known, nothing is written. What the same item was before, when an earlier pipeline read it, goes: it is the same
    state, read better.
    """
    # As linking gave them: whether a person had corrected the document by then depends on who came first.
    states = [codec.as_linked(state) for state in _news(db, states)]
    ids: list[str] = []
    operations: list[Any] = []
    again: dict[str, list[Any]] = {}
    for state in states:
        key = _id(state["_id"], state)
        content = {name: value for name, value in state.items() if name not in {"_id", "first_version"}}
        change = {"$set": {"doc_id": state["_id"], **content}, "$min": {"first_version": first_version(state)}}
        condition = {"_id": key, "version": {"$lte": state["version"]}}
        same_item = {"doc_id": state["_id"], "version": state["version"], "_id": {"$ne": key}}
        ids += [state["_id"]] * 2
        operations += [UpdateOne(condition, change, upsert=True), DeleteMany(same_item)]
        # Only where it stands there already, with a later version, or put there at this moment by somebody else.
        again[state["_id"]] = [UpdateOne(condition, change), UpdateOne({"_id": key}, {"$min": change["$min"]})]
    there, refused = bulk_write(db, "revisions", ids, operations)
    if there:
        bulk_write(
            db,
            "revisions",
            [doc_id for doc_id in there for _ in again[doc_id]],
            [operation for doc_id in there for operation in again[doc_id]],
        )
    return refused


def _news(db: Database[Record], states: Sequence[Record]) -> list[Record]:
    """Those of the states that a write would change something for."""
    if not states:
        return []
    fields = {"doc_id": 1, **STATE}
    keys = [_id(state["_id"], state) for state in states]
    there = {record["_id"]: record for record in db.revisions.find({"_id": {"$in": keys}}, fields)}
    items = {(state["_id"], state["version"]): content_of(state) for state in states}
    same_items = db.revisions.find(
        {"doc_id": {"$in": [doc_id for doc_id, _ in items]}, "version": {"$in": [version for _, version in items]}},
        fields,
    )
    read_anew = {
        record["doc_id"]
        for record in same_items
        if content_of(record) != items.get((record["doc_id"], record["version"]), content_of(record))
    }
    return [
        state
        for key, state in zip(keys, states, strict=True)
        if state["_id"] in read_anew
        or key not in there
        or there[key]["version"] < state["version"]
        or first_version(there[key]) > first_version(state)
    ]


def settle(db: Database[Record], states: Iterable[Record]) -> None:
    """Where the content of these records is a revision and stands in `documents` again: leave it there alone.

    The document takes the revision's first version over before the revision goes, and a revision that has changed
    since it was looked at stays. One with the document's own version stays, too: somebody is about to replace the
    document and has put it there.
    """
    # By its fingerprint, too, as an earlier pipeline kept it.
    keys = sorted({f"{state['_id']}:{name}" for state in states for name in (content_of(state), state["fingerprint"])})
    fields = {"doc_id": 1, **STATE}
    found = list(db.revisions.find({"_id": {"$in": keys}}, fields)) if keys else []
    if not found:
        return
    ids = [revision["doc_id"] for revision in found]
    current = {record["_id"]: record for record in db.documents.find({"_id": {"$in": ids}}, fields)}
    ids, taken, gone = [], [], []
    for revision in found:
        record = current.get(revision["doc_id"])
        if record and same_content(record, revision) and revision["version"] < record["version"]:
            ids.append(record["_id"])
            same = {"_id": record["_id"], "fingerprint": record["fingerprint"]}
            taken.append(UpdateOne(same, {"$min": {"first_version": first_version(revision)}}))
            gone.append(DeleteOne({key: revision[key] for key in ("_id", "version", "first_version")}))
    if gone:
        _, refused = bulk_write(db, "documents", ids, taken)
        kept = [doc_id not in refused for doc_id in ids]
        bulk_write(db, "revisions", list(compress(ids, kept)), list(compress(gone, kept)))


@dataclass(frozen=True, slots=True)
class State:
    """A document as it was from one delivery on, until the next state's `version`.

    `version` is that of the delivery that brought it, in the words of which `drop_id` and `index` name the item and
    `arrived_at` the time; `last_arrived_at` is when the same content came last before another one did.
    """

    version: str
    arrived_at: datetime
    last_arrived_at: datetime
    drop_id: str
    index: int
    document: Document


def history(db: Database[Record], doc_id: str) -> list[State]:
    """All states of a document, oldest first; the last one is the document itself. Empty where there is none.

    A content that came back (X, Y, X) is a state each time. Of how often two contents took turns between the first and
    the last time of each nothing is known.
    """
    return histories(db, [doc_id]).get(doc_id, [])


def histories(db: Database[Record], doc_ids: Iterable[str]) -> dict[str, list[State]]:
    """The `history` of each of these documents, with three questions to the store; those that there are."""
    # The documents first: a state that is replaced between the questions then comes in one answer at least.
    current = {record["_id"]: record for record in db.documents.find({"_id": {"$in": list(doc_ids)}})}
    if not current:
        return {}
    rules = corrections.rules(db)
    earlier: dict[str, list[Record]] = {}
    for revision in db.revisions.find({"doc_id": {"$in": list(current)}}):
        doc_id = revision["doc_id"]
        earlier.setdefault(doc_id, []).append(rules.correct({**revision, "_id": doc_id}))
    return {doc_id: _states(record, earlier.get(doc_id, [])) for doc_id, record in current.items()}


def _states(current: Record, earlier: Iterable[Record]) -> list[State]:
    records = {content_of(current): current}
    deliveries = [(current["version"], content_of(current)), (first_version(current), content_of(current))]
    for revision in earlier:
        records.setdefault(content_of(revision), revision)
        if revision["version"] < current["version"]:
            deliveries += [
                (version, content_of(revision)) for version in (first_version(revision), revision["version"])
            ]
    states: list[State] = []
    last = ""
    for version, content in sorted(set(deliveries)):
        document = codec.from_record(records[content])
        moment, drop_id, index = version.split()
        arrived_at = datetime.fromisoformat(moment)
        if states and content == last:
            known = states.pop()
            states.append(State(known.version, known.arrived_at, arrived_at, known.drop_id, known.index, document))
        else:
            states.append(State(version, arrived_at, arrived_at, drop_id, int(index), document))
        last = content
    return states
