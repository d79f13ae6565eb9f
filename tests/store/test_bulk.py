"""Errors of bulk writes: each is told apart, and none costs more than the document that it is about."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import InsertOne, UpdateOne
from pymongo.errors import AutoReconnect, OperationFailure

from store import bulk, ensure
from store.bulk import UnknownWriteError, backing_off, bulk_write
from store.connection import TRANSIENT, is_transient
from store.documents import upsert
from tests import mongomock_adapter
from tests.faults import FailingBulk
from tests.store.test_documents import contents, entry, versions
from transforms.document import Reason

INVALID = sorted(code for code, verdict in bulk._VERDICTS.items() if verdict is bulk._Verdict.INVALID)
TOO_LARGE = sorted(code for code, verdict in bulk._VERDICTS.items() if verdict is bulk._Verdict.TOO_LARGE)


def no_pauses() -> Iterator[float]:
    """Any number of tries, and no time between them."""
    yield from [0.0] * 1000


def write(db: Any, documents: list[dict[str, Any]]) -> tuple[set[str], dict[str, Reason]]:
    ids = [document["_id"] for document in documents]
    lost, refused = bulk_write(db, "c", ids, [InsertOne(document) for document in documents], pauses=no_pauses)
    return lost, {doc_id: reason for doc_id, (reason, _) in refused.items()}


def ids(db: Any) -> set[str]:
    return {record["_id"] for record in db.c.find()}


ABC = [{"_id": name, "text": name} for name in "abc"]


@pytest.mark.parametrize("code", INVALID + TOO_LARGE)
def test_a_hopeless_document_loses_only_itself(mongomock_db: Any, code: int) -> None:
    failing = FailingBulk(mongomock_db, [(code, {1})])
    reason = Reason.TOO_LARGE if code in TOO_LARGE else Reason.INVALID_DOCUMENT
    assert write(failing, ABC) == (set(), {"b": reason})
    assert ids(mongomock_db) == {"a", "c"}


@pytest.mark.parametrize("code", sorted(TRANSIENT))
def test_what_may_be_over_in_a_while_is_tried_again_alone(mongomock_db: Any, code: int) -> None:
    failing = FailingBulk(mongomock_db, [(code, {1}), (code, {0}), (121, {0})])
    assert write(failing, ABC) == (set(), {"b": Reason.INVALID_DOCUMENT})
    assert ids(mongomock_db) == {"a", "c"}


@pytest.mark.parametrize("fault", ["cut", "unheard", "unheard-concern"])
def test_a_connection_that_breaks_loses_nothing(mongomock_db: Any, fault: str) -> None:
    failing = FailingBulk(mongomock_db, [(fault, set()), (fault, set())])
    lost, refused = write(failing, ABC)
    assert refused == {}
    assert lost == (set() if fault == "cut" else {"a", "b", "c"}), "what stands there already is seen as somebody's"
    assert ids(mongomock_db) == {"a", "b", "c"}


def test_what_is_not_over_in_a_while_is_raised(mongomock_db: Any) -> None:
    failing = FailingBulk(mongomock_db, [("cut", set())] * 3)
    with pytest.raises(AutoReconnect) as caught:
        bulk_write(failing, "c", ["a"], [InsertOne(ABC[0])], pauses=lambda: iter([0.0]))  # type: ignore[arg-type]
    assert is_transient(caught.value)
    assert len(failing.faults) == 1


def test_a_code_that_we_do_not_know_is_named(mongomock_db: Any) -> None:
    failing = FailingBulk(mongomock_db, [(14031, {1})])
    with pytest.raises(UnknownWriteError, match="document b to `c` with the error code 14031") as caught:
        write(failing, ABC)
    assert not is_transient(caught.value)
    assert ids(mongomock_db) == {"a", "c"}


def test_a_refusal_of_us_is_not_tried_again(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationFailure("not authorized", code=13)

    monkeypatch.setattr("mongomock.collection.Collection.bulk_write", refuse)
    with pytest.raises(OperationFailure, match="not authorized"):
        write(mongomock_db, ABC)


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = {"a": value}
    return value


UNSENDABLE = {
    "too large": "я" * 9_000_000,
    "a lone surrogate": "\ud800",
    "an integer beyond 64 bits": 2**64,
    "what BSON has no place for": object(),
    "a key with a zero byte": {"a\0b": 1},
    "nesting without end": nested(100_000),
}


@pytest.mark.wire
@pytest.mark.parametrize("value", UNSENDABLE.values(), ids=UNSENDABLE.keys())
def test_what_the_driver_cannot_send_loses_only_itself(embedded_db: Any, value: Any) -> None:
    documents = [{"_id": str(number), "text": "x"} for number in range(9)]
    documents[6]["text"] = value
    lost, refused = write(embedded_db, documents)
    assert lost == set()
    assert refused == {"6": Reason.TOO_LARGE if isinstance(value, str) and len(value) > 9 else Reason.INVALID_DOCUMENT}
    assert ids(embedded_db) == {str(number) for number in range(9)} - {"6"}


@pytest.mark.wire
def test_a_document_that_grows_too_large_loses_only_itself(embedded_db: Any) -> None:
    embedded_db.c.insert_many([{"_id": name, "text": "x" * 9_000_000} for name in "ab"])
    changes = {"a": "y" * 9_000_000, "b": "y"}
    operations = [UpdateOne({"_id": name}, {"$set": {"more": more}}) for name, more in changes.items()]
    lost, refused = bulk_write(embedded_db, "c", list(changes), operations)
    assert (lost, [reason for reason, _ in refused.values()]) == (set(), [Reason.TOO_LARGE])
    assert embedded_db.c.find_one({"_id": "b"})["more"] == "y"


def test_pauses_grow_are_drawn_and_end() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    waits = list(backing_off(20.0, sleep=sleep, clock=lambda: now[0], draw=lambda least, most: most))
    assert waits[:5] == [0.1, 0.2, 0.4, 0.8, 1.6]
    assert max(waits) == 3.0
    assert 20.0 <= sum(waits) < 23.0
    halves = list(backing_off(20.0, sleep=sleep, clock=lambda: now[0], draw=lambda least, most: least))
    assert halves[:2] == [0.05, 0.1]


faults = st.lists(
    st.tuples(
        st.sampled_from(["cut", "unheard", "unheard-concern", 91, 189, 112]), st.sets(st.integers(0, 5), min_size=1)
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(versions, faults)
def test_any_faults_that_pass_end_in_the_store_of_an_undisturbed_run(entries: list[Any], faults: list[Any]) -> None:
    undisturbed = mongomock_adapter.new_database()
    assert upsert(undisturbed, entries)[0].failed == 0
    disturbed = mongomock_adapter.new_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.bulk.backing_off", no_pauses)
        failing: Any = FailingBulk(disturbed, list(faults))
        report, rejections = upsert(failing, entries)
    assert (report.failed, rejections) == (0, [])
    assert report.accounted == len(entries)
    assert contents(disturbed) == contents(undisturbed)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(INVALID + TOO_LARGE), st.integers(0, 3), st.integers(0, 2), faults)
def test_a_bad_document_among_faults_loses_only_itself(code: int, bad: int, call: int, faults: list[Any]) -> None:
    """One document is refused at some write, be it of the revisions, the originals or the documents themselves."""
    db = mongomock_adapter.new_database()
    ensure(db)
    upsert(db, [entry(name, "Раней.", minutes=1) for name in "abcd"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.bulk.backing_off", no_pauses)
        failing: Any = FailingBulk(db, [(0, set())] * call + [(code, {bad})] + faults)
        report, rejections = upsert(failing, [entry(name, "Пазней.", minutes=2) for name in "abcd"])
    assert report.failed == 0
    assert len(rejections) == report.quarantined == 1
    assert report.accounted == 4
    assert db.documents.count_documents({"text": "Пазней."}) == 3
    assert db.documents.count_documents({"text": "Раней."}) == 1
