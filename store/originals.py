"""The collection `originals`: the uncleaned text of each document, compressed, and the drop it came from."""

import zlib
from typing import Any

from pymongo.database import Database

from store.connection import Record
from store.schema import SCHEMA_VERSION, STRING, VERSION, Collection, record_of
from transforms.document import Version

COLLECTION = Collection(
    name="originals",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "version": STRING,
            "drop_id": STRING,
            "compression": {"enum": ["zlib"]},
            "original": {"bsonType": "binData"},
        }
    ),
)


def to_record(doc_id: str, original: str, version: Version) -> dict[str, Any]:
    """The record of an original: UTF-8, zlib."""
    return {
        "_id": doc_id,
        "schema_version": SCHEMA_VERSION,
        "version": version.key,
        "drop_id": version.drop_id,
        "compression": "zlib",
        "original": zlib.compress(original.encode()),
    }


def get(db: Database[Record], doc_id: str) -> str | None:
    """The original of a document, or None if the store has none."""
    record = db.originals.find_one({"_id": doc_id})
    return zlib.decompress(record["original"]).decode() if record else None
