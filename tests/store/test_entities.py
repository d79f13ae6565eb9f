"""Entities are what the documents say: whatever happens to these, in any order, wherever a writer is killed."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import codec, corrections, due, ensure, entities, entity_tally
from store.documents import Entry, replace_cleaned, upsert
from store.entities import counted, mark_all, refresh, settle
from store.entity_tally import read_counted, tallied
from tests import mongomock_adapter
from tests.builders import EPOCH, a_document, a_version
from tests.faults import Killed, kill_after
from transforms.document import Document, Entity, Language, Mention, Publication

BY: dict[str, Any] = {"by": "me", "reason": "", "now": EPOCH}


def an_id(number: int) -> str:
    return f"{number:032x}"


def entity(slug: str, name: str, *surfaces: str, at: int = 0, language: str = "ru", **other: Any) -> Entity:
    """A person with mentions one after the other from `at` on."""
    mentions = []
    for surface in surfaces or (name,):
        mentions.append(Mention(at, at + len(surface), surface))
        at += len(surface) + 1
    return Entity(f"per:{slug}", "PER", name, tuple(mentions), language=language, **other)


def about(number: int, *named: Entity, text: str = "Тэкст.", day: int | None = None, language: str = "ru") -> Document:
    published = None if day is None else Publication(datetime(2026, 1, day, tzinfo=UTC), "day", "metadata")
    return a_document(an_id(number), text, entities=named, published=published, language=Language(language, 1.0))


def load(db: Any, *documents: Document, minutes: int = 0) -> None:
    upsert(db, [Entry(document, document.text, a_version(minutes, index=i)) for i, document in enumerate(documents)])
    settle(db, [document.doc_id for document in documents])


def stored(db: Any) -> dict[str, Any]:
    return {
        record["_id"]: {name: value for name, value in record.items() if name != "turn"}
        for record in db.entities.find()
    }


def from_scratch(db: Any) -> dict[str, Any]:
    """What `entities` must hold, from the documents alone."""
    ids = {found["id"] for record in db.documents.find() for found in record["entities"]}
    return dict(counted(db, ids))


def agree(db: Any) -> bool:
    return stored(db) == from_scratch(db) and db.due.count_documents({}) == 0


def test_an_entity_is_what_its_documents_say(db: Any) -> None:
    ensure(db)
    other = entity("b", "Бэ", at=90)
    load(
        db,
        about(1, entity("a", "Минниханов", "Минниханова", "Минниханов", links=("wikidata:Q1",)), other, day=3),
        about(2, entity("a", "Минниханов", "Минниханов", evidence="short"), other, day=1),
        about(3, entity("a", "Миңнеханов", "Миңнеханов", language="tt", keys=("mnhnv",)), day=2),
        about(4, entity("a", "Миннихановъ", language="und"), language="be"),
    )
    assert refresh(db) == 2
    (a, b) = (stored(db)[name] for name in ("per:a", "per:b"))
    assert (a["type"], a["name"], a["documents"], a["mentions"]) == ("PER", "Минниханов", 4, 5)
    assert a["names"] == [
        {"language": "ru", "name": "Минниханов", "documents": 2},
        {"language": "be", "name": "Миннихановъ", "documents": 1},
        {"language": "tt", "name": "Миңнеханов", "documents": 1},
    ]
    assert a["aliases"][:2] == [
        {"surface": "Минниханов", "mentions": 2},
        {"surface": "Минниханова", "mentions": 1},
    ]
    assert {"mnhnv", "минниханов", "минниханова"} <= set(a["keys"])
    assert a["links"] == ["wikidata:Q1"]
    assert a["evidence"] == [{"evidence": "name", "documents": 3}, {"evidence": "short", "documents": 1}]
    assert (a["first_seen"], a["last_seen"]) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC))
    assert a["neighbours"] == [{"id": "per:b", "name": "Бэ", "documents": 2}]
    assert b["neighbours"] == [{"id": "per:a", "name": "Минниханов", "documents": 2}]
    assert agree(db)


def test_an_undated_entity_was_never_seen(db: Any) -> None:
    ensure(db)
    load(db, about(1, entity("a", "А")))
    refresh(db)
    assert (stored(db)["per:a"]["first_seen"], stored(db)["per:a"]["last_seen"]) == (None, None)


def test_what_no_document_names_any_more_goes(db: Any) -> None:
    ensure(db)
    load(db, about(1, entity("a", "А"), entity("b", "Б", at=9)), about(2, entity("b", "Б")))
    refresh(db)
    load(db, about(1, entity("b", "Б"), text="Іншы."), minutes=1)
    assert refresh(db) == 2
    assert set(stored(db)) == {"per:b"}
    assert agree(db)
    # Erased by hand: nobody is told, but whoever has all counted finds out.
    db.documents.delete_many({})
    assert refresh(db) == 0
    mark_all(db)
    refresh(db)
    assert stored(db) == {}


def test_nothing_is_counted_that_is_not_due(db: Any) -> None:
    ensure(db)
    load(db, about(1, entity("a", "А")), about(2, entity("b", "Б")))
    assert refresh(db) == 2
    assert refresh(db) == 0
    turns = {record["_id"]: record["turn"] for record in db.entities.find()}
    load(db, about(3, entity("b", "Б")), minutes=1)
    assert refresh(db) == 1
    now = {record["_id"]: record["turn"] for record in db.entities.find()}
    assert (now["per:a"] == turns["per:a"], now["per:b"] == turns["per:b"]) == (True, False)


def test_a_store_of_an_earlier_version_is_counted_by_the_next_run(db: Any) -> None:
    document = about(1, entity("a", "А"))
    old = {"id", "type", "name", "keys", "mentions"}
    record = codec.to_record(document)
    record["entities"] = [{name: one[name] for name in old} for one in record["entities"]]
    ensure(db)
    db.documents.insert_one({**record, "version": a_version().key})
    assert codec.from_record(db.documents.find_one()).entities[0].id == "per:a"
    ensure(db)
    assert refresh(db) == 1
    assert agree(db)
    ensure(db)
    assert db.due.count_documents({}) == 0


def test_many_are_counted_in_several_passes(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small = (
        (due, {"IDS_AT_ONCE": 9, "_IDS_IN_A_RECORD": 3, "_DOCUMENTS_IN_A_PART": 3}),
        (entities, {"_ENTITIES_IN_A_PASS": 3, "_DOCUMENTS_IN_A_PASS": 2, "_PAGE": 2}),
        (entity_tally, {"_IN_A_QUESTION": 2}),
    )
    for module, values in small:
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)
    ensure(db)
    load(db, *(about(i, *(entity(f"{j}", f"N{j}", at=9 * j) for j in range(i))) for i in range(8)))
    # Those that are due in several slices are counted in each.
    assert refresh(db) >= 7
    assert agree(db)
    mark_all(db)
    refresh(db)
    assert agree(db)


@pytest.mark.parametrize("reads", ["tallied", "read_counted"], ids=["known", "new"])
def test_who_counts_later_is_heard(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch, reads: str) -> None:
    """One has counted and not yet written, when a document comes and somebody else counts."""
    db = mongomock_db
    ensure(db)
    load(db, about(1, entity("a", "А")))
    if reads == "tallied":
        refresh(db)
        load(db, about(3, entity("a", "А")))
    real, rivals = getattr(entity_tally, reads), [True]

    def count_late(db: Any, ids: Any) -> Any:
        found = real(db, ids)
        found = found if reads == "tallied" else list(found)
        if rivals:
            rivals.pop()
            load(db, about(2, entity("a", "А")), minutes=1)
            refresh(db)
        return found

    monkeypatch.setattr(entities, reads, count_late)
    refresh(db)
    monkeypatch.undo()
    assert not rivals
    assert stored(db)["per:a"]["documents"] == db.documents.count_documents({})
    assert agree(db)


def test_who_counts_what_is_erased_meanwhile_leaves_no_record(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has counted an entity that is not there yet, when its only document goes and somebody else counts."""
    db = mongomock_db
    ensure(db)
    load(db, about(1, entity("a", "А")))
    rivals = [True]

    def count_late(db: Any, ids: Any) -> Any:
        found = list(read_counted(db, ids))
        if rivals:
            rivals.pop()
            db.documents.delete_one({})
            refresh(db)
        return found

    monkeypatch.setattr(entities, "read_counted", count_late)
    refresh(db)
    monkeypatch.undo()
    assert not rivals
    assert stored(db) == {}


def test_who_counts_what_is_written_anew_meanwhile_is_corrected(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has read the documents of a new entity, when one of them ceases to name it and somebody else counts."""
    db = mongomock_db
    ensure(db)
    load(db, about(1, entity("a", "А")), about(2, entity("a", "А")))
    rivals = [True]

    def read_early(db: Any, doc_ids: Any) -> Any:
        found = list(read_counted(db, doc_ids))
        if rivals:
            rivals.pop()
            db.due.delete_many({})
            load(db, about(1, text="Іншы."), minutes=1)
            refresh(db)
        return found

    monkeypatch.setattr(entities, "read_counted", read_early)
    refresh(db)
    monkeypatch.undo()
    assert stored(db)["per:a"]["documents"] == 1
    assert agree(db)


def test_of_a_new_entity_only_the_documents_are_read_by_which_it_became_due(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(mongomock_db)
    load(mongomock_db, about(1, entity("a", "А")), about(2, entity("a", "А"), entity("b", "Б", at=9)))
    asked: list[set[str]] = []

    def asking(db: Any, ids: Any) -> Any:
        asked.append(set(ids))
        return tallied(db, ids)

    monkeypatch.setattr(entities, "tallied", asking)
    refresh(mongomock_db)
    load(mongomock_db, about(3, entity("a", "А"), entity("c", "Ц", at=9)))
    load(mongomock_db, about(2, entity("c", "Ц"), text="Іншы."), minutes=1)
    refresh(mongomock_db)
    assert asked == [{"per:a", "per:b"}]
    assert agree(mongomock_db)


def test_who_is_named_in_very_many_documents_is_counted_now_and_then(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "_MANY", 3)
    ensure(db)
    load(db, *(about(i, entity("a", "А"), entity(f"b{i}", "Б", at=9)) for i in range(1, 101)))
    assert refresh(db) == 101
    now = datetime.now(UTC)
    load(db, about(200, entity("a", "А"), entity("b1", "Б", at=9)))
    load(db, about(201, entity("a", "А")))
    assert (refresh(db), entities.is_due(db)) == (1, False)
    assert (stored(db)["per:a"]["documents"], stored(db)["per:b1"]["documents"]) == (100, 2)
    soon, late = now + timedelta(seconds=90), now + timedelta(seconds=110)
    assert (entities.is_due(db, soon), refresh(db, soon)) == (False, 0)
    assert (entities.is_due(db, late), refresh(db, late)) == (True, 1)
    assert stored(db)["per:a"]["documents"] == 102
    assert agree(db)
    # What is no news of a document is counted at once.
    load(db, about(202, entity("a", "А")))
    assert refresh(db) == 0
    corrections.rename(db, "per:a", "Эй", keys=["эй"], **BY)
    refresh(db)
    assert (stored(db)["per:a"]["name"], stored(db)["per:a"]["documents"]) == ("Эй", 103)
    load(db, about(203, entity("a", "А")))
    assert refresh(db) == 0
    mark_all(db)
    refresh(db)
    assert stored(db)["per:a"]["documents"] == 104
    # Whoever erases says that it is at once, too; here, by hand.
    db.documents.delete_many({"_id": {"$gt": an_id(3)}})
    due.mark(db, ["per:a"])
    refresh(db)
    assert stored(db)["per:a"]["documents"] == 3


def test_what_a_person_corrects_is_counted_at_once(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    db = mongomock_db
    monkeypatch.setattr(entities, "_MANY", 3)
    ensure(db)
    load(db, *(about(i, entity("a", "А")) for i in range(1, 9)), about(9, entity("b", "Б")))
    refresh(db)
    corrections.merge(db, "per:b", "per:a", **BY)
    refresh(db)
    assert stored(db)["per:a"]["documents"] == 9
    assert agree(db)


def test_common_names_keep_a_record_small(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    others = [entity(f"other-{i}", "X", at=9) for i in range(22)]
    load(mongomock_db, *(about(i, entity("a", f"N{i}"), *others) for i in range(102)))
    refresh(mongomock_db)
    record = stored(mongomock_db)["per:a"]
    assert (len(record["names"]), len(record["aliases"]), len(record["neighbours"])) == (50, 100, 20)
    assert record["documents"] == 102


# Whatever happens

NAMES = ("Ян", "Іван", "Пятро")
named = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(NAMES)), max_size=3, unique_by=lambda pair: pair[0])
loading = st.tuples(st.just("load"), st.integers(1, 3), st.integers(0, 3), named)
cleaning = st.tuples(st.just("clean"), st.integers(1, 3), st.just(0), named)
merging = st.tuples(st.just("merge"), st.sampled_from("abcd"), st.sampled_from("abcd"), st.just(""))
splitting = st.tuples(st.just("split"), st.sampled_from("abcd"), st.sampled_from("abcde"), st.sampled_from(NAMES))
renaming = st.tuples(st.just("rename"), st.sampled_from("abcde"), st.just(0), st.sampled_from(("Янка", "Янук")))
undoing = st.tuples(st.just("undo"), st.integers(1, 5), st.just(0), st.just(""))
refreshing = st.tuples(st.just("refresh"), st.just(0), st.just(0), st.just(""))
step = st.one_of(loading, cleaning, merging, splitting, renaming, undoing, refreshing)
steps = st.lists(step, min_size=1, max_size=9)
kills = st.dictionaries(st.integers(0, 8), st.integers(0, 25), max_size=4)


def entities_of(pairs: Iterable[tuple[str, str]]) -> list[Entity]:
    return [entity(slug, name, name, f"{name}а", at=20 * i) for i, (slug, name) in enumerate(pairs)]


def take(db: Any, what: tuple[Any, ...]) -> None:
    kind, one, other, rest = what
    if kind == "load":
        load(db, about(one, *entities_of(rest), text=f"Тэкст {rest}.", day=one), minutes=other)
    elif kind == "clean":
        # As templates do: the same article, cut otherwise.
        if old := db.documents.find_one({"_id": an_id(one)}):
            replace_cleaned(db, [(old, about(one, *entities_of(rest), text=f"Чысты {rest}.", day=one))])
        settle(db, [an_id(one)])
    elif kind == "refresh":
        refresh(db)
    else:
        with suppress(corrections.CorrectionError):
            if kind == "merge":
                corrections.merge(db, f"per:{one}", f"per:{other}", **BY)
            elif kind == "split":
                corrections.split(db, f"per:{one}", [rest], f"per:{other}", keys=["k"], **BY)
            elif kind == "rename":
                corrections.rename(db, f"per:{one}", rest, keys=[rest.casefold()], **BY)
            else:
                corrections.undo(db, one, **BY)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, kills)
def test_whatever_happens_the_entities_are_what_the_documents_say(
    done: Sequence[tuple[Any, ...]], killed: dict[int, int]
) -> None:
    """A load that is killed is done again, as its drop is not done; a correction is not: it was made, or it was not."""
    db = mongomock_adapter.new_database()
    ensure(db)
    for number, what in enumerate(done):
        if number in killed:
            with pytest.MonkeyPatch.context() as patch, suppress(Killed):
                kill_after(patch, killed[number])
                take(db, what)
        if number not in killed or what[0] in {"load", "clean"}:
            take(db, what)
    refresh(db)
    assert agree(db)
    assert not any("former" in record for record in db.documents.find())
    rules = corrections.rules(db)
    names = {one: record["name"] for one, record in stored(db).items()}
    assert names == names | {one: called.name for one, called in rules.names.items() if one in names}
    for record in db.documents.find():
        assert rules.correct(codec.as_linked(record)) == record
        starts = [mention["start"] for found in record["entities"] for mention in found["mentions"]]
        linked = [mention["start"] for found in codec.as_linked(record)["entities"] for mention in found["mentions"]]
        assert sorted(starts) == sorted(linked)
        ids = [found["id"] for found in record["entities"]]
        assert len(ids) == len(set(ids))


# That none of which contradicts another, in whatever order: an entity is merged into those before it.
said = st.lists(
    st.one_of(
        st.sampled_from([("merge", one, other, "") for other, one in combinations("abcd", 2)]),
        st.tuples(st.just("rename"), st.sampled_from("abcd"), st.just(0), st.sampled_from(("Янка", "Янук"))),
    ),
    max_size=4,
    unique_by=lambda what: what[:2],
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), named), min_size=1, max_size=6), said, st.randoms(use_true_random=False))
def test_the_order_of_documents_and_corrections_does_not_matter(
    written: list[tuple[int, Any]], said: list[tuple[Any, ...]], rng: Any
) -> None:
    documents = {number: about(number, *entities_of(pairs), day=number) for number, pairs in written}
    results = []
    for _ in range(2):
        db = mongomock_adapter.new_database()
        order: list[Any] = [*documents.values(), *said]
        rng.shuffle(order)
        for each in order:
            if isinstance(each, Document):
                load(db, each)
            else:
                take(db, each)
            if rng.random() < 0.5:
                refresh(db)
        refresh(db)
        assert len(corrections.log(db)) == len(said)
        results.append(stored(db))
    assert results[0] == results[1]


@pytest.mark.wire
def test_what_is_asked_of_documents_uses_an_index(embedded_db: Any) -> None:
    ensure(embedded_db)
    load(embedded_db, about(1, entity("a", "А")))
    for query in (
        {"entities.id": {"$in": ["per:a", "per:b"]}},
        {"linked.id": {"$in": ["per:a", "per:b"]}},
        {"entities.id": {"$gt": ""}},
    ):
        plan = embedded_db.documents.find(query, {"_id": 1}).explain()["queryPlanner"]["winningPlan"]
        assert "IXSCAN" in str(plan), query
