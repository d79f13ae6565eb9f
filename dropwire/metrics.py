"""Metrics for Prometheus: what the store says, read when somebody asks, within a time limit.

Each part is read beside the others, in a thread, and not again before it is due: counting 100,000 documents takes the
embedded store seconds. Who asks gets what is there after `ANSWER_WITHIN_S`; what is late is there the next time. So a
store that hangs makes metrics old or missing, and says so, but never makes who asks wait.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pymongo
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from pymongo.database import Database
from pymongo.errors import PyMongoError

from store import observations
from store.connection import Record, StoreError
from store.drift import Kind
from store.queries import counts_by
from store.tally import DocumentCounts, Runs, RunTally, count_documents, count_drops
from transforms import versions

# Prometheus gives up after 10 s by default.
ANSWER_WITHIN_S = 3.0
# What takes longer is given up, and tried again when it is due.
READ_WITHIN_S = 60.0
# The store works for us for a twentieth of the time at most.
REST = 20
# Each value of a label is a time series of its own: of what senders name, there are that many and `_other`.
MOST_VALUES = 50
OTHER = "_other"

Families = Iterable[Metric]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is read together: its name, how it is read, what is shown of it.

    It is due again after `due_after_s`, and given up after `within_s`.
    """

    name: str
    read: Callable[[Database[Record]], Any]
    show: Callable[[Any], Families]
    due_after_s: float
    within_s: float = READ_WITHIN_S


class _Reading:
    """A part as it was read last. Only one thread at a time reads it."""

    def __init__(self, part: Part, clock: Callable[[], float]) -> None:
        self.part = part
        self.ok = False
        self.value: Any = None
        self.read_at: float | None = None
        self._took_s = 0.0
        self._tried_at: float | None = None
        self._clock = clock
        self._busy = threading.Lock()
        self._done = threading.Event()

    def refresh(self, db: Database[Record]) -> None:
        """Have it read in a thread, if it is due and nobody reads it yet."""
        wait = max(self.part.due_after_s, REST * self._took_s)
        if self._tried_at is not None and self._clock() - self._tried_at < wait:
            return
        if self._busy.acquire(blocking=False):
            self._done.clear()
            threading.Thread(target=self._read, args=(db,), name=f"metrics-{self.part.name}", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait until nobody reads it any more; False where that takes longer."""
        return (self._tried_at is not None and not self._busy.locked()) or self._done.wait(max(seconds, 0.0))

    def _read(self, db: Database[Record]) -> None:
        began = self._clock()
        value, ok = None, False
        try:
            with pymongo.timeout(self.part.within_s):
                value, ok = self.part.read(db), True
            self.read_at = self._clock()
        except (PyMongoError, StoreError):
            pass  # `dropwire_part_up` says so
        finally:
            self.value, self.ok = value, ok
            self._tried_at = self._clock()
            self._took_s = self._tried_at - began
            self._busy.release()
            self._done.set()


class StoreCollector(Collector):
    """What the store says, as metric families."""

    def __init__(
        self,
        db: Database[Record],
        parts: Iterable[Part] | None = None,
        *,
        answer_within_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answer_within_s = answer_within_s
        self._db = db
        self._clock = clock
        self._readings = [_Reading(part, clock) for part in (default_parts() if parts is None else parts)]

    def describe(self) -> Families:
        """Nothing: to register us must not read the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The families, of now where the store answers in time, else as they were read last."""
        give_up_at = time.monotonic() + (ANSWER_WITHIN_S if self._answer_within_s is None else self._answer_within_s)
        for reading in self._readings:
            reading.refresh(self._db)
        up = _gauge("dropwire_part_up", "Whether this part of the metrics could be read from the store.", "part")
        age = _gauge("dropwire_part_age_seconds", "How long ago this part was read.", "part")
        for reading in self._readings:
            in_time = reading.wait(give_up_at - time.monotonic())
            name = reading.part.name
            # The store is up if it answers now; numbers of a minute ago are worth having still.
            fresh = in_time or name != "store"
            up.add_metric([name], float(reading.ok and fresh))
            if reading.read_at is not None:
                age.add_metric([name], round(max(self._clock() - reading.read_at, 0.0), 3))
            value = reading.value if reading.ok and fresh else None
            if value is not None or name == "store":
                yield from reading.part.show(value)
        yield up
        yield age


def default_parts() -> tuple[Part, ...]:
    """What is shown of a store: a table, one line a part."""
    tally = RunTally()
    return (
        Part("store", _ping, _show_store, 0, ANSWER_WITHIN_S),
        Part("runs", tally.read, _show_runs, 5),
        Part("drops", count_drops, _show_drops, 15),
        Part("quarantine", _count_quarantine, _show_quarantine, 15),
        Part("drift", _count_drift, _show_drift, 60),
        Part("documents", count_documents, _show_documents, 60),
    )


def registry(db: Database[Record], *, patient: bool = False) -> CollectorRegistry:
    """A registry of our own, without what other libraries put into the global one.

    It is read once where it is `patient`, and then waits for all there is.
    """
    made = CollectorRegistry()
    made.register(StoreCollector(db, answer_within_s=READ_WITHIN_S if patient else None))
    made.register(_Build())
    # Memory, CPU time, open files of this process; Linux only.
    ProcessCollector(registry=made)
    return made


def as_json(collectors: CollectorRegistry) -> dict[str, Any]:
    """The metrics for programs: by name, the kind, and each value with its labels."""
    return {
        family.name: {
            "type": family.type,
            "help": family.documentation,
            "values": [{"labels": sample.labels, "value": sample.value} for sample in family.samples],
        }
        for family in collectors.collect()
    }


class _Build(Collector):
    def collect(self) -> Families:
        family = GaugeMetricFamily(
            "dropwire_build_info",
            "The versions of Dropwire and its pipeline; always 1.",
            labels=["version", "pipeline"],
        )
        family.add_metric([version("dropwire"), versions.PIPELINE], 1)
        return [family]


def _ping(db: Database[Record]) -> float:
    began = time.perf_counter()
    db.command("ping")
    return time.perf_counter() - began


def _count_quarantine(db: Database[Record]) -> dict[str, int]:
    return counts_by(db.quarantine, "reason", index="reason", state="open")


def _count_drift(db: Database[Record]) -> Counter[str]:
    return Counter(alarm.kind.value for alarm in observations.standing(db))


def _show_drift(kinds: Mapping[str, int]) -> Families:
    family = _gauge("dropwire_drift_alarms", "Alarms that stand: sources that have drifted, by what of them.", "kind")
    yield _labelled(family, {kind.value: kinds.get(kind.value, 0) for kind in Kind})


def _show_store(seconds: float | None) -> Families:
    yield GaugeMetricFamily("dropwire_store_up", "Whether the store answers.", value=float(seconds is not None))
    if seconds is not None:
        yield GaugeMetricFamily("dropwire_store_ping_seconds", "How long the store took to answer.", value=seconds)


def _show_runs(runs: Runs) -> Families:
    ended = _counter("dropwire_runs", "Runs that have ended.", "flow", "state")
    for (flow, state), count in sorted(runs.ended.items()):
        ended.add_metric([flow, state], count)
    yield ended
    yield _labelled(_gauge("dropwire_runs_running", "Runs that go on.", "flow"), runs.running)
    items = _counter("dropwire_items", "Items read by runs that have ended, by what became of them.", "outcome")
    yield _labelled(items, runs.items)
    rejections = _counter("dropwire_rejections", "Items put into quarantine by runs that have ended.", "reason")
    yield _labelled(rejections, runs.reasons)
    stages = _counter("dropwire_stage_seconds", "Time of completed runs by stage, summed over workers.", "stage")
    yield _labelled(stages, runs.stage_seconds)
    yield _labelled(_counter("dropwire_run_seconds", "Time from start to end of the runs.", "flow"), runs.run_seconds)
    yield from _show_last(runs)


def _show_last(runs: Runs) -> Families:
    started = _gauge("dropwire_last_run_start_timestamp_seconds", "When the latest ended run began, Unix time.", "flow")
    ended = _gauge("dropwire_last_run_end_timestamp_seconds", "When the latest ended run ended, Unix time.", "flow")
    seconds = _gauge("dropwire_last_run_duration_seconds", "How long the latest ended run took.", "flow")
    success = _gauge("dropwire_last_run_success", "Whether the latest ended run completed.", "flow")
    items = _gauge("dropwire_last_run_items", "Items of the latest ended run by outcome.", "flow", "outcome")
    for flow, run in sorted(runs.last.items()):
        started.add_metric([flow], run.started_at.timestamp())
        ended.add_metric([flow], run.finished_at.timestamp())
        seconds.add_metric([flow], max((run.finished_at - run.started_at).total_seconds(), 0.0))
        success.add_metric([flow], float(run.state == "completed"))
        for outcome, count in run.counts.items():
            items.add_metric([flow, outcome], count)
    yield from (started, ended, seconds, success, items)
    completed = _gauge("dropwire_last_success_timestamp_seconds", "When a run completed last, Unix time.", "flow")
    for flow, run in sorted(runs.last_completed.items()):
        completed.add_metric([flow], run.finished_at.timestamp())
    yield completed


def _show_drops(drops: Mapping[str, int]) -> Families:
    yield _labelled(_gauge("dropwire_drops", "Drops in the ledger, by state.", "state"), drops)


def _show_quarantine(reasons: Mapping[str, int]) -> Families:
    yield _labelled(_gauge("dropwire_quarantine_open", "Open cases in quarantine.", "reason"), reasons)


def _show_documents(counts: DocumentCounts) -> Families:
    yield GaugeMetricFamily("dropwire_documents", "Documents in the store, estimated.", value=counts.documents)
    by_language = _gauge("dropwire_documents_by_language", "Documents by their language.", "language")
    yield _labelled(by_language, bounded(counts.by_language))
    by_source = _gauge("dropwire_documents_by_source", "Documents of the largest sources.", "source")
    yield _labelled(by_source, bounded(counts.by_source))


def bounded(counts: Mapping[str, int], most: int = MOST_VALUES) -> dict[str, int]:
    """The largest counts, at most `most`, and the sum of the others as `_other`."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    kept = {str(name): count for name, count in ordered[:most] if name != OTHER}
    rest = sum(counts.values()) - sum(kept.values())
    return {**kept, OTHER: rest} if rest else kept


def _gauge(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, labels=list(labels))


def _counter(name: str, help_text: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, help_text, labels=list(labels))


def _labelled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for name, value in sorted(values.items(), key=lambda pair: str(pair[0])):
        family.add_metric([str(name)], value)
    return family
