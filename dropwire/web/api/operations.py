"""How the store is kept: status, sources, runs, quarantine."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from dropwire.web.api import asking
from dropwire.web.api import operation_models as models
from dropwire.web.api.asking import Asking, NoParameters
from dropwire.web.kept import KeptAnswers
from dropwire.web.problems import not_found
from dropwire.web.security import Store
from store import quarantine, queries, runs, source_queries
from store.quarantine import Selection
from transforms.document import Reason

router = APIRouter(tags=["operations"], generate_unique_id_function=lambda route: route.name)
RunId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$", description="The run's `_id`.")]


@router.get("/status", summary="How the store stands")
def status(db: Store, kept: KeptAnswers, asked: Annotated[asking.Days, Asking()]) -> models.Status:
    """Documents by day, open cases in quarantine, sources that have drifted, the latest runs."""
    now = datetime.now(UTC)
    came = kept.of(("status", now.date(), asked.days), lambda: queries.arrivals(db, now, days=asked.days))
    found = queries.overview(db, now, came=came)
    return models.Status(
        documents=found.documents,
        by_language=found.by_language,
        by_source=found.by_source,
        quarantine=found.quarantine,
        alarms=[models.AlarmOf.of(alarm) for alarm in found.alarms],
        runs=[models.Run.of(record) for record in found.runs],
    )


@router.get("/sources", summary="Sources")
def list_sources(db: Store, asked: Annotated[asking.Limited, Asking()]) -> models.Sources:
    """The sources with the most news, what drifted of them, how much is cut, how many lines recur."""
    found = source_queries.list_sources(db, datetime.now(UTC))
    return models.Sources(sources=[models.SourceOf.of(source) for source in found[: asked.limit]])


@router.get("/runs", summary="Runs")
def list_runs(db: Store, asked: Annotated[asking.Runs, Asking()]) -> models.RunPage:
    """The latest runs, newest first, with their accounting."""
    return models.RunPage(runs=[models.Run.of(record) for record in runs.latest(db, asked.limit, asked.flow)])


@router.get("/runs/{run_id}", summary="A run", dependencies=[NoParameters])
def run(db: Store, run_id: RunId) -> models.Run:
    """A run with its accounting."""
    record = runs.get(db, run_id)
    if record is None:
        raise not_found("There is no run with this id.")
    return models.Run.of(record)


@router.get("/quarantine", summary="What could not be processed")
def list_quarantine(db: Store, asked: Annotated[asking.Cases, Asking()]) -> models.Quarantine:
    """Open cases: all of them by reason and source, and the newest ones."""
    reason = next((reason for reason in Reason if reason.value == asked.reason), None)
    if asked.reason and reason is None:
        raise not_found(f"There is no such reason. There are: {', '.join(Reason)}.")
    selection = Selection(reason=reason, source=asked.source)
    return models.Quarantine(
        groups=[models.QuarantineGroup.of(group) for group in quarantine.groups(db, selection)],
        cases=[models.CaseOf.of(case) for case in quarantine.find_cases(db, selection, limit=asked.limit)],
    )
