"""Near-copies: clusters that depend on the stored documents alone, whatever the order, the writers and the crashes."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from math import log
from typing import Any, Literal

import pytest
from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st
from mongomock.collection import Collection

from store import copies, ensure
from store.clusters import cluster_of, members
from store.copies import catch_up, follow
from store.documents import Entry, upsert
from tests import mongomock_adapter
from tests.builders import a_document, a_version
from tests.faults import Killed
from transforms import near_copies
from transforms.document import Publication

STORE_CALLS = ("bulk_write", "find", "find_one", "delete_one", "replace_one")


@dataclass(frozen=True, slots=True)
class Letters:
    """A signature for tests: the letters of a text are its bands; texts are alike that have half of them in common."""

    bands: tuple[int, ...]
    packed: bytes


class ByLetter:
    """A method whose buckets are large and hold much that is not alike; it counts what it compares."""

    VERSION = "letters"

    def __init__(self) -> None:
        self.comparisons = 0

    def sign(self, text: str) -> Letters:
        return Letters(tuple(map(ord, sorted(set(text)))), "".join(sorted(set(text))).encode())

    def alike(self, one: bytes, other: bytes) -> bool:
        self.comparisons += 1
        return len({*one} & {*other}) * 2 >= len({*one} | {*other})


METHOD = ByLetter()


def doc_id(number: int) -> str:
    return f"{number:032x}"


def store_document(db: Any, number: int, text: str) -> None:
    """A document as far as copies look at it; an empty text: no document."""
    if not text:
        db.documents.delete_one({"_id": doc_id(number)})
        return
    record = {
        "_id": doc_id(number),
        "fingerprint": f"f-{text}",
        "text": text,
        "source": "test",
        "published_at": None,
        "published_precision": None,
        "version": a_version(number % 1000).key,
    }
    db.documents.replace_one({"_id": record["_id"]}, record, upsert=True)


def agree(db: Any, method: Any = METHOD) -> bool:
    """Whether the leaders are those of the definition, made from the documents alone, and nothing is left to do."""
    signed = {record["_id"]: method.sign(record["text"]) for record in db.documents.find()}
    stands: dict[int, str] = {}
    for each in sorted(signed):
        for band in signed[each].bands:
            stands.setdefault(band, each)
    leaders = {}
    for each, one in signed.items():
        others = sorted({stands[band] for band in one.bands} - {each})
        leaders[each] = next((other for other in others if method.alike(one.packed, signed[other].packed)), each)
    records = {record["_id"]: record for record in db.copies.find()}
    return (
        {each: record["leader"] for each, record in records.items()} == leaders
        and not any("left" in record for record in records.values())
        # Who stands for a bucket is known; who once did may be, too.
        and all(band in records[each]["heads"] for band, each in stands.items())
    )


class Turns:
    """Lets writers make their calls to the store one at a time, in a random order, and kills one now and then."""

    def __init__(self, rng: random.Random, deaths: float) -> None:
        self._rng = rng
        self._deaths = deaths
        self._lock = threading.Condition()
        self._waiting: dict[int, Literal["wait", "go", "die"]] = {}
        self._running = 0

    def before_call(self) -> None:
        me = threading.get_ident()
        with self._lock:
            if me not in self._waiting:
                return
            self._running -= 1
            self._waiting[me] = "wait"
            self._choose()
            self._lock.wait_for(lambda: self._waiting[me] != "wait")
            if self._waiting[me] == "die":
                raise Killed

    def _choose(self) -> None:
        """When all are waiting, let one go on."""
        if self._running:
            return
        waiting = [me for me, state in self._waiting.items() if state == "wait"]
        if not waiting:
            return
        chosen = self._rng.choice(waiting)
        self._waiting[chosen] = "die" if self._rng.random() < self._deaths else "go"
        self._running += 1
        self._lock.notify_all()

    def run(self, jobs: list[Callable[[], None]]) -> list[bool]:
        """Run the jobs at the same time; which of them came to their end."""
        finished = [False] * len(jobs)
        errors: list[BaseException] = []
        self._running = len(jobs)
        starts = [threading.Event() for _ in jobs]

        def work(place: int) -> None:
            me = threading.get_ident()
            self._waiting[me] = "go"
            starts[place].set()
            starts[-1].wait()
            try:
                with suppress(Killed):
                    jobs[place]()
                    finished[place] = True
            except BaseException as error:  # noqa: BLE001 - the test must hear of it
                errors.append(error)
            finally:
                with self._lock:
                    del self._waiting[me]
                    self._running -= 1
                    self._choose()

        threads = [threading.Thread(target=work, args=(place,)) for place in range(len(jobs))]
        for thread, started in zip(threads, starts, strict=True):
            # One after the other, so that the order of the writers is the same each time.
            thread.start()
            started.wait()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return finished


@contextmanager
def in_turns(rng: random.Random, deaths: float) -> Iterator[Turns]:
    turns = Turns(rng, deaths)
    with pytest.MonkeyPatch.context() as patch:
        for name in STORE_CALLS:
            original = getattr(Collection, name)

            def call(self: Any, *args: Any, _original: Any = original, **kwargs: Any) -> Any:
                turns.before_call()
                return _original(self, *args, **kwargs)

            patch.setattr(Collection, name, call)
        yield turns


changes = st.lists(st.tuples(st.integers(0, 5), st.text("abcd", max_size=4)), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(changes, min_size=1, max_size=9),
    st.integers(2, 4),
    st.sampled_from([0.0, 0.01, 0.05]),
    st.randoms(use_true_random=False, note_method_calls=False),
)
def test_clusters_depend_on_the_documents_alone(
    batches: list[list[tuple[int, str]]], writers: int, deaths: float, rng: random.Random
) -> None:
    """Batches by several writers whose calls come in any order, killed anywhere; whoever was killed runs again."""
    db = mongomock_adapter.new_database()

    def job(batch: list[tuple[int, str]]) -> Callable[[], None]:
        def run() -> None:
            for number, text in batch:
                store_document(db, number, text)
            follow(db, [doc_id(number) for number, _ in batch], METHOD)

        return run

    schedule = random.Random(rng.random())
    for start in range(0, len(batches), writers):
        jobs = [job(batch) for batch in batches[start : start + writers]]
        with in_turns(schedule, deaths) as turns:
            finished = turns.run(jobs)
        for done, one in zip(finished, jobs, strict=True):
            if not done:
                one()
    assert agree(db)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=5), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_document_is_in_one_cluster_and_its_members_lead_there(texts: list[str], rng: Any) -> None:
    db = mongomock_adapter.new_database()
    for number, text in enumerate(texts):
        store_document(db, number, text)
    ids = [doc_id(number) for number in range(len(texts))]
    rng.shuffle(ids)
    follow(db, ids, METHOD)
    by_cluster: dict[str, set[str]] = {}
    for each in ids:
        name = cluster_of(db, each)
        assert name is not None
        by_cluster.setdefault(name, set()).add(each)
    for name, those in by_cluster.items():
        found = members(db, name)
        assert {copy.doc_id for copy in found.members} == those
        assert not found.more
        assert all(one.arrived_at < other.arrived_at for one, other in pairwise(found.members))
        assert len(members(db, name, limit=1).members) == 1
        assert members(db, name, limit=1).more == (len(those) > 1)


STORY = (
    "У Мінску адбылася сустрэча міністраў замежных спраў пяці краін. Бакі абмеркавалі развіццё гандлю, "
    "транспартныя калідоры і супрацоўніцтва ў галіне адукацыі. Па выніках перамоў падпісана сумесная заява, "
    "у якой падкрэсліваецца неабходнасць далейшага дыялогу. Наступная сустрэча пройдзе ўвосень у Вільні."
)
OTHER = (
    "Футбольны клуб абвясціў пра пераход новага брамніка, які раней выступаў за зборную моладзі. Кантракт разлічаны "
    "на тры сезоны, сума здзелкі не раскрываецца. Дэбют чакаецца ў наступным туры чэмпіянату супраць каманды з "
    "Гродна, якая ідзе на першым месцы турнірнай табліцы і яшчэ ні разу не прайграла дома."
)


def load(db: Any, name: str, text: str, minutes: int = 0, **facts: Any) -> str:
    document = a_document(name * 32, text, **facts)
    upsert(db, [Entry(document, text, a_version(minutes, drop=name))])
    follow(db, [document.doc_id], near_copies)
    return document.doc_id


def published(day: int, hour: int | None = None) -> Publication:
    at = datetime(2026, 1, day, hour or 0, tzinfo=UTC)
    return Publication(at, "day" if hour is None else "second", "metadata")


def test_copies_of_a_story_are_one_cluster_with_the_earliest_first(db: Any) -> None:
    ensure(db)
    load(db, "c", f"МІНСК, 12 студзеня. {STORY}", published=published(12), source="site")
    load(db, "a", STORY, published=published(12, 9), source="agency")
    load(db, "d", OTHER, published=published(11))
    load(db, "b", f"Новы загаловак\n{STORY}", minutes=1, source="undated")
    assert {cluster_of(db, name * 32) for name in "abc"} == {"a" * 32}
    assert cluster_of(db, "d" * 32) == "d" * 32
    found = members(db, "a" * 32).members
    # The undated one arrived on the 1st: it is known to be older.
    assert [(copy.source, copy.published_at is None) for copy in found] == [
        ("undated", True),
        ("agency", False),
        ("site", False),
    ]
    assert members(db, "d" * 32).members[0].published_precision == "day"


def test_a_revised_document_leaves_its_cluster_which_shrinks(db: Any) -> None:
    ensure(db)
    for name in "abc":
        load(db, name, f"Загаловак {name}\n{STORY}")
    load(db, "a", OTHER, minutes=1)
    assert [cluster_of(db, name * 32) for name in "abc"] == ["a" * 32, "b" * 32, "b" * 32]
    load(db, "a", STORY, minutes=2)
    assert {cluster_of(db, name * 32) for name in "abc"} == {"a" * 32}


def test_what_is_erased_disappears(db: Any) -> None:
    ensure(db)
    for name in "abc":
        load(db, name, STORY, title=name)
    db.documents.delete_one({"_id": "a" * 32})
    follow(db, ["a" * 32], near_copies)
    assert cluster_of(db, "a" * 32) is None
    assert [copy.doc_id for copy in members(db, "b" * 32).members] == ["b" * 32, "c" * 32]
    assert db.copies.count_documents({}) == 2


def test_an_earlier_delivery_changes_who_was_first_and_nothing_else(db: Any) -> None:
    ensure(db)
    load(db, "a", STORY, minutes=2)
    load(db, "b", STORY, minutes=1, title="b")
    assert [copy.doc_id[0] for copy in members(db, "a" * 32).members] == ["b", "a"]
    load(db, "a", STORY, minutes=0)
    assert [copy.doc_id[0] for copy in members(db, "a" * 32).members] == ["a", "b"]


def test_unchanged_documents_are_not_written_again(db: Any) -> None:
    ensure(db)
    for name in "abc":
        load(db, name, STORY, title=name)
    before = list(db.copies.find().sort("_id"))
    follow(db, ["c" * 32], near_copies)
    assert list(db.copies.find().sort("_id")) == before


def test_a_store_without_copies_catches_up(db: Any) -> None:
    ensure(db)
    for name in "abc":
        document = a_document(name * 32, STORY, title=name)
        upsert(db, [Entry(document, STORY, a_version(0, drop=name))])
    assert cluster_of(db, "c" * 32) is None
    assert catch_up(db, near_copies) == 3
    assert cluster_of(db, "c" * 32) == "a" * 32
    assert catch_up(db, near_copies) == 0
    db.documents.delete_one({"_id": "a" * 32})
    assert catch_up(db, near_copies) == 1
    assert cluster_of(db, "c" * 32) == "b" * 32


def test_signatures_of_another_method_are_outdated(mongomock_db: Any) -> None:
    store_document(mongomock_db, 1, "abc")
    follow(mongomock_db, [doc_id(1)], METHOD)

    class Newer(ByLetter):
        VERSION = "newer"

    assert catch_up(mongomock_db, Newer()) == 1
    assert mongomock_db.copies.find_one()["method"] == "newer"


@pytest.mark.parametrize("size", [80, 240])
def test_a_bucket_is_not_compared_with_itself(mongomock_db: Any, size: int) -> None:
    """Templates: all have most bands in common, in whatever order they come. Work a document: its bands, ln n times."""
    method = ByLetter()
    common = "abcdefgh"
    ids = []
    for number in range(size):
        # Alike only to those with the same last letters: in the bucket there is much to compare with, and in vain.
        text = common[: 4 + number % 5] + chr(0x400 + number % 97) + chr(0x500 + number % 89) * (number % 2)
        text += "".join(chr(0x600 + (number * step) % 400) for step in range(1, 9))
        name = int(sha256(str(number).encode()).hexdigest()[:32], 16)
        store_document(mongomock_db, name, text)
        ids.append(doc_id(name))
    for start in range(0, size, 16):
        follow(mongomock_db, ids[start : start + 16], method)
    comparisons = method.comparisons
    assert agree(mongomock_db, method)
    bands = len(common) + 10
    # The n-th document becomes the smallest of a bucket with probability 1/n; with all others it would be n/2 a band.
    assert comparisons / size < bands * log(size)


def test_who_is_beaten_pauses_until_the_other_one_is_done(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else writes one of the copies in each round that begins at once, as a loader of reprints does."""
    db, texts = mongomock_db, 9
    ensure(db)
    for number in range(texts):
        store_document(db, number, "abcd")
    follow(db, map(doc_id, range(texts)), METHOD)
    real, pauses = copies._heads, [0.0]

    def meanwhile(*given: Any) -> Any:
        if pauses[-1] < 1:
            db.copies.update_one({"_id": doc_id(3)}, {"$set": {"turn": ObjectId()}})
        return real(*given)

    monkeypatch.setattr(copies, "_heads", meanwhile)
    monkeypatch.setattr(time, "sleep", pauses.append)
    store_document(db, texts, "abcde")
    store_document(db, 0, "")
    follow(db, map(doc_id, (0, texts)), METHOD)
    monkeypatch.undo()
    assert 1 < len(pauses) < 64
    assert agree(db)


def test_who_read_a_copy_that_needed_no_change_does_not_conclude_from_what_was_then(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has read who stands for a bucket, when a smaller one comes, and what he is to write is not changed."""
    db = mongomock_db
    ensure(db)
    store_document(db, 1, "a")
    follow(db, [doc_id(1)], METHOD)
    store_document(db, 2, "ac")
    real, rivals = copies._heads, [True]

    def meanwhile(db: Any, *given: Any) -> Any:
        found = list(real(db, *given))
        if rivals and db.copies.find_one({"_id": doc_id(2)}):
            rivals.pop()
            store_document(db, 0, "ab")
            follow(db, [doc_id(0), doc_id(2)], METHOD)
        return found

    monkeypatch.setattr(copies, "_heads", meanwhile)
    follow(db, [doc_id(2)], METHOD)
    monkeypatch.undo()
    assert not rivals
    assert agree(db)
