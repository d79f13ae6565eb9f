"""Small new drops are written together, and each is loaded by itself where that cannot be."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, monitoring
from pymongo.errors import AutoReconnect

from flows import lease, load_drops
from flows.discover_drops import discover_drops
from store import copies, documents, ensure, ledger
from store.ledger import Holder
from tests import mongomock_adapter
from tests.flows.test_load_drops import contents, run
from transforms.document import WriteReport

DROPS = 8


@pytest.fixture
def folder(workdir: Path) -> Path:
    for number in range(DROPS):
        path = workdir / f"{number}.jsonl"
        path.write_text(json.dumps({"url": f"https://example.org/{number}", "text": f"Тэкст навіны нумар {number}."}))
        os.utime(path, (1000 + number, 1000 + number))
    return workdir


@pytest.fixture
def by_itself() -> Any:
    """The store as it is where each drop is loaded alone."""
    db = mongomock_adapter.new_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load_drops, "_SMALL", 0)
        assert run(db, ".").counts == WriteReport(inserted=DROPS)
    return db


def _upserts(patch: pytest.MonkeyPatch) -> list[int]:
    """How many documents each upsert has from now on."""
    written: list[int] = []
    genuine = documents.upsert

    def upsert(db: Any, entries: Any, **how: Any) -> Any:
        written.append(len(entries))
        return genuine(db, entries, **how)

    patch.setattr(documents, "upsert", upsert)
    return written


class _Counter(monitoring.CommandListener):
    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.commands.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture
def counted(embedded_uri: str) -> Iterator[tuple[Any, list[str]]]:
    counter = _Counter()
    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True, event_listeners=[counter]) as client:
        name = f"test_{os.urandom(8).hex()}"
        yield client[name], counter.commands
        client.drop_database(name)


@pytest.mark.wire
def test_a_small_drop_costs_few_commands(counted: tuple[Any, list[str]], folder: Path) -> None:
    """Two to claim it and one to finish it; the rest is shared by all of them."""
    db, commands = counted
    ensure(db)
    commands.clear()
    assert run(db, *(f"{number}.jsonl" for number in range(2))).counts == WriteReport(inserted=2)
    few = len(commands)
    commands.clear()
    assert run(db, ".").counts == WriteReport(inserted=DROPS - 2, unchanged=2)
    assert len(commands) - few == 3 * (DROPS - 4)


def test_it_is_the_same_as_one_by_one(mongomock_db: Any, folder: Path, by_itself: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written = _upserts(patch)
        assert run(mongomock_db, ".").counts == WriteReport(inserted=DROPS)
    assert written == [DROPS]
    assert contents(mongomock_db) == contents(by_itself)


def test_each_drop_has_its_own_outcome(mongomock_db: Any, folder: Path) -> None:
    (folder / "3.jsonl").write_text('{"text": "Тэкст навіны, якая добрая."}\n{"text": \n')
    twin = folder / "5-again.jsonl"
    twin.write_bytes((folder / "5.jsonl").read_bytes())
    report = run(mongomock_db, ".")
    # The twin came later, so its drop is read again: its document stands where it came last.
    assert report.counts == WriteReport(inserted=DROPS, unchanged=1, quarantined=1)
    assert report.busy == 0
    outcomes = [record["outcome"] for record in mongomock_db.drops.find()]
    assert sorted(each["quarantined"] for each in outcomes) == [0] * (DROPS - 1) + [1]
    assert all(each["inserted"] + each["unchanged"] == 1 for each in outcomes)
    case = mongomock_db.quarantine.find_one()
    assert case["location"].endswith("3.jsonl")


@pytest.mark.parametrize("failure", ["the store", "a lease"])
def test_where_it_fails_each_is_loaded_by_itself(
    mongomock_db: Any, folder: Path, by_itself: Any, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    failing = [True]
    genuine = copies.follow

    def follow(*args: Any) -> None:
        if failing.pop() if failing else False:
            if failure == "the store":
                raise AutoReconnect("away")
            raise lease.LeaseLostError("somebody else has it")
        genuine(*args)

    monkeypatch.setattr(copies, "follow", follow)
    report = run(mongomock_db, ".")
    # Written by the first try, found by the second.
    assert report.counts == WriteReport(unchanged=DROPS)
    assert report.drops == DROPS
    assert contents(mongomock_db) == contents(by_itself)


def test_who_was_in_hand_when_a_worker_died_is_loaded_alone(
    mongomock_db: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drop that kills its worker must not take those beside it to quarantine."""
    ensure(mongomock_db)
    me = Holder.this_process().name
    dead = Holder(f"{me.rsplit(':', 2)[0]}:{os.getpid()}:0")
    for found in discover_drops(["."]).files:
        drop_id = hashlib.sha256(Path(found.location).read_bytes()).hexdigest()
        assert ledger.claim(mongomock_db, drop_id, found, dead, again=False).state == "ours"
    written = _upserts(monkeypatch)
    assert run(mongomock_db, ".").counts == WriteReport(inserted=DROPS)
    assert written == [1] * DROPS
