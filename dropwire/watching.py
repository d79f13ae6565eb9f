"""Notices that files arrive in the local locations, so that nobody waits for the schedule (`serve --watch`).

Nothing depends on it: what it does not see (network file systems, which tell of their own machine's writes alone, or a
limit of the kernel), the next scheduled run finds.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import watchfiles

from locations import Location, Target, target_of
from locations.listing import waits_by_name
from locations.local import LocalTarget

# A file that is written for hours causes a run a minute, each of which finds it unfinished, and no more.
LONGEST_WAIT_S = 60.0
# How often to look whether the folder is still the one that is being watched.
_LOOK_S = 5.0


class Arrivals:
    """What arrived since the last run began, as two moments: it takes no memory however much arrives.

    `quiet_s` is for how long nothing may have changed before a run is worth it, s. The clock never goes back.
    """

    def __init__(self, quiet_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet_s = quiet_s
        self._clock = clock
        self._first: float | None = None
        self._last = 0.0

    def note(self) -> None:
        """Something arrived just now."""
        self._last = self._clock()
        if self._first is None:
            self._first = self._last

    def seen_by_run(self, began: float) -> None:
        """Forget what arrived before a run that began at this moment of the clock, or later: it lists that."""
        if self._first is None or self._last <= began:
            self._first = None
        else:
            self._first = max(self._first, began)

    @property
    def now(self) -> float:
        """The moment on the clock."""
        return self._clock()

    @property
    def due(self) -> bool:
        """Whether a run should begin: something arrived, and nothing has changed for a while or it has been long."""
        if self._first is None:
            return False
        now = self._clock()
        return now - self._last >= self._quiet_s or now - self._first >= LONGEST_WAIT_S


class Watcher:
    """Watches one local location for as long as `run` goes on."""

    def __init__(self, location: Location, arrivals: Arrivals, notify: Callable[[str], None]) -> None:
        self._location = location
        self._arrivals = arrivals
        self._notify = notify

    async def run(self) -> None:
        """Note what arrives. Where the folder goes, or is put in another's place, wait for it and go on."""
        again = told = False
        while True:
            try:
                async for _ in self._changes(again=again):
                    self._arrivals.note()
            except (OSError, ValueError, RuntimeError) as error:
                if not told:
                    self._notify(
                        f"{self._location.printable} cannot be watched ({error}): what arrives there waits for the "
                        "schedule"
                    )
                told = True
            again = True
            await asyncio.sleep(_LOOK_S)

    async def _changes(self, *, again: bool) -> AsyncIterator[None]:
        """One value each time that drops arrived; ends when the folder is not what it was."""
        target = target_of(self._location)
        folder = target.base if isinstance(target, LocalTarget) else ""
        watched = _identity(folder)
        if watched is None:
            return
        deep = isinstance(target, LocalTarget) and target.wanted is not None and not target.wanted.is_plain
        changes = watchfiles.awatch(
            folder,
            watch_filter=None,
            recursive=deep,
            rust_timeout=int(_LOOK_S * 1000),
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        if again:
            # What arrived while nobody watched.
            yield
        async for batch in changes:
            arrived = (path for change, path in batch if change is not watchfiles.Change.deleted)
            if any(is_arrival(self._location, target, path) for path in arrived):
                yield
            if _identity(folder) != watched:
                return


def is_arrival(location: Location, target: Target, path: str) -> bool:
    """Whether a path that appeared or changed can bring a drop: a drop, a done-marker, or a folder with some in it."""
    name = os.path.basename(path)  # noqa: PTH119 - called for each of many paths
    if location.is_marker(name):
        return True
    if waits_by_name(name):
        return False
    return target.relative(path) is not None or Path(path).is_dir()


def watchable(locations: Sequence[Location]) -> list[Location]:
    """Those of the locations that lie on this machine."""
    return [location for location in locations if not location.protocol]


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)  # noqa: PTH116 - may be the empty string
    except OSError:
        return None
    return status.st_dev, status.st_ino
