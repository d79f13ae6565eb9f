"""Real processes over the embedded store: killed, cut off, two at once. What a larger program shows, in small."""

from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, monitoring

from benchmarks import crash_test, faults
from benchmarks.fault_corpus import write_corpus
from benchmarks.fault_stores import differences
from store import ensure
from tests import mongomock_adapter
from tests.builders import EPOCH
from tests.flows.test_load_drops import run


@pytest.mark.wire
def test_ten_kills_leave_no_difference(tmp_path: Path) -> None:
    score = crash_test.crash(10, 30, 7, command_every=0, store_every=5, folder=tmp_path)
    assert score.found == []
    assert score.kills == 10
    assert score.restarts_of_store == 2


@pytest.mark.wire
@pytest.mark.parametrize("fault", ["connections_cut", "full_disk", "two_hosts"])
def test_a_fault_ends_in_the_store_of_an_undisturbed_run(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "_MOST", 4)
    came = list(faults.outcomes(tmp_path, drops=10, seed=3, only=fault))
    assert [(one.fault, one.found) for one in came] == [(one.fault, ()) for one in came]
    assert sum(one.times for one in came) > 0


def test_a_corpus_is_the_same_each_time_and_has_every_format(workdir: Path) -> None:
    for name in ("one", "two"):
        write_corpus(workdir / name, 150, 1)
    files = [sorted((workdir / name).iterdir()) for name in ("one", "two")]
    for one, two in zip(*files, strict=True):
        assert (one.name, one.read_bytes(), one.stat().st_mtime) == (two.name, two.read_bytes(), two.stat().st_mtime)
    assert {path.suffix for path in files[0]} == {
        *(".txt", ".html", ".jsonl", ".json", ".csv", ".xml", ".eml", ".gz", ".zip", ".tar", ".bin")
    }


def test_a_comparison_sees_every_field_but_those_named() -> None:
    stores = [mongomock_adapter.new_database() for _ in range(2)]
    drop = {"_id": "d", "seen": [{"location": "/a"}], "outcome": {}, "holder": "h", "attempts": 1}
    for db, holder in zip(stores, ("one", "two"), strict=True):
        ensure(db)
        db.drops.insert_one({**drop, "holder": holder})
        db.documents.insert_one({"_id": "a", "text": "same", "published_at": EPOCH})
    assert differences(*stores) == []
    stores[1].documents.update_one({}, {"$set": {"text": "other"}})
    stores[0].revisions.insert_one({"_id": "r"})
    stores[1].drops.update_one({}, {"$set": {"arrived_at": EPOCH}})
    found = differences(*stores)
    assert [line.split(":")[0] for line in found] == ["documents a", "revisions r", "drops d"]
    assert "text: 'same' / 'other'" in found[0]


class Writes(monitoring.CommandListener):
    """The collections that were written to."""

    def __init__(self) -> None:
        self.to: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in {"insert", "update", "delete", "findAndModify"}:
            self.to.append(str(event.command[event.command_name]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


@pytest.mark.wire
def test_unchanged_content_writes_nothing(embedded_uri: str, embedded_db: Any, workdir: Path) -> None:
    write_corpus(workdir / "drops", 15, 5)
    writes = Writes()
    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True, event_listeners=[writes]) as client:
        db = client[embedded_db.name]
        run(db, "drops")
        assert {"documents", "originals", "drops"} <= set(writes.to)
        content = {"documents", "originals", "revisions", "copies"}
        writes.to.clear()
        run(db, "drops")
        assert {*content, "drops"}.isdisjoint(writes.to)
        run(db, "drops", reread=True)
        assert "drops" in writes.to
        assert content.isdisjoint(writes.to)
