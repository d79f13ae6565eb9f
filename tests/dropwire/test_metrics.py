"""What Prometheus is told: true, in its own conventions, bounded, and in time whatever the store does."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from pymongo.errors import ServerSelectionTimeoutError

from dropwire import metrics
from dropwire.metrics import MOST_VALUES, OTHER, Part, StoreCollector, bounded, default_parts, registry
from store import ensure, quarantine
from store.documents import Entry, upsert
from store.drift import Kind
from tests.builders import EPOCH, a_document, a_version
from tests.store.test_tally import a_run
from transforms.document import Language, Reason, Rejection, Step


@pytest.fixture
def filled(embedded_db: Any) -> Any:
    db = embedded_db
    ensure(db)
    made = [
        a_document(str(number) * 32, text=f"{number}.", language=Language(tag, 1.0), source=f"source {tag}")
        for number, tag in enumerate(["be", "ru", "be"])
    ]
    upsert(db, [Entry(document, document.text, a_version(index=i)) for i, document in enumerate(made)])
    quarantine.put(db, [Rejection("a" * 64, 1, Step.READ, Reason.EMPTY, "")], "x", run_id="one", now=EPOCH)
    a_run(db, "one", "completed", 0, inserted=3)
    a_run(db, "two", "failed", 15)
    a_run(db, "three", "running", 20)
    return db


def scrape(collectors: CollectorRegistry) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(generate_latest(collectors).decode())}


def values(family: Metric) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in family.samples if "created" not in sample.name}


def test_it_says_what_is_in_the_store(filled: Any) -> None:
    found = scrape(registry(filled))
    assert values(found["dropwire_store_up"]) == {(): 1}
    assert values(found["dropwire_documents"]) == {(): 3}
    assert values(found["dropwire_documents_by_language"]) == {("be",): 2, ("ru",): 1}
    assert values(found["dropwire_documents_by_source"]) == {("source be",): 2, ("source ru",): 1}
    assert values(found["dropwire_quarantine_open"]) == {("empty",): 1}
    assert values(found["dropwire_runs"]) == {("ingest-drops", "completed"): 1, ("ingest-drops", "failed"): 1}
    assert values(found["dropwire_items"])["inserted",] == 3
    assert values(found["dropwire_last_run_success"]) == {("ingest-drops",): 0}
    assert values(found["dropwire_last_run_duration_seconds"]) == {("ingest-drops",): 10}
    assert values(found["dropwire_last_success_timestamp_seconds"]) == {("ingest-drops",): EPOCH.timestamp() + 10}
    assert set(values(found["dropwire_drift_alarms"])) == {(kind.value,) for kind in Kind}
    assert all(values(found["dropwire_part_up"]).values())


def test_names_and_helps_keep_the_conventions(filled: Any) -> None:
    units = ("_seconds", "_bytes", "_info", "_timestamp_seconds")
    for family in scrape(registry(filled)).values():
        assert family.documentation.strip(), f"{family.name} has no HELP"
        assert family.type in {"gauge", "counter"}, family.name
        samples = {sample.name for sample in family.samples}
        if family.type == "counter":
            assert samples <= {f"{family.name}_total", f"{family.name}_created"}
        else:
            assert not family.name.endswith(("_total", "_count", "_sum", "_bucket"))
        for bad in ("_ms", "_minutes", "_hours", "_percent", "_kb", "_mb"):
            assert not family.name.endswith(bad)
        if family.name.endswith("timestamp") or "duration" in family.name:
            assert family.name.endswith(units)
        keys = [(sample.name, *sorted(sample.labels.items())) for sample in family.samples]
        assert len(keys) == len(set(keys)), f"{family.name} has a series twice"


def test_counters_go_on_after_a_restart(filled: Any) -> None:
    before = values(scrape(registry(filled))["dropwire_items"])
    a_run(filled, "four", "completed", 30, inserted=4)
    after = values(scrape(registry(filled))["dropwire_items"])
    assert after["inserted",] == before["inserted",] + 4


def test_the_default_parts_are_read_in_a_store_without_anything(embedded_db: Any) -> None:
    found = scrape(registry(embedded_db))
    assert set(values(found["dropwire_part_up"])) == {(part.name,) for part in default_parts()}
    assert values(found["dropwire_part_up"])[("store",)] == 1


names = st.text("abcdefghij_", min_size=1, max_size=3)


@given(counts=st.dictionaries(names, st.integers(1, 1000)), most=st.integers(1, 20))
def test_series_are_bounded_and_nothing_is_lost(counts: dict[str, int], most: int) -> None:
    shown = bounded(counts, most)
    assert len(shown) <= most + 1
    assert sum(shown.values()) == sum(counts.values())


def test_a_source_that_is_called_like_the_rest_is_counted_with_it() -> None:
    assert bounded({OTHER: 5, "a": 3}) == {"a": 3, OTHER: 5}
    many = {f"source {number}": 1 for number in range(MOST_VALUES + 7)}
    assert bounded(many)[OTHER] == 7


class Ticks:
    """A clock that a test moves, s."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def collected(collector: StoreCollector) -> dict[str, dict[tuple[str, ...], float]]:
    return {family.name: values(family) for family in collector.collect()}


def a_part(read: Callable[[Any], Any], name: str = "store", due_after_s: float = 0) -> Part:
    return Part(name, read, metrics._show_store, due_after_s)


def test_a_store_that_is_away_is_down() -> None:
    def away(_: Any) -> float:
        raise ServerSelectionTimeoutError("nobody there")

    found = collected(StoreCollector(None, [a_part(away)]))  # type: ignore[arg-type]
    assert found["dropwire_store_up"] == {(): 0}
    assert found["dropwire_part_up"] == {("store",): 0}
    assert not found["dropwire_part_age_seconds"]


def test_a_store_that_hangs_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "ANSWER_WITHIN_S", 0.05)
    answer, reads = threading.Event(), []

    def hang(_: Any) -> float:
        reads.append(1)
        answer.wait(30)
        return 0.5

    collector = StoreCollector(None, [a_part(hang), a_part(lambda _: 0.1, "other", 60)])  # type: ignore[arg-type]
    for _ in range(3):
        assert collected(collector)["dropwire_part_up"] == {("store",): 0, ("other",): 1}
    assert len(reads) == 1, "who hangs is not asked again"
    answer.set()
    monkeypatch.setattr(metrics, "ANSWER_WITHIN_S", 30)
    assert collected(collector)["dropwire_part_up"] == {("store",): 1, ("other",): 1}


def test_a_part_is_read_again_when_it_is_due_and_slow_ones_seldom() -> None:
    ticks, reads = Ticks(), []

    def slow(_: Any) -> float:
        reads.append(ticks.now)
        ticks.now += 10
        return 0.1

    collector = StoreCollector(None, [a_part(slow, "documents", 60)], clock=ticks)  # type: ignore[arg-type]
    for _ in range(30):
        collected(collector)
        ticks.now += 10
    assert reads == [0, 210], "ten seconds of reading, 200 of rest"
