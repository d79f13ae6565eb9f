"""What a collection is: its name, its validator, its indexes; and what makes the store so.

The schemas themselves stand beside the code that writes the collection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from store.connection import Record

# Raised when the shape of a stored record changes in a way readers must know.
SCHEMA_VERSION = 1

# CannotCreateIndex: the embedded store has no text indexes. Searching words says so and scans.
_CANNOT_CREATE_INDEX = 67


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection: name, `$jsonSchema` validator and indexes. `optional` indexes may be refused by a store.

    `fill` gives records of earlier versions the fields that have come since. It runs before the indexes are made, so
    that where the index is, all records are in it.
    """

    name: str
    schema: Mapping[str, Any]
    indexes: tuple[IndexModel, ...] = ()
    optional: tuple[IndexModel, ...] = ()
    fill: Callable[[Database[Record]], None] | None = None


def record_of(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The `$jsonSchema` of an object with these properties."""
    schema = {
        "bsonType": "object",
        "properties": {**required, **(optional or {})},
    }
    return {**schema, "required": list(required)} if required else schema


def list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    """The `$jsonSchema` of an array."""
    return {"bsonType": "array", "items": items}


STRING = {"bsonType": "string"}
STRING_OR_NULL = {"bsonType": ["string", "null"]}
INTEGER = {"bsonType": ["int", "long"]}
INTEGER_OR_NULL = {"bsonType": ["int", "long", "null"]}
BOOLEAN = {"bsonType": "bool"}
BINARY = {"bsonType": "binData"}
NUMBER = {"bsonType": ["double", "int", "long"]}
DATE = {"bsonType": "date"}
DATE_OR_NULL = {"bsonType": ["date", "null"]}
VERSION = {"enum": [SCHEMA_VERSION]}


def ensure_collection(db: Database[Record], collection: Collection, existing: Mapping[str, Any]) -> None:
    """Make the collection exist with its validator and indexes; `existing` is what is there, by name.

    Idempotent and safe to run concurrently. Raises OperationFailure where the store refuses something that
    is not optional.
    """
    validator = {"$jsonSchema": collection.schema}
    if collection.name not in existing:
        try:
            db.create_collection(collection.name, validator=validator)
        except CollectionInvalid:
            db.command("collMod", collection.name, validator=validator)
    elif existing[collection.name].get("options", {}).get("validator") != validator:
        db.command("collMod", collection.name, validator=validator)
    if collection.fill:
        collection.fill(db)
    # By name: one that an earlier version made otherwise stays and does. To make it anew the embedded store would take
    # some milliseconds an entry, hours where there are many documents.
    there = db[collection.name].index_information()
    if missing := [index for index in collection.indexes if index.document["name"] not in there]:
        db[collection.name].create_indexes(missing)
    for index in collection.optional:
        try:
            db[collection.name].create_indexes([index])
        except OperationFailure as error:
            if error.code != _CANNOT_CREATE_INDEX:
                raise
