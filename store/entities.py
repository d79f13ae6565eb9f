"""The collection `entities`: what all documents together say of each entity.

A record of `entities` is a function of the documents that name the entity: whatever becomes of them, it is made anew
from all of them, and nothing in it is ever incremented. One pass over the index on `entities.id` reads no more of the
documents than it takes. Counting is done here and not by the store: `$merge` would write what was counted before
somebody else counted again, and the `$group` of the embedded store is no faster (docs/architecture.md).

Whoever writes documents calls `settle` afterwards, which notes what they name now and before (store.due). A record
keeps what it named before (`former`) from the write that replaced it until that is noted, so a kill in between loses
nothing: the drop is not done, and whoever takes it up settles it. `refresh` makes due records anew and then forgets
what was due. Whoever counts an entity takes a `turn` first and writes on the condition that nobody has taken another
one since, so that of two who count at the same time the later one, who knows more, is heard. Who is named in very many
documents is not counted again for each new one: it stays due, for as many seconds as there are documents.

An entity that is not there yet is counted without a turn and inserted, which is five times cheaper: of two, the second
finds it inserted, and has it counted again. No document names it but those that `due` says it became due by, for who
has counted an entity has counted all of its documents; so these alone are read, once for all new entities in them. They
are read again after the insertion: what one named that was written anew or erased meanwhile is counted again, for who
did that may have found no record yet. Who does it later finds one, and takes a turn.

`settle` also corrects (store.corrections): it ends with a look at documents that need no correction, by rules that were
read after the last write. So a correction that is made while a drop is loaded is applied by the one who loads it or by
the one who made it: one of the two sees what the other one wrote.
"""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, DeleteOne, IndexModel, InsertOne, ReplaceOne, UpdateOne
from pymongo.database import Database

from store import changes, corrections, due
from store.bulk import bulk_write
from store.connection import Record, StoreError
from store.entity_rules import Rules, leaving
from store.entity_tally import Tally, ids_of, read_counted, tallied
from store.parts import parts
from store.revisions import STATE, as_it_was
from store.schema import (
    DATE_OR_NULL,
    INTEGER,
    SCHEMA_VERSION,
    STRING,
    VERSION,
    Collection,
    list_of,
    record_of,
)
from transforms.document import EntityType, LinkEvidence

# Entities counted in one pass. Documents name many, so fewer passes read each document less often; counting takes some
# kilobytes an entity, and most where it is named together with many others, which these documents bound.
_ENTITIES_IN_A_PASS = 500
_DOCUMENTS_IN_A_PASS = 20_000
# Who is named in so many documents is not counted again for each of them, but after so long for each that there were:
# to read one takes about a millisecond. So no entity takes more than a thousandth of the time.
_MANY = 1_000
_PAUSE_A_DOCUMENT = timedelta(seconds=1)
# Documents that are looked at in one go.
_PAGE = 256
# Writers race for a document or an entity; each round one of them gets done, so as many rounds as workers are plenty.
_MAX_ROUNDS = 16


def fill(db: Database[Record]) -> None:
    """Have all entities counted in a store of an earlier version, whose documents name some."""
    known = db.entities.find_one({}, {"_id": 1}) or db.due.find_one({}, {"_id": 1})
    if known is None and db.documents.find_one({"entities.id": {"$gt": ""}}, {"_id": 1}):
        mark_all(db)


COLLECTION = Collection(
    name="entities",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "turn": {"bsonType": "objectId"},
            # 0 while it is being counted for the first time, or for the last.
            "documents": INTEGER,
        },
        {
            "type": {"enum": list(get_args(EntityType))},
            "name": STRING,
            "names": list_of(record_of({"language": STRING, "name": STRING, "documents": INTEGER})),
            "aliases": list_of(record_of({"surface": STRING, "mentions": INTEGER})),
            "keys": list_of(STRING),
            "links": list_of(STRING),
            "evidence": list_of(
                record_of({"evidence": {"enum": list(get_args(LinkEvidence))}, "documents": INTEGER}),
            ),
            "mentions": INTEGER,
            "first_seen": DATE_OR_NULL,
            "last_seen": DATE_OR_NULL,
            "neighbours": list_of(record_of({"id": STRING, "name": STRING, "documents": INTEGER})),
        },
    ),
    indexes=(
        IndexModel([("type", ASCENDING), ("name", ASCENDING)], name="name"),
        IndexModel([("documents", DESCENDING), ("_id", ASCENDING)], name="most"),
        IndexModel([("type", ASCENDING), ("documents", DESCENDING), ("_id", ASCENDING)], name="type"),
        IndexModel([("names.language", ASCENDING), ("documents", DESCENDING), ("_id", ASCENDING)], name="language"),
        IndexModel([("keys", ASCENDING), ("documents", DESCENDING), ("_id", ASCENDING)], name="keys"),
    ),
    fill=fill,
)


# For those who write documents


def settle(db: Database[Record], doc_ids: Iterable[str]) -> int:
    """Correct these documents, written just now, as a person has said, and note the entities that they are about.

    And note that they changed (store.changes).

    Returns how many had to be corrected. Idempotent, in any order, by any number of writers. Raises PyMongoError where
    trying again may help.
    """
    count = 0
    for page in parts(sorted(set(doc_ids)), _PAGE):
        found, corrected = _corrected(db, page)
        count += corrected
        due.mark(db, set().union(*(ids_of(record) | set(record.get("former", ())) for record in found)), page)
        told = [record for record in found if "former" in record]
        # A record that was replaced meanwhile has taken over what this one named, and whoever did that settles it.
        noted = [UpdateOne({"_id": one["_id"], "former": one["former"]}, {"$unset": {"former": ""}}) for one in told]
        if noted:
            bulk_write(db, "documents", [record["_id"] for record in told], noted)
        # Last, as they are now: who follows the changes reads them as they stay.
        changes.note(db, page)
    return count


def _corrected(db: Database[Record], ids: list[str]) -> tuple[list[Record], int]:
    """The ids in these documents, now that these are corrected, and how many had to be."""
    changed: set[str] = set()
    few = {"entities.id": 1, "linked.id": 1, "former": 1}
    for _ in range(_MAX_ROUNDS):
        rules = corrections.rules(db)
        found = list(db.documents.find({"_id": {"$in": ids}}, few))
        wrong = _wrong(db, [record for record in found if _may_be_wrong(record, rules)], rules)
        if not wrong:
            return found, len(changed)
        changed |= wrong.keys()
        bulk_write(db, "documents", list(wrong), list(wrong.values()))
    raise StoreError(f"the documents {', '.join(ids[:3])} … change faster than they are corrected: run again")


def _may_be_wrong(record: Record, rules: Rules) -> bool:
    return "linked" in record or rules.touch(entity["id"] for entity in record["entities"])


def _wrong(db: Database[Record], suspects: Sequence[Record], rules: Rules) -> dict[str, UpdateOne]:
    """What corrects those of the documents that are not as the rules say."""
    if not suspects:
        return {}
    whole = {**STATE, "entities": 1, "linked": 1, "former": 1}
    writes = {}
    for record in db.documents.find({"_id": {"$in": [record["_id"] for record in suspects]}}, whole):
        right = rules.correct(record)
        if right != record:
            right = leaving(record, right)
            fields = ("entities", "linked", "corrected", "former")
            change: Record = {"$set": {name: right[name] for name in fields if name in right}}
            if gone := {name: "" for name in fields if name in record and name not in right}:
                change["$unset"] = gone
            writes[record["_id"]] = UpdateOne(as_it_was(record), change)
    return writes


def mark_all(db: Database[Record]) -> None:
    """Say that all entities are to be counted, those that no document names any more included."""
    documents = (
        [entity["id"] for entity in record["entities"]] for record in db.documents.find({}, {"entities.id": 1})
    )
    known = ([record["_id"]] for record in db.entities.find({}, {"_id": 1}))
    for collection in (documents, known):
        ids: set[str] = set()
        for some in collection:
            ids.update(some)
            if len(ids) >= due.IDS_AT_ONCE:
                due.mark(db, ids)
                ids = set()
        due.mark(db, ids)


# For those who count


def replay(db: Database[Record]) -> int:
    """Correct the stored documents by the corrections that were made lately, and return how many changed."""
    count = 0
    for entry in corrections.pending(db):
        known = corrections.log(db)
        if renamed := corrections.renamed(known, entry):
            # No document says so: its record alone is another one.
            due.mark(db, [renamed])
            corrections.settled(db, entry.number)
            continue
        ids = sorted(corrections.concerned(known, entry))
        for path in ("linked.id", "entities.id"):
            found = (record["_id"] for record in db.documents.find({path: {"$in": ids}}, {"_id": 1}))
            for page in parts(found, _PAGE):
                count += settle(db, page)
        # At once, as somebody waits for it.
        due.mark(db, corrections.led_to(known, ids))
        corrections.settled(db, entry.number)
    return count


def is_due(db: Database[Record], now: datetime | None = None) -> bool:
    """Whether there is anything for `refresh` to do."""
    return due.is_any(db, now or _now()) or bool(corrections.pending(db))


def refresh(db: Database[Record], now: datetime | None = None) -> int:
    """Correct what is to be corrected, count what is due, and return how many entities were counted.

    What a try before this one has left undone is done, too. Who is named in many documents and was counted lately stays
    due for a while, if nothing but another document came.
    """
    replay(db)
    now = now or _now()
    count = rounds = 0
    while rounds < _MAX_ROUNDS:
        found = due.read(db, now)
        if not found.records:
            break
        done = _count(db, found, now)
        if done.lost:
            # Somebody else counts them, and may be killed before he is done.
            due.mark(db, done.lost)
            rounds += 1
        if done.later:
            due.postpone(db, done.later, min(done.later.values()))
        due.forget(db, found)
        count += len(found.ids) - len(done.lost) - len(done.later)
    return count


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What of the due is not done: to be counted again by us or by somebody else, or later, from then on."""

    lost: set[str]
    later: Mapping[str, datetime]


def _count(db: Database[Record], found: due.Due, now: datetime) -> _Counted:
    """Make the records of the entities anew that are due.

    Those are lost that somebody else has begun to count meanwhile, or that are new and were not as they were read.
    """
    lost: set[str] = set()
    there: dict[str, Record] = {one: {"documents": 0} for one in found.at(due.ANYWHERE)}
    there |= _known(db, there)
    for place, doc_ids in enumerate(found.parts):
        ids = found.at(place)
        known = _known(db, ids)
        there |= known
        lost |= _insert_new(db, [one for one in ids if one not in known], doc_ids)
    later = {
        one: after
        for one, record in there.items()
        if one not in found.urgent and (after := _counted_again(record)) > now
    }
    for some in _passes({one: record["documents"] for one, record in there.items() if one not in later}):
        lost |= _replace(db, some)
    return _Counted(lost, later)


def _counted_again(record: Record) -> datetime:
    """From when on an entity is to be counted again, if another document names it."""
    if record["documents"] < _MANY:
        return datetime.min.replace(tzinfo=UTC)
    counted_at: datetime = record["turn"].generation_time
    pause: timedelta = record["documents"] * _PAUSE_A_DOCUMENT
    return counted_at + pause


def _known(db: Database[Record], ids: Iterable[str]) -> dict[str, Record]:
    """Those of the entities that have been counted: in which turn, and how many documents named them then."""
    fields = {"documents": 1, "turn": 1}
    return {
        one["_id"]: one
        for page in parts(ids, _ENTITIES_IN_A_PASS)
        for one in db.entities.find({"_id": {"$in": page}}, fields)
    }


def _passes(documents: Mapping[str, int]) -> Iterator[list[str]]:
    """The entities in parts that are counted in one pass, by how many documents named each before."""
    some: list[str] = []
    size = 0
    for entity, number in documents.items():
        if some and (len(some) >= _ENTITIES_IN_A_PASS or size + number > _DOCUMENTS_IN_A_PASS):
            yield some
            some, size = [], 0
        some.append(entity)
        size += number
    if some:
        yield some


def _insert_new(db: Database[Record], ids: Sequence[str], doc_ids: Iterable[str]) -> set[str]:
    """Insert entities that no other documents name than these; returns those that must be counted again."""
    if not ids:
        return set()
    documents = list(read_counted(db, doc_ids))
    naming: dict[str, list[Record]] = defaultdict(list)
    for record in documents:
        for one in ids_of(record):
            naming[one].append(record)
    inserted: set[str] = set()
    lost: set[str] = set()
    for some in parts(ids, _ENTITIES_IN_A_PASS):
        turn = ObjectId()
        rules = corrections.rules(db)
        inserts: dict[str, InsertOne[Record]] = {}
        for entity in some:
            if (made := _as_called(Tally.of(entity, naming[entity]), rules)) is not None:
                inserts[entity] = InsertOne({**made, "_id": entity, "turn": turn})
        beaten, _ = bulk_write(db, COLLECTION.name, list(inserts), list(inserts.values()))
        inserted |= inserts.keys() - beaten
        lost |= beaten
    return lost | (inserted & _changed(db, documents))


def _replace(db: Database[Record], ids: Sequence[str]) -> set[str]:
    """Make the records of these entities anew from all documents; returns those that somebody else counts, too."""
    turn = ObjectId()
    nothing = {"schema_version": SCHEMA_VERSION, "documents": 0}
    claims = [UpdateOne({"_id": one}, {"$set": {"turn": turn}, "$setOnInsert": nothing}, upsert=True) for one in ids]
    bulk_write(db, COLLECTION.name, list(ids), claims)
    # After the claims: who gives a name now counts after us, and is heard.
    records: dict[str, Any] = {}
    for entity, record in counted(db, ids).items():
        ours = {"_id": entity, "turn": turn}
        records[entity] = DeleteOne(ours) if record is None else ReplaceOne(ours, {**record, "turn": turn})
    bulk_write(db, COLLECTION.name, list(records), list(records.values()))
    found = db.entities.find({"_id": {"$in": list(records)}}, {"turn": 1})
    # Where two count at once, the embedded store at times shows a record before its turn is in it: not ours, then.
    return {one["_id"] for one in found if one.get("turn") != turn}


def _changed(db: Database[Record], documents: Sequence[Record]) -> set[str]:
    """What those of the documents name that are not any more as they were counted.

    Who wrote or erased one since may have looked before an entity was inserted, and have left it alone.
    """
    changed = {record["_id"]: record for record in documents}
    for record in read_counted(db, list(changed)):
        if record == changed[record["_id"]]:
            del changed[record["_id"]]
    return set().union(*map(ids_of, changed.values()))


def counted(db: Database[Record], ids: Several[str]) -> Mapping[str, Record | None]:
    """The records of these entities as the documents say, without their turns; None where no document names one.

    Under the names that persons gave them.
    """
    rules = corrections.rules(db)
    return {entity: _as_called(tally, rules) for entity, tally in tallied(db, ids).items()}


def _as_called(tally: Tally, rules: Rules) -> Record | None:
    record = tally.record()
    return None if record is None else rules.called(record)
