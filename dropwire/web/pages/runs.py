"""Runs: the list, and one with the same tables and bars as its artifact in Prefect."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from dropwire.web.pages.frame import catalogue_for, render, url
from dropwire.web.pages.sources import alarm_in_words
from dropwire.web.problems import not_found
from dropwire.web.security import Store
from flows.logs import clean
from flows.run_summary import sections
from store import observations, runs
from transforms.document import WriteReport

router = APIRouter()

PAGE_RUNS: Final = 40
_ALARMS: Final = 20


@router.get("/runs")
def list_runs(
    request: Request,
    db: Store,
    flow: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """The latest runs."""
    page = runs.page(db, limit=PAGE_RUNS, flow=flow or None, after=after or None)
    return render(
        request,
        "runs.html",
        runs=page.runs,
        flow=flow,
        next_link=url("/runs", flow=flow, after=page.next_token) if page.next_token else None,
    )


@router.get("/runs/{run_id}")
def run_page(request: Request, db: Store, run_id: str) -> HTMLResponse:
    """One run."""
    record = runs.get(db, run_id)
    if record is None:
        raise not_found("There is no such run.")
    counts = WriteReport(**record["counts"])
    t = catalogue_for(request)
    return render(
        request,
        "run.html",
        run=record,
        counts=counts,
        holds=counts.accounted == record["items"] and not counts.failed,
        # It may quote what a library said, which knows passwords and paths of its own.
        error=clean(record.get("error", "")),
        sections=sections(record),
        alarms=[(alarm, alarm_in_words(t, alarm)) for alarm in observations.standing(db, limit=_ALARMS)],
    )
