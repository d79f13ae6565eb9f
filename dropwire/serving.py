"""The command `serve`: one process that holds the schedule, takes triggers, and has the flows run beside it."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import httpx
from pymongo.errors import PyMongoError

from dropwire import prefect_client
from dropwire.access import store_uri, whereabouts
from dropwire.deployments import FLOWS, INGEST, deployment_of, full_name
from dropwire.endpoints import Address
from dropwire.hints import program
from dropwire.monitoring import MOST_SILENCE_S, Pulse, monitored
from dropwire.schedules import Timetable, timetable
from dropwire.settings import Settings
from locations import Location
from store import ensure, open_store

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import PrefectClient
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner

# How soon a run begins after it was asked for. Each look costs Prefect's server some milliseconds.
_POLL_S: Final = 5.0
# While Prefect's server is away, as when it is upgraded.
_RETRY_S: Final = 10.0
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Announce = Callable[[dict[str, str]], None]
Notify = Callable[[str], None]


class ServingError(RuntimeError):
    """Prefect cannot be told what is served; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is served: the locations of the ingest, when, and whether they are watched for what arrives."""

    locations: Sequence[Location]
    timetable: Timetable
    watch: bool


def serve_flows(
    locations: Sequence[Location],
    *,
    cron: str | None,
    every: str | None,
    rrule: str | None,
    timezone: str,
    watch: bool,
    listen: str | None = None,
    verbose: bool,
    notify: Notify,
    announce: Announce,
) -> None:
    """Serve the flows until SIGTERM, SIGINT or SIGHUP; a run that goes on then is handed back to the next one.

    No two runs of a flow overlap: Prefect cancels the new one, and the ledger's leases keep apart what Prefect does not
    see. While Prefect's server is away, nothing runs; it is waited for.

    `listen` is where `/health`, `/ready` and `/metrics` are to be had, if anywhere (endpoints.Address).

    Raises ScheduleError where the schedule is wrong, ListenError where nobody can listen there, PrefectError where
    there is no Prefect server to begin with, ServingError where it does not take our deployments.
    """
    prefect_client.configure(verbose=verbose)
    settings = Settings()
    address, pulse = Address.parse(listen) if listen else None, Pulse()
    plan = Plan(locations, asyncio.run(timetable(cron, every, rrule, timezone)), watch)
    with store_uri(settings, create=True, notify=notify) as uri, _sighup_as_sigterm():
        with open_store(uri) as db:
            ensure(db)
        served = False
        with monitored(address, uri, pulse, lambda: os.environ.get("PREFECT_API_URL"), announce):
            while True:
                try:
                    with prefect_client.running_server(notify) as api:
                        # Set before Prefect's client is made, and inherited by the processes that execute the runs.
                        os.environ["PREFECT_API_URL"] = api
                        served = True
                        if _serve(plan, api, uri, whereabouts(settings), pulse, notify, announce):
                            return
                except prefect_client.PrefectError:
                    if not served:
                        raise
                pulse.rest()
                notify("The Prefect server was away; going on as soon as it answers …")
                time.sleep(_RETRY_S)


def _serve(plan: Plan, api: str, uri: str, place: str, pulse: Pulse, notify: Notify, announce: Announce) -> bool:
    """Serve until a signal comes (True) or Prefect's server goes (False)."""
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - imports Prefect

    deployments = [deployment_of(flow, plan.locations, plan.timetable) for flow in FLOWS]
    # What Prefect prints is for people; our stdout is for answers.
    with temporary_settings({PREFECT_API_URL: api}), _handlers_kept(), redirect_stdout(sys.stderr):
        return asyncio.run(_hold(plan, deployments, api, uri, place, pulse, notify, announce))


async def _hold(
    plan: Plan,
    deployments: Sequence["RunnerDeployment"],
    api: str,
    uri: str,
    place: str,
    pulse: Pulse,
    notify: Notify,
    announce: Announce,
) -> bool:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect
    from prefect.runner import Runner  # noqa: PLC0415

    from dropwire.attending import Attendant  # noqa: PLC0415
    from dropwire.watching import Arrivals, Watcher, watchable  # noqa: PLC0415

    # Each deployment has its own limit, on the server. Stopping us must not pause the schedule: nobody would notice.
    runner = Runner(name="dropwire", query_seconds=_POLL_S, limit=None, pause_on_shutdown=False)
    watched = watchable(plan.locations) if plan.watch else []
    arrivals = Arrivals(max((location.settle_seconds for location in watched), default=0.0))
    with open_store(uri) as db:
        async with get_client() as client:
            served = await _register(runner, deployments, client, announce)
            ingest = next(id_ for id_, name in served.items() if name == full_name(INGEST))
            attendant = Attendant(client, db, ingest=ingest, served=served, arrivals=arrivals, announce=announce)
            announce(await _facts(plan, api, place))
            if watched:
                # What arrived while nobody watched.
                arrivals.note()
            await attendant.catch_up(plan.timetable, plan.locations)
            stop = asyncio.Event()
            running = asyncio.create_task(runner.start())
            # The runner sets a handler of its own as it starts, which forgets its running flows.
            await asyncio.sleep(0)
            for each in _SIGNALS:
                asyncio.get_running_loop().add_signal_handler(each, stop.set)
            attending, stopped = asyncio.create_task(attendant.run()), asyncio.create_task(stop.wait())
            beside = [attending]
            beside += [asyncio.create_task(Watcher(location, arrivals, notify).run()) for location in watched]
            beside.append(asyncio.create_task(_beat(pulse, runner, tuple(beside))))
            try:
                await asyncio.wait({running, attending, stopped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (*beside, stopped):
                    task.cancel()
                ends = await asyncio.gather(*beside, stopped, return_exceptions=True)
            if stop.is_set():
                announce({"stopping": "runs that go on hand their drops back; the next run takes over there"})
            await _stop(runner, running)
            with suppress(httpx.HTTPError, PyMongoError):
                await attendant.free()
            for end in ends:
                if isinstance(end, Exception):
                    raise end
            return stop.is_set()


async def _beat(pulse: Pulse, runner: "Runner", beside: Sequence["asyncio.Task[None]"]) -> None:
    """Say every second that all goes on: this loop, the runner's looks at what is due, and what is beside it."""
    while True:
        looked_at = runner.last_polled
        looks = looked_at is None or (datetime.now(UTC) - looked_at).total_seconds() < MOST_SILENCE_S
        if looks and not any(task.done() for task in beside):
            pulse.beat()
        await asyncio.sleep(1)


async def _register(
    runner: "Runner", deployments: Sequence["RunnerDeployment"], client: "PrefectClient", announce: Announce
) -> dict["UUID", str]:
    """Tell Prefect what is served; the names by id. A schedule that somebody left paused goes on, and that is said."""
    from prefect.deployments.runner import DeploymentApplyError  # noqa: PLC0415 - imports Prefect
    from prefect.exceptions import ObjectNotFound  # noqa: PLC0415

    served = {}
    for deployment in deployments:
        name = f"{deployment.flow_name}/{deployment.name}"
        with suppress(ObjectNotFound):
            if (await client.read_deployment_by_name(name)).paused:
                announce({"resumed": f"{name} was paused in Prefect"})
        try:
            served[await runner.aadd_deployment(deployment)] = name
        except DeploymentApplyError as error:
            raise ServingError(f"Prefect does not take the deployment {name}: {error}") from error
    return served


async def _facts(plan: Plan, api: str, place: str) -> dict[str, str]:
    """What a person wants to know who starts us."""
    (due,) = await plan.timetable.dates(datetime.now(UTC))
    prefix = "" if api == prefect_client.DEFAULT_API else f"PREFECT_API_URL={api} "
    return {
        "schedule": f"{plan.timetable}, next {due.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        **({"watch": "files that arrive are picked up at once"} if plan.watch else {}),
        "store": place,
        "prefect": api.removesuffix("/api"),
        "trigger": f"{prefix}{program('dropwire')} trigger",
        "stop": "Ctrl-C",
    }


async def _stop(runner: "Runner", running: "asyncio.Task[None]") -> None:
    """Have the runs that go on hand back what they hold, and end: Prefect gives each 30 s, then kills it."""
    if runner.started:
        await runner.astop()
    else:
        running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@contextmanager
def _sighup_as_sigterm() -> Iterator[None]:
    """When the terminal is closed, stop as for SIGTERM, so that what we started stops, too."""
    before = signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Put the handlers of signals back: an event loop that ends leaves those that kill without a word."""
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
