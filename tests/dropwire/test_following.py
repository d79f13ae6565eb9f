"""Following the changes: whoever applies them has the documents of the store, whatever happens meanwhile."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect, OperationFailure

from dropwire import following
from dropwire.console import Exit
from dropwire.export_model import model
from dropwire.following import Batch, follow
from store import changes, ensure, erasing
from store.documents import Entry, upsert
from store.queries import Criteria, QueryError, changes_since, latest_token
from tests import mongomock_adapter
from tests.builders import a_document, a_version
from tests.dropwire.test_cli import dropwire
from tests.dropwire.test_cli import store as store  # noqa: PLC0414 - a fixture
from transforms.document import Language

_clock = count(1)


def put(db: Any, number: int, text: str, language: str = "be") -> None:
    """Bring a document into the store as an ingest does, later than all before."""
    document = a_document(f"{number:032x}", text, language=Language(language, 0.9))
    upsert(db, [Entry(document, text, a_version(next(_clock)))])
    changes.note(db, [document.doc_id])


def erase(db: Any, number: int) -> None:
    """Take a document out as an erasure does (store.erasing.remove)."""
    doc_id = f"{number:032x}"
    changes.erased(db, [doc_id])
    db.documents.delete_one({"_id": doc_id})
    changes.erased(db, erasing.without_document(db, [doc_id]))
    changes.note(db, [doc_id])


def once(db: Any, position: str | None = None, criteria: Criteria | None = None) -> list[Batch]:
    return list(follow(db, position, criteria or Criteria(), model(), once=True))


class Mirror:
    """A copy of what meets the criteria, kept by applying events."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}

    def apply(self, batch: Batch, until: int | None = None) -> None:
        for event in batch.events[:until]:
            if event.document is None:
                self.documents.pop(event.doc_id, None)
            else:
                self.documents[event.doc_id] = event.document["text"]

    def is_like(self, db: Any, **query: Any) -> bool:
        return self.documents == {record["_id"]: record["text"] for record in db.documents.find(query)}


def kinds(batches: list[Batch]) -> list[tuple[str, int]]:
    return [(event.change, int(event.doc_id, 16)) for batch in batches for event in batch.events]


def test_each_change_comes_with_its_document_and_erasures_as_tombstones(db: Any) -> None:
    ensure(db)
    put(db, 1, "адзін")
    put(db, 2, "два")
    first = once(db)
    assert kinds(first) == [("inserted", 1), ("inserted", 2)]
    assert first[0].events[0].document is not None
    assert first[0].events[0].document["text"] == "адзін"
    position = first[-1].position
    assert once(db, position) == []
    put(db, 1, "іншы")
    erase(db, 2)
    put(db, 3, "тры")
    assert kinds(once(db, position)) == [("revised", 1), ("erased", 2), ("inserted", 3)]
    # Behind each event one can go on, too.
    assert kinds(once(db, once(db, position)[0].events[1].position)) == [("inserted", 3)]
    assert once(db, latest_token(db)) == []


def test_what_no_longer_meets_the_criteria_is_said_to_whom_it_may_concern(db: Any) -> None:
    ensure(db)
    put(db, 1, "адзін")
    put(db, 2, "ике", "tt")
    be = Criteria(language="be")
    first = once(db, None, be)
    # The Tatar one nobody can have.
    assert kinds(first) == [("inserted", 1)]
    put(db, 1, "бер", "tt")
    put(db, 2, "два")
    assert kinds(once(db, first[-1].position, be)) == [("unmatched", 1), ("revised", 2)]


def test_a_position_that_is_none_is_refused(db: Any) -> None:
    ensure(db)
    with pytest.raises(QueryError, match="no position"):
        once(db, "yesterday")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 6), st.sampled_from(["be", "tt"])),
        st.tuples(st.just("erase"), st.integers(1, 6), st.just("")),
        # How many events are applied before the follower is killed; 9: all of them, and the position is kept.
        st.tuples(st.just("follow"), st.integers(0, 9), st.just("")),
    ),
    max_size=25,
)


@pytest.mark.parametrize("criteria", [Criteria(), Criteria(language="be")], ids=["all", "be"])
@given(steps=STEPS)
# Killed before the position was kept, and the document comes back as one that is not wanted.
@example(steps=[("put", 1, "be"), ("follow", 1, ""), ("erase", 1, ""), ("put", 1, "tt")])
@settings(max_examples=60, deadline=None)
def test_killed_anywhere_the_copy_is_the_store(criteria: Criteria, steps: list[tuple[str, int, str]]) -> None:
    db = mongomock_adapter.new_database()
    ensure(db)
    mirror, position = Mirror(), None
    for kind, number, language in [*steps, ("follow", 9, "")]:
        if kind == "put":
            put(db, number, f"text {next(_clock)}", language)
        elif kind == "erase":
            erase(db, number)
        else:
            for batch in once(db, position, criteria):
                mirror.apply(batch, None if number == 9 else number)
                if number != 9:
                    break
                position = batch.position
    assert mirror.is_like(db, **({"languages": criteria.language} if criteria.language else {}))


# Waiting


@contextmanager
def follower(db: Any, mirror: Mirror) -> Iterator[threading.Thread]:
    """A mirror that is kept in a thread, until the store has a document 0."""

    def run() -> None:
        for batch in follow(db, None, Criteria(), model()):
            mirror.apply(batch)
            if "0" * 32 in mirror.documents:
                return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        put(db, 0, "the end")
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.wire
def test_with_writers_at_work_nothing_is_missed(embedded_db: Any) -> None:
    ensure(embedded_db)
    mirror = Mirror()

    def write(writer: int) -> None:
        for number in range(25):
            put(embedded_db, 1 + (number * 7 + writer) % 12, f"{writer} {number}")
            if number % 6 == 5:
                erase(embedded_db, 1 + (number + writer) % 12)

    with follower(embedded_db, mirror):
        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(2)]
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
    assert mirror.is_like(embedded_db)


@pytest.mark.wire
def test_a_change_rings(embedded_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an hour between two looks, only the change stream can have told."""
    monkeypatch.setattr(following, "RING_S", 3600.0)
    monkeypatch.setattr(following, "POLL_S", 3600.0)
    ensure(embedded_db)
    listening = threading.Event()
    listen = following._listen

    def heard(*args: Any) -> None:
        listening.set()
        listen(*args)

    monkeypatch.setattr(following, "_listen", heard)
    mirror = Mirror()
    with follower(embedded_db, mirror):
        assert listening.wait(60)
        put(embedded_db, 1, "адзін")
    assert mirror.is_like(embedded_db)


def test_without_change_streams_the_store_is_asked_now_and_then(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    naps = _Naps(lambda number: put(mongomock_db, number, "тэкст"), last=3)
    got = kinds(until_enough(mongomock_db, naps))
    assert got == [("inserted", 1), ("inserted", 2), ("inserted", 3)]


def until_enough(db: Any, naps: "_Naps") -> list[Batch]:
    batches: list[Batch] = []
    with suppress(_Enough):
        batches.extend(follow(db, None, Criteria(), model(), sleep=naps))
    return batches


class _Enough(BaseException):
    pass


class _Naps:
    """In the place of time.sleep: something happens in each nap, and after the last one it is enough."""

    def __init__(self, happens: Callable[[int], None], last: int) -> None:
        self.count = 0
        self._happens, self._last = happens, last

    def __call__(self, seconds: float) -> None:
        self.count += 1
        if self.count > self._last:
            raise _Enough
        self._happens(self.count)


class _Stream:
    """A change stream whose history is lost."""

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def try_next(self) -> None:
        # https://www.mongodb.com/docs/manual/reference/error-codes/: ChangeStreamHistoryLost
        raise OperationFailure("the resume point may no longer be in the oplog", 286)


def test_when_the_history_of_the_stream_is_lost_nothing_is_missed(
    mongomock_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(mongomock_db)
    monkeypatch.setattr(type(mongomock_db.changes), "watch", lambda *_, **__: _Stream(), raising=False)
    naps = _Naps(lambda number: put(mongomock_db, number % 2, f"тэкст {number}"), last=4)
    mirror = Mirror()
    for batch in until_enough(mongomock_db, naps):
        mirror.apply(batch)
    assert naps.count == 5
    assert mirror.documents == {"0" * 32: "тэкст 4", f"{1:032x}": "тэкст 3"}


def test_a_store_that_does_not_answer_is_waited_for(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(mongomock_db)
    put(mongomock_db, 1, "тэкст")
    told: list[str] = []
    away = iter([True, True, False])

    def asked(*args: Any, **how: Any) -> Any:
        if next(away, False):
            raise AutoReconnect("gone")
        return changes_since(*args, **how)

    monkeypatch.setattr(following, "changes_since", asked)
    batches = follow(mongomock_db, None, Criteria(), model(), tell=told.append, sleep=_Naps(lambda _: None, last=2))
    assert kinds([next(batches)]) == [("inserted", 1)]
    assert told == ["The store does not answer: waiting for it."]


# The command


def lines(*arguments: str) -> list[tuple[str, int]]:
    result = dropwire("follow", "--once", "--json", *arguments)
    assert result.exit_code == Exit.DONE, result.output
    return [(event["change"], int(event["_id"], 16)) for event in map(json.loads, result.stdout.splitlines())]


def test_the_command_keeps_a_position_under_a_name(store: Any) -> None:
    ensure(store)
    put(store, 1, "адзін")
    assert lines() == []
    assert lines("--since", "beginning") == [("inserted", 1)]
    assert lines("--as", "mirror") == [("inserted", 1)]
    assert lines("--as", "mirror") == []
    put(store, 2, "два")
    assert lines("--as", "mirror", "--fields", "title") == [("inserted", 2)]
    assert lines("--as", "mirror", "--since", "beginning") == [("inserted", 1), ("inserted", 2)]
    assert lines("--as", "mirror") == []
    assert dropwire("follow", "--once", "--since", "nonsense").exit_code == Exit.USAGE
    assert dropwire("follow", "--once", "--as", "a b").exit_code == Exit.USAGE
    shown = dropwire("follow", "--once", "--since", "beginning").output
    assert "inserted   00000000  be  test  адзін" in shown
    assert f"--since {latest_token(store)}" in shown


def test_an_export_says_from_where_to_follow(store: Any, tmp_path: Path) -> None:
    ensure(store)
    put(store, 1, "адзін")
    done = json.loads(dropwire("export", "-o", str(tmp_path / "a.jsonl"), "--json").stdout)
    assert json.loads((tmp_path / "a.jsonl.schema.json").read_text())["follow_from"] == done["follow_from"]
    put(store, 2, "два")
    assert lines("--since", done["follow_from"]) == [("inserted", 2)]


@pytest.mark.wire
def test_kill_9_and_ctrl_c(store: Any) -> None:
    ensure(store)
    put(store, 1, "адзін")
    command = [sys.executable, "-m", "dropwire", "follow", "--as", "mirror", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def started() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def next_id(process: "subprocess.Popen[str]") -> int:
        assert process.stdout
        return int(json.loads(process.stdout.readline())["_id"], 16)

    seen: list[int] = []
    with started() as process:
        try:
            seen.append(next_id(process))
        finally:
            process.kill()
    put(store, 2, "два")
    with started() as process:
        try:
            # What was printed just before the kill may come again.
            while 2 not in seen:
                seen.append(next_id(process))
            put(store, 3, "тры")
            seen.append(next_id(process))
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == Exit.DONE
    assert "Traceback" not in said
    assert seen in ([1, 2, 3], [1, 1, 2, 3])


def test_a_ctrl_c_that_is_dropped_on_its_way_ends_it_all_the_same(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python drops one that comes while a destructor runs; without a change stream, as the bell is."""
    ensure(store)
    naps = count(1)

    def nap(_: float) -> None:
        assert next(naps) < 3, "it goes on"
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(following, "bell", lambda _db, _sleep: nullcontext(lambda: nap(1)))
    before = signal.getsignal(signal.SIGINT)
    assert dropwire("follow", "--json").exit_code == Exit.DONE
    assert next(naps) == 2
    assert signal.getsignal(signal.SIGINT) is before
