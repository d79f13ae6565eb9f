"""What Prefect is told of a run: its report as an artifact, one key a flow, and events for changes of alarms."""

import uuid

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event
from pymongo.database import Database

from flows.run_summary import accounting, headline, markdown
from store import observations, runs
from store.connection import Record
from store.drift import span
from store.observations import Alarm

DRIFTED = "dropwire.source.drifted"
RECOVERED = "dropwire.source.recovered"
# Of the changes of one run more than this are no news of single sources, but of ours: they go into the artifact alone.
MAX_EVENTS = 200
_NAMESPACE = uuid.UUID("6d1f7a0e-5f5b-5d0f-9a55-3a4f5e0f8b21")


def publish_run(db: Database[Record], run_id: str) -> None:
    """Publish the record of a run, which has ended, and the changes of alarms that nobody has been told.

    What cannot be published is logged and does not fail the run, which is done. Alarms that were not told then are told
    by the next run.
    """
    try:
        record = runs.get(db, run_id)
        if record is None:
            return
        changes = observations.untold(db)
        create_markdown_artifact(
            key=f"{record['flow']}-report".replace("_", "-").lower(),
            markdown=markdown(record, changes, observations.standing(db)),
            description=accounting(record) or headline(record),
        )
        for place, alarm in enumerate(changes):
            if place < MAX_EVENTS:
                tell(alarm, run_id)
            observations.told(db, alarm)
    except Exception as error:  # noqa: BLE001 - Prefect's client raises errors of many libraries
        get_run_logger().warning("the report of the run is not published: %s", type(error).__name__)


def tell(alarm: Alarm, run_id: str) -> None:
    """Emit the event of an alarm that has begun or is over. Repeated, it is the same event, by its id."""
    over = alarm.over_at is not None
    get_run_logger().warning("%s %s: %s", alarm.source, "is as usual again" if over else "has drifted", alarm.what)
    emit_event(
        RECOVERED if over else DRIFTED,
        resource={"prefect.resource.id": f"dropwire.source.{alarm.source}", "prefect.resource.name": alarm.source},
        payload={
            "source": alarm.source,
            "kind": alarm.kind.value,
            "what": alarm.what,
            "value": alarm.value,
            "low": alarm.low,
            "high": alarm.high,
            "usual": span(alarm.kind, alarm.low, alarm.high),
            "since": alarm.since.isoformat(),
            "to_do": alarm.kind.to_do,
            "run_id": run_id,
        },
        id=uuid.uuid5(_NAMESPACE, alarm.key),
    )
