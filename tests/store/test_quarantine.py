"""Quarantine: put, list, settle."""

from datetime import timedelta
from typing import Any

from store import ensure, quarantine
from store.queries import counts_by
from tests.builders import EPOCH
from transforms.document import Reason, Rejection, Step

DROP = "a" * 64
LINE = Rejection(DROP, 3, Step.READ, Reason.BROKEN_JSON, "line 4", excerpt="{", given_id="x-3")
WHOLE = Rejection(DROP, None, Step.DECODE, Reason.BINARY, "a PNG image")


def test_cases_come_back_as_they_were_put(db: Any) -> None:
    ensure(db)
    quarantine.put(db, [LINE, WHOLE], "/drops/a.jsonl", run_id="one", now=EPOCH)
    cases = quarantine.open_cases(db)
    assert {case.rejection for case in cases} == {LINE, WHOLE}
    assert {case.location for case in cases} == {"/drops/a.jsonl"}
    assert [case.rejection for case in quarantine.open_cases(db, reason="binary")] == [WHOLE]
    assert counts_by(db.quarantine, "reason", state="open") == {"binary": 1, "broken-json": 1}


def test_the_same_case_again_keeps_its_date(db: Any) -> None:
    ensure(db)
    quarantine.put(db, [LINE], "/drops/a.jsonl", run_id="one", now=EPOCH)
    quarantine.put(db, [LINE], "/drops/a.jsonl", run_id="two", now=EPOCH + timedelta(days=1))
    assert [case.since for case in quarantine.open_cases(db)] == [EPOCH]


def test_what_is_rejected_no_more_is_resolved(db: Any) -> None:
    ensure(db)
    quarantine.put(db, [LINE, WHOLE], "/drops/a.jsonl", run_id="one", now=EPOCH)
    quarantine.put(db, [WHOLE], "/drops/a.jsonl", run_id="two", now=EPOCH)
    quarantine.settle(db, [DROP], run_id="two")
    assert [case.rejection for case in quarantine.open_cases(db)] == [WHOLE]


def test_text_that_is_not_unicode_is_stored_readably(db: Any) -> None:
    ensure(db)
    quarantine.put(
        db, [Rejection(DROP, 0, Step.READ, Reason.BROKEN_JSON, "bad \ud800")], "/drops/a", run_id="one", now=EPOCH
    )
    assert quarantine.open_cases(db)[0].rejection.detail == "bad ?"
