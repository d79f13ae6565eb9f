"""The flows that a process or a work pool runs: which there are, and how Prefect is told of them.

A new flow is one line in FLOWS here and one deployment in prefect.yaml; a test compares the two.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from locations import Location

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.deployments.runner import RunnerDeployment

    from dropwire.schedules import Timetable

# The scheduled flow, and the names of the deployments: that of the scheduled one, and of those that are run by hand.
INGEST: Final = "ingest_drops"
SCHEDULED_NAME: Final = "drops"
MANUAL_NAME: Final = "manual"
# flows/X.py has the flow X, which Prefect calls by the same words with hyphens.
FLOWS: Final = (
    INGEST,
    "learn_templates",
    "refresh_entities",
    "reprocess_documents",
    "replay_quarantine",
    "erase_documents",
)

TAGS: Final = ("dropwire",)
# Whoever emits this event to Prefect, about whatever resource, has the ingest run.
ARRIVED: Final = "dropwire.drop.arrived"
# Events come in showers. The first one has a run begin after so long, and those between are that run's, too; a file
# has settled by then.
EVENT_PAUSE: Final = timedelta(seconds=10)


def full_name(flow: str) -> str:
    """What Prefect calls the deployment of a flow."""
    return f"{flow.replace('_', '-')}/{SCHEDULED_NAME if flow == INGEST else MANUAL_NAME}"


def deployment_of(flow: str, locations: Sequence[Location], timetable: "Timetable") -> "RunnerDeployment":
    """The deployment of a flow, for the process that serves it: never two runs of it at a time."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy  # noqa: PLC0415
    from prefect.events import DeploymentEventTrigger  # noqa: PLC0415
    from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415

    scheduled = flow == INGEST
    loaded: Flow[..., Any] = getattr(import_module(f"flows.{flow}"), flow)
    trigger = DeploymentEventTrigger(
        name=f"{full_name(flow)} on {ARRIVED}", expect={ARRIVED}, within=EVENT_PAUSE, schedule_after=EVENT_PAUSE
    )
    deployment: RunnerDeployment = loaded.to_deployment(  # type: ignore[assignment]  # not in a loop: no coroutine
        full_name(flow).partition("/")[2],
        schedule=timetable.for_prefect() if scheduled else None,
        # Runs are started in folders of their own, so the locations are made absolute here.
        parameters={"locations": [absolute(location) for location in locations]} if scheduled else None,
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        description=loaded.description,
        tags=list(TAGS),
        triggers=[trigger] if scheduled else [],
        entrypoint_type=EntrypointType.MODULE_PATH,
        # A schedule that was left paused by whomever goes on: see docs/operations.md.
        paused=False,
    )
    # Said explicitly, these also replace what a deployment of this name had for a work pool.
    deployment.work_pool_name = deployment.work_queue_name = None
    return deployment


def is_refusal(message: str | None) -> bool:
    """Whether this is what Prefect says of a run that it cancels because another one of its deployment goes on."""
    return (message or "").startswith("Deployment concurrency ")


def absolute(location: Location) -> dict[str, Any]:
    """A location as Prefect stores it and shows it in its form."""
    url = location.url if location.protocol else os.fspath(Path(location.path).absolute())
    return {**asdict(location), "url": url, "include": list(location.include), "exclude": list(location.exclude)}
