"""The collection `originals`: the uncleaned text of each document, compressed, and what came with it.

With the document, that is the item again, but for the markup of an HTML page, which is kept nowhere, and the id that
its sender gave it.
"""

import zlib
from dataclasses import asdict, dataclass
from typing import Any

from pymongo.database import Database

from store.connection import Record
from store.schema import SCHEMA_VERSION, STRING, VERSION, Collection, record_of
from transforms.document import Document, Item, Origins, Version

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
        },
        # Originals of pipelines 1 and 2 lack it.
        optional={"item": record_of({"html": {"bsonType": "bool"}})},
    ),
)

# Of an item, what stands in its document or beside this in the record, and what is of no use once it is stored.
_ELSEWHERE = frozenset({"drop_id", "index", "source", "original", "encoding", "html", "given_id"})


@dataclass(frozen=True, slots=True)
class Kept:
    """An item as the store has kept it, without its markup; `was_html` says that it had some."""

    item: Item
    was_html: bool


def to_record(doc_id: str, original: str, version: Version, item: Item | None = None) -> dict[str, Any]:
    """The record of an original: UTF-8, zlib; and of the item what it takes to make it again."""
    record: dict[str, Any] = {
        "_id": doc_id,
        "schema_version": SCHEMA_VERSION,
        "version": version.key,
        "drop_id": version.drop_id,
        "compression": "zlib",
        "original": zlib.compress(original.encode()),
    }
    if item is not None:
        facts = {name: _plain(value) for name, value in asdict(item).items() if name not in _ELSEWHERE}
        known = {name: value for name, value in facts.items() if value not in (None, [], {})}
        record["item"] = {"html": item.html is not None, **known}
    return record


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if each is not None}
    return list(value) if isinstance(value, tuple) else value


def text_of(record: Record) -> str:
    """The original of a record."""
    return zlib.decompress(record["original"]).decode()


def get(db: Database[Record], doc_id: str) -> str | None:
    """The original of a document, or None if the store has none."""
    record = db.originals.find_one({"_id": doc_id})
    return text_of(record) if record else None


def kept_item(record: Record, document: Document) -> Kept | None:
    """The item that became the document, from the record of its original.

    None where that is of another drop, or of an earlier pipeline, which did not note what it takes.
    """
    if "item" not in record or record["drop_id"] != document.provenance.drop_id:
        return None
    facts = dict(record["item"])
    was_html = facts.pop("html")
    item = Item(
        drop_id=document.provenance.drop_id,
        index=document.provenance.index,
        source=document.source,
        original=text_of(record),
        encoding=document.provenance.encoding,
        **{
            **facts,
            "authors": tuple(facts.get("authors", ())),
            "origins": Origins(**facts.get("origins", {})),
        },
    )
    return Kept(item, was_html)
