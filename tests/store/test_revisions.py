"""Earlier states: kept once each, whatever the order, the repetitions and the crashes."""

import random
from contextlib import suppress
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import codec, ensure, revisions
from store.documents import Entry, upsert
from tests import mongomock_adapter
from tests.builders import a_document, a_version
from tests.faults import Killed, kill_after
from tests.store.test_documents import contents, entry, versions
from transforms.document import WriteReport

DOC = "a" * 32


def texts(db: Any) -> list[str]:
    """The history of the one document, in short: text and the minutes at which it came."""
    return [f"{state.document.text}{state.arrived_at.minute}" for state in revisions.history(db, DOC)]


def test_what_is_replaced_is_kept_as_it_was(db: Any) -> None:
    ensure(db)
    upsert(db, [entry(text="Першы.", minutes=1)])
    old = db.documents.find_one()
    assert upsert(db, [entry(text="Другі.", minutes=2)])[0] == WriteReport(revised=1)
    kept = db.revisions.find_one()
    assert kept["doc_id"] == DOC
    assert {**kept, "_id": DOC} == {**old, "doc_id": DOC}
    assert texts(db) == ["Першы.1", "Другі.2"]


def test_the_same_content_again_is_no_revision(db: Any) -> None:
    ensure(db)
    for minutes in (1, 3, 2):
        upsert(db, [entry(minutes=minutes, drop=str(minutes))])
    assert db.revisions.count_documents({}) == 0
    (state,) = revisions.history(db, DOC)
    assert (state.arrived_at.minute, state.last_arrived_at.minute, state.drop_id[0]) == (1, 3, "1")


def test_a_content_that_comes_back_is_a_state_each_time_in_any_order(db: Any) -> None:
    ensure(db)
    ends = []
    deliveries = [("X", 1), ("Y", 2), ("X", 3), ("Z", 4)]
    for order in permutations(entry(text=text, minutes=minutes) for text, minutes in deliveries):
        for collection in ("documents", "originals", "revisions"):
            db[collection].delete_many({})
        for one in order:
            upsert(db, [one])
        assert texts(db) == ["X1", "Y2", "X3", "Z4"]
        ends.append(contents(db))
    assert all(end == ends[0] for end in ends)


def test_all_versions_of_one_batch_are_kept(db: Any) -> None:
    ensure(db)
    report, _ = upsert(db, [entry(text=text, minutes=minutes) for text, minutes in (("X", 1), ("Z", 3), ("Y", 2))])
    assert report == WriteReport(inserted=1, duplicate=2)
    assert texts(db) == ["X1", "Y2", "Z3"]


def test_a_revision_that_another_pipeline_reads_anew_is_not_doubled(db: Any) -> None:
    ensure(db)
    for text, minutes in (("Стары. Рэклама.", 1), ("Новы.", 2), ("Стары.", 1)):
        upsert(db, [entry(text=text, minutes=minutes)])
    assert texts(db) == ["Стары.1", "Новы.2"]


def test_a_drop_delivered_at_two_times_spans_both(db: Any) -> None:
    ensure(db)
    upsert(db, [entry(text="Y", minutes=2)])
    item = entry(text="X", minutes=3)
    upsert(db, [Entry(item.document, item.original, item.version, first=a_version(1))])
    assert texts(db) == ["X1", "Y2", "X3"]


def test_documents_of_an_earlier_store_are_kept_too(db: Any) -> None:
    """A store from before there were revisions has no `first_version`."""
    ensure(db)
    upsert(db, [entry(text="Першы.", minutes=1)])
    db.documents.update_one({}, {"$unset": {"first_version": ""}})
    assert texts(db) == ["Першы.1"]
    assert upsert(db, [entry(text="Першы.", minutes=1)])[0] == WriteReport(unchanged=1)
    upsert(db, [entry(text="Другі.", minutes=2)])
    assert texts(db) == ["Першы.1", "Другі.2"]


def test_histories_of_several_documents_are_those_of_each(db: Any) -> None:
    ensure(db)
    made = {letter * 32: a_document(letter * 32, f"Text {letter}.") for letter in "abc"}
    for turn in range(3):
        entries = [
            Entry(
                replace(each, text=f"{turn}", fingerprint=f"{turn}" * 64, content=""), "", a_version(turn, index=place)
            )
            for place, each in enumerate(made.values())
            if turn < 2 or each.doc_id[0] == "a"
        ]
        upsert(db, entries)
    found = revisions.histories(db, [*made, "d" * 32])
    assert found == {doc_id: revisions.history(db, doc_id) for doc_id in made}
    assert {doc_id[0]: len(states) for doc_id, states in found.items()} == {"a": 3, "b": 2, "c": 2}
    assert revisions.histories(db, []) == {}


def test_a_document_that_is_not_there_has_no_history(db: Any) -> None:
    ensure(db)
    assert revisions.history(db, DOC) == []


def test_a_revision_is_a_document(db: Any) -> None:
    ensure(db)
    first = a_document(DOC, "Першы.")
    upsert(db, [Entry(first, "", a_version(1))])
    upsert(db, [entry(text="Другі.", minutes=2)])
    assert revisions.history(db, DOC)[0].document == first
    assert codec.from_record({**db.revisions.find_one(), "_id": DOC}) == first


class Meddled:
    """A database in which somebody else writes at a given access to a collection."""

    def __init__(self, db: Any, access: int, other: Entry) -> None:
        self._db = db
        self._left = access
        self._other = other

    def _at(self) -> None:
        self._left -= 1
        if self._left == 0:
            upsert(self._db, [self._other])

    def __getattr__(self, name: str) -> Any:
        self._at()
        return getattr(self._db, name)

    def __getitem__(self, name: str) -> Any:
        self._at()
        return self._db[name]


@pytest.mark.parametrize("access", range(1, 17))
@pytest.mark.parametrize("before", ["", "X", "Y", "XY", "YX"])
@pytest.mark.parametrize(("ours", "theirs"), [("X5", "Y6"), ("X6", "Y5"), ("X5", "X6"), ("X6", "X5"), ("X0", "X7")])
def test_a_race_loses_no_state(mongomock_db: Any, access: int, before: str, ours: str, theirs: str) -> None:
    ensure(mongomock_db)
    undisturbed = mongomock_adapter.new_database()
    past = [entry(text=text, minutes=minutes) for minutes, text in enumerate(before, 1)]
    our, their = (entry(text=name[0], minutes=int(name[1])) for name in (ours, theirs))
    for one in past:
        upsert(mongomock_db, [one])
    meddled: Any = Meddled(mongomock_db, access, their)
    report, _ = upsert(meddled, [our])
    assert report.failed == 0
    upsert(mongomock_db, [their])
    for one in [*past, our, their]:
        upsert(undisturbed, [one])
    assert contents(mongomock_db) == contents(undisturbed)


@settings(max_examples=80, deadline=None)
@given(versions, st.lists(st.integers(0, 12), max_size=4), st.randoms(use_true_random=False))
def test_any_order_any_repetition_any_crash_ends_in_the_same_revisions(
    entries: list[Entry], kills: list[int], rng: random.Random
) -> None:
    """Documents are those of the greatest versions; revisions are all other contents, each once, with its range."""
    db = mongomock_adapter.new_database()
    batches = []
    shuffled = [*entries, *rng.choices(entries, k=2)]
    rng.shuffle(shuffled)
    while shuffled:
        size = rng.randint(1, len(shuffled))
        batches.append(shuffled[:size])
        shuffled = shuffled[size:]
    for calls in kills:
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            kill_after(patch, calls)
            for batch in rng.sample(batches, len(batches)):
                upsert(db, batch)
    for batch in batches:
        assert upsert(db, batch)[0].failed == 0

    expected: dict[str, dict[str, list[str]]] = {}
    for one in entries:
        document = one.document
        expected.setdefault(document.doc_id, {}).setdefault(document.fingerprint, []).append(one.version.key)
    for doc_id, by_content in expected.items():
        current = max(by_content, key=lambda fingerprint: max(by_content[fingerprint]))
        stored = db.documents.find_one({"_id": doc_id})
        assert stored["fingerprint"] == current
        found = {record["fingerprint"]: record for record in db.revisions.find({"doc_id": doc_id})}
        assert found.keys() == by_content.keys() - {current}
        for fingerprint, record in {**found, current: stored}.items():
            keys = by_content[fingerprint]
            assert (record["first_version"], record["version"]) == (min(keys), max(keys))
    assert db.revisions.count_documents({}) == sum(len(contents) - 1 for contents in expected.values())
