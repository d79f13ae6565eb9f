"""The order of changes: who follows it has the documents of the store, whatever writers do."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import changes, ensure, entities, erasing, erasures, revisions
from store.connection import StoreError
from store.documents import Entry, replace_cleaned, upsert
from store.queries import QueryError, changes_since, latest_token
from tests.builders import a_document, a_version
from tests.mongomock_adapter import new_database
from transforms.document import Document, Provenance


def written(db: Any, *entries: tuple[str, str, int]) -> None:
    """Write documents, each by a letter, a text and the minute of its arrival, and settle them."""
    for letter, text, minutes in entries:
        upsert(db, [Entry(a_document(letter * 32, text), text, a_version(minutes))])
    entities.settle(db, [letter * 32 for letter, _, _ in entries])


def erase(db: Any, letter: str) -> None:
    marks, moment = [f"document:{letter * 32}"], a_version().arrived_at
    asked = erasures.prepare(db, "document", letter * 32, marks, by="me", reason="", now=moment)
    _, standing = erasures.begin(db, asked.number)
    erasing.remove(db, standing, asked.number, [letter * 32])


class Copy:
    """Somebody who follows the changes and keeps a copy of the documents."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self.token: str | None = None
        self.documents: dict[str, Document] = {}

    def follow(self, limit: int = 3) -> list[tuple[str, str]]:
        told: list[tuple[str, str]] = []
        while True:
            page = changes_since(self.db, self.token, limit=limit)
            assert len(page.changes) <= limit
            for change in page.changes:
                told.append((change.doc_id[0], change.kind))
                if change.document is None:
                    self.documents.pop(change.doc_id, None)
                else:
                    self.documents[change.doc_id] = change.document
            self.token = page.next_token
            if not page.more:
                return told


@pytest.fixture
def store(db: Any) -> Any:
    ensure(db)
    return db


def test_each_kind_of_change(store: Any) -> None:
    copy = Copy(store)
    assert copy.follow() == []
    written(store, ("a", "Адзін.", 0), ("b", "Два.", 0))
    assert copy.follow() == [("a", "inserted"), ("b", "inserted")]
    written(store, ("b", "Два.", 0))
    assert copy.follow() == [], "the same again is no change"
    written(store, ("a", "Адзін і два.", 1))
    assert copy.follow() == [("a", "revised")]
    written(store, ("a", "Адзін і два.", 2))
    assert copy.follow() == [("a", "delivered")]
    record = store.documents.find_one({"_id": "b" * 32})
    cleaned = replace(a_document("b" * 32, "Два"), content=record.get("content", ""))
    provenance = Provenance("d" * 64, 0, cleaned.provenance.encoding, "2", "test", "test")
    replace_cleaned(store, [(record, replace(cleaned, provenance=provenance, fingerprint=record["fingerprint"]))])
    entities.settle(store, ["b" * 32])
    assert copy.follow() == [("b", "remade")]
    erase(store, "a")
    assert copy.follow() == [("a", "erased")]
    assert copy.documents.keys() == {"b" * 32}
    assert Copy(store).follow() == [("b", "inserted"), ("a", "erased")]


def test_the_kind_is_relative_to_the_token(store: Any) -> None:
    early = Copy(store)
    early.follow()
    written(store, ("a", "Адзін.", 0))
    between = Copy(store)
    between.follow()
    written(store, ("a", "Два.", 1))
    written(store, ("a", "Два.", 2))
    assert early.follow() == [("a", "inserted")]
    assert between.follow() == [("a", "revised")]


def test_an_erased_document_that_comes_back(store: Any) -> None:
    copy = Copy(store)
    written(store, ("a", "Адзін.", 0))
    copy.follow()
    erase(store, "a")
    written(store, ("a", "Адзін.", 0))
    assert copy.follow() == [("a", "inserted")]


def test_a_change_noted_while_it_is_erased_ends_as_erased(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Copy(store)
    written(store, ("a", "Адзін.", 0))
    once = [True]
    genuine = changes.erased

    def late(db: Any, ids: Any) -> None:
        genuine(db, ids)
        if once.pop() if once else False:
            changes.note(store, ["a" * 32])
            assert copy.follow() == [("a", "inserted")]

    monkeypatch.setattr(changes, "erased", late)
    erase(store, "a")
    assert copy.follow() == [("a", "erased")]
    assert copy.documents == {}


def test_what_is_written_while_it_is_erased_and_stays_is_there(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look whether it is gone and the tombstone, somebody brings it again."""
    written(store, ("a", "one", 0))
    copy = Copy(store)
    copy.follow()
    genuine = erasing.without_document

    def looked(db: Any, ids: list[str]) -> list[str]:
        gone = genuine(db, ids)
        written(store, ("a", "two", 1))
        return gone

    monkeypatch.setattr(erasing, "without_document", looked)
    erase(store, "a")
    copy.follow()
    assert [document.text for document in copy.documents.values()] == ["two"]


def test_a_tombstone_is_one_beside_an_older_change_that_is_not_forgotten(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its document still stands: tombstones go before deletions. Nothing is noted when that is done."""
    written(store, ("a", "one", 0))
    monkeypatch.setattr(changes, "_forget", lambda *_: None)
    changes.erased(store, ["a" * 32])
    copy = Copy(store)
    assert copy.follow() == [("a", "inserted"), ("a", "erased")]
    assert copy.documents == {}


@pytest.mark.parametrize("token", ["x", "5", "abcdef12-", "-1", "zzzzzzzz-1", "12345678-" + "9" * 20])
def test_a_token_that_is_none(store: Any, token: str) -> None:
    with pytest.raises(QueryError):
        changes_since(store, token)


def test_a_token_of_another_store_or_ahead_of_this_one(store: Any) -> None:
    other = new_database()
    ensure(other)
    with pytest.raises(QueryError, match="another store"):
        changes_since(store, latest_token(other))
    log = latest_token(store).partition("-")[0]
    with pytest.raises(QueryError, match="ahead"):
        changes_since(store, f"{log}-7")


def test_a_store_of_an_earlier_version(db: Any) -> None:
    for name in ("a", "b"):
        upsert(db, [Entry(a_document(name * 32, name), "", a_version())])
    with pytest.raises(StoreError, match="init-db"):
        changes_since(db)
    ensure(db)
    copy = Copy(db)
    assert copy.follow() == [("a", "inserted"), ("b", "inserted")]
    ensure(db)
    assert copy.follow() == []


def test_there_is_one_record_a_document(store: Any) -> None:
    for minute in range(5):
        written(store, ("a", f"Тэкст {minute}.", minute), ("b", f"Тэкст {minute}.", minute))
    assert store.changes.count_documents({"number": {"$gt": 0}}) == 2


LETTERS = st.sampled_from("abcd")
STEPS = st.one_of(
    st.tuples(st.just("write"), LETTERS, st.integers(0, 5)),
    st.tuples(st.just("write, killed"), LETTERS, st.integers(0, 5)),
    st.tuples(st.just("settle"), LETTERS, st.just(0)),
    st.tuples(st.just("erase"), LETTERS, st.just(0)),
    st.tuples(st.just("follow"), LETTERS, st.integers(1, 3)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_a_copy_that_follows_is_the_store(steps: list[tuple[str, str, int]]) -> None:
    db = new_database()
    ensure(db)
    copy = Copy(db)
    for step, letter, number in steps:
        doc_id = letter * 32
        text = f"Тэкст {number % 3}."
        entry = Entry(a_document(doc_id, text), text, a_version(number))
        match step:
            case "write":
                upsert(db, [entry])
                entities.settle(db, [doc_id])
            case "write, killed":
                upsert(db, [entry])
            case "settle":
                entities.settle(db, [doc_id])
            case "erase":
                erase(db, letter)
            case _:
                copy.follow(number)
    # What was killed is run again.
    entities.settle(db, [letter * 32 for letter in "abcd"])
    copy.follow()
    fresh = Copy(db)
    fresh.follow()
    stored = {record["_id"]: record["version"] for record in db.documents.find()}
    assert copy.documents.keys() == fresh.documents.keys() == stored.keys()
    assert copy.documents == fresh.documents
    for doc_id, document in copy.documents.items():
        assert revisions.history(db, doc_id)[-1].document == document


def in_threads(*calls: Callable[[], None]) -> None:
    errors: list[BaseException] = []

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.wire
def test_nothing_is_missed_while_many_write(embedded_db: Any) -> None:
    ensure(embedded_db)
    copy = Copy(embedded_db)
    done = threading.Event()

    def writer(own: str) -> Callable[[], None]:
        def write() -> None:
            for minute in range(6):
                letters = [own, "f"]
                version = a_version(minute, drop=own)
                upsert(embedded_db, [Entry(a_document(one * 32, f"{own} {minute}"), "", version) for one in letters])
                entities.settle(embedded_db, [one * 32 for one in letters])

        return write

    def reader() -> None:
        while not done.is_set():
            copy.follow(limit=2)

    thread = threading.Thread(target=reader)
    thread.start()
    try:
        in_threads(*(writer(own) for own in "abcd"))
    finally:
        done.set()
        thread.join()
    copy.follow()
    assert copy.documents == {
        one: revisions.history(embedded_db, one)[-1].document for one in (letter * 32 for letter in "abcdf")
    }


def test_two_who_append_at_once_get_numbers_of_their_own(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is faster between the look at the head and the writing."""
    for letter in "ab":
        upsert(store, [Entry(a_document(letter * 32, letter), "", a_version())])
    genuine, others = changes.head, ["b" * 32]

    def overtaken(noted: Any) -> int:
        before = genuine(noted)
        if others:
            changes.note(store, [others.pop()])
        return before

    monkeypatch.setattr(changes, "head", overtaken)
    changes.note(store, ["a" * 32])
    monkeypatch.undo()
    assert Copy(store).follow() == [("b", "inserted"), ("a", "inserted")]
    assert sorted(row["number"] for row in store.changes.find()) == [0, 1, 2]


@pytest.mark.wire
def test_changes_are_looked_up_by_indexes(embedded_db: Any) -> None:
    ensure(embedded_db)
    for query, index in (
        ({"number": {"$gt": 5, "$lte": 9}}, "number"),
        ({"doc_id": {"$in": ["a" * 32, "b" * 32]}}, "document"),
    ):
        plan = str(embedded_db.changes.find(query).explain()["queryPlanner"]["winningPlan"])
        assert f"'indexName': '{index}'" in plan
