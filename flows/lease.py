"""Leases that last as long as the work: a heartbeat beside it, and an end of the work where the lease is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from store import ledger
from store.connection import Record
from store.ledger import LEASE, Holder

# Two renewals in a row may get lost before a lease does.
INTERVAL_S = LEASE.total_seconds() / 3
# After a renewal that did not get through: a store that is back is noticed soon, one that is away is not flooded.
RETRY_S = 5.0
# A renewal takes milliseconds. It must not hang for as long as a dead connection does, since the end of the work
# waits for it.
TIMEOUT_S = 10.0

# Goes on while the machine sleeps: who wakes up after hours must know that the lease may be gone. Not on every system.
_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseLostError(RuntimeError):
    """Somebody else has taken the drop over, and accounts for it: its work stops here."""


def seconds_on_any_day() -> float:
    """A clock that never goes back and does not stop while the machine sleeps, s."""
    return time.clock_gettime(_CLOCK)


@contextmanager
def heartbeat(beat: Callable[[], bool], interval_s: float, retry_s: float = RETRY_S) -> Iterator[None]:
    """Call `beat` every `interval_s` seconds beside the block, until it says False. No thread is left behind.

    A beat that the store does not take is tried again after `retry_s`.
    """
    over = threading.Event()

    def run() -> None:
        pause = interval_s
        while not over.wait(pause):
            try:
                with pymongo.timeout(TIMEOUT_S):
                    if not beat():
                        return
                pause = interval_s
            except PyMongoError:
                pause = min(retry_s, interval_s)

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Lease:
    """The lease on a claimed drop, as its worker sees it. Not used but by `leased`, the worker and its heartbeat."""

    def __init__(
        self,
        db: Database[Record],
        drop_id: str,
        holder: Holder,
        *,
        interval_s: float = INTERVAL_S,
        clock: Callable[[], float] = seconds_on_any_day,
    ) -> None:
        self._db = db
        self._drop_id = drop_id
        self._holder = holder
        self._interval_s = interval_s
        self._clock = clock
        self._known_at = clock()
        self._items_done = 0
        self._lost = False
        # The worker and the heartbeat renew one after the other, so that `items_done` never goes back.
        self._lock = threading.Lock()

    def renew(self) -> bool:
        """Renew it now. False if it is lost. Raises PyMongoError where the store does not say."""
        with self._lock:
            asked_at = self._clock()
            if not self._lost:
                self._lost = not ledger.renew(self._db, self._drop_id, self._holder, items_done=self._items_done)
                self._known_at = asked_at
            return not self._lost

    def advance(self, items_done: int) -> None:
        """Record how far the work is. Raises LeaseLostError if somebody else does it now."""
        self._items_done = items_done
        self._insist(self.renew())

    def check(self) -> None:
        """Before each write: is the drop ours still? Raises LeaseLostError where not, PyMongoError where nobody knows.

        The store is asked only where the heartbeat is overdue: this process, or the machine, stood still.
        """
        overdue = self._clock() - self._known_at > self._interval_s + RETRY_S
        self._insist(self.renew() if overdue else not self._lost)

    def _insist(self, ours: bool) -> None:
        if not ours:
            raise LeaseLostError(f"drop {self._drop_id} was taken over by somebody else, who goes on with it")


@contextmanager
def leased(db: Database[Record], drop_id: str, holder: Holder, *, interval_s: float = INTERVAL_S) -> Iterator[Lease]:
    """Keep the lease on a drop that was claimed just now, for as long as the block lasts.

    A block that ends in an error gives the drop back, so that the next run takes it at once and does not count us as
    dead. The exception is LeaseLostError: the drop is somebody else's.
    """
    lease = Lease(db, drop_id, holder, interval_s=interval_s)
    try:
        with heartbeat(lease.renew, interval_s):
            yield lease
    except LeaseLostError:
        raise
    except BaseException:
        # If the store does not hear it, the lease runs out, or the next run sees that we are gone.
        with suppress(PyMongoError), pymongo.timeout(TIMEOUT_S):
            ledger.release(db, drop_id, holder)
        raise
