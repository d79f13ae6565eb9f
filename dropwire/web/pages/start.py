"""The overview: what came in, what needs a look, the latest documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pymongo.database import Database

from dropwire.web import charts
from dropwire.web.kept import Kept, KeptAnswers
from dropwire.web.pages.frame import catalogue_for, render
from dropwire.web.pages.sources import alarm_in_words
from dropwire.web.security import Store
from store.connection import Record
from store.queries import Criteria, Split, Timeline, arrivals, find_documents, overview, timeline

router = APIRouter()

DAYS: Final = 14
_LATEST: Final = 8
_ALARMS: Final = 6
_SERIES: Final = 6
# Where nothing was published lately, the months of the newest documents are shown instead.
_MONTHS: Final = 24
_MONTHS_OF_DOCUMENTS: Final = 500


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with its legend and its table: `rows` are a period each, and how many of each of the `values`.

    The value `""` stands for all others. `undated` documents were counted and have no date. `complete` is False where
    there are more documents than were counted.
    """

    split: Split
    period: str
    chart: charts.Chart
    values: tuple[str, ...]
    rows: tuple[tuple[date, tuple[int, ...]], ...]
    documents: int
    undated: int
    complete: bool


@router.get("/")
def start(request: Request, db: Store, kept: KeptAnswers) -> HTMLResponse:
    """How the store stands."""
    now, t = datetime.now(UTC), catalogue_for(request)
    came = kept.of(("start", now.date()), lambda: arrivals(db, now, days=DAYS, top=_SERIES))
    state = overview(db, now, came=came)
    latest = find_documents(db, Criteria(), limit=_LATEST)
    return render(
        request,
        "start.html",
        state=state,
        days=DAYS,
        panels=_panels(db, kept, (came.by_language, came.by_source)),
        latest=latest.documents,
        alarms=[(alarm, alarm_in_words(t, alarm)) for alarm in state.alarms[:_ALARMS]],
        open_cases=sum(state.quarantine.values()),
    )


def _panels(db: Database[Record], kept: Kept, recent: tuple[Timeline, Timeline]) -> list[Panel]:
    splits: tuple[Split, Split] = ("language", "source")
    if any(each.documents > each.undated for each in recent):
        return [panel(split, each) for split, each in zip(splits, recent, strict=True)]
    by_month = kept.of("months", lambda: [_months(db, split) for split in splits])
    return [panel(split, each, _MONTHS) for split, each in zip(splits, by_month, strict=True) if each.points]


def _months(db: Database[Record], split: Split) -> Timeline:
    return timeline(db, Criteria(), period="month", split=split, top=_SERIES, most=_MONTHS_OF_DOCUMENTS)


def panel(split: Split, counted: Timeline, most: int = 0) -> Panel:
    """A timeline as a chart; with `most` only its last periods."""
    points = counted.points[-most:]
    has_others = any("" in dict(point.parts) for point in points)
    values = (*(value for value in counted.values if value), *([""] if has_others else []))
    rows = tuple((point.start, _in_order(dict(point.parts), values)) for point in points)
    columns = [charts.Column(start, counts) for start, counts in rows]
    return Panel(
        split,
        counted.period,
        charts.stacked(columns, has_others=has_others),
        values,
        rows,
        sum(point.documents for point in points),
        counted.undated,
        counted.complete and len(points) == len(counted.points),
    )


def _in_order(parts: dict[str, int], values: Sequence[str]) -> tuple[int, ...]:
    return tuple(parts.get(value, 0) for value in values)
