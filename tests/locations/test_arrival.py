"""When a file is complete: it was left alone for a while, and its marker is there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locations import Entry, Location, target_of
from locations.arrival import Arrival, Readiness

NOW = 1_800_000_000.0


class Clocks:
    def __init__(self) -> None:
        self.wall = NOW
        self.timer = 0.0


def an_arrival(clocks: Clocks, folder: str = ".", **said: object) -> Arrival:
    location = Location(folder, **said)  # type: ignore[arg-type]
    return Arrival(location, target_of(location), clock=lambda: clocks.wall, timer=lambda: clocks.timer)


def an_entry(age: float) -> Entry:
    changed = int((NOW - age) * 10**9)
    return Entry("/nowhere/a.txt", "a.txt", 1, 0, changed)


@given(st.floats(-1e6, 1e6), st.floats(0, 1000))
def test_what_was_left_alone_is_complete_and_nobody_waits_longer_than_that(age: float, settle: float) -> None:
    arrival = an_arrival(Clocks(), settle_seconds=settle)
    first = arrival.first(an_entry(age))
    if settle == 0 or age > settle + 1e-3:
        assert (first, arrival.pause) == (Readiness.COMPLETE, 0)
    elif age < settle - 1e-3:
        assert first is Readiness.YOUNG
        assert 0 < arrival.pause <= settle


def test_the_pause_is_that_of_the_youngest_and_passes_while_others_are_read() -> None:
    clocks = Clocks()
    arrival = an_arrival(clocks, settle_seconds=5)
    for age in (4, 1, 3):
        assert arrival.first(an_entry(age)) is Readiness.YOUNG
    assert arrival.pause == pytest.approx(4)
    clocks.timer = 3
    clocks.wall = 0  # the clock on the wall may be set meanwhile
    assert arrival.pause == pytest.approx(1)
    clocks.timer = 60
    assert arrival.pause == 0


def test_the_second_look_decides(workdir: Path) -> None:
    from locations import Notes

    clocks = Clocks()
    clocks.wall = 0  # everything is in the future
    (workdir / "a.txt").write_text("a")
    arrival = an_arrival(clocks, settle_seconds=5)
    (entry,) = target_of(Location(".")).walk(Notes(lambda *_: None, lambda _: None))
    assert arrival.first(entry) is Readiness.YOUNG
    assert arrival.again(entry) is Readiness.COMPLETE
    (workdir / "a.txt").write_text("and more")
    assert arrival.again(entry) is Readiness.INCOMPLETE
    (workdir / "a.txt").unlink()
    assert arrival.again(entry) is Readiness.INCOMPLETE


@pytest.mark.parametrize(("marker", "name"), [("_SUCCESS", "_SUCCESS"), ("{name}.done", "a.txt.done")])
def test_a_marker_says_that_it_is_complete(workdir: Path, marker: str, name: str) -> None:
    entry = Entry(str(workdir / "a.txt"), "a.txt", 1, 0, 0)
    assert an_arrival(Clocks(), done_marker=marker).first(entry) is Readiness.INCOMPLETE
    (workdir / name).touch()
    assert an_arrival(Clocks(), done_marker=marker).first(entry) is Readiness.COMPLETE
