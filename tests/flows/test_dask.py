"""The ingest on a Dask cluster of real processes, one of which is killed in the middle of its batch."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from benchmarks.cluster_hosts import Cluster, network
from benchmarks.fault_corpus import write_corpus
from benchmarks.fault_stores import differences
from flows import batching
from flows.clean_again import learn_sources
from flows.time_limit import OutOfTimeError, TimeLimit
from store import entities, templates
from tests.flows.test_load_drops import run
from tests.store.test_audit import audited

distributed = pytest.importorskip("distributed", reason="the extra `dask` is missing: pip install 'dropwire[dask]'")
pytest.importorskip("prefect_dask", reason="the extra `dask` is missing: pip install 'dropwire[dask]'")
pytestmark = pytest.mark.wire

DROPS = 24
# Small ones, so that both workers have some.
DROPS_IN_A_BATCH = 6


@pytest.fixture
def cluster(
    prefect_server: str, embedded_db: Any, embedded_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    """Two workers that find the store, as the flow in this process does."""
    uri = embedded_uri.replace("/?", f"/{embedded_db.name}?")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"DROPWIRE_MONGODB_URI": uri, "PREFECT_API_URL": prefect_server}
    with network(2, apart=False) as hosts, Cluster(hosts, tmp_path, environment, port) as cluster:
        cluster.start_workers(2)
        monkeypatch.setenv("DROPWIRE_MONGODB_URI", uri)
        monkeypatch.setenv("DROPWIRE_TASK_RUNNER", "dask")
        monkeypatch.setenv("DROPWIRE_DASK_ADDRESS", cluster.address)
        monkeypatch.setenv("DROPWIRE_WORKERS", "2")
        yield cluster


def test_a_worker_killed_in_the_middle_of_its_batch_loses_nothing(
    cluster: Cluster, embedded_db: Any, embedded_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.ingest_drops import ingest_drops

    monkeypatch.setattr(batching, "MAX_BATCH_DROPS", DROPS_IN_A_BATCH)
    corpus = tmp_path / "drops"
    write_corpus(corpus, DROPS, seed=11)
    killed: list[str] = []

    def kill_one() -> None:
        with MongoClient[Any](embedded_uri) as client:
            # Some are done, most are not: both workers are in the middle of a batch, or nearly.
            while client[embedded_db.name].drops.count_documents({"state": "done"}) < DROPS // 5:
                time.sleep(0.01)
        killed.append(cluster.kill_worker())

    killer = threading.Thread(target=kill_one)
    killer.start()
    report = ingest_drops([str(corpus)])
    killer.join()
    assert killed
    assert report.holds
    assert ingest_drops([str(corpus)]).counts.inserted == 0
    assert embedded_db.drops.count_documents({"state": "claimed"}) == 0
    assert [finding.examples for finding in audited(embedded_db).findings if finding.violations] == []
    with MongoClient[Any](embedded_uri, tz_aware=True) as client:
        name = f"{embedded_db.name}_undisturbed"
        try:
            undisturbed = client[name]
            run(undisturbed, str(corpus))
            learn_sources(undisturbed, templates.unlearned(undisturbed))
            entities.refresh(undisturbed)
            assert differences(undisturbed, embedded_db) == []
        finally:
            client.drop_database(name)


def test_what_goes_to_a_worker_is_small(prefect_server: str, tmp_path: Path) -> None:
    """Neither models nor clients of the store travel: a task is code and the names of files."""
    from distributed.protocol.pickle import dumps

    from flows.load_batch import load_batch
    from transforms.models import shared_models

    assert shared_models().language is not None
    assert len(dumps(load_batch)) < 20_000  # type: ignore[no-untyped-call]


def test_the_time_limit_holds_in_a_worker(cluster: Cluster) -> None:
    """Its batches run in a thread that is not the main one."""
    with distributed.Client(cluster.address, set_as_default=False) as client:
        assert client.submit(_endless, pure=False).result() == "stopped, not in the main thread"


def _endless() -> str:
    place = "in" if threading.current_thread() is threading.main_thread() else "not in"
    with TimeLimit(0.2) as limit:
        try:
            with limit.on_this():
                while True:
                    pass
        except OutOfTimeError:
            return f"stopped, {place} the main thread"
