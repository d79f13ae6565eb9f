"""The part of the audit that looks at entities: they are what the documents say, and these as a person has said."""

from collections.abc import Iterator, Sequence

from pymongo.database import Database

from store import corrections
from store.audit_rows import KEY_DIGITS
from store.connection import Record
from store.entities import counted
from store.parts import parts

CORRECTED = "the entities of a document are those of its text, as a person has corrected them"
COUNTED = "an entity is what the documents that name it say"

# Records that are held at one time, and entities that are counted.
_AT_ONCE = 100
# Entities that are counted again where nobody asks for all of them: some seconds' work.
SAMPLE = 200


def uncorrected(db: Database[Record], sample: Sequence[str], *, deep: bool) -> Iterator[str]:
    """The documents, of the sample or of all, whose entities are others than the corrections make of them.

    Nothing where corrections are still to be applied: the next run does that.
    """
    if corrections.pending(db):
        return
    rules = corrections.rules(db)
    fields = {"entities": 1, "linked": 1, "corrected": 1}
    found = db.documents.find({} if deep else {"_id": {"$in": list(sample)}}, fields)
    for record in found:
        noun = f"document {record['_id'][:KEY_DIGITS]}"
        try:
            if rules.correct(record) != record:
                yield f"{noun}: its entities are not those that the corrections make of it"
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            yield f"{noun}: its entities are damaged ({type(error).__name__}: {error})"


def miscounted(db: Database[Record], sample: Sequence[str], *, deep: bool) -> Iterator[str]:
    """The entities, of the sampled documents or all, whose records are not what the documents say.

    Those that are due are left out, and those that are being renamed: the next run counts them.
    """
    due = {entity for record in db.due.find({}, {"entities": 1}) for entity in record["entities"]}
    log = corrections.log(db)
    due |= {corrections.renamed(log, entry) for entry in log if entry.pending}
    for ids in _all(db) if deep else _some(db, sample):
        wanted = [entity for entity in ids if entity not in due]
        stored = {record["_id"]: record for record in db.entities.find({"_id": {"$in": wanted}})}
        try:
            says = counted(db, wanted)
        except (AttributeError, KeyError, TypeError) as error:
            yield f"entities {wanted[0]!r} to {wanted[-1]!r} cannot be counted ({type(error).__name__}: {error})"
            continue
        for entity, record in says.items():
            known = {name: value for name, value in stored.get(entity, {}).items() if name != "turn"}
            if known != (record or {}):
                yield f"entity {entity!r}: {_difference(known, record or {})}"


def _difference(known: Record, says: Record) -> str:
    if not known or not says:
        return "it is not there, but documents name it" if says else "it is there, but no document names it"
    names = sorted(name for name in known.keys() | says.keys() if known.get(name) != says.get(name))
    return f"the documents say otherwise about its {', '.join(names)}"


def _all(db: Database[Record]) -> Iterator[list[str]]:
    """All entities that there are, then those that documents name."""
    yield from parts((record["_id"] for record in db.entities.find({}, {"_id": 1}).sort("_id")), _AT_ONCE)
    for records in parts(db.documents.find({}, {"entities.id": 1}), _AT_ONCE):
        # Damaged entities are the matter of another check.
        named = sorted({entity["id"] for record in records for entity in record["entities"] if "id" in entity})
        there = {record["_id"] for record in db.entities.find({"_id": {"$in": named}}, {"_id": 1})}
        yield [entity for entity in named if entity not in there]


def _some(db: Database[Record], sample: Sequence[str]) -> Iterator[list[str]]:
    """Entities that the sampled documents name, and those that come next by their ids."""
    found = db.documents.find({"_id": {"$in": list(sample)}}, {"entities.id": 1})
    named = sorted({entity["id"] for record in found for entity in record.get("entities", ())})[:SAMPLE]
    for start in range(0, len(named), _AT_ONCE):
        yield named[start : start + _AT_ONCE]
    beyond = named[len(named) // 2] if named else ""
    yield [
        record["_id"] for record in db.entities.find({"_id": {"$gte": beyond}}, {"_id": 1}).sort("_id").limit(_AT_ONCE)
    ]
