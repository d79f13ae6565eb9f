"""Whether a file is complete, or somebody may still be writing it."""

import time
from collections.abc import Callable
from enum import Enum, auto

from locations import protocols
from locations.listing import Entry
from locations.location import Location
from locations.remote import RemoteTarget
from locations.target import Target

_NANOSECONDS = 10**9


class Readiness(Enum):
    """What can be said of a file: read it, look again in a while, or leave it for the next run."""

    COMPLETE = auto()
    YOUNG = auto()
    INCOMPLETE = auto()


class Arrival:
    """The rules of one location, for one run. `pause` is for how long to wait before looking `again`, s.

    The clocks are the machine's; tests bring their own.
    """

    def __init__(
        self,
        location: Location,
        target: Target,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._location = location
        self._target = target
        self._clock = clock
        self._timer = timer
        atomic = isinstance(target, RemoteTarget) and target.protocol in protocols.ATOMIC
        self._settle_s = 0.0 if atomic else location.settle_seconds
        # When, by the timer, the youngest of the young files will have been left alone for long enough.
        self._until: float | None = None
        self._folder: tuple[str, bool] | None = None

    @property
    def pause(self) -> float:
        """Seconds to wait before the young files are looked at again."""
        return 0.0 if self._until is None else max(0.0, self._until - self._timer())

    def first(self, entry: Entry) -> Readiness:
        """Look at a file for the first time in this run."""
        if not self._is_marked(entry):
            return Readiness.INCOMPLETE
        age = self._clock() - entry.changed_ns / _NANOSECONDS
        # Also what was changed in the future: by a clock that is ahead of ours.
        if age >= self._settle_s or not self._settle_s:
            return Readiness.COMPLETE
        until = self._timer() + min(self._settle_s - age, self._settle_s)
        self._until = until if self._until is None else max(self._until, until)
        return Readiness.YOUNG

    def again(self, entry: Entry) -> Readiness:
        """Look at a young file once more, after the pause."""
        try:
            now = self._target.look_again(entry)
        except (OSError, OverflowError):
            return Readiness.COMPLETE  # who opens it will say what is wrong with it
        return Readiness.COMPLETE if now == entry else Readiness.INCOMPLETE

    def _is_marked(self, entry: Entry) -> bool:
        """Whether the done-marker is there, where the location has one."""
        folder, _, name = entry.location.rpartition("/")
        marker = self._location.marker_of(name)
        if marker is None:
            return True
        path = f"{folder}/{marker}"
        if self._folder is None or self._folder[0] != path:
            try:
                self._folder = path, self._target.exists(path)
            except OSError:
                return False
        return self._folder[1]
