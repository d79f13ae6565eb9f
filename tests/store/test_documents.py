"""The upsert: exactly once, whatever the order."""

import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import ensure, originals, revisions
from store.documents import MAX_RECORD_BYTES, Entry, upsert
from tests import mongomock_adapter
from tests.builders import a_document, a_version
from transforms.document import Publication, Reason, WriteReport


def entry(doc: str = "a", text: str = "Тэкст.", minutes: int = 0, drop: str = "d", index: int = 0) -> Entry:
    version = a_version(minutes, drop, index)
    # Each delivery says another time of update and another origin, of the same content.
    updated = Publication(version.arrived_at, "second", "feed" if drop == "d" else "json-ld", "+03:00")
    return Entry(a_document(doc * 32, text, updated=updated), f"original of {text}", version)


def contents(db: Any) -> dict[str, Any]:
    return {
        "documents": sorted(db.documents.find(), key=lambda record: record["_id"]),
        "originals": sorted(db.originals.find(), key=lambda record: record["_id"]),
        "revisions": sorted(db.revisions.find(), key=lambda record: record["_id"]),
    }


def test_new_documents_are_inserted_with_their_originals(db: Any) -> None:
    ensure(db)
    report, rejections = upsert(db, [entry("a"), entry("b", "Іншы.")])
    assert report == WriteReport(inserted=2)
    assert rejections == []
    assert originals.get(db, "a" * 32) == "original of Тэкст."


def test_the_same_again_is_unchanged_and_writes_nothing(db: Any) -> None:
    ensure(db)
    upsert(db, [entry()])
    before = contents(db)
    assert upsert(db, [entry()])[0] == WriteReport(unchanged=1)
    assert contents(db) == before


def test_a_later_version_revises(db: Any) -> None:
    ensure(db)
    upsert(db, [entry(text="Першы.", minutes=1)])
    assert upsert(db, [entry(text="Другі.", minutes=2)])[0] == WriteReport(revised=1)
    assert db.documents.find_one()["text"] == "Другі."
    assert originals.get(db, "a" * 32) == "original of Другі."


def test_an_earlier_version_that_comes_late_is_only_a_revision(db: Any) -> None:
    ensure(db)
    upsert(db, [entry(text="Другі.", minutes=2)])
    before = contents(db)
    assert upsert(db, [entry(text="Першы.", minutes=1)])[0] == WriteReport(duplicate=1)
    after = contents(db)
    assert [revision["text"] for revision in after.pop("revisions")] == ["Першы."]
    assert after == {name: before[name] for name in after}


def test_a_better_cleaner_revises_the_same_item(db: Any) -> None:
    ensure(db)
    upsert(db, [entry(text="Тэкст. Рэклама.")])
    assert upsert(db, [entry(text="Тэкст.")])[0] == WriteReport(revised=1)
    assert db.revisions.count_documents({}) == 0


def test_copies_in_one_batch_are_duplicates(db: Any) -> None:
    ensure(db)
    report, _ = upsert(db, [entry(index=0), entry(index=1), entry("b", "Іншы.", index=2)])
    assert report == WriteReport(inserted=2, duplicate=1)


def test_an_empty_batch(db: Any) -> None:
    assert upsert(db, []) == (WriteReport(), [])


def test_what_is_too_large_loses_only_itself(db: Any) -> None:
    ensure(db)
    report, rejections = upsert(db, [entry("a", "я" * MAX_RECORD_BYTES), entry("b")])
    assert report == WriteReport(inserted=1, quarantined=1)
    assert [rejection.reason for rejection in rejections] == [Reason.TOO_LARGE]


def test_what_bson_cannot_hold_loses_only_itself(db: Any) -> None:
    ensure(db)
    report, rejections = upsert(db, [entry("a", "\ud800"), entry("b")])
    assert report == WriteReport(inserted=1, quarantined=1)
    assert [rejection.reason for rejection in rejections] == [Reason.INVALID_DOCUMENT]


def test_a_version_that_cannot_be_stored_does_not_hide_an_earlier_one(db: Any) -> None:
    ensure(db)
    report, _ = upsert(db, [entry(text="Раней.", minutes=1), entry(text="\ud800", minutes=2)])
    assert report == WriteReport(inserted=1, quarantined=1)
    assert db.documents.find_one()["text"] == "Раней."


@pytest.mark.wire
def test_what_the_validator_refuses_loses_only_itself(embedded_db: Any) -> None:
    ensure(embedded_db)
    bad = Entry(a_document("a" * 32, authors=(17,)), "original", a_version())
    report, rejections = upsert(embedded_db, [bad, entry("b")])
    assert report == WriteReport(inserted=1, quarantined=1)
    assert [rejection.reason for rejection in rejections] == [Reason.INVALID_DOCUMENT]


class LosingRace:
    """A database in which somebody else stores a newer version just before our write."""

    def __init__(self, db: Any, other: Entry) -> None:
        self._db = db
        self._other: Entry | None = other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def __getitem__(self, name: str) -> Any:
        if name == "documents" and self._other:
            other, self._other = self._other, None
            upsert(self._db, [other])
        return self._db[name]


@pytest.mark.parametrize(
    ("minutes", "expected", "text"), [(9, WriteReport(duplicate=1), "Чужы."), (0, WriteReport(revised=1), "Наш.")]
)
def test_a_lost_race_converges(db: Any, minutes: int, expected: WriteReport, text: str) -> None:
    ensure(db)
    racing: Any = LosingRace(db, entry(text="Чужы.", minutes=minutes))
    report, _ = upsert(racing, [entry(text="Наш.", minutes=5)])
    assert report.failed == 0
    assert report == expected
    assert db.documents.find_one()["text"] == text


def test_a_document_that_is_erased_while_it_is_revised_is_new(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(db)
    upsert(db, [entry(text="Раней.", minutes=1)])
    genuine = revisions.same_content

    def erased(old: Any, new: Any) -> bool:
        db.documents.delete_one({"_id": old["_id"]})
        return genuine(old, new)

    monkeypatch.setattr(revisions, "same_content", erased)
    report, _ = upsert(db, [entry(text="Пазней.", minutes=5)])
    assert report == WriteReport(inserted=1)
    assert db.documents.find_one()["text"] == "Пазней."
    assert not db.revisions.count_documents({})


versions = st.lists(
    st.builds(
        entry,
        doc=st.sampled_from("ab"),
        text=st.sampled_from(["Адзін.", "Два.", "Тры."]),
        minutes=st.integers(0, 3),
        drop=st.sampled_from("de"),
        index=st.integers(0, 1),
    ),
    min_size=1,
    max_size=5,
    # One item has one text: the same place in the order of arrival cannot hold two.
    unique_by=lambda entry: entry.version.key,
)


@settings(max_examples=60, deadline=None)
@given(versions, st.randoms(use_true_random=False))
def test_any_order_any_batching_any_repetition_ends_in_the_same_store(entries: list[Entry], rng: random.Random) -> None:
    stores = []
    for _ in range(3):
        db = mongomock_adapter.new_database()
        shuffled = [*entries, *rng.choices(entries, k=2)]
        rng.shuffle(shuffled)
        while shuffled:
            size = rng.randint(1, len(shuffled))
            batch, shuffled = shuffled[:size], shuffled[size:]
            report, _ = upsert(db, batch)
            assert report.accounted == len(batch)
            assert report.failed == 0
        stores.append(contents(db))
    assert stores[0] == stores[1] == stores[2]


def test_all_orders_of_three_versions_on_each_store(db: Any) -> None:
    ensure(db)
    results = []
    for order in permutations([entry(text="X", minutes=1), entry(text="Y", minutes=2), entry(text="X", minutes=3)]):
        for collection in ("documents", "originals", "revisions"):
            db[collection].delete_many({})
        for one in order:
            upsert(db, [one])
        results.append(contents(db))
    assert all(result == results[0] for result in results)
    assert results[0]["documents"][0]["text"] == "X"
