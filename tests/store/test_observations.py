"""Observations of sources and the alarms that follow, in every store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import ensure, observations
from store.drift import Kind, Moments, Observation
from store.observations import Alarm
from tests.builders import EPOCH, a_document, an_entity
from transforms.document import BoilerplateSpan, Encoding, Publication

DAY = timedelta(days=1)


def some(documents: int = 30, length: float = 7.0) -> Observation:
    means = {Kind.LENGTH: Moments(documents, documents * length, documents * (length**2 + 0.1))}
    return Observation(documents, 0, means, {Kind.LANGUAGE: {"be": documents}})


def a_run(db: Any, day: float, length: float = 7.0, source: str = "a.example") -> list[Alarm]:
    """A run on a day that finds something new of the source, and whose changes are told."""
    now = EPOCH + day * DAY
    observations.add(db, {source: some(length=length)}, token=f"{day}", now=now)
    return told(db, now)


def told(db: Any, now: datetime) -> list[Alarm]:
    observations.watch(db, now)
    changes = observations.untold(db)
    for alarm in changes:
        observations.told(db, alarm)
    assert observations.untold(db) == []
    return changes


def test_a_document_is_observed() -> None:
    text = "Тэкст пра Мінск. " * 20
    document = a_document(
        text=text,
        entities=(an_entity("Мінск", *((17 * place + 10, "Мінск") for place in range(20))),),
        boilerplate=(BoilerplateSpan(0, len(text), "navigation"),),
        published=Publication(EPOCH, "second", "json-ld"),
    )
    seen = observations.observe(document, EPOCH + timedelta(hours=1))
    assert (seen.documents, seen.rejected) == (1, 0)
    means = {kind: moments.mean for kind, moments in seen.means.items()}
    assert means[Kind.CUT] == 0.5
    assert means[Kind.NAMES] == pytest.approx(1000 / 17)
    assert means[Kind.DELAY] == pytest.approx(0.693, abs=0.001)
    assert (means[Kind.UNDATED], means[Kind.REJECTED]) == (0, 0)
    assert seen.mixes == {Kind.LANGUAGE: {"be": 1}, Kind.ENCODING: {"utf-8": 1}}


def test_what_is_not_known_is_not_observed() -> None:
    odd = Encoding("x.y$z", "score")
    document = a_document(text="Кароткі.", provenance=replace(a_document().provenance, entity_model=None, encoding=odd))
    seen = observations.observe(document, EPOCH)
    assert Kind.NAMES not in seen.means
    assert Kind.DELAY not in seen.means
    assert seen.means[Kind.UNDATED].mean == 1
    assert seen.mixes[Kind.ENCODING] == {"x_y_z": 1}


def test_days_add_up_and_nothing_counts_twice(db: Any) -> None:
    ensure(db)
    news = {"a.example": some(3), "b.example": some(5)}
    observations.add(db, news, token="one", now=EPOCH)
    observations.add(db, news, token="one", now=EPOCH)
    observations.add(db, {"a.example": some(4) + observations.rejected(2)}, token="two", now=EPOCH + DAY / 2)
    observations.add(db, {"a.example": some(1)}, token="three", now=EPOCH + DAY)
    days = observations.days_of(db, "a.example")
    assert list(days) == [EPOCH, EPOCH + DAY]
    first = days[EPOCH]
    assert (first.documents, first.rejected, first.means[Kind.LENGTH].count) == (7, 2, 7)
    assert first.means[Kind.REJECTED].count == 2
    assert first.mixes == {Kind.LANGUAGE: {"be": 7}}
    assert observations.days_of(db, "b.example")[EPOCH].documents == 5


def test_an_alarm_is_told_once_when_it_begins_and_once_when_it_is_over(db: Any) -> None:
    ensure(db)
    for day in range(20):
        assert a_run(db, day, 7 + 0.02 * (day % 3)) == []
    (alarm,) = a_run(db, 20, 5.0)
    assert (alarm.source, alarm.kind, alarm.since, alarm.over_at) == ("a.example", Kind.LENGTH, EPOCH + 20 * DAY, None)
    assert "148 characters (usually " in alarm.what
    assert a_run(db, 20.5, 5.0) == []
    assert a_run(db, 21, 5.0) == []
    (standing,) = observations.standing(db)
    assert (standing.kind, standing.since) == (Kind.LENGTH, alarm.since)
    (over,) = a_run(db, 22, 7.0)
    assert (over.kind, over.since, over.over_at) == (Kind.LENGTH, alarm.since, EPOCH + 22 * DAY)
    assert observations.standing(db) == []


def test_a_change_that_nobody_was_told_is_told_by_the_next_run(db: Any) -> None:
    ensure(db)
    for day in range(20):
        a_run(db, day)
    observations.add(db, {"a.example": some(length=4.0)}, token="x", now=EPOCH + 20 * DAY)
    observations.watch(db, EPOCH + 20 * DAY)
    (first,) = observations.untold(db)
    (again,) = told(db, EPOCH + 21 * DAY)
    assert first.key == again.key


def test_silence_is_noticed_by_a_run_that_finds_nothing(db: Any) -> None:
    ensure(db)
    for day in range(20):
        a_run(db, day)
    assert told(db, EPOCH + 20.2 * DAY) == [], "a day and a bit is no silence"
    (alarm,) = told(db, EPOCH + 21.1 * DAY)
    assert (alarm.kind, alarm.what) == (Kind.SILENCE, "nothing new for 2 days (usually within 36 hours)")
    assert told(db, EPOCH + 22 * DAY) == []
    (over,) = a_run(db, 23)
    assert (over.kind, over.over_at) == (Kind.SILENCE, EPOCH + 23 * DAY)
    assert observations.standing(db) == []


def test_a_run_that_finds_nothing_new_writes_nothing(db: Any) -> None:
    ensure(db)
    for day in range(20):
        a_run(db, day)
    before = [list(db.observations.find()), list(db.drift.find())]
    assert told(db, EPOCH + 20 * DAY) == []
    assert [list(db.observations.find()), list(db.drift.find())] == before


def test_what_is_kept_of_a_source_is_bounded(db: Any) -> None:
    ensure(db)
    for day in range(observations.MAX_DAYS + 5):
        observations.add(db, {"a.example": some()}, token=f"{day}", now=EPOCH + day * DAY)
    observations.watch(db, EPOCH + observations.MAX_DAYS * DAY)
    assert len(observations.days_of(db, "a.example")) == observations.MAX_DAYS
    later = EPOCH + observations.FORGOTTEN_AFTER + 200 * DAY
    observations.add(db, {"b.example": some()}, token="late", now=later)
    observations.watch(db, later)
    assert observations.days_of(db, "a.example") == {}
    assert [record["_id"] for record in db.drift.find()] == ["b.example"]


def test_who_adds_while_a_source_is_judged_is_not_lost(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(db)
    a_run(db, 1)
    observations.add(db, {"a.example": some()}, token="two", now=EPOCH + 2 * DAY)
    days_of = observations.days_of

    def meanwhile(*arguments: Any) -> Any:
        found = days_of(*arguments)
        observations.add(db, {"a.example": some()}, token="three", now=EPOCH + 2 * DAY)
        return found

    monkeypatch.setattr(observations, "days_of", meanwhile)
    observations.watch(db, EPOCH + 2 * DAY)
    monkeypatch.undo()
    record = db.drift.find_one({"_id": "a.example"})
    assert "mark" in record, "the next run judges it again"
    observations.watch(db, EPOCH + 2 * DAY)
    assert "mark" not in db.drift.find_one({"_id": "a.example"})


def test_an_erased_source_is_forgotten(db: Any) -> None:
    ensure(db)
    a_run(db, 1)
    a_run(db, 1, source="b.example")
    observations.forget(db, ["a.example"])
    assert [record["source"] for record in db.observations.find()] == ["b.example"]
    assert [record["_id"] for record in db.drift.find()] == ["b.example"]


def test_an_alarm_for_programs_says_what_to_do() -> None:
    alarm = Alarm("a", Kind.CUT, datetime(2026, 1, 1, tzinfo=UTC), 0.5, -0.1, 0.3, "50%")
    shown = observations.as_json(alarm)
    assert (shown["kind"], shown["usual"]) == ("cut", "0% to 30%")
    assert "preview" in shown["to_do"]
