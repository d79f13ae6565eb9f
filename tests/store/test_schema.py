"""Collections, validators and indexes."""

from typing import Any

import pytest
from pymongo.errors import WriteError

from store import ensure
from store.layout import COLLECTIONS


def test_ensure_makes_everything_and_is_idempotent(db: Any) -> None:
    ensure(db)
    before = {name: sorted(db[name].index_information()) for name in db.list_collection_names()}
    ensure(db)
    after = {name: sorted(db[name].index_information()) for name in db.list_collection_names()}
    assert before == after
    assert {collection.name for collection in COLLECTIONS} <= set(before)
    assert {"newest", "language", "source", "languages", "entity", "entity_keys"} <= set(before["documents"])


def test_ensure_brings_an_older_validator_up_to_date(db: Any) -> None:
    db.create_collection("documents", validator={"$jsonSchema": {"bsonType": "object", "required": ["gone"]}})
    ensure(db)
    options = next(info["options"] for info in db.list_collections() if info["name"] == "documents")
    assert "fingerprint" in options["validator"]["$jsonSchema"]["required"]


@pytest.mark.wire
@pytest.mark.parametrize("collection", [collection.name for collection in COLLECTIONS])
def test_validators_are_enforced(embedded_db: Any, collection: str) -> None:
    ensure(embedded_db)
    with pytest.raises(WriteError):
        embedded_db[collection].insert_one({"_id": "x", "schema_version": 99})
