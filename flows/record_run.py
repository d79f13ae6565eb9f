"""The record of a run in the store, from its beginning to whatever end."""

import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prefect import get_run_logger, runtime
from pymongo.database import Database
from pymongo.errors import PyMongoError

from flows import logs, telemetry
from flows.lease import INTERVAL_S, heartbeat
from flows.publish_run import publish_run
from flows.run_report import AccountingError, Learned, RunReport
from locations import Location, as_location
from store import ensure, observations, runs
from store.connection import Record
from store.ledger import Holder
from transforms import versions


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run that is being recorded under `run_id`."""

    db: Database[Record]
    run_id: str

    def advance(self, so_far: RunReport, *, drops: int) -> None:
        """Record how far the run is with its `drops`, for whoever watches, and for whoever asks why it failed."""
        get_run_logger().info("%d of %d drops done", so_far.drops, drops)
        try:
            runs.advance(
                self.db,
                self.run_id,
                drops=drops,
                drops_done=so_far.drops,
                items=so_far.items,
                counts=so_far.counts,
                reasons=so_far.reasons,
            )
        except PyMongoError as error:
            # Whoever watches can wait; whether the run can go on without the store, the next batch finds out.
            get_run_logger().warning("the store cannot be told how far the run is: %s", error)

    def complete(self, report: RunReport, outcome: Mapping[str, int] | None = None) -> None:
        """Check the accounting and record the end. Raises AccountingError where it does not hold.

        `outcome` are the counts of a flow that reads no items itself.
        """
        get_run_logger().info(report.accounting)
        if not report.holds:
            raise AccountingError(report.accounting)
        report = self._watched(report)
        runs.complete(
            self.db,
            self.run_id,
            items=report.items,
            counts=report.counts,
            reasons=report.reasons,
            seconds=report.seconds,
            learned=asdict(report.learned) if report.learned != Learned() else None,
            outcome=outcome,
            left={"waiting": report.waiting, "busy": report.busy},
            breakdown=report.breakdown.to_record(),
            now=datetime.now(UTC),
        )
        telemetry.record_run(report)

    def _watched(self, report: RunReport) -> RunReport:
        """The report with the time that it took to look at the sources: for drift and for silence."""
        start = time.perf_counter()
        try:
            observations.watch(self.db, runs.stores_time(self.db, self.run_id) or datetime.now(UTC))
        except PyMongoError as error:
            # The next run looks at them, too; what this one did is done.
            get_run_logger().warning("the sources were not looked at for drift: %s", logs.clean(str(error)))
        return report + RunReport(seconds={"watch": time.perf_counter() - start})


@contextmanager
def recorded_run(db: Database[Record]) -> Iterator[RecordedRun]:
    """Make the store ready and record the run around the block; an error that leaves it makes it a failed run."""
    telemetry.start()
    ensure(db)
    run_id = str(runtime.flow_run.id)
    runs.start(
        db,
        run_id,
        flow=str(runtime.flow_run.flow_name),
        holder=Holder.this_process(),
        parameters=_storable(runtime.flow_run.parameters),
        versions={
            "dropwire": version("dropwire"),
            "pipeline": versions.PIPELINE,
            "python": platform.python_version(),
            "prefect": version("prefect"),
            "models": versions.models(),
        },
        now=datetime.now(UTC),
    )
    try:
        with (
            heartbeat(lambda: runs.renew(db, run_id), INTERVAL_S),
            logs.about(run_id=run_id),
            telemetry.span("run", run_id=run_id, flow=str(runtime.flow_run.flow_name)),
        ):
            yield RecordedRun(db, run_id)
    except BaseException as error:
        try:
            runs.fail(db, run_id, _why(error), datetime.now(UTC))
        except PyMongoError:
            get_run_logger().warning("the store cannot be told that the run failed")
        # Who ends us (SIGTERM, a cancelled run) does not wait for a report.
        if isinstance(error, Exception):
            publish_run(db, run_id)
        raise
    publish_run(db, run_id)


def _why(error: BaseException) -> str:
    """Why a run ends before its time, without passwords and texts."""
    if isinstance(error, Exception):
        return logs.clean(f"{type(error).__name__}: {error}")
    return "it was stopped (SIGTERM, Ctrl-C or cancelled); the next run goes on where it stopped"


def _storable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as the store can hold them: locations as plain records, absolute, without user and password."""
    # BSON knows moments, but no days.
    known = {name: value.isoformat() if isinstance(value, date) else value for name, value in parameters.items()}
    return {name: [_plain(each) for each in value] if name == "locations" else value for name, value in known.items()}


def _plain(location: str | Location) -> Any:
    asked = as_location(location)
    url = asked.printable if asked.protocol else os.fspath(Path(asked.path).absolute())
    if isinstance(location, str):
        return url
    facts = {**asdict(location), "url": url}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}
