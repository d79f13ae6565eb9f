"""How many documents there were over time."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pymongo.database import Database

from store.connection import Record
from store.queries.documents import matching
from store.queries.facets import counts
from store.queries.wanted import Criteria

Period = Literal["day", "week", "month"]
Split = Literal["language", "source"]


@dataclass(frozen=True, slots=True)
class Point:
    """A period by its first day (UTC; weeks begin on Monday) and how many documents it has.

    With a split also by value, the most frequent first over the whole timeline; `""` stands for all other values.
    """

    start: date
    documents: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Documents by period, the earliest first, periods without any in between included.

    `values` are those of the split, most frequent first. `documents` were counted, `undated` of them have no date.
    Unless `complete`, these are the newest of more: the first period may have more than is shown, as may those before.
    """

    period: Period
    points: tuple[Point, ...]
    values: tuple[str, ...]
    documents: int
    undated: int
    complete: bool


def timeline(
    db: Database[Record],
    criteria: Criteria,
    *,
    period: Period = "day",
    split: Split | None = None,
    top: int = 8,
    most: int | None = None,
) -> Timeline:
    """How many documents that meet the criteria were published in each period.

    With `split` also by language or source, the `top` most frequent ones. Over the newest `most` documents, as for
    `facets`. Raises as `find_documents` does.
    """
    records, complete = matching(db, criteria, (split,) if split else (), most=most)
    return over_time(records, period=period, split=split, top=top, complete=complete)


_FIRST_DAYS: Mapping[Period, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
}
# Long enough to come into the next period from the first day of any.
_STEPS: Mapping[Period, timedelta] = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
# Of one timeline; without it, one false date would make a line of a million days.
_MOST_POINTS = 5_000


def over_time(records: Sequence[Record], *, period: Period, split: Split | None, top: int, complete: bool) -> Timeline:
    """The timeline of these records; of more periods than a chart can show, those without documents are left out."""
    first_day = _FIRST_DAYS[period]
    totals: Counter[date] = Counter()
    parts: dict[date, Counter[str]] = {}
    frequent = counts([record[split] for record in records], top) if split else ()
    values = tuple(one.value for one in frequent)
    for record in records:
        if record["published_at"] is None:
            continue
        start = first_day(record["published_at"].date())
        totals[start] += 1
        if split:
            value = record[split]
            parts.setdefault(start, Counter())[value if value in values else ""] += 1
    points = tuple(
        Point(start, totals[start], tuple((value, own[value]) for value in (*values, "") if own[value]))
        for start in _periods(totals, period)
        for own in [parts.get(start, Counter())]
    )
    undated = len(records) - totals.total()
    return Timeline(period, points, values, len(records), undated, complete)


def _periods(totals: Collection[date], period: Period) -> list[date]:
    """All periods from the first to the last, unless these are too many."""
    starts: list[date] = []
    start, last = min(totals, default=None), max(totals, default=None)
    while start is not None and last is not None and start <= last:
        starts.append(start)
        if len(starts) > _MOST_POINTS:
            return sorted(totals)
        start = _FIRST_DAYS[period](start + _STEPS[period])
    return starts
