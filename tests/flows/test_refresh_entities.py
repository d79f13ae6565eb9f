"""The flow that counts all entities, and its task that an ingest ends with."""

from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from store import corrections, ensure, entities
from tests.store.test_entities import BY, about, agree, entity, load


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database in the embedded store that flows find through the environment, with documents that nobody counted."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    ensure(embedded_db)
    load(embedded_db, about(1, entity("a", "Ян"), entity("b", "Іван", at=9)), about(2, entity("a", "Ян")))
    return embedded_db


def test_all_entities_are_counted_anew(prefect_server: str, store: Any) -> None:
    from flows.refresh_entities import refresh_entities

    store.due.delete_many({})
    refresh_entities()
    assert agree(store)
    store.documents.delete_one({"entities.id": "per:b"})
    report = refresh_entities()
    assert agree(store)
    assert [record["_id"] for record in store.entities.find()] == ["per:a"]
    assert "entities" in report.seconds
    assert [run["state"] for run in store.runs.find()] == ["completed", "completed"]


def test_an_ingest_counts_what_is_due_and_finishes_corrections(prefect_server: str, store: Any) -> None:
    from flows.ingest_drops import ingest_drops

    corrections.merge(store, "per:a", "per:b", **BY)
    report = ingest_drops([])
    assert agree(store)
    assert [(record["_id"], record["documents"]) for record in store.entities.find()] == [("per:b", 2)]
    assert corrections.pending(store) == []
    assert "entities" in report.seconds
    assert "entities" not in ingest_drops([]).seconds


def test_counting_is_tried_again_when_the_network_was_at_fault(
    prefect_server: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import refresh_entities as module

    real, failures = entities.refresh, [AutoReconnect("connection reset")]

    def flaky(db: Any) -> int:
        if failures:
            raise failures.pop()
        return real(db)

    monkeypatch.setattr(entities, "refresh", flaky)
    monkeypatch.setattr(module.refresh_due, "retry_delay_seconds", [0, 0, 0])
    module.refresh_entities()
    assert not failures
    assert agree(store)
