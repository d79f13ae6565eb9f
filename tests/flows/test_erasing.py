"""Erasing for good: nothing is left of it anywhere, it does not come back, and the audit holds all the while."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import load_drops as module
from flows.batching import batches_of_files
from flows.discover_drops import discover_drops
from flows.erasing import Erased, erase, foresee, resume
from flows.erasing_targets import Target, of_document, of_person, of_source, of_url
from flows.load_drops import load_drops
from store import corrections, documents, ensure, entities, erasures, quarantine, runs
from store.erasing_proof import _strings
from store.ledger import LEASE, Holder
from store.quarantine import Selection
from store.queries import QueryError
from tests import mongomock_adapter
from tests.builders import EPOCH
from tests.faults import Killed, kill_after, time_passes
from tests.store.test_audit import article, audited, broken, ingest, write
from transforms import pipeline
from transforms.document import Reason, Rejection, Step

URL = "https://example.org/1"
NAMED = "Рустам Минниханов прибыл в Казань, сообщает пресс-служба."
INFLECTED = "В Казани встретили Рустама Минниханова, сообщает пресс-служба раиса."


def do(db: Any, target: Target, **how: Any) -> Erased:
    made = erasures.prepare(db, target.kind, target.value, target.marks, by="me", reason="asked", now=EPOCH)
    return erase(db, made.number, **how)


def fill(db: Any, folder: Path) -> None:
    """Articles with revisions, copies and duplicates, a person in three of them and in a case."""
    write(folder, "a.example/1.jsonl", 1, article("Першы тэкст навіны, з Мінска.", 1), article("Другая навіна дня.", 2))
    write(folder, "a.example/2.jsonl", 2, article("Першы тэкст навіны, выпраўлены.", 1), '{"id": "Рустам Минниханов"}')
    write(folder, "a.example/3.jsonl", 3, article("Другая навіна дня.", 2), '{"text":')
    write(folder, "b.example/4.jsonl", 4, article(NAMED, 4), article("Трэцяя навіна дня, без адраса."))
    write(folder, "b.example/5.jsonl", 5, article("Раней тут была навіна.", 5))
    write(folder, "b.example/6.jsonl", 6, article(INFLECTED, 5))
    again(db, folder, reread=False)
    entities.refresh(db)


def again(db: Any, folder: Path, *, reread: bool = True) -> None:
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.jsonl"))
    ingest(db, folder, *names, reread=reread)


def everything(db: Any) -> str:
    """All strings in the store but the names of places, and of sources where these are counted."""
    aside = {"drops": {"seen"}, "runs": {"parameters", "breakdown"}}
    counted = {"observations", "drift"}
    return "\n".join(
        words
        for name in db.list_collection_names()
        if name not in counted
        for record in db[name].find()
        for words in _strings({key: value for key, value in record.items() if key not in aside.get(name, ())})
    )


def states(db: Any) -> dict[str, str]:
    return {record["reason"]: record["state"] for record in db.quarantine.find()}


@pytest.fixture
def filled(db: Any, tmp_path: Path) -> Any:
    ensure(db)
    fill(db, tmp_path)
    return db


TARGETS: dict[str, tuple[Callable[[Any], Target], list[str], int]] = {
    "url": (lambda db: of_url(URL + "?utm_source=x"), [URL, "Першы тэкст"], 1),
    "document": (lambda db: of_document(db.documents.find_one({"url": URL})["_id"]), [URL, "Першы тэкст"], 1),
    "source": (lambda db: of_source("example.org"), ["example.org", "Другая"], 4),
    "person": (lambda db: of_person(db, "Рөстәм Миңнеханов"), ["инниханов", "minihanav"], 2),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_it_is_found_nowhere_and_does_not_come_back(filled: Any, tmp_path: Path, kind: str) -> None:
    target, words, documents = TARGETS[kind]
    wanted = target(filled)
    before = everything(filled)
    if kind != "person":  # the key of a name stands in records as a part of an id
        assert all(word in before for word in words)
    foreseen = foresee(filled, wanted.marks)
    assert everything(filled) == before
    done = do(filled, wanted)
    assert (done.is_proven, done.counts["documents"], foreseen.counts["documents"]) == (True, documents, documents)
    assert {name for name, count in foreseen.counts.items() if count} >= {"documents", "originals", "copies"}
    assert done.holding.keys() == foreseen.holding.keys()
    assert all(places for places in done.holding.values())
    for _ in range(2):
        assert [word for word in words if word in everything(filled)] == []
        assert broken(audited(filled)) == set()
        again(filled, tmp_path)
        entities.refresh(filled)
    assert states(filled)["erased"] == "erased"
    assert filled.quarantine.count_documents({"reason": "erased", "detail": {"$exists": True}}) == 0
    # What was refused is no work to do, and the next erasure of the same is the same.
    assert all(case.rejection.reason is not Reason.ERASED for case in quarantine.open_cases(filled))
    repeated = do(filled, wanted)
    assert (repeated.erasure.number, repeated.is_proven) == (done.erasure.number, True)
    # Lifted, it comes back with its drops, and with nothing else.
    erasures.lift(filled, done.erasure.number, by="me", now=EPOCH)
    assert [word for word in words if word in everything(filled)] == []
    again(filled, tmp_path)
    entities.refresh(filled)
    assert filled.documents.count_documents({}) == 5
    assert filled.quarantine.count_documents({"state": "erased", "reason": "erased"}) == 0
    assert broken(audited(filled)) == set()


def test_another_drop_with_it_is_refused_before_it_is_processed(
    filled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(filled, of_url(URL))
    do(filled, of_person(filled, "Рустам Минниханов"))
    write(tmp_path, "c.example/7.jsonl", 7, article("Зусім іншы тэкст.", 1), article(f"Учора {NAMED}", 8))
    monkeypatch.setattr(pipeline, "process", lambda *_: pytest.fail("it need not be processed"))
    again(filled, tmp_path / "c.example", reread=False)
    (drop,) = filled.drops.find({"items": 2, "outcome.quarantined": 2})
    cases = list(filled.quarantine.find({"drop_id": drop["_id"]}))
    assert {(case["reason"], case["state"]) for case in cases} == {("erased", "erased")}
    assert {frozenset(case) & {"excerpt", "detail", "location", "source", "given_id"} for case in cases} == {
        frozenset()
    }


def test_a_person_is_refused_by_what_linking_finds(filled: Any, tmp_path: Path) -> None:
    """In a form that no stored text has, too: the text alone would not tell."""
    do(filled, of_person(filled, "per:" + _linked(filled, NAMED)))
    write(tmp_path, "c.example/7.jsonl", 7, article("Делегация прибыла к Рустаму Минниханову, сообщает служба.", 8))
    again(filled, tmp_path / "c.example", reread=False)
    assert filled.documents.count_documents({"url": "https://example.org/8"}) == 0
    assert broken(audited(filled)) == set()


def _linked(db: Any, text: str) -> str:
    (record,) = db.documents.find({"text": text})
    (person,) = (one["id"] for one in record["entities"] if one["type"] == "PER")
    return str(person).removeprefix("per:")


def test_a_case_is_emptied_by_its_words(filled: Any, tmp_path: Path) -> None:
    assert filled.quarantine.count_documents({"given_id": "Рустам Минниханов"}) == 1
    done = do(filled, of_person(filled, "Рустам Минниханов"))
    assert done.counts["quarantine"] == 1
    (case,) = filled.quarantine.find({"state": "erased"})
    assert case["reason"] == "missing-text"
    again(filled, tmp_path)
    (case,) = filled.quarantine.find({"_id": case["_id"]})
    assert (case["state"], case["reason"]) == ("erased", "erased")
    assert quarantine.restore(filled, Selection(ids=(case["_id"],), states=("discarded",))) == 0


def test_tombstones_tell_nothing(filled: Any) -> None:
    ids = {record["_id"] for record in filled.documents.find({"url": URL})}
    do(filled, of_url(URL))
    do(filled, of_person(filled, "Рустам Минниханов"))
    said = "\n".join(
        words for name in ("erasures", "tombstones") for record in filled[name].find() for words in _strings(record)
    )
    for clear in (URL, "example.org", "минниханов", "minihanav", "rastam", "rustam", *ids):
        assert clear not in said.casefold()
    (key,) = filled.erasure_key.find()
    assert len(key["secret"]) == 32
    assert "secret" not in repr(erasures.standing(filled))


def test_corrections_that_name_a_person_are_emptied(filled: Any, tmp_path: Path) -> None:
    write(tmp_path, "c.example/7.jsonl", 7, article("Сёння ў Мінску сонечна і цёпла.", 9))
    again(filled, tmp_path / "c.example", reread=False)
    one = "per:" + _linked(filled, NAMED)
    corrections.merge(filled, one, "per:somebody", by="me", reason="Рустам Минниханов", now=EPOCH)
    corrections.merge(filled, "per:x", "per:y", by="me", reason="", now=EPOCH)
    # That person, and a place that is called after them.
    (place,) = filled.documents.find_one({"url": "https://example.org/9"})["entities"]
    called, after = ("Кіраўнік", ["кіраўнік"]), ("Горад Рустама Минниханова", ["горад"])
    corrections.rename(filled, one, called[0], keys=called[1], by="me", reason="", now=EPOCH)
    corrections.rename(filled, place["id"], after[0], keys=after[1], by="me", reason="", now=EPOCH)
    entities.refresh(filled)
    assert filled.entities.find_one({"_id": place["id"]})["name"] == after[0]
    done = do(filled, of_person(filled, one))
    assert (done.is_proven, done.counts["corrections"]) == (True, 3)
    assert filled.entities.find_one({"_id": place["id"]})["name"] == place["name"]
    emptied, other, *names = corrections.log(filled)
    assert [(each.kind, each.names, each.keys) for each in names] == [("erased", (), ())] * 2
    assert (emptied.kind, emptied.entity, emptied.reason, emptied.pending) == ("erased", "", "", False)
    assert other.sentence == "per:x is per:y"
    with pytest.raises(corrections.CorrectionError, match="erased"):
        corrections.undo(filled, 1, by="me", reason="", now=EPOCH)
    assert broken(audited(filled)) == set()


def test_the_same_words_elsewhere_are_told(filled: Any, tmp_path: Path) -> None:
    long = "Гэта даволі доўгі радок навіны, які стаіць у дзвюх розных крыніцах."
    write(tmp_path, "c.example/7.jsonl", 7, article(long, 7), article(long, 8))
    again(filled, tmp_path / "c.example", reread=False)
    done = do(filled, of_url("https://example.org/7"))
    (other,) = (record["_id"] for record in filled.documents.find({"text": long}))
    assert (done.is_complete, done.is_proven, done.proof.copies) == (True, False, (other,))


def test_a_trace_anywhere_is_found(filled: Any) -> None:
    made = erasures.prepare(filled, "url", URL, of_url(URL).marks, by="me", reason="", now=EPOCH)
    filled.notes.insert_one({"_id": 1, "deep": [{"words": f"See {URL}."}]})
    done = erase(filled, made.number)
    assert not done.is_complete
    assert [(one.collection, one.examples) for one in done.proof.searched if one.found] == [
        ("notes", ["1: an address"])
    ]
    assert erasures.get(filled, made.number).state == "erasing"
    assert "erased" in broken(audited(filled))
    filled.notes.delete_many({})
    (done,) = resume(filled)
    assert done.is_complete
    assert resume(filled) == []


def test_a_name_that_is_nobody_or_no_full_name(filled: Any) -> None:
    with pytest.raises(QueryError, match="full name"):
        of_person(filled, "Няма")
    assert of_person(filled, "Ян Невядомы").persons == ()
    assert do(filled, of_person(filled, "Ян Невядомы")).counts["documents"] == 0
    with pytest.raises(QueryError, match="no erasure 7"):
        erase(filled, 7)
    with pytest.raises(QueryError, match="erased already"):
        erase(filled, 1)


def test_where_nothing_was_erased_nothing_is_asked(mongomock_db: Any, tmp_path: Path) -> None:
    fill(mongomock_db, tmp_path)
    assert {name: mongomock_db[name].count_documents({}) for name in ("erasures", "tombstones", "erasure_key")} == {
        "erasures": 0,
        "tombstones": 0,
        "erasure_key": 0,
    }
    assert erasures.standing(mongomock_db) is None


# Who works at the same time


@pytest.fixture
def article_1(mongomock_db: Any, tmp_path: Path) -> Path:
    """A folder with the article that is to be erased, and no store of it yet."""
    ensure(mongomock_db)
    write(tmp_path, "a.example/1.jsonl", 1, article("Першы тэкст навіны, з Мінска.", 1), article("Другая.", 2))
    return tmp_path


def while_writing(monkeypatch: pytest.MonkeyPatch, before: Callable[[], None], after: Callable[[], None]) -> None:
    """Do something once before, and once after, a worker who has looked what is erased writes documents."""
    write_them = documents.upsert
    todo = iter([(before, after)])

    def upsert(*args: Any, **how: Any) -> Any:
        first, last = next(todo, (lambda: None, lambda: None))
        first()
        report = write_them(*args, **how)
        last()
        return report

    monkeypatch.setattr(documents, "upsert", upsert)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_who_looked_before_does_not_bring_it_back(
    mongomock_db: Any, article_1: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    done: list[Erased] = []

    def now() -> None:
        done.append(do(mongomock_db, of_url(URL), patience_s=0))

    idle = lambda: None  # noqa: E731
    while_writing(monkeypatch, *((now, idle) if when == "before" else (idle, now)))
    again(mongomock_db, article_1, reread=False)
    # The erasure knows that somebody may not know of it, and the worker looks again after he has written.
    assert (done[0].is_complete, len(done[0].busy)) == (False, 1)
    assert mongomock_db.documents.count_documents({"url": URL}) == 0
    (drop,) = mongomock_db.drops.find()
    assert (drop["items"], drop["outcome"]["quarantined"]) == (2, 1)
    assert broken(audited(mongomock_db)) == {"erased"}  # it is not complete
    (last,) = resume(mongomock_db)
    assert last.is_proven
    assert broken(audited(mongomock_db)) == set()


def test_a_worker_who_is_killed_as_soon_as_he_has_written_does_not_bring_it_back(
    mongomock_db: Any, article_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def die() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        while_writing(patch, lambda: waited.append(not do(mongomock_db, of_url(URL), patience_s=0).is_complete), die)
        with suppress(Killed):
            again(mongomock_db, article_1, reread=False)
    assert waited == [True]
    # He brought it back: nobody could know. But the erasure is not complete before he is known to be gone.
    assert mongomock_db.documents.count_documents({"url": URL}) == 1
    mongomock_db.drops.update_many({}, {"$set": {"holder": "elsewhere:1:1"}})
    time_passes(mongomock_db, LEASE + timedelta(seconds=1))
    (last,) = resume(mongomock_db)
    assert last.is_proven
    assert mongomock_db.documents.count_documents({"url": URL}) == 0
    again(mongomock_db, article_1, reread=False)
    runs._end_dead(mongomock_db, EPOCH, EPOCH)
    assert mongomock_db.documents.count_documents({}) == 1
    assert broken(audited(mongomock_db)) - {"runs-ended"} == set()


def test_it_waits_for_who_works_on_a_drop_that_he_claimed_before(mongomock_db: Any, article_1: Path) -> None:
    again(mongomock_db, article_1, reread=False)
    (drop,) = mongomock_db.drops.find()
    mongomock_db.drops.update_one(
        {}, {"$set": {"state": "claimed", "holder": Holder.this_process().name}, "$currentDate": {"renewed_at": True}}
    )
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            mongomock_db.drops.replace_one({"_id": drop["_id"]}, drop)

    done = do(mongomock_db, of_url(URL), sleep=sleep)
    assert (done.is_proven, len(pauses)) == (True, 3)


def test_killed_anywhere_it_is_finished_later(tmp_path: Path) -> None:
    """At each call to the store: nothing comes back meanwhile, and the second try ends as the first would have."""
    source = mongomock_adapter.new_database()
    fill(source, tmp_path)
    records = {name: list(source[name].find()) for name in source.list_collection_names()}
    tries = 0
    for calls in range(0, 2000, 9):
        db = mongomock_adapter.new_database()
        ensure(db)
        for name, kept in records.items():
            if kept:
                db[name].delete_many({})
                db[name].insert_many(kept)
        target = of_person(db, "Рустам Минниханов")
        made = erasures.prepare(db, "person", target.value, target.marks, by="me", reason="", now=EPOCH)
        with pytest.MonkeyPatch.context() as patch:
            kill_after(patch, calls)
            try:
                erase(db, made.number)
                break
            except Killed:
                tries += 1
        if tries % 4 == 0:
            again(db, tmp_path)
            # It was not begun, or what was found of it is refused.
            begun = erasures.get(db, made.number).state == "erasing" and erasures.standing(db).turn  # type: ignore[union-attr]
            assert not begun or db.quarantine.count_documents({"reason": "erased"})
        done = erase(db, made.number)
        assert done.is_proven
        assert "инниханов" not in everything(db)
        assert broken(audited(db)) == set()
    assert tries > 10


ACTIONS = st.lists(
    st.sampled_from(
        ["ingest 1", "ingest 2", "ingest 3", "reread", "replay", "erase url", "erase source", "erase person", "lift"]
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=100, deadline=None)
@given(ACTIONS, st.integers(0, 400), st.booleans())
def test_any_order_ends_without_what_was_erased(
    tmp_path_factory: pytest.TempPathFactory, actions: list[str], calls: int, killed: bool
) -> None:
    """Ingests, rereads, replays and erasures in any order, with a kill in one of them: what is erased is nowhere."""
    folder, db = tmp_path_factory.mktemp("any"), mongomock_adapter.new_database()
    ensure(db)
    write(folder / "late", "a.example/1.jsonl", 1, article("Першы тэкст навіны.", 1), article("Другая навіна.", 2))
    write(folder / "late", "b.example/2.jsonl", 2, article(NAMED, 4), article("Чацвёртая."), '{"text":')
    write(folder / "late", "a.example/3.jsonl", 3, article("Другая навіна.", 2), article("Трэцяя.", 1))
    targets = {"url": of_url(URL), "source": of_source("b.example")}
    words = {"url": URL, "source": "b.example", "person": "инниханов"}
    standing: dict[str, int] = {}
    for place, action in enumerate(actions):
        verb, _, what = action.partition(" ")
        with pytest.MonkeyPatch.context() as patch:
            if killed and place == len(actions) // 2:
                kill_after(patch, calls)
            with suppress(Killed):
                if verb == "ingest":
                    (path,) = (folder / "late").rglob(f"{what}.jsonl")
                    there = folder / path.relative_to(folder / "late")
                    there.parent.mkdir(exist_ok=True)
                    shutil.copyfile(path, there)
                    os.utime(there, (60 * int(what), 60 * int(what)))
                    _ingest(db, folder, reread=False)
                elif verb in {"reread", "replay"}:
                    # A replay is an ingest with reread of the drops that have open cases (dropwire/replaying.py).
                    _ingest(db, folder, reread=True)
                elif verb == "erase":
                    target = targets[what] if what in targets else of_person(db, "Рустам Минниханов")
                    made = erasures.prepare(db, target.kind, target.value, target.marks, by="", reason="", now=EPOCH)
                    standing[what] = made.number
                    erase(db, made.number, patience_s=0)
                elif verb == "lift" and standing:
                    what, number = standing.popitem()
                    with suppress(QueryError):
                        erasures.lift(db, number, by="", now=EPOCH)
    _all_is_over(db)
    _ingest(db, folder, reread=False)
    assert all(done.is_proven for done in resume(db))
    entities.refresh(db)
    said = everything(db)
    for what, number in standing.items():
        if erasures.get(db, number).state == "erased":
            assert words[what] not in said
    assert broken(audited(db)) == set()


def _ingest(db: Any, folder: Path, *, reread: bool) -> None:
    found = sorted(str(path.relative_to(folder)) for name in "ab" for path in folder.glob(f"{name}.example/*.jsonl"))
    if found:
        ingest(db, folder, *found, reread=reread)


def _all_is_over(db: Any) -> None:
    """Who was killed is known to be gone."""
    db.drops.update_many({"state": "claimed"}, {"$set": {"holder": "elsewhere:1:1"}})
    db.drops.update_many({"state": "claimed"}, {"$unset": {"renewed_at": ""}})
    for run in db.runs.find({"state": "running"}):
        runs.fail(db, run["_id"], "killed", EPOCH)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for others looks again at once."""
    monkeypatch.setattr("flows.erasing._PAUSE_S", 0.0)


def test_a_rejection_of_an_erased_source_says_nothing(filled: Any, tmp_path: Path) -> None:
    do(filled, of_source("a.example"))
    again(filled, tmp_path)
    assert filled.quarantine.count_documents({"source": "a.example"}) == 0
    assert {case["state"] for case in filled.quarantine.find({"reason": {"$ne": "erased"}})} <= {"open"}
    rejection = Rejection("d" * 64, 0, Step.WRITE, Reason.ERASED, "")
    quarantine.put(filled, [rejection], "/x", run_id="r", now=EPOCH)
    (case,) = filled.quarantine.find({"drop_id": "d" * 64})
    assert "location" not in case


def batch_of(folder: Path) -> Any:
    """All files of a folder in one batch."""
    (batch,) = batches_of_files(discover_drops([str(folder)]).files)
    return batch


def test_one_look_a_chunk_notices_what_was_erased_meanwhile(
    mongomock_db: Any, article_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CHUNK_ITEMS", 1)

    def now() -> None:
        do(mongomock_db, of_url(URL), patience_s=0)

    while_writing(monkeypatch, lambda: None, now)
    report = load_drops(mongomock_db, batch_of(article_1 / "a.example"), source="s", reread=False, run_id="r")
    assert (report.counts.inserted, report.counts.quarantined, report.holds) == (1, 1, True)
    assert report.reasons == {"erased": 1}
