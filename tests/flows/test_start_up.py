"""What a run that finds nothing new imports, and what it asks the store. Its seconds are for benchmarks.start_up."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from locations import Location

pytestmark = pytest.mark.wire

# What makes documents, and what Prefect would import to encode parameters and to send events.
NOT_NEEDED = {
    "fastapi",
    "flows.clean_again",
    "flows.load_drops",
    "flows.load_items",
    "flows.reprocess",
    "lxml",
    "numpy",
    "onnxruntime",
    "trafilatura",
    "transforms.boilerplate",
    "transforms.language",
    "transforms.models",
    "transforms.pipeline",
    "transforms.readers",
}
# Those that make the store ready are one or two for each collection. Besides: to record the run 5, to pick up 3,
# to see what is to be learned, counted, settled 7, for alarms 4, for what is printed 1, to begin and to end 4.
MAKE_READY = {"listCollections", "listIndexes", "createIndexes"}
MOST_OTHERS = 30

INGEST = """
import json, sys
from pymongo import monitoring

class Counted(monitoring.CommandListener):
    def started(self, event):
        commands.append(event.command_name)
    def succeeded(self, event):
        pass
    def failed(self, event):
        pass

commands = []
monitoring.register(Counted())
from dropwire.cli import app
app(["ingest", *sys.argv[1:], "--settle", "0", "--json"], standalone_mode=False)
print(json.dumps({"modules": sorted(sys.modules), "commands": commands}))
"""


@pytest.fixture
def environment(embedded_db: Any, embedded_uri: str, prefect_server: str) -> dict[str, str]:
    """The environment of a command with a store and a Prefect server that run."""
    uri = embedded_uri.replace("/?", f"/{embedded_db.name}?")
    return {**os.environ, "DROPWIRE_MONGODB_URI": uri, "PREFECT_API_URL": prefect_server}


def test_a_run_with_nothing_new_imports_nothing_that_makes_documents(
    environment: dict[str, str], embedded_db: Any, workdir: Path
) -> None:
    drops = workdir / "drops"
    drops.mkdir()
    (drops / "1.txt").write_text("Сустрэча адбылася ў Мінску.\n", encoding="utf-8")
    first, used = ingest(drops, environment)
    assert first["counts"]["inserted"] == 1
    # The test sees what it is to see.
    assert {"transforms.pipeline", "numpy"} <= used["modules"]

    again, used = ingest(drops, environment)
    assert again["counts"]["unchanged"] == 1
    assert again["accounting"].startswith("1 items read = 0 inserted + 0 revised + 1 unchanged")
    assert not used["modules"] & NOT_NEEDED
    assert len([name for name in used["commands"] if name not in MAKE_READY]) <= MOST_OTHERS, used["commands"]
    assert [(run["state"], run["drops_done"]) for run in embedded_db.runs.find()] == [("completed", 1)] * 2
    latest = embedded_db.runs.find_one({"counts.unchanged": 1})
    assert latest["versions"]["pipeline"]
    assert set(latest["versions"]["models"]) == {"lines", "language", "entities", "paradigms", "names"}
    recorded = flow_run(latest["_id"], environment["PREFECT_API_URL"])
    assert recorded.state.is_completed()
    assert recorded.parameters["locations"][0]["url"] == os.fspath(drops)


def test_a_run_in_a_terminal_sends_no_heartbeats_unless_the_user_has_set_how_often() -> None:
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY as FREQUENCY
    from prefect.settings import temporary_settings

    from dropwire.prefect_client import without_heartbeats

    with without_heartbeats():
        assert FREQUENCY.value() is None
    with temporary_settings({FREQUENCY: 60}), without_heartbeats():
        assert FREQUENCY.value() == 60


def test_parameters_are_encoded_as_prefect_does() -> None:
    from prefect import Flow

    from flows.ingest_drops import ingest_drops

    location = Location("drops", include=("*.txt",), fields={"text": ["body"]}, settle_seconds=0)
    given: dict[str, Any] = {"locations": ["seeds", location], "source": None, "reread": True}
    assert ingest_drops.serialize_parameters(given) == Flow(ingest_drops.fn).serialize_parameters(given)


def ingest(drops: Path, environment: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report of an ingest in a process of its own, and what that used."""
    done = subprocess.run(
        [sys.executable, "-c", INGEST, os.fspath(drops)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    report, used = map(json.loads, done.stdout.splitlines())
    return report, {"modules": set(used["modules"]), "commands": used["commands"]}


def flow_run(run_id: str, api: str) -> Any:
    """The run as Prefect knows it."""
    from uuid import UUID

    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        assert str(client.api_url).rstrip("/") == api.rstrip("/")
        return client.read_flow_run(UUID(run_id))
