"""Corrections by a person: what they do to documents, now and later, and how they are undone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import DuplicateKeyError

from store import codec, corrections, ensure, entities, entity_tally, revisions
from store.audit_texts import CHECKS as TEXT_CHECKS
from store.audit_texts import Judge, Subject, is_verifiable
from store.corrections import CorrectionError, about, log, merge, rename, rules, split, undo
from store.documents import Entry, replace_cleaned, upsert
from store.entities import refresh, settle
from store.entity_queries import EntityCriteria, find_entities, get_entity
from store.entity_rules import Rules
from store.queries import Criteria, facets, find_documents, get_document
from tests.builders import EPOCH, a_version
from tests.faults import Killed, kill_after
from tests.store import test_entities
from tests.store.test_entities import agree, an_id, entity, load, stored
from transforms.fingerprint import doc_id, fingerprint

BY: dict[str, Any] = {"by": "me", "reason": "seen in print", "now": EPOCH}


def about_(number: int, *named: Any, **other: Any) -> Any:
    return test_entities.about(number, *named, **other)


def named(db: Any, number: int = 1) -> dict[str, list[str]]:
    """The entities of a document, with their surfaces."""
    found = get_document(db, an_id(number))
    assert found
    return {one.id: [mention.surface for mention in one.mentions] for one in found.entities}


@pytest.fixture
def filled(db: Any) -> Any:
    ensure(db)
    load(
        db,
        about_(1, entity("a", "Ян", "Яна", "Ян"), entity("b", "Іван", at=40)),
        about_(2, entity("a", "Ян Барысавіч", "Яна Барысавіча")),
        about_(3, entity("c", "Пятро")),
    )
    refresh(db)
    return db


def test_merged_entities_are_one_in_every_document(filled: Any) -> None:
    made = merge(filled, "per:a", "per:b", **BY)
    assert (made.number, made.sentence, made.by, made.reason) == (1, "per:a is per:b", "me", "seen in print")
    refresh(filled)
    assert named(filled, 1) == {"per:b": ["Яна", "Ян", "Іван"]}
    assert named(filled, 2) == {"per:b": ["Яна Барысавіча"]}
    assert set(stored(filled)) == {"per:b", "per:c"}
    assert stored(filled)["per:b"]["documents"] == 2
    assert agree(filled)
    found = get_document(filled, an_id(2))
    assert found
    assert found.entities[0].linked_id == "per:a"
    # The article was not edited.
    assert filled.revisions.count_documents({}) == 0
    assert corrections.pending(filled) == []


def test_documents_that_come_later_are_corrected_as_they_are_written(filled: Any) -> None:
    merge(filled, "per:a", "per:b", **BY)
    upsert(filled, [Entry(about_(4, entity("a", "Ян")), "Тэкст.", a_version(5))])
    assert named(filled, 4) == {"per:b": ["Ян"]}


def test_what_is_processed_anew_stays_corrected(filled: Any) -> None:
    """By the same pipeline, by another one, and by other templates."""
    before = [record["fingerprint"] for record in filled.documents.find().sort("_id")]
    merge(filled, "per:a", "per:b", **BY)
    refresh(filled)
    load(
        filled,
        about_(1, entity("a", "Ян", "Яна", "Ян"), entity("b", "Іван", at=40)),
        about_(2, entity("a", "Ян Барысавіч", "Яна Барысавіча", "Барысавіча")),
        about_(3, entity("c", "Пятро")),
    )
    assert named(filled, 2) == {"per:b": ["Яна Барысавіча", "Барысавіча"]}
    (old,) = filled.documents.find({"_id": an_id(3)})
    assert replace_cleaned(filled, [(old, about_(3, entity("a", "Ян"), text="Чысты."))]) == set()
    settle(filled, [an_id(3)])
    assert named(filled, 3) == {"per:b": ["Ян"]}
    refresh(filled)
    assert agree(filled)
    now = [record["fingerprint"] for record in filled.documents.find().sort("_id")]
    assert (now[0] == before[0], now[1] == before[1]) == (True, False)


def test_a_revision_keeps_what_linking_gave_and_is_shown_corrected(filled: Any) -> None:
    merge(filled, "per:a", "per:b", **BY)
    refresh(filled)
    load(filled, about_(2, entity("c", "Пятро"), text="Іншы."), minutes=9)
    (revision,) = filled.revisions.find()
    assert [one["id"] for one in revision["entities"]] == ["per:a"]
    assert not {"linked", "corrected", "former"} & revision.keys()
    first, last = revisions.history(filled, an_id(2))
    assert [one.id for one in first.document.entities] == ["per:b"]
    assert [one.id for one in last.document.entities] == ["per:c"]


def test_names_are_split_off(filled: Any) -> None:
    """A text that names the entity so is about the other one as a whole; else only the mentions are that do."""
    split(filled, "per:a", ["ЯН БАРЫСАВІЧ"], "per:new", keys=["jan-barysavic"], **BY)
    split(filled, "per:a", ["Яна"], "per:b", keys=["jana"], **BY)
    refresh(filled)
    assert named(filled, 2) == {"per:new": ["Яна Барысавіча"]}
    assert named(filled, 1) == {"per:b": ["Яна", "Іван"], "per:a": ["Ян"]}
    assert {"jana", "per:b"} <= set(stored(filled)["per:b"]["keys"])
    assert "per:a" not in stored(filled)["per:new"]["keys"]
    assert agree(filled)
    assert [one.number for one in about(filled, "per:a")] == [1, 2]


def test_an_entity_is_called_as_a_person_says(filled: Any) -> None:
    """Everywhere but in the documents, and found by it; until that is undone."""
    documents, before = list(filled.documents.find().sort("_id")), stored(filled)
    made = rename(filled, "per:a", "  Ян \n Барысавіч  Нейкі ", keys=["нейкі"], **BY)
    assert (made.sentence, made.pending) == ("per:a is called «Ян Барысавіч Нейкі»", True)
    assert refresh(filled) == 1
    assert stored(filled)["per:a"] == {
        **before["per:a"],
        "name": "Ян Барысавіч Нейкі",
        "keys": sorted({*before["per:a"]["keys"], "нейкі"}),
    }
    assert list(filled.documents.find().sort("_id")) == documents
    assert agree(filled)
    assert corrections.pending(filled) == []
    # Documents come, and all is counted anew.
    load(filled, about_(5, entity("a", "Ян", "Яна")), about_(3, entity("c", "Пятро")))
    refresh(filled)
    entities.mark_all(filled)
    refresh(filled)
    assert (stored(filled)["per:a"]["name"], stored(filled)["per:a"]["documents"]) == ("Ян Барысавіч Нейкі", 3)
    page = find_documents(filled, Criteria(entity=("нейкі",)))
    assert {document.doc_id for document in page.documents} == {an_id(1), an_id(2), an_id(5)}
    found = find_entities(filled, EntityCriteria(("нейкі",)))
    assert [(one.name, one.language) for one in found.entities] == [("Ян Барысавіч Нейкі", "und")]
    assert [one.number for one in about(filled, "per:a")] == [1]
    undo(filled, 1, **BY)
    refresh(filled)
    assert stored(filled)["per:a"]["name"] == "Ян"
    assert not find_documents(filled, Criteria(entity=("нейкі",))).documents
    undo(filled, 2, **BY)
    refresh(filled)
    assert stored(filled)["per:a"]["name"] == "Ян Барысавіч Нейкі"
    assert agree(filled)


def test_a_given_name_is_told_where_entities_are_counted_and_named_together(filled: Any) -> None:
    neighbour = get_entity(filled, "per:b")
    assert neighbour
    assert [one.name for one in neighbour.neighbours] == ["Ян"]
    rename(filled, "per:a", "Янка", keys=["янка"], **BY)
    refresh(filled)
    counted = facets(filled, Criteria()).entities["PER"]
    assert {one.value: one.label for one in counted} == {"per:a": "Янка", "per:b": "Іван", "per:c": "Пятро"}
    for found in (get_entity(filled, "per:b"), *find_entities(filled, EntityCriteria(("per:b",))).entities):
        assert found
        assert [one.name for one in found.neighbours] == ["Янка"]


def test_a_name_belongs_to_the_id_and_waits_while_that_is_merged(filled: Any) -> None:
    rename(filled, "per:a", "Янка", keys=["янка"], **BY)
    merge(filled, "per:a", "per:b", **BY)
    refresh(filled)
    assert {one: record["name"] for one, record in stored(filled).items()} == {"per:b": "Ян", "per:c": "Пятро"}
    undo(filled, 2, **BY)
    refresh(filled)
    assert stored(filled)["per:a"]["name"] == "Янка"
    assert agree(filled)


def test_links_are_not_split_off(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    load(mongomock_db, about_(1, entity("a", "Ян", links=("wikidata:Q1",)), entity("b", "Ваня", at=9)))
    split(mongomock_db, "per:a", ["Ян"], "per:new", keys=[], **BY)
    merge(mongomock_db, "per:b", "per:c", **BY)
    refresh(mongomock_db)
    assert stored(mongomock_db)["per:new"]["links"] == []
    assert named(mongomock_db) == {"per:new": ["Ян"], "per:c": ["Ваня"]}


def test_corrections_follow_each_other_in_any_order(filled: Any) -> None:
    merge(filled, "per:b", "per:c", **BY)
    merge(filled, "per:a", "per:b", **BY)
    refresh(filled)
    assert named(filled, 1) == {"per:c": ["Яна", "Ян", "Іван"]}
    # What was split off is not merged with the rest.
    split(filled, "per:c", ["Іван"], "per:i", keys=[], **BY)
    refresh(filled)
    assert named(filled, 1) == {"per:c": ["Яна", "Ян"], "per:i": ["Іван"]}


def test_undone_is_as_if_it_had_never_been(filled: Any) -> None:
    documents = list(filled.documents.find().sort("_id"))
    before = stored(filled)
    merge(filled, "per:a", "per:b", **BY)
    split(filled, "per:b", ["Іван"], "per:i", keys=[], **BY)
    refresh(filled)
    undo(filled, 1, **BY)
    undo(filled, 2, **BY)
    refresh(filled)
    assert list(filled.documents.find().sort("_id")) == documents
    assert stored(filled) == before
    assert [entry.undone_by for entry in log(filled)] == [3, 4, None, None]
    # And an undo can be undone.
    undo(filled, 3, **BY)
    refresh(filled)
    assert named(filled, 2) == {"per:b": ["Яна Барысавіча"]}
    assert [entry.undone_by for entry in log(filled)] == [None, 4, 5, None, None]
    assert agree(filled)


def test_what_cannot_be_is_refused(filled: Any) -> None:
    merge(filled, "per:a", "per:b", **BY)
    split(filled, "per:b", ["Іван"], "per:i", keys=[], **BY)
    refused: dict[str, Callable[[], object]] = {
        "circle: per:a → per:b → per:a": lambda: merge(filled, "per:b", "per:a", **BY),
        "circle: per:b → per:i → per:b": lambda: merge(filled, "per:i", "per:b", **BY),
        "correction 1 says already": lambda: merge(filled, "per:a", "per:c", **BY),
        "correction 2 says already": lambda: split(filled, "per:b", ["«іван»", "Х"], "per:j", keys=[], **BY),
        "give two entities": lambda: merge(filled, "per:a", "per:a", **BY),
        "different types": lambda: merge(filled, "per:a", "loc:a", **BY),
        "begins with per:": lambda: split(filled, "per:a", ["Х"], "loc:x", keys=[], **BY),
        "letters": lambda: split(filled, "per:a", ["«»"], "per:x", keys=[], **BY),
        "no id": lambda: merge(filled, "Ян", "per:a", **BY),
        "a name must have letters": lambda: rename(filled, "per:a", " «» ", keys=[], **BY),
        "no id of an entity": lambda: rename(filled, "Ян", "Янка", keys=[], **BY),
        "there is no correction 9": lambda: undo(filled, 9, **BY),
    }
    for message, wrong in refused.items():
        with pytest.raises(CorrectionError, match=message):
            wrong()
    undo(filled, 1, **BY)
    with pytest.raises(CorrectionError, match="undone already, by correction 3"):
        undo(filled, 1, **BY)
    merge(filled, "per:a", "per:c", **BY)
    with pytest.raises(CorrectionError, match="says already"):
        undo(filled, 3, **BY)
    rename(filled, "per:a", "Янка", keys=[], **BY)
    with pytest.raises(CorrectionError, match=r"correction 5 says already: per:a is called «Янка»\. Undo that first"):
        rename(filled, "per:a", "Янук", keys=[], **BY)
    assert len(log(filled)) == 5


def test_two_names_may_change_places(filled: Any) -> None:
    split(filled, "per:a", ["Ян"], "per:b", keys=[], **BY)
    split(filled, "per:b", ["Іван"], "per:a", keys=[], **BY)
    refresh(filled)
    assert named(filled, 1) == {"per:b": ["Яна", "Ян"], "per:a": ["Іван"]}


def test_who_comes_second_looks_again(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by itself is right, both together are a circle."""
    ensure(mongomock_db)
    real, rivals = corrections.log, [True]

    def look(db: Any) -> Any:
        found = real(db)
        if rivals:
            rivals.pop()
            merge(db, "per:b", "per:a", **BY)
        return found

    monkeypatch.setattr(corrections, "log", look)
    with pytest.raises(CorrectionError, match="circle"):
        merge(mongomock_db, "per:a", "per:b", **BY)
    assert [entry.sentence for entry in real(mongomock_db)] == ["per:b is per:a"]
    with pytest.raises(DuplicateKeyError):
        mongomock_db.corrections.insert_one({"_id": 1})


def test_who_counts_while_a_name_is_given_does_not_forget_it(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody renames, and counts, just before another one writes what he counted by the rules from before."""
    db = mongomock_db
    ensure(db)
    load(db, about_(1, entity("a", "Ян")))
    refresh(db)
    real, rivals = entity_tally.tallied, [True]

    def meanwhile(*given: Any) -> Any:
        if rivals:
            rivals.pop()
            rename(db, "per:a", "Янка", keys=[], **BY)
            refresh(db)
        return real(*given)

    monkeypatch.setattr(entities, "tallied", meanwhile)
    load(db, about_(2, entity("a", "Ян")))
    refresh(db)
    assert (stored(db)["per:a"]["name"], stored(db)["per:a"]["documents"]) == ("Янка", 2)
    assert agree(db)


@pytest.mark.parametrize("when", ["_decide", "_write"])
def test_a_loader_that_did_not_know_of_a_correction_leaves_nothing_uncorrected(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Somebody merges, and corrects all that is stored, while a chunk is being written."""
    db = mongomock_db
    ensure(db)
    load(db, about_(1, entity("a", "Ян")), about_(3, entity("b", "Іван")))
    refresh(db)
    from store import documents

    real, rivals = getattr(documents, when), [True]

    def meanwhile(*given: Any) -> Any:
        if rivals:
            rivals.pop()
            merge(db, "per:a", "per:b", **BY)
            refresh(db)
        return real(*given)

    monkeypatch.setattr(documents, when, meanwhile)
    load(db, about_(1, entity("a", "Ян"), text="Іншы."), about_(2, entity("a", "Ян")), minutes=1)
    refresh(db)
    assert (named(db, 1), named(db, 2)) == ({"per:b": ["Ян"]}, {"per:b": ["Ян"]})
    assert agree(db)


def test_killed_anywhere_a_correction_is_finished_by_the_next_run(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    load(mongomock_db, *(about_(i, entity("a", "Ян"), entity(f"x{i}", "Х", at=9)) for i in range(3)))
    refresh(mongomock_db)
    for calls in range(0, 30, 2):
        number = None
        with pytest.MonkeyPatch.context() as patch:
            kill_after(patch, calls)
            try:
                number = merge(mongomock_db, "per:a", "per:b", **BY).number
                refresh(mongomock_db)
            except Killed:
                pass
        refresh(mongomock_db)
        number = number or (log(mongomock_db)[-1].number if log(mongomock_db) and rules(mongomock_db).merges else None)
        expected = "per:b" if number else "per:a"
        assert stored(mongomock_db)[expected]["documents"] == 3, calls
        assert agree(mongomock_db), calls
        if number:
            undo(mongomock_db, number, **BY)
            refresh(mongomock_db)


def test_a_corrected_document_is_found_and_its_fingerprint_verified(filled: Any) -> None:
    merge(filled, "per:a", "per:b", **BY)
    refresh(filled)
    for key in ("per:a", "per:b", "іван", "ян"):
        page = find_documents(filled, Criteria(entity=(key,)))
        assert an_id(1) in {document.doc_id for document in page.documents}, key
    judge = Judge(fingerprint, doc_id, "1")
    for record in filled.documents.find():
        subject = Subject("document", record, None)
        assert is_verifiable(subject, judge)
        # The texts of these documents do not hold the names.
        assert {check.name for check in TEXT_CHECKS if check.look(subject, judge)} == {"names"}


slugs = st.sampled_from("abcd").map("per:{}".format)
names = st.sampled_from(["ян", "іван"])


@given(
    st.dictionaries(slugs, slugs, max_size=3),
    st.dictionaries(slugs, st.dictionaries(names, slugs, min_size=1, max_size=2), max_size=2),
    st.lists(st.tuples(slugs, names), max_size=4, unique_by=lambda pair: pair[0]),
)
def test_correcting_loses_no_mention_and_can_be_repeated_and_undone(
    merges: dict[str, str], splits: dict[str, dict[str, str]], found: list[tuple[str, str]]
) -> None:
    known = Rules(merges, splits)
    if known.circle():
        return
    people = [entity(slug.removeprefix("per:"), name, name, "Ян", at=20 * i) for i, (slug, name) in enumerate(found)]
    record = codec.to_record(about_(1, *people))
    once = known.correct(record)
    assert known.correct(once) == once
    assert codec.as_linked(once) == record
    assert Rules().correct(once) == record

    def mentions(of: Any) -> list[Any]:
        return sorted((one["start"], one["surface"]) for each in of["entities"] for one in each["mentions"])

    assert mentions(once) == mentions(record)
    ids = [one["id"] for one in once["entities"]]
    assert len(ids) == len(set(ids))
    assert not set(ids) & merges.keys() - splits.keys()
    assert codec.to_record(codec.from_record(once))["entities"] == once["entities"]


def test_dates_and_reasons_are_kept(db: Any) -> None:
    ensure(db)
    merge(db, "per:a", "per:b", by="Яна", reason="", now=EPOCH + timedelta(days=1))
    (entry,) = log(db)
    assert (entry.at, entry.by, entry.pending) == (EPOCH + timedelta(days=1), "Яна", True)
    assert entities.replay(db) == 0
    assert not log(db)[0].pending
