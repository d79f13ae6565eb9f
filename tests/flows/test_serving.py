"""`serve` and `trigger` as processes, and what is looked after beside Prefect's runner."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dropwire.deployments import INGEST, deployment_of
from dropwire.schedules import Timetable
from dropwire.watching import Arrivals
from locations import Location
from store import runs
from store.ledger import Holder
from tests.builders import RUSSIAN_SEED

pytestmark = pytest.mark.wire

DROPS = 80
# Never due within a test.
YEARLY = Timetable(cron="0 0 1 1 *")
# Nothing here takes so long; a test that waits in vain ends with it.
PATIENCE_S = 600


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    return embedded_db


def write_drops(folder: Path) -> None:
    folder.mkdir()
    text = RUSSIAN_SEED.read_text(encoding="utf-8")[300:1500]
    for number in range(DROPS):
        path = folder / f"{number}.txt"
        path.write_text(f"Вариант {number} этой же новости.\n{text}", encoding="utf-8")
        os.utime(path, (1000 + number, 1000 + number))


def wait_for(what: Any, process: "subprocess.Popen[str] | None" = None) -> Any:
    end = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        assert process is None or process.poll() is None, "it ended by itself"
        time.sleep(0.05)
    return found


@contextmanager
def serving(api: str, folder: Path, log: Path) -> Iterator["subprocess.Popen[str]"]:
    """`serve` as a process that is gone at the end of the block, whatever happens."""
    command = [sys.executable, "-m", "dropwire", "serve", "drops", "--cron", str(YEARLY.cron), "--json"]
    environment = {**os.environ, "PREFECT_API_URL": api, "DROPWIRE_WORKERS": "1"}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE_S)


def said(log: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]


def test_stopped_in_the_middle_it_hands_back_and_the_next_one_catches_up(
    prefect_server: str, store: Any, workdir: Path
) -> None:
    write_drops(workdir / "drops")
    first, second = workdir / "first.log", workdir / "second.log"
    with serving(prefect_server, workdir, first) as process:
        wait_for(lambda: 0 < store.documents.count_documents({}) < DROPS - 10, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert any("never ingested" in facts.get("catch-up", "") for facts in said(first))
    assert store.documents.count_documents({}) < DROPS
    # A drop that was being claimed at that very moment is held by nobody who lives: the next run takes it at once.
    assert all(Holder(drop["holder"]).is_gone() for drop in store.drops.find({"state": "claimed"}))
    assert [run["state"] for run in store.runs.find()] == ["failed"]
    assert states(prefect_server, store) == {"CANCELLED"}

    with serving(prefect_server, workdir, second) as process:
        done = wait_for(lambda: [facts["run"] for facts in said(second) if "run" in facts], process)
        assert f"{DROPS} items read" in done[0]
        assert any("did not come to its end" in facts.get("catch-up", "") for facts in said(second))
        trigger = [sys.executable, "-m", "dropwire", "trigger", "refresh-entities", "--wait", "--json"]
        answer = subprocess.run(
            trigger, env={**os.environ, "PREFECT_API_URL": prefect_server}, capture_output=True, text=True, check=True
        )
        assert json.loads(answer.stdout)["state"] == "Completed"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert [run["state"] for run in store.runs.find().sort("started_at", 1)] == ["failed", "completed", "completed"]
    subprocess.run([sys.executable, "-m", "dropwire", "audit"], check=True)


def states(api: str, store: Any) -> set[str]:
    """The states in Prefect of the recorded runs."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return {str(client.read_flow_run(run["_id"]).state_type.value) for run in store.runs.find()}  # type: ignore[union-attr]


class Attended:
    """An attendant of the served ingest, in a Prefect server of its own making; nothing executes the runs."""

    def __init__(self, store: Any) -> None:
        self.said: list[dict[str, str]] = []
        self.arrivals = Arrivals(0.0)
        self.store = store
        # A deployment of its own for each test.
        self.deployment = deployment_of(INGEST, [Location("drops")], YEARLY)
        self.deployment.name = f"drops-{store.name}"

    def play(self, story: Callable[["Attended"], Coroutine[Any, Any, None]]) -> None:
        """Have it all happen in one event loop."""

        async def whole() -> None:
            async with self:
                await story(self)

        asyncio.run(whole())

    async def __aenter__(self) -> "Attended":
        from prefect.client.orchestration import get_client

        from dropwire.attending import Attendant

        self.client = get_client()
        await self.client.__aenter__()
        self.ingest = await self.deployment.aapply()
        served = {self.ingest: "ingest-drops/drops"}
        self.attendant = Attendant(
            self.client,
            self.store,
            ingest=self.ingest,
            served=served,
            arrivals=self.arrivals,
            announce=self.said.append,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.delete_deployment(self.ingest)
        await self.client.__aexit__(None, None, None)

    async def runs(self) -> list[Any]:
        from prefect.client.schemas.filters import DeploymentFilter
        from prefect.client.schemas.sorting import FlowRunSort

        asked = DeploymentFilter.model_validate({"id": {"any_": [self.ingest]}})
        found: list[Any] = await self.client.read_flow_runs(
            deployment_filter=asked, sort=FlowRunSort.EXPECTED_START_TIME_ASC
        )
        return [run for run in found if not run.auto_scheduled]

    async def begin(self) -> Any:
        """Have a run begin, as a process would."""
        from prefect.states import Pending, Running

        run = await self.client.create_flow_run_from_deployment(self.ingest)
        await self.client.set_flow_run_state(run.id, Pending())
        await self.client.set_flow_run_state(run.id, Running())
        return run

    async def end(self, run: Any) -> None:
        from prefect.states import Completed

        await self.client.set_flow_run_state(run.id, Completed())

    async def states(self) -> list[str]:
        return [str(run.state_name) for run in await self.runs()]


def test_what_arrives_during_a_run_has_one_more_at_its_end(prefect_server: str, store: Any, workdir: Path) -> None:
    async def story(it: Attended) -> None:
        going_on = await it.begin()
        await it.attendant._look()
        for _ in range(3):
            it.arrivals.note()
            await it.attendant._look()
        assert await it.states() == ["Running"]
        await it.end(going_on)
        for _ in range(3):
            await it.attendant._look()
        assert await it.states() == ["Completed", "Scheduled"]
        assert [facts["run"].split(", ")[1] for facts in it.said] == ["ingest-drops: completed: "]

    Attended(store).play(story)


def test_what_arrived_before_a_run_began_has_no_other(prefect_server: str, store: Any, workdir: Path) -> None:
    async def story(it: Attended) -> None:
        it.arrivals.note()
        await it.attendant._look()
        assert await it.states() == ["Scheduled"]
        it.arrivals.note()
        await it.attendant._look()
        assert await it.states() == ["Scheduled"]

    Attended(store).play(story)


def test_an_event_refused_during_a_run_has_one_more_at_its_end(prefect_server: str, store: Any, workdir: Path) -> None:
    async def story(it: Attended) -> None:
        from prefect.states import Pending

        going_on = await it.begin()
        await it.attendant._look()
        for automation in (True, False):
            # As the server's own automations do it.
            headers = {"Prefect-Automation-Id": str(it.ingest), "Prefect-Automation-Name": "YQ=="}
            it.client._client.headers.update(headers if automation else {})
            refused = await it.client.create_flow_run_from_deployment(it.ingest)
            for name in headers:
                it.client._client.headers.pop(name, None)
            await it.client.set_flow_run_state(refused.id, Pending())
        assert await it.states() == ["Running", "Cancelled", "Cancelled"]
        await it.attendant._look()
        await it.end(going_on)
        await it.attendant._look()
        await it.attendant._look()
        assert sorted(await it.states()) == ["Cancelled", "Cancelled", "Completed", "Scheduled"]
        assert sum("another one was going on" in facts.get("run", "") for facts in it.said) == 2

    Attended(store).play(story)


def test_a_run_that_was_killed_blocks_no_other(prefect_server: str, store: Any, workdir: Path) -> None:
    async def story(it: Attended) -> None:
        killed = await it.begin()
        runs.start(
            store,
            str(killed.id),
            flow="ingest-drops",
            holder=Holder(Holder.this_process().name.rpartition(":")[0] + ":0"),
            parameters={},
            versions={},
            now=datetime.now(UTC),
        )
        await it.attendant.free()
        assert await it.states() == ["Crashed"]
        assert store.runs.find_one()["state"] == "failed"
        going_on = await it.begin()
        assert (await it.client.read_flow_run(going_on.id)).state_name == "Running"
        await it.attendant.free()
        assert (await it.client.read_flow_run(going_on.id)).state_name == "Running"

    Attended(store).play(story)


@pytest.mark.parametrize(
    ("state", "began_ago", "expected"),
    [
        (None, None, "never ingested"),
        ("failed", timedelta(minutes=1), "did not come to its end"),
        ("completed", timedelta(minutes=1), None),
        ("completed", timedelta(days=400), "a run was due"),
    ],
)
def test_one_run_makes_up_for_all_that_were_missed(
    prefect_server: str, store: Any, workdir: Path, state: str | None, began_ago: timedelta | None, expected: str | None
) -> None:
    async def story(it: Attended) -> None:
        if began_ago is not None:
            place = {"url": str(workdir / "drops"), "settle_seconds": 5.0}
            store.runs.insert_one(
                {
                    "_id": "last",
                    "flow": "ingest-drops",
                    "state": state,
                    "started_at": datetime.now(UTC) - began_ago,
                    "parameters": {"locations": [place]},
                }
            )
        await it.attendant.catch_up(YEARLY, [Location("drops")])
        assert await it.states() == (["Scheduled"] if expected else [])
        assert [expected in facts["catch-up"] for facts in it.said if expected] == ([True] if expected else [])

    Attended(store).play(story)
