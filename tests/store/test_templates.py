"""The templates of sources in the store: samples, turns, what is still to be done."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.errors import DuplicateKeyError

from flows.clean_again import learn_sources
from store import StoreError, documents, ensure, templates
from store.documents import Entry
from store.templates import SAMPLE, Known, Line
from tests.builders import a_document, a_version, an_item

LINES = [Line("галоўная", "Галоўная", 3), Line("© 0", "© 2019", 2)]


def an_id(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def store_documents(db: Any, numbers: Sequence[int], source: str = "site") -> list[str]:
    entries = [
        Entry(a_document(an_id(number), source=source), "Тэкст.", a_version(number), item=an_item("Тэкст."))
        for number in numbers
    ]
    assert documents.upsert(db, entries)[0].inserted == len(numbers)
    return [an_id(number) for number in numbers]


def learn(db: Any, lines: Sequence[Line] = LINES, source: str = "site") -> templates.Turn:
    turn = templates.take_turn(db, source)
    learned = templates.learned(db, turn, templates.sample(db, turn, "1"), lines)
    assert learned is not None
    return learned


def test_a_source_of_which_nothing_was_learned_has_no_templates(db: Any) -> None:
    ensure(db)
    assert templates.known(db, ["site"], {}) == {"site": Known()}
    assert templates.lines_of(db, "site") == []
    assert templates.unlearned(db) == []


def test_what_was_learned_is_known_from_then_on(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    learn(db)
    known = templates.known(db, ["site", "other"], {})
    assert known["site"].keys == {"галоўная", "© 0"}
    assert known["other"] == Known()
    assert templates.lines_of(db, "site") == LINES


def test_what_is_known_is_read_again_only_where_it_changed(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    before = {"site": Known(learn(db).known.digest, frozenset({"kept in memory"}))}
    assert templates.known(db, ["site"], before) == before
    learn(db, LINES[:1])
    assert templates.known(db, ["site"], before)["site"].keys == {"галоўная"}
    learn(db, [])
    assert templates.known(db, ["site"], before) == {"site": Known()}


def test_who_writes_is_told_that_the_templates_are_others(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    used = {"site": Known().digest, "other": Known().digest}
    assert templates.note(db, used) == set()
    assert templates.unlearned(db) == ["other", "site"]
    digest = learn(db).known.digest
    assert templates.note(db, used) == {"site"}
    assert templates.note(db, {"site": digest}) == set()


def test_of_a_single_document_nothing_is_to_be_learned(db: Any) -> None:
    ensure(db)
    store_documents(db, [1], "one")
    store_documents(db, [2, 3], "two")
    templates.mark(db, ["one", "two", "none"])
    assert templates.worth_learning(db, ["one", "two", "none"]) == ["two"]
    assert templates.unlearned(db) == ["two"]
    # What comes to it is found by the next look.
    store_documents(db, [4], "one")
    templates.mark(db, ["one"])
    assert templates.worth_learning(db, templates.unlearned(db)) == ["one", "two"]


def test_what_was_learned_of_a_source_that_has_one_document_left_goes(db: Any) -> None:
    """Its templates are those of a source that never had more."""
    ensure(db)
    ids = store_documents(db, [1, 2])
    templates.finish(db, learn(db))
    db.documents.delete_one({"_id": ids[0]})
    templates.mark(db, ["site"])
    assert templates.worth_learning(db, ["site"]) == ["site"]
    learn_sources(db, ["site"])
    assert db.templates.count_documents({}) == db.unlearned.count_documents({}) == 0


def test_a_turn_ends_with_the_mark_it_began_with(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    templates.mark(db, ["site"])
    turn = learn(db)
    assert len(turn.touched) == 2
    assert templates.finish(db, turn)
    assert templates.unlearned(db) == []
    assert templates.take_turn(db, "site").touched == frozenset()


def test_what_comes_during_a_turn_is_left_for_the_next(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    templates.mark(db, ["site"])
    turn = learn(db)
    templates.mark(db, ["site"])
    assert not templates.finish(db, turn)
    assert templates.unlearned(db) == ["site"]


def test_who_has_lost_his_turn_writes_nothing(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    templates.mark(db, ["site"])
    old = learn(db)
    templates.take_turn(db, "site")
    before = db.templates.find_one()
    assert templates.learned(db, old, templates.sample(db, old, "1"), LINES[:1]) is None
    assert not templates.advance(db, old, "f" * 32)
    assert not templates.finish(db, old)
    templates.forget(db, old)
    assert db.templates.find_one() == before
    assert templates.unlearned(db) == ["site"]


def test_lines_that_made_a_difference_add_up_until_all_documents_are_clean(db: Any) -> None:
    ensure(db)
    ids = store_documents(db, range(1, 6))
    learn(db)
    # Killed on the way; then something else is learned.
    turn = templates.take_turn(db, "site")
    (page,) = templates.pages(db, turn)
    assert page[0] == sorted(ids)
    assert templates.advance(db, turn, page[1])
    again = learn(db, [LINES[0], Line("спорт", "Спорт", 2)])
    assert again.touched == {templates.hash_of(key) for key in ("галоўная", "© 0", "спорт")}
    assert again.reached == ""
    # Nothing new was learned: on from where it stopped.
    assert templates.advance(db, again, page[1])
    turn = templates.take_turn(db, "site")
    assert (turn.touched, turn.reached) == (again.touched, page[1])
    assert [ids for ids, _ in templates.pages(db, turn)] == [[]]


def test_a_small_source_is_its_own_sample(db: Any) -> None:
    ensure(db)
    ids = store_documents(db, range(5))
    store_documents(db, range(10, 13), "other")
    found = templates.sample(db, templates.take_turn(db, "site"), "1")
    assert found.ids == tuple(sorted(ids))
    assert found.bound is None


def test_the_sample_says_what_it_was_made_of(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    turn = templates.take_turn(db, "site")
    digest = templates.sample(db, turn, "1").digest
    assert templates.sample(db, turn, "1").digest == digest
    assert templates.sample(db, turn, "2").digest != digest
    again = Entry(a_document(an_id(1), "Іншы тэкст.", source="site"), "Іншы тэкст.", a_version(60))
    documents.upsert(db, [again])
    changed = templates.sample(db, turn, "1").digest
    assert changed != digest
    store_documents(db, [3])
    assert templates.sample(db, turn, "1").digest not in {digest, changed}


def many(db: Any, count: int) -> list[str]:
    ids = [an_id(number) for number in range(count)]
    db.documents.insert_many([{"_id": each, "source": "site", "version": "v"} for each in ids])
    db.documents.insert_many([{"_id": each[::-1], "source": "other", "version": "v"} for each in ids])
    return sorted(ids)


@pytest.mark.parametrize("count", [SAMPLE - 1, SAMPLE, SAMPLE + 1, 1500])
def test_the_sample_of_a_large_source_are_its_smallest_ids(db: Any, count: int) -> None:
    ids = many(db, count)
    for _ in range(2):  # the second time from where the first sample ended
        turn = templates.take_turn(db, "site")
        found = templates.sample(db, turn, "1")
        assert found.ids == tuple(ids[:SAMPLE])
        learned = templates.learned(db, turn, found, LINES)
        assert learned is not None
        pages = list(templates.pages(db, learned))
        assert [each for page, _ in pages for each in page] == ids
        assert max(len(page) for page, _ in pages) <= 2 * SAMPLE
    assert len(pages) >= count // (2 * SAMPLE)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(0, 299), max_size=150))
def test_the_sample_follows_what_is_erased(mongomock_db: Any, gone: set[int]) -> None:
    mongomock_db.documents.delete_many({})
    ids = many(mongomock_db, 300)
    turn = templates.take_turn(mongomock_db, "site")
    templates.learned(mongomock_db, turn, templates.sample(mongomock_db, turn, "1"), LINES)
    mongomock_db.documents.delete_many({"_id": {"$in": [ids[number] for number in gone]}})
    left = [each for number, each in enumerate(ids) if number not in gone]
    assert templates.sample(mongomock_db, templates.take_turn(mongomock_db, "site"), "1").ids == tuple(left[:SAMPLE])


def test_more_lines_than_fit_are_cut_short(db: Any) -> None:
    ensure(db)
    store_documents(db, [1, 2])
    long = [Line(f"{number} " + "x" * 100_000, "x", 2) for number in range(30)]
    turn = learn(db, long)
    kept = templates.lines_of(db, "site")
    assert kept == long[: len(kept)]
    assert 15 < len(kept) < 25
    assert turn.known == templates.known(db, ["site"], {})["site"]


def test_a_cleaned_document_replaces_the_one_it_was_made_of_only(db: Any) -> None:
    ensure(db)
    store_documents(db, [1])
    (old,) = db.documents.find()
    clean = a_document(an_id(1), "Іншы.", source="site")
    assert documents.replace_cleaned(db, [(old, clean)]) == set()
    (now,) = db.documents.find()
    assert (now["text"], now["version"], now["first_version"]) == ("Іншы.", old["version"], old["first_version"])
    assert db.revisions.count_documents({}) == 0
    assert documents.replace_cleaned(db, [(old, a_document(an_id(1), "Трэці.", source="site"))]) == {an_id(1)}
    assert db.documents.find_one() == now
    assert documents.replace_cleaned(db, []) == set()


class LosesRaces:
    """A store whose first answers to an upsert are those of the embedded one while somebody else inserts."""

    def __init__(self, db: Any, answers: list[Any]) -> None:
        self.templates = self
        self.unlearned = db.unlearned
        self._real = db.templates
        self._answers = answers

    def find_one_and_update(self, *args: Any, **kwargs: Any) -> Any:
        found = self._real.find_one_and_update(*args, **kwargs)
        if not self._answers:
            return found
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_turn_is_taken_although_somebody_else_takes_the_first_one(db: Any) -> None:
    races = LosesRaces(db, [DuplicateKeyError("there"), None, {"_id": "site"}])
    assert templates.take_turn(races, "site").number == 4  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="site"):
        templates.take_turn(LosesRaces(db, [None] * 100), "site")  # type: ignore[arg-type]
