"""The list of sources and the page of one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dropwire.web.pages import sources
from store import ensure, observations, templates
from store.documents import Entry, upsert
from store.drift import Kind, Observation
from tests.builders import a_document, a_version
from tests.web.client import client_of

NAMES = [f"source-{number}" for number in range(7)]


@pytest.fixture
def filled(mongomock_db: Any) -> Any:
    """Seven sources, each with more news than the next one; the last has an alarm."""
    ensure(mongomock_db)
    now = datetime.now(UTC)
    news = {name: Observation(9 - place, 0, {}, {}) for place, name in enumerate(NAMES)}
    observations.add(mongomock_db, news, token="one", now=now)
    templates.mark(mongomock_db, NAMES)
    alarm = {"kind": Kind.LENGTH.value, "since": now, "over_at": None, "value": 1.0, "low": 2.0, "high": 3.0}
    mongomock_db.drift.update_one(
        {"_id": NAMES[-1]}, {"$set": {"alarms": [{**alarm, "what": "shorter", "told": True}], "open": 1}}
    )
    return mongomock_db


def shown(text: str) -> list[str]:
    return [name for name in sorted(NAMES, key=text.find) if f"/sources/{name}" in text]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_the_pages_have_each_source_once_those_with_alarms_first(
    filled: Any, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "PAGE_SOURCES", size)
    client = client_of(filled)
    seen: list[str] = []
    address = "/sources"
    for _ in range(len(NAMES)):
        answer = client.get(address)
        assert answer.status_code == 200
        page = shown(answer.text)
        assert len(page) <= size
        seen += page
        if len(seen) == len(NAMES):
            assert "after=" not in answer.text
            break
        address = f"/sources?after={page[-1]}"
        assert address in answer.text
    assert seen == [NAMES[-1], *NAMES[:-1]]


def test_an_unknown_position_is_the_first_page(filled: Any) -> None:
    assert shown(client_of(filled).get("/sources?after=nobody").text)[0] == NAMES[-1]


def test_a_source_says_when_its_documents_are_estimated(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(mongomock_db)
    made = [a_document(f"{number:x}" * 32, "Text.", source="one") for number in range(5)]
    upsert(mongomock_db, [Entry(each, each.text, a_version(0, index=at)) for at, each in enumerate(made)])
    client = client_of(mongomock_db)
    assert "5 documents" in client.get("/sources/one").text
    assert "About" not in client.get("/sources/one").text
    monkeypatch.setattr(templates, "SAMPLE", 4)
    assert "About 15 documents" in client_of(mongomock_db).get("/sources/one").text
    assert client.get("/sources/none").status_code == 404
