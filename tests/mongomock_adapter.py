"""What mongomock 4.3.0 lacks of today's driver, added from outside: only what our store calls.

- bulk writes pass `sort` since pymongo 4.11 (mongomock issue 912, open);
- `$currentDate` writes microseconds where BSON keeps milliseconds: a condition on what was read is then not met;
- change streams, which it refuses as a standalone server does;
- validators and `list_collections`. Validators are remembered, not enforced: the embedded store does that.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import mongomock
import pytest
from mongomock.collection import BulkOperationBuilder, Collection
from mongomock.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure


def _without_sort(method: Any) -> Any:
    def call(self: Any, *args: Any, sort: Any = None, **kwargs: Any) -> Any:
        assert sort is None, "our store does not sort in bulk writes"
        return method(self, *args, **kwargs)

    return call


def adapt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add to mongomock what is missing, for the time of one test session."""
    for name in ("add_replace", "add_update"):
        monkeypatch.setattr(BulkOperationBuilder, name, _without_sort(getattr(BulkOperationBuilder, name)))

    utcnow: Any = vars(mongomock)["utcnow"]

    def utcnow_as_bson_keeps_it() -> datetime:
        moment: datetime = utcnow()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    monkeypatch.setattr(mongomock, "utcnow", utcnow_as_bson_keeps_it)

    create_plain: Any = Database.create_collection
    validators: dict[tuple[int, str], Mapping[str, Any]] = {}

    def create_collection(self: Any, name: str, *, validator: Mapping[str, Any] | None = None) -> Any:
        if name in self.list_collection_names():
            raise CollectionInvalid(f"collection {name} already exists")
        validators[id(self), name] = validator or {}
        return create_plain(self, name)

    def list_collections(self: Any) -> Iterator[dict[str, Any]]:
        for name in self.list_collection_names():
            yield {"name": name, "options": {"validator": validators.get((id(self), name))}}

    def command(self: Any, name: str, value: str, *, validator: Mapping[str, Any]) -> dict[str, float]:
        assert name == "collMod"
        validators[id(self), value] = validator
        return {"ok": 1.0}

    def watch(self: Any, *_: Any, **__: Any) -> None:
        raise OperationFailure("The $changeStream stage is only supported on replica sets", 40573)

    monkeypatch.setattr(Collection, "watch", watch, raising=False)
    monkeypatch.setattr(Database, "create_collection", create_collection)
    monkeypatch.setattr(Database, "list_collections", list_collections)
    monkeypatch.setattr(Database, "command", command)


def new_database() -> Any:
    """An empty database in memory."""
    return mongomock.MongoClient(tz_aware=True).dropwire
