"""What arrives in a watched folder has a run, soon and once."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropwire.watching import LONGEST_WAIT_S, Arrivals, Watcher, is_arrival, watchable
from locations import Location, target_of

QUIET_S = 5.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_run_is_due_when_nothing_has_changed_for_a_while() -> None:
    clock = Clock()
    arrivals = Arrivals(QUIET_S, clock=clock)
    assert not arrivals.due
    arrivals.note()
    assert not arrivals.due
    clock.now += QUIET_S - 1
    arrivals.note()
    clock.now += QUIET_S - 1
    assert not arrivals.due
    clock.now += 1
    assert arrivals.due
    arrivals.seen_by_run(clock.now)
    assert not arrivals.due


def test_what_never_gets_quiet_is_due_once_a_minute() -> None:
    clock = Clock()
    arrivals = Arrivals(QUIET_S, clock=clock)
    due_after = []
    for second in range(181):
        arrivals.note()
        if arrivals.due:
            due_after.append(second)
            arrivals.seen_by_run(clock.now)
        clock.now += 1
    assert due_after == [60, 121]


def test_what_arrives_while_a_run_lists_is_not_forgotten() -> None:
    clock = Clock()
    arrivals = Arrivals(QUIET_S, clock=clock)
    arrivals.note()
    clock.now += 10
    began = clock.now
    clock.now += 1
    arrivals.note()
    arrivals.seen_by_run(began)
    clock.now += QUIET_S
    assert arrivals.due


@given(st.lists(st.tuples(st.floats(0.1, 100), st.sampled_from(["arrives", "run"])), max_size=50))
def test_no_arrival_waits_longer_than_it_must_and_none_is_seen_twice(history: list[tuple[float, str]]) -> None:
    clock = Clock()
    arrivals = Arrivals(QUIET_S, clock=clock)
    waits_since: float | None = None
    for pause, what in history:
        clock.now += pause
        if waits_since is None:
            assert not arrivals.due
        elif clock.now - waits_since >= LONGEST_WAIT_S:
            assert arrivals.due
        if what == "arrives":
            arrivals.note()
            waits_since = clock.now if waits_since is None else waits_since
        else:
            arrivals.seen_by_run(clock.now)
            waits_since = None


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        ("drops", "drops/a.txt", True),
        ("drops", "drops/.a.txt.swp", False),
        ("drops", "drops/a.txt.part", False),
        ("drops", "elsewhere/a.txt", False),
        ("drops", "drops/below/a.txt", False),
        ("drops/*.html", "drops/a.txt", False),
        ("drops/**/*.html", "drops/below/a.html", True),
        ("drops/a.txt", "drops/a.txt", True),
        ("drops/a.txt", "drops/b.txt", False),
        # A folder that was moved here brings its files without a word about them.
        ("drops/**", "drops/below", True),
    ],
)
def test_what_can_bring_a_drop(workdir: Path, url: str, path: str, expected: bool) -> None:
    (workdir / "drops" / "below").mkdir(parents=True)
    location = Location(url)
    assert is_arrival(location, target_of(location), str(workdir / path)) is expected


def test_a_marker_can_bring_drops(workdir: Path) -> None:
    (workdir / "drops").mkdir()
    location = Location("drops", done_marker="_SUCCESS")
    assert is_arrival(location, target_of(location), str(workdir / "drops" / "_SUCCESS"))


def test_what_is_not_on_this_machine_is_not_watched() -> None:
    assert watchable([Location("drops"), Location("s3://bucket/drops")]) == [Location("drops")]


async def _watch(watcher: Watcher, arrivals: Arrivals, happenings: list[str], folder: Path) -> None:
    """Let things happen one after the other, each when the one before was noticed."""
    running = asyncio.create_task(watcher.run())
    try:
        for name in happenings:
            while not arrivals.due:
                # Again and again: the first ones may come before the folder is being watched.
                (folder / name).parent.mkdir(exist_ok=True, parents=True)
                (folder / name).write_text(f"{asyncio.get_running_loop().time()}")
                await asyncio.sleep(0.1)
            arrivals.seen_by_run(arrivals.now)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_files_are_noticed_also_in_a_folder_that_comes_later(workdir: Path) -> None:
    arrivals = Arrivals(0.0)
    said: list[str] = []
    watcher = Watcher(Location("drops/**/*.txt"), arrivals, said.append)
    happenings = ["a.txt", "below/b.txt", "c.txt"]
    asyncio.run(asyncio.wait_for(_watch(watcher, arrivals, happenings, workdir / "drops"), 60))
    assert said == []
