"""Quarantine: put, list, group, settle, discard, restore, expire."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import ensure, quarantine
from store.quarantine import STANDING, STATES, Group, Selection
from store.queries import QueryError, counts_by
from tests import mongomock_adapter
from tests.builders import EPOCH
from transforms.document import Reason, Rejection, Step

DROP = "a" * 64
LINE = Rejection(DROP, 3, Step.READ, Reason.BROKEN_JSON, "line 4", excerpt="{", given_id="x-3", source="belta")
WHOLE = Rejection(DROP, None, Step.DECODE, Reason.BINARY, "a PNG image")
DAY = timedelta(days=1)


def put(db: Any, *rejections: Rejection, run: str = "one", now: Any = EPOCH) -> None:
    quarantine.put(db, rejections, "/drops/a.jsonl", run_id=run, now=now)


def discard(db: Any, selection: Selection | None = None, keep: int = 30) -> int:
    chosen = selection or Selection()
    return quarantine.discard(db, chosen, by="me", note="spam", now=EPOCH, keep=keep * DAY)


def states(db: Any) -> dict[str, str]:
    return {case.name: case.state for case in quarantine.find_cases(db, Selection(states=STATES))}


def test_cases_come_back_as_they_were_put(db: Any) -> None:
    ensure(db)
    put(db, LINE, WHOLE)
    cases = quarantine.open_cases(db)
    assert {case.rejection for case in cases} == {LINE, WHOLE}
    assert {case.location for case in cases} == {"/drops/a.jsonl"}
    assert {case.name for case in cases} == {"aaaaaaaa:3", "aaaaaaaa:drop"}
    assert [case.rejection for case in quarantine.open_cases(db, reason="binary")] == [WHOLE]
    assert counts_by(db.quarantine, "reason", state="open") == {"binary": 1, "broken-json": 1}


def test_the_same_case_again_keeps_its_date(db: Any) -> None:
    ensure(db)
    put(db, LINE)
    put(db, LINE, run="two", now=EPOCH + DAY)
    assert [case.since for case in quarantine.open_cases(db)] == [EPOCH]


def test_what_is_rejected_no_more_is_resolved_and_opens_again_when_it_is(db: Any) -> None:
    ensure(db)
    put(db, LINE, WHOLE)
    put(db, WHOLE, run="two")
    quarantine.settle(db, [DROP], run_id="two")
    assert [case.rejection for case in quarantine.open_cases(db)] == [WHOLE]
    put(db, LINE, run="three")
    assert len(quarantine.open_cases(db)) == 2


def test_what_no_record_can_hold_is_stored_readably(db: Any) -> None:
    ensure(db)
    put(db, Rejection(DROP, 0, Step.READ, Reason.BROKEN_JSON, "bad \ud800", given_id="9" * 17_000_000))
    (case,) = quarantine.open_cases(db)
    assert case.rejection.detail == "bad ?"
    assert case.rejection.given_id == "9" * 4000


def test_cases_are_grouped_by_reason_and_source(db: Any) -> None:
    ensure(db)
    more = [replace(LINE, index=index, detail=f"line {index}") for index in (5, 6)]
    put(db, LINE, WHOLE)
    put(db, *more, now=EPOCH + DAY)
    assert quarantine.groups(db, Selection()) == [
        Group(Reason.BROKEN_JSON, "belta", 3, EPOCH, EPOCH + DAY, "line 4"),
        Group(Reason.BINARY, None, 1, EPOCH, EPOCH, "a PNG image"),
    ]
    assert quarantine.count(db, Selection(source="belta")) == 3
    assert [case.rejection for case in quarantine.find_cases(db, Selection(source=""))] == [WHOLE]
    assert len(quarantine.find_cases(db, Selection(), limit=2)) == 2


def test_cases_of_an_earlier_store_have_no_source(db: Any) -> None:
    ensure(db)
    put(db, LINE)
    db.quarantine.update_one({}, {"$unset": {"source": ""}})
    (case,) = quarantine.find_cases(db, Selection(source=""))
    assert case.rejection == replace(LINE, source=None)
    assert [group.source for group in quarantine.groups(db, Selection())] == [None]


def test_a_case_is_found_by_the_first_digits_of_its_drop(db: Any) -> None:
    ensure(db)
    put(db, LINE, WHOLE, replace(LINE, drop_id="ab" + "c" * 62))
    assert [case.rejection for case in quarantine.named(db, "aaaa:3")] == [LINE]
    assert [case.rejection for case in quarantine.named(db, "aaaa:drop")] == [WHOLE]
    assert {case.rejection for case in quarantine.named(db, DROP)} == {LINE, WHOLE}
    assert quarantine.named(db, "abcc:4") == []
    for name in ("aaa:3", "aaaa:", "$where", "AAAA", "aaaa:x"):
        with pytest.raises(QueryError, match="is no case"):
            quarantine.named(db, name)
    put(db, replace(LINE, drop_id="aaaab" + "c" * 59))
    with pytest.raises(QueryError, match="more digits"):
        quarantine.named(db, "aaaa")


def test_a_discarded_case_can_be_restored_until_it_expires(db: Any) -> None:
    ensure(db)
    put(db, LINE, WHOLE)
    (chosen,) = quarantine.named(db, "aaaa:3")
    assert discard(db, Selection(ids=(chosen.id,))) == 1
    assert states(db) == {"aaaaaaaa:3": "discarded", "aaaaaaaa:drop": "open"}
    (case,) = quarantine.named(db, "aaaa:3")
    assert case.discarded
    assert (case.discarded.by, case.discarded.note, case.discarded.until) == ("me", "spam", EPOCH + 30 * DAY)
    assert quarantine.restore(db, Selection(states=("discarded",))) == 1
    assert states(db) == {"aaaaaaaa:3": "open", "aaaaaaaa:drop": "open"}
    assert "discarded" not in db.quarantine.find_one({"index": 3})

    assert discard(db, Selection(reason=Reason.BROKEN_JSON)) == 1
    assert quarantine.sweep(db, EPOCH + 30 * DAY - timedelta(seconds=1)) == 0
    assert quarantine.sweep(db, EPOCH + 30 * DAY) == 1
    assert quarantine.restore(db, Selection(states=("discarded",))) == 0
    (tombstone,) = quarantine.named(db, "aaaa:3")
    assert tombstone.state == "expired"
    assert tombstone.rejection == replace(LINE, detail="", excerpt="", given_id=None)
    words = db.quarantine.find_one({"state": "expired"})
    assert set(words) == {
        *("_id", "schema_version", "drop_id", "index", "step", "reason", "state", "since", "run_id", "source"),
        "discarded",
    }
    assert set(words["discarded"]) == {"at", "by", "until"}


@pytest.mark.parametrize("expired", [False, True])
def test_a_discarded_case_stays_so_when_it_is_rejected_again_and_is_resolved_when_not(db: Any, expired: bool) -> None:
    ensure(db)
    put(db, LINE)
    discard(db, keep=0)
    state = "expired" if expired else "discarded"
    assert quarantine.sweep(db, EPOCH) if expired else True
    put(db, LINE, WHOLE, run="two")
    quarantine.settle(db, [DROP], run_id="two")
    assert states(db) == {"aaaaaaaa:3": state, "aaaaaaaa:drop": "open"}
    quarantine.settle(db, [DROP], run_id="three")
    assert set(states(db).values()) == {"resolved"}
    put(db, LINE, run="four")
    assert [case.rejection for case in quarantine.open_cases(db)] == [LINE]
    assert "discarded" not in db.quarantine.find_one({"index": 3})


def test_a_case_that_the_store_cannot_hold_is_an_error_that_names_it(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {f"{DROP}:3": (Reason.TOO_LARGE, "too large")}
    monkeypatch.setattr(quarantine, "bulk_write", lambda *_: (set(), refused))
    with pytest.raises(ValueError, match=f"{DROP}:3"):
        put(db, LINE)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["process", "discard", "restore", "sweep"]),
            st.sets(st.integers(0, 3)),
            st.integers(0, 40),
        ),
        max_size=12,
    )
)
def test_the_cases_that_stand_are_those_of_the_last_run_whatever_people_do(
    steps: list[tuple[str, set[int], int]],
) -> None:
    """So the audit adds up: nothing but a run that rejects it no more takes a case out of the sum."""
    db = mongomock_adapter.new_database()
    standing: set[int] = set()
    for number, (step, items, day) in enumerate(steps):
        ids = Selection(ids=tuple(f"{DROP}:{index}" for index in items), states=("open", "discarded"))
        if step == "process":
            put(db, *(replace(LINE, index=index) for index in items), run=str(number))
            quarantine.settle(db, [DROP], run_id=str(number))
            standing = items
        elif step == "discard":
            discard(db, ids, keep=day)
        elif step == "restore":
            quarantine.restore(db, ids)
        else:
            quarantine.sweep(db, EPOCH + day * DAY)
        found = quarantine.find_cases(db, Selection(states=STANDING))
        assert {case.rejection.index for case in found} == standing
        assert all(case.rejection.detail == "" for case in found if case.state == "expired")
        assert all(case.rejection.detail for case in found if case.state != "expired")
        assert all(bool(case.discarded) == (case.state in {"discarded", "expired"}) for case in found)
