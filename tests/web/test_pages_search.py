"""A search that stops for want of time goes on by itself, and says when it is at its end."""

from typing import Any

import pytest

from dropwire.web.pages import search
from dropwire.web.security import PATIENCE_S
from store import ensure
from store.queries import Page
from tests.builders import a_document
from tests.web.client import TestClient, client_of

AFTER = "2026-01-01T00:00:00+00:00~ff"
FRAGMENT = {"hx-request": "true"}


@pytest.fixture
def client(mongomock_db: Any) -> TestClient:
    ensure(mongomock_db)
    return client_of(mongomock_db)


def answers(monkeypatch: pytest.MonkeyPatch, documents: int, *, more: bool) -> None:
    made = tuple(a_document(f"{number:032x}", "Text.") for number in range(documents))

    def find(_db: Any, _criteria: Any, **how: Any) -> Page:
        assert how["patience_s"] == PATIENCE_S
        return Page(made, AFTER if more else None, "scan")

    monkeypatch.setattr(search, "find_documents", find)


@pytest.mark.parametrize("documents", [0, 3, search.PAGE_DOCUMENTS])
def test_a_page_that_is_not_full_goes_on_by_itself(
    client: TestClient, documents: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, documents, more=True)
    text = client.get("/search?as_words=1&q=word").text
    assert ('hx-trigger="load">Look further' in text) == (documents < search.PAGE_DOCUMENTS)
    assert (">More documents</a>" in text) == (documents == search.PAGE_DOCUMENTS)
    assert 'rel="next"' in text
    assert "No document meets this." not in text


def test_the_end_of_a_search(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, 0, more=False)
    assert "No document meets this." in client.get("/search?as_words=1&q=word").text
    last = client.get("/search", params={"as_words": "1", "q": "word", "after": AFTER}, headers=FRAGMENT).text
    assert "No further document meets this." in last
    assert 'rel="next"' not in last
    answers(monkeypatch, 1, more=False)
    last = client.get("/search", params={"as_words": "1", "q": "word", "after": AFTER}, headers=FRAGMENT).text
    assert "No further document meets this." not in last
