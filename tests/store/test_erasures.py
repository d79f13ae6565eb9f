"""Erasures and tombstones, and what the audit says of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import ensure, erasing, erasures
from store.audit_erasures import returned
from store.documents import Entry, upsert
from store.erasing import Evidence, addresses_in
from store.erasures import mark, marks_of, value_of
from store.queries import QueryError
from tests.builders import EPOCH, a_document, a_version, an_entity
from tests.mongomock_adapter import new_database

MARKS = ["url:https://example.org/1", "name:ян купала"]


def prepared(db: Any, *marks: str, value: str = "x") -> erasures.Erasure:
    return erasures.prepare(db, "url", value, marks or MARKS, by="me", reason="asked", now=EPOCH)


def erased(db: Any, *marks: str) -> erasures.Standing:
    number = prepared(db, *marks).number
    _, now = erasures.begin(db, number)
    erasures.complete(db, number, EPOCH)
    return now


def test_an_erasure_from_its_beginning_to_its_end(db: Any) -> None:
    ensure(db)
    assert erasures.log(db) == []
    made = prepared(db)
    assert (made.number, made.state, made.value, made.marks) == (1, "prepared", "x", tuple(sorted(MARKS)))
    assert erasures.standing(db).hashes == {}  # type: ignore[union-attr]
    begun, now = erasures.begin(db, 1)
    assert begun.state == "erasing"
    assert (now.among(["url:other", MARKS[0]]), now.among(["url:other"])) == (1, None)
    assert now.lengths == {2}
    assert erasures.unfinished(db) == [1]
    with pytest.raises(QueryError, match="under way"):
        erasures.lift(db, 1, by="me", now=EPOCH)
    erasures.add(db, 1, {"documents": 2, "copies": 0})
    erasures.complete(db, 1, EPOCH)
    (done,) = erasures.log(db)
    assert (done.state, done.value, done.marks, done.counts) == ("erased", "", (), {"documents": 2})
    assert prepared(db).number == 1
    assert prepared(db, value="y").number == 2
    assert erasures.lift(db, 2, by="me", now=EPOCH).value == ""
    erasures.lift(db, 1, by="me", now=EPOCH)
    later = erasures.standing(db, now)
    assert later is not None
    assert (later.hashes, later.turn > now.turn) == ({}, True)
    assert erasures.standing(db, later) is later
    with pytest.raises(QueryError, match="lifted before"):
        erasures.lift(db, 1, by="me", now=EPOCH)
    assert prepared(db).number == 3


def test_what_two_erasures_refuse_one_of_them_still_refuses(db: Any) -> None:
    ensure(db)
    now = erased(db, "document:a", "source:s")
    number = erasures.prepare(db, "source", "s", ["source:s"], by="", reason="", now=EPOCH).number
    erasures.begin(db, number)
    erasures.complete(db, number, EPOCH)
    assert erasures.looked_up(db, now, ["document:a", "document:b"]) == {"document:a": 1}
    erasures.lift(db, 1, by="", now=EPOCH)
    later = erasures.standing(db)
    assert later is not None
    assert (later.among(["source:s"]), erasures.looked_up(db, later, ["document:a"])) == (2, {})


def test_tombstones_of_two_stores_have_nothing_in_common() -> None:
    hashes = []
    for _ in range(2):
        db = new_database()
        hashes.append(set(erased(db).hashes))
    assert hashes[0].isdisjoint(hashes[1])


@pytest.mark.parametrize("name", ["url", "source", "entity", "document"])
def test_the_audit_finds_what_came_back(db: Any, name: str) -> None:
    ensure(db)
    document = a_document(url="https://example.org/1", source="s", entities=(an_entity("Ян"),))
    marks = {
        "url": mark("url", document.url),
        "source": "source:s",
        "entity": mark("entity", "per:ян"),
        "document": mark("document", document.doc_id),
    }
    erased(db, marks[name])
    assert list(returned(db)) == []
    upsert(db, [Entry(document, "Тэкст.", a_version())])
    assert any(document.doc_id[:16] in one for one in returned(db))
    erasures.begin(db, prepared(db, value="z").number)
    assert any("erasure 2 is not complete" in one for one in returned(db))


def test_what_is_written_while_it_is_removed_is_left_for_the_next_look(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tombstone says which contents there were, so none may go without one."""
    document = a_document()
    upsert(mongomock_db, [Entry(document, "Тэкст.", a_version())])
    number = prepared(mongomock_db, mark("document", document.doc_id)).number
    _, now = erasures.begin(mongomock_db, number)
    bury = erasures.bury

    def bury_and_write(*args: Any) -> None:
        bury(*args)
        monkeypatch.setattr(erasing, "bury", bury)
        upsert(mongomock_db, [Entry(a_document(text="Іншы."), "Іншы.", a_version(1))])

    monkeypatch.setattr(erasing, "bury", bury_and_write)
    assert erasing.remove(mongomock_db, now, number, [document.doc_id])["documents"] == 0
    assert erasing.remove(mongomock_db, now, number, [document.doc_id]) == {
        "revisions": 1,
        "originals": 0,
        "documents": 1,
    }
    assert mongomock_db.tombstones.count_documents({"version": {"$gt": ""}}) == 2


def test_marks_and_addresses() -> None:
    record = {"source": "s", "url": None, "entities": [{"id": "per:a"}], "linked": [{"id": "per:b"}]}
    assert marks_of(record) == ["entity:per:a", "entity:per:b", "source:s"]
    assert value_of("url:https://example.org") == ("url", "https://example.org")
    assert addresses_in("see <https://example.org/1>, (http://example.org/2). ftp://x") == [
        "https://example.org/1",
        "http://example.org/2",
    ]
    assert Evidence(items={"d:1", "d:2", "e:drop"}).drops == {"d", "e"}


@given(st.sampled_from(["url", "source", "name"]), st.text())
def test_a_mark_is_what_it_was_made_of(kind: str, value: str) -> None:
    assert value_of(mark(kind, value)) == (kind, value)
