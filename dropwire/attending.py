"""What a schedule alone does not do: one more run for what arrived during one, what was missed, what got stuck.

Prefect refuses a run while another of its deployment is going on (`CANCEL_NEW`), leaves a run that was killed together
with its server `Running` for ever, and has a run for each slot that passed while nobody served. All of this is looked
after here, beside Prefect's runner, over its API and the collection `runs`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    FlowRunFilter,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed
from pymongo.database import Database
from pymongo.errors import PyMongoError

from dropwire.deployments import absolute, is_refusal
from dropwire.schedules import Timetable
from dropwire.watching import Arrivals
from flows.run_report import accounting_line
from locations import Location, as_location
from store import runs
from store.connection import Record
from store.ledger import LEASE, Holder
from transforms.document import WriteReport

# How late an arrival is acted on, and a line about the end of a run may be.
LOOK_S = 5.0
# Stuck runs and a paused schedule are for people: a minute is soon enough.
_HOUSEKEEPING_S = 60.0
# Prefect's runner gives up hearing of cancellations after three failures in a row, some 15 s.
_AWAY_S = 4 * LOOK_S
# A run that never got as far as its record: starting takes seconds, and a container for it some minutes.
_STARTING = timedelta(minutes=10)
# More records than this are not asked for at once.
_MOST = 200
_BEGUN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
_AUTOMATION = "AUTOMATION"

Announce = Callable[[dict[str, str]], None]


class Attendant:
    """Looks after the served deployments. `served` has their names by id, `ingest` is the one with the schedule."""

    def __init__(
        self,
        client: PrefectClient,
        db: Database[Record],
        *,
        ingest: UUID,
        served: Mapping[UUID, str],
        arrivals: Arrivals,
        announce: Announce,
    ) -> None:
        self._client = client
        self._db = db
        self._ingest = ingest
        self._served = served
        self._arrivals = arrivals
        self._announce = announce
        self._ended_after = datetime.now(UTC)
        self._told: set[UUID] = set()
        self._begun: UUID | None = None
        self._asked_by_us: UUID | None = None
        self._one_more = False
        self._looked_at = arrivals.now
        self._paused = False

    async def catch_up(self, timetable: Timetable, locations: Sequence[Location]) -> None:
        """Before anything is served: end what is stuck, and have one run for all the slots that were missed."""
        await self.free()
        missed = await self._runs(deployments=[self._ingest], types=[StateType.SCHEDULED], before=datetime.now(UTC))
        for run in missed:
            if run.auto_scheduled:
                state: State[Any] = Cancelled(
                    name="Missed", message="nothing served the schedule then; one run makes up for all"
                )
                await self._client.set_flow_run_state(run.id, state, force=True)
        reason = await self._missed(timetable, locations)
        if reason and all(run.auto_scheduled for run in missed):
            self._announce({"catch-up": reason})
            await self._ask()

    async def run(self) -> None:
        """Look again and again; what cannot be reached now is looked at the next time.

        Returns when Prefect's server was away for a while, is back, and no run goes on: its runner then begins anew,
        for it has ceased to hear of cancellations.
        """
        cleaned_at = reached_at = time.monotonic()
        was_away = False
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look()
                if time.monotonic() - cleaned_at >= _HOUSEKEEPING_S:
                    cleaned_at = time.monotonic()
                    await self.free()
                    await self._check_deployment()
                # Prefect's client tries again by itself, so a look at a server that is away may end well, but late.
                before, reached_at = reached_at, time.monotonic()
                was_away = was_away or reached_at - before > _AWAY_S
                if was_away and not await self._runs(deployments=list(self._served), types=_BEGUN):
                    return
            except (httpx.HTTPError, PyMongoError):
                continue

    async def free(self) -> None:
        """End the runs that Prefect thinks are going on though their process is gone: they would block all others."""
        for run in await self._runs(deployments=list(self._served), types=_BEGUN):
            why = await asyncio.to_thread(self._gone, run)
            if why:
                # Not forced: where it has ended by itself a moment ago, Prefect keeps that.
                stopping = run.state_type is StateType.CANCELLING
                state: State[Any] = Cancelled(message=why) if stopping else Crashed(message=why)
                await self._client.set_flow_run_state(run.id, state)
                self._announce({"freed": f"{self._served[run.deployment_id or self._ingest]}: {why}"})

    async def _look(self) -> None:
        looked_before, self._looked_at = self._looked_at, self._arrivals.now
        await self._tell_ended()
        going_on = await self._runs(deployments=[self._ingest], types=_BEGUN)
        if going_on:
            if going_on[0].id != self._begun:
                # It began after we looked the last time, and lists what was there before that.
                self._begun = going_on[0].id
                self._arrivals.seen_by_run(looked_before)
                self._one_more = False
            return
        if not (self._one_more or self._arrivals.due):
            return
        soon = datetime.now(UTC) + timedelta(seconds=2 * LOOK_S)
        if not await self._runs(deployments=[self._ingest], types=[StateType.SCHEDULED], before=soon):
            await self._ask()

    async def _ask(self) -> None:
        """Have an ingest run now."""
        asked = await self._client.create_flow_run_from_deployment(self._ingest)
        self._asked_by_us = asked.id
        self._one_more = False
        # It begins later than now, and lists what is there.
        self._arrivals.seen_by_run(self._arrivals.now)

    async def _tell_ended(self) -> None:
        """Announce the runs that ended, and note whether one was refused that somebody's arrival asked for."""
        ended = await self._runs(deployments=list(self._served), ended_after=self._ended_after)
        for run in sorted(ended, key=lambda run: run.end_time or self._ended_after):
            if run.id in self._told or run.end_time is None:
                continue
            by_event = run.created_by is not None and run.created_by.type == _AUTOMATION
            if _is_refused(run) and run.deployment_id == self._ingest and (by_event or run.id == self._asked_by_us):
                self._one_more = True
            record = await asyncio.to_thread(self._db.runs.find_one, {"_id": str(run.id)})
            self._announce({"run": f"{run.end_time:%Y-%m-%d %H:%M} UTC, {self._name(run)}: {_outcome(run, record)}"})
        if ended:
            self._ended_after = max(run.end_time for run in ended if run.end_time)
            self._told = {run.id for run in ended if run.end_time == self._ended_after}

    async def _check_deployment(self) -> None:
        """Say so where somebody pauses the schedule, or takes it away, while it is served."""
        try:
            paused = (await self._client.read_deployment(self._ingest)).paused
        except ObjectNotFound:
            self._announce({"schedule": "the deployment was deleted in Prefect: start `dropwire serve` anew"})
            return
        if paused != self._paused:
            self._paused = paused
            self._announce({"schedule": "paused in Prefect; nothing runs until it is resumed" if paused else "resumed"})

    async def _missed(self, timetable: Timetable, locations: Sequence[Location]) -> str | None:
        """Why a run should begin at once; None where the schedule can wait for its next slot."""
        last = await asyncio.to_thread(self._last_run, {_url(absolute(location)) for location in locations})
        if last is None:
            return "these locations were never ingested"
        if last["state"] != "completed":
            return "the last run did not come to its end"
        now = datetime.now(UTC)
        due = await timetable.dates(last["started_at"] + timedelta(seconds=1), end=now)
        return f"a run was due {due[0].astimezone(UTC):%Y-%m-%d %H:%M} UTC" if due else None

    def _last_run(self, urls: set[str]) -> Record | None:
        for run in runs.latest(self._db, _MOST):
            given = run["parameters"].get("locations")
            if isinstance(given, list) and urls <= {_url(location) for location in given}:
                return run
        return None

    def _gone(self, run: FlowRun) -> str | None:
        """Why a run is not going on though Prefect thinks so; None where it may be."""
        record = self._db.runs.find_one({"_id": str(run.id)})
        now = datetime.now(UTC)
        if record is None:
            since = run.state.timestamp if run.state else now
            return "it never got as far as beginning" if now - since > _STARTING else None
        gone = Holder(record["holder"]).is_gone()
        if record["state"] != "running":
            # A process that lives tells Prefect within seconds.
            late = gone or now - record["finished_at"] > LEASE
            return f"it ended ({record['state']}), and could not tell Prefect" if late else None
        heard_at = record.get("renewed_at")
        if gone or heard_at is None or now - heard_at > 2 * LEASE:
            why = "its process was killed or lost its host; the next run goes on where it stopped"
            runs.fail(self._db, record["_id"], why, now)
            return why
        return None

    async def _runs(
        self,
        *,
        deployments: list[UUID],
        types: Sequence[StateType] | None = None,
        before: datetime | None = None,
        ended_after: datetime | None = None,
    ) -> list[FlowRun]:
        asked: dict[str, Any] = {
            "state": {"type": {"any_": list(types)}} if types else None,
            "expected_start_time": {"before_": before} if before else None,
            "end_time": {"after_": ended_after} if ended_after else None,
        }
        return await self._client.read_flow_runs(
            deployment_filter=DeploymentFilter.model_validate({"id": {"any_": deployments}}),
            flow_run_filter=FlowRunFilter.model_validate({name: value for name, value in asked.items() if value}),
            sort=FlowRunSort.END_TIME_DESC if ended_after else FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=_MOST,
        )

    def _name(self, run: FlowRun) -> str:
        return self._served[run.deployment_id or self._ingest].partition("/")[0]


def outcome_of(run: Mapping[str, Any]) -> str:
    """The accounting line of a run's record, or why it failed."""
    if run["state"] == "failed":
        return f"failed: {run.get('error', '')}"
    return accounting_line(run["items"], WriteReport(**run["counts"]))


def _outcome(run: FlowRun, record: Record | None) -> str:
    if _is_refused(run):
        return "not begun, for another one was going on"
    if record is not None and record["state"] != "running":
        return outcome_of(record)
    return f"{(run.state_name or 'ended').lower()}: {run.state.message or ''}" if run.state else "ended"


def _is_refused(run: FlowRun) -> bool:
    """Whether Prefect cancelled a run before it began, because another one was going on."""
    return run.state_type is StateType.CANCELLED and is_refusal(run.state.message if run.state else None)


def _url(location: Any) -> str:
    """A location as the record of a run has it: the URL, without user and password."""
    return as_location(location["url"] if isinstance(location, Mapping) else location).printable
