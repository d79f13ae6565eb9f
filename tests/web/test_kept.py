"""What was counted is kept as long as no document changes."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from dropwire.web import kept
from dropwire.web.kept import Kept
from store import ensure, entities
from store.documents import Entry, upsert
from store.queries import Criteria, facets
from tests.builders import a_document, a_version
from tests.web.client import client_of


class Asking:
    """A question whose answer is how often it was asked before."""

    def __init__(self) -> None:
        self._numbers = count()

    def __call__(self) -> int:
        return next(self._numbers)


def put(db: Any, *letters: str) -> Any:
    ensure(db)
    made = [a_document(letter * 32, f"Text {letter}.", source=letter) for letter in letters]
    upsert(db, [Entry(document, document.text, a_version(0)) for document in made])
    entities.settle(db, [document.doc_id for document in made])
    return db


def test_an_answer_holds_until_a_document_changes(db: Any) -> None:
    answers, ask = Kept(put(db, "a")), Asking()
    assert [answers.of("how many", ask) for _ in range(3)] == [0, 0, 0]
    assert answers.of("another question", ask) == 1
    put(db, "a")
    assert answers.of("how many", ask) == 0
    put(db, "b")
    assert [answers.of("how many", ask) for _ in range(2)] == [2, 2]


def test_what_changes_while_it_is_counted_is_counted_anew(mongomock_db: Any) -> None:
    answers = Kept(put(mongomock_db, "a"))

    def meanwhile() -> int:
        put(mongomock_db, "b")
        return 1

    assert answers.of("how many", meanwhile) == 1
    assert answers.of("how many", lambda: 2) == 2


def test_an_answer_holds_for_a_minute_at_most(mongomock_db: Any) -> None:
    now = [0.0]
    answers, ask = Kept(put(mongomock_db, "a"), clock=lambda: now[0]), Asking()
    for now[0], expected in ((0.0, 0), (59.9, 0), (60.0, 1), (119.9, 1)):
        assert answers.of("how many", ask) == expected


def test_answers_that_were_not_asked_for_lately_go_first(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST", 2)
    answers, ask = Kept(put(mongomock_db, "a")), Asking()
    assert [answers.of(question, ask) for question in "abacab"] == [0, 1, 0, 2, 0, 3]


@pytest.mark.parametrize(
    ("criteria", "is_kept"),
    [
        (Criteria(language="be", source="a", flags=("untitled",), words=("text",), entity_id="per:ann"), True),
        (Criteria(entity=("ann",)), False),
        (Criteria(cluster="a" * 32), False),
        (Criteria(flags=("untitled", "revised")), False),
    ],
)
def test_what_follows_from_other_collections_is_not_kept(mongomock_db: Any, criteria: Criteria, is_kept: bool) -> None:
    answers, ask = Kept(put(mongomock_db, "a")), Asking()
    assert [answers.about(criteria, "counts", ask) for _ in range(2)] == ([0, 0] if is_kept else [0, 1])


def test_a_store_without_an_order_of_changes_is_asked_each_time(mongomock_db: Any) -> None:
    answers, ask = Kept(mongomock_db), Asking()
    assert [answers.of("how many", ask) for _ in range(2)] == [0, 1]


def test_many_may_ask_at_the_same_time(embedded_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST", 3)
    answers = Kept(put(embedded_db, "a", "b"))

    def ask(number: int) -> bool:
        criteria = Criteria(source="ab"[number % 2])
        found = answers.about(criteria, number % 5, lambda: facets(embedded_db, criteria))
        return [one.value for one in found.sources] == [criteria.source]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(60)))


def test_pages_and_api_count_anew_once_a_document_came(db: Any) -> None:
    client = client_of(put(db, "a"))
    for letters in ("a", "ab"):
        put(db, *letters)
        for _ in range(2):
            assert client.get("/api/v1/facets").json()["documents"] == len(letters)
            assert client.get("/api/v1/timeline").json()["documents"] == len(letters)
            assert client.get("/api/v1/status").json()["documents"] == len(letters)
            assert f">{len(letters)} document" in client.get("/search/counts").text
