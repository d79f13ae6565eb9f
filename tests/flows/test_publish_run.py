"""What Prefect is told of the sources: an event when one drifts, and another when that is over."""

from typing import Any

import pytest

from store import ensure, observations, runs
from store.ledger import Holder
from tests.builders import EPOCH
from tests.store.test_observations import DAY, some
from transforms.document import WriteReport


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The events that are emitted."""
    from flows import publish_run

    emitted: list[Any] = []
    monkeypatch.setattr(publish_run, "emit_event", lambda *event, **facts: emitted.append((event[0], facts)))
    return emitted


def a_run_ends(db: Any, day: int) -> None:
    """A run on this day ends, and is published; its changes of alarms are there already."""
    from prefect import flow

    from flows.publish_run import publish_run

    def ends() -> None:
        publish_run(db, run_id)

    run_id = f"run {day}"
    runs.start(db, run_id, flow="f", holder=Holder.this_process(), parameters={}, versions={}, now=EPOCH)
    runs.complete(db, run_id, items=0, counts=WriteReport(), reasons={}, seconds={}, now=EPOCH)
    observations.watch(db, EPOCH + day * DAY)
    flow(name="ends")(ends)()


def test_an_event_is_emitted_once_for_an_alarm_and_once_for_its_end(
    prefect_server: str, embedded_db: Any, events: list[Any]
) -> None:
    db = embedded_db
    ensure(db)
    for day in range(20):
        observations.add(db, {"a.example": some()}, token=f"{day}", now=EPOCH + day * DAY)
        observations.watch(db, EPOCH + day * DAY)
    observations.add(db, {"a.example": some(length=4.0)}, token="short", now=EPOCH + 20 * DAY)
    a_run_ends(db, 20)
    ((name, facts),) = events
    assert name == "dropwire.source.drifted"
    assert facts["resource"]["prefect.resource.id"] == "dropwire.source.a.example"
    assert (facts["payload"]["kind"], facts["payload"]["run_id"]) == ("length", "run 20")
    assert facts["payload"]["usual"].endswith("characters")

    a_run_ends(db, 20)
    assert len(events) == 1
    observations.add(db, {"a.example": some()}, token="long", now=EPOCH + 21 * DAY)
    a_run_ends(db, 21)
    assert [name for name, _ in events] == ["dropwire.source.drifted", "dropwire.source.recovered"]
    assert events[0][1]["id"] != events[1][1]["id"]


def test_what_prefect_does_not_take_is_told_by_the_next_run(
    prefect_server: str, embedded_db: Any, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import publish_run

    db = embedded_db
    ensure(db)
    for day in range(20):
        observations.add(db, {"a.example": some()}, token=f"{day}", now=EPOCH + day * DAY)
        observations.watch(db, EPOCH + day * DAY)
    observations.add(db, {"a.example": some(length=4.0)}, token="short", now=EPOCH + 20 * DAY)

    def refuses(**_: Any) -> None:
        raise OSError("no server")

    with monkeypatch.context() as broken:
        broken.setattr(publish_run, "create_markdown_artifact", refuses)
        a_run_ends(db, 20)
    assert events == []
    a_run_ends(db, 20)
    assert len(events) == 1
