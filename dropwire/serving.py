"""The command `serve`: the schedule and the manual trigger, held by one process."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pymongo.errors import PyMongoError

from dropwire import prefect_client
from dropwire.access import store_uri, whereabouts
from dropwire.hints import program
from dropwire.settings import Settings
from flows.run_report import accounting_line
from locations import Location
from store import ensure, open_store, runs
from transforms.document import WriteReport

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

DEPLOYMENT = "drops"
# A run takes seconds to start; a line about its end may be this late.
WATCH_INTERVAL_S = 2


class ServingError(RuntimeError):
    """The schedule cannot be served; the message says what to do."""


def serve_ingest(
    locations: Sequence[Location],
    *,
    cron: str,
    verbose: bool,
    notify: Callable[[str], None],
    announce: Callable[[dict[str, str]], None],
) -> None:
    """Serve the scheduled ingest until interrupted.

    Overlapping runs are cancelled by Prefect, and by the ledger's leases where Prefect does not see them.
    Raises ServingError where the schedule is wrong, PrefectError where there is no Prefect server.
    """
    prefect_client.configure(verbose=verbose)
    settings = Settings()
    with store_uri(settings, create=True, notify=notify) as uri:
        with open_store(uri) as db:
            ensure(db)
        with prefect_client.running_server(notify) as api:
            # Set before Prefect's client is made, and inherited by the processes that execute the runs.
            os.environ["PREFECT_API_URL"] = api
            _serve(locations, cron, api, uri, whereabouts(settings), announce)


def _tell_runs(uri: str, announce: Callable[[dict[str, str]], None]) -> None:
    """Announce every run that ends from now on; they are executed in processes of their own."""
    told: set[str] | None = None
    with open_store(uri) as db:
        while True:
            try:
                ended = {run["_id"]: run for run in runs.latest(db, 20) if run["state"] != "running"}
            except PyMongoError:
                ended = {}
            for run_id in [] if told is None else ended.keys() - told:
                announce({"run": f"{ended[run_id]['finished_at']:%Y-%m-%d %H:%M} UTC, {outcome_of(ended[run_id])}"})
            told = (told or set()) | ended.keys()
            time.sleep(WATCH_INTERVAL_S)


def _absolute(location: Location) -> dict[str, Any]:
    """A location as Prefect stores it and shows it in its form."""
    url = location.url if location.protocol else os.fspath(Path(location.path).absolute())
    return {**asdict(location), "url": url, "include": list(location.include), "exclude": list(location.exclude)}


def outcome_of(run: Mapping[str, Any]) -> str:
    """The accounting line of a run's record, or why it failed."""
    if run["state"] == "failed":
        return f"failed: {run.get('error', '')}"
    return accounting_line(run["items"], WriteReport(**run["counts"]))


def _serve(
    locations: Sequence[Location],
    cron: str,
    api: str,
    uri: str,
    place: str,
    announce: Callable[[dict[str, str]], None],
) -> None:
    from prefect import serve  # noqa: PLC0415 - imports Prefect
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy  # noqa: PLC0415
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    from flows.ingest_drops import ingest_drops  # noqa: PLC0415

    with temporary_settings({PREFECT_API_URL: api}):
        try:
            deployment = ingest_drops.to_deployment(
                DEPLOYMENT,
                cron=cron,
                # A run starts in a folder of its own, so the locations are made absolute here.
                parameters={"locations": [_absolute(location) for location in locations]},
                concurrency_limit=ConcurrencyLimitConfig(
                    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
                ),
                description="Picks up new drops and brings their documents into the store.",
                tags=["dropwire"],
            )
        except ValueError as error:
            raise ServingError(f"{cron!r} is no cron schedule: {error}") from error
        prefect = program("prefect")
        announce(
            {
                "schedule": f"{cron} (UTC)",
                "store": place,
                "prefect": api.removesuffix("/api"),
                "trigger": f"PREFECT_API_URL={api} {prefect} deployment run {ingest_drops.name}/{DEPLOYMENT}",
                "stop": "Ctrl-C",
            }
        )
        threading.Thread(target=_tell_runs, args=(uri, announce), daemon=True).start()
        # Nobody would notice that a schedule stayed paused: stopping us must not pause it.
        serve(cast("RunnerDeployment", deployment), pause_on_shutdown=False, print_starting_message=False, limit=1)
