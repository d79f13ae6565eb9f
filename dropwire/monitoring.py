"""What makes a process that serves healthy and ready, and the endpoints that say so."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from dropwire import prefect_state
from dropwire.endpoints import Address, Probe, Probes, endpoints
from dropwire.metrics import registry
from flows.logs import clean
from store import open_store
from store.connection import Record

# Whoever asks for readiness gives up after some seconds.
STORE_WITHIN_S = 2.0
# A loop that says nothing for so long is stuck: its beats are a second apart.
MOST_SILENCE_S = 60.0
# An answer of Prefect's about schedules is good for so long: probes come every few seconds, each would cost it a query.
PREFECT_AGE_S = 10.0


class Pulse:
    """The beats of something that must go on. Before the first one, and while it rests, it may be silent."""

    def __init__(self, most_silence_s: float = MOST_SILENCE_S, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_silence_s = most_silence_s
        self._clock = clock
        self._heard_at: float | None = None

    def beat(self) -> None:
        """It goes on."""
        self._heard_at = self._clock()

    def rest(self) -> None:
        """It is silent on purpose, until it beats again."""
        self._heard_at = None

    def probe(self) -> str | None:
        """For how long it has been silent, if for too long."""
        silent_s = 0.0 if self._heard_at is None else self._clock() - self._heard_at
        return f"stuck for {silent_s:.0f} s" if silent_s > self._most_silence_s else None


class Remembered:
    """A probe whose answer is used again for some seconds, and asked for by one thread at a time."""

    def __init__(self, probe: Probe, good_for_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._probe = probe
        self._good_for_s = good_for_s
        self._clock = clock
        self._lock = threading.Lock()
        self._answer: str | None = None
        self._asked_at: float | None = None

    def __call__(self) -> str | None:
        """The answer of now or of a moment ago."""
        with self._lock:
            if self._asked_at is None or self._clock() - self._asked_at >= self._good_for_s:
                self._answer = self._probe()
                self._asked_at = self._clock()
            return self._answer


def store_probe(db: Database[Record]) -> Probe:
    """Whether the store answers."""

    def probe() -> str | None:
        try:
            with pymongo.timeout(STORE_WITHIN_S):
                db.command("ping")
        except PyMongoError as error:
            return clean(f"does not answer: {type(error).__name__}")
        return None

    return probe


def prefect_probe(api: Callable[[], str | None]) -> Probe:
    """Whether Prefect's server answers and follows the schedule; `api` gives its URL, None while there is none."""

    def probe() -> str | None:
        url = api()
        if url is None:
            return "no server yet"
        try:
            found = prefect_state.read_deployments(url)
        except OSError as error:
            return f"does not answer: {error}"
        if not any(each.scheduled for each in found):
            return "there is no deployment with a schedule"
        resting = [each.name for each in found if each.rests]
        return f"the schedule is paused: {', '.join(resting)}" if resting else None

    return Remembered(probe, PREFECT_AGE_S)


@contextmanager
def monitored(
    listen: Address | None,
    uri: str,
    pulse: Pulse,
    api: Callable[[], str | None],
    announce: Callable[[dict[str, str]], None],
) -> Iterator[None]:
    """Have the endpoints at `listen`, if anywhere, for as long as the block lasts. Raises ListenError."""
    if listen is None:
        yield
        return
    with open_store(uri) as db:
        probes = Probes(
            health={"serve": pulse.probe}, readiness={"store": store_probe(db), "prefect": prefect_probe(api)}
        )
        with endpoints(listen, probes, registry(db)) as at:
            announce({"metrics": f"{at.url}/metrics"})
            yield


@contextmanager
def store_metrics(listen: Address, uri: str) -> Iterator[Address]:
    """Have the endpoints in a process that only tells of the store: ready when that answers. Raises ListenError."""
    with open_store(uri) as db:
        probes = Probes(health={}, readiness={"store": store_probe(db)})
        with endpoints(listen, probes, registry(db)) as at:
            yield at
