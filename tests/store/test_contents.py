"""One content, cut by other templates: what is written, and that it is no edit."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import ensure, originals, revisions
from store.codec import from_record
from store.documents import Entry, upsert
from tests import mongomock_adapter
from tests.builders import a_document, a_version, an_item
from transforms.document import Document, Origins, WriteReport

MENU = "Меню.\nТэкст."


def cut_as(text: str, content: str) -> Document:
    return replace(a_document(text=text), content=content * 64)


def write(db: Any, text: str, content: str, minutes: int, drop: str = "d") -> WriteReport:
    return upsert(db, [Entry(cut_as(text, content), MENU, a_version(minutes, drop))])[0]


def test_the_same_item_cut_otherwise_is_unchanged_and_written(db: Any) -> None:
    ensure(db)
    write(db, MENU, "a", 1)
    assert write(db, "Тэкст.", "a", 1) == WriteReport(unchanged=1)
    assert db.documents.find_one()["text"] == "Тэкст."
    assert db.revisions.count_documents({}) == 0


def test_a_later_delivery_cut_otherwise_is_a_duplicate_and_written(db: Any) -> None:
    ensure(db)
    write(db, MENU, "a", 1)
    assert write(db, "Тэкст.", "a", 2, "e") == WriteReport(duplicate=1)
    (record,) = db.documents.find()
    assert record["text"] == "Тэкст."
    assert (record["version"], record["first_version"]) == (a_version(2, "e").key, a_version(1).key)
    assert db.originals.find_one()["version"] == a_version(2, "e").key
    assert db.revisions.count_documents({}) == 0


def test_an_earlier_delivery_cut_otherwise_changes_when_it_came_first_only(db: Any) -> None:
    ensure(db)
    write(db, "Тэкст.", "a", 2, "e")
    assert write(db, MENU, "a", 1) == WriteReport(duplicate=1)
    (record,) = db.documents.find()
    assert (record["text"], record["first_version"]) == ("Тэкст.", a_version(1).key)
    assert db.revisions.count_documents({}) == 0


def test_what_an_earlier_pipeline_wrote_gets_its_content_noted(db: Any) -> None:
    ensure(db)
    upsert(db, [Entry(a_document(text="Тэкст."), MENU, a_version(1))])
    item = an_item(MENU, drop_id="d" * 64)
    assert upsert(db, [Entry(cut_as("Тэкст.", "a"), MENU, a_version(1), item=item)])[0] == WriteReport(unchanged=1)
    assert db.documents.find_one()["content"] == "a" * 64
    assert "item" in db.originals.find_one()
    assert upsert(db, [Entry(a_document(text="Тэкст."), MENU, a_version(2, "e"))])[0] == WriteReport(duplicate=1)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_an_edit_between_is_one_revision_however_it_was_cut(order: tuple[int, ...]) -> None:
    db = mongomock_adapter.new_database()
    ensure(db)
    deliveries = [(MENU, "a", 1, "d"), ("Іншы.", "b", 2, "e"), ("Тэкст.", "a", 3, "f"), ("Іншы тэкст.", "b", 4, "g")]
    for number in order:
        write(db, *deliveries[number])
    (revision,) = db.revisions.find()
    (record,) = db.documents.find()
    assert revision["_id"] == f"{record['_id']}:{'a' * 64}"
    assert (record["content"], record["version"]) == ("b" * 64, a_version(4, "g").key)
    assert [state.version for state in revisions.history(db, record["_id"])] == [
        a_version(minutes, drop).key for _, _, minutes, drop in deliveries
    ]


@settings(max_examples=50, deadline=None)
@given(
    title=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    authors=st.lists(st.sampled_from(["Ян", "Ганна"]), max_size=2),
    age=st.none() | st.integers(0, 21),
    origin=st.none() | st.sampled_from(["record", "meta"]),
    html=st.none() | st.just("<p>"),
)
def test_an_item_comes_back_as_it_was(
    title: str | None, authors: list[str], age: int | None, origin: Any, html: str | None
) -> None:
    db = mongomock_adapter.new_database()
    ensure(db)
    item = an_item(
        MENU,
        title=title,
        authors=tuple(authors),
        age_rating=age,
        origins=Origins(title=origin),
        html=html,
        url="https://example.org/1",
        given_id=2**70,
    )
    upsert(db, [Entry(a_document(text=MENU), MENU, a_version(1), item=item)])
    kept = originals.kept_item(db.originals.find_one(), from_record(db.documents.find_one()))
    assert kept is not None
    assert kept.was_html == (html is not None)
    assert kept.item == replace(item, html=None, given_id=None)
