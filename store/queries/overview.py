"""How the store stands: what came in, what is in quarantine, what has drifted, how the last runs went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

from pymongo.database import Database

from store import observations
from store.asking import counts_by
from store.connection import Record
from store.observations import Alarm
from store.queries.documents import matching
from store.queries.timelines import Split, Timeline, over_time
from store.queries.wanted import Criteria
from store.runs import latest as latest_runs

# Documents that are read: of the embedded store, for half a second at most.
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What there is and what came in: the part of an overview that is the same until a document changes.

    `documents` counts all (an estimate of the store's own statistics). `by_language` and `by_source` are documents a
    day of publication over the last `days` days before `now`.
    """

    documents: int
    by_language: Timeline
    by_source: Timeline


@dataclass(frozen=True, slots=True)
class Overview:
    """What a start page shows.

    `documents`, `by_language` and `by_source` as in `Arrivals`. `quarantine` counts open cases by reason, most first.
    `alarms` are the drift alarms that stand, `runs` the records of the latest runs (see docs/data-model.md).
    """

    documents: int
    by_language: Timeline
    by_source: Timeline
    quarantine: Mapping[str, int]
    alarms: tuple[Alarm, ...]
    runs: tuple[Record, ...]


def arrivals(db: Database[Record], now: datetime, *, days: int = 14, top: int = 8) -> Arrivals:
    """What came in over the last `days` days, by the `top` languages and sources; `now` is aware UTC."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lately = Criteria(since=midnight - timedelta(days=days - 1), until=midnight + timedelta(days=1))
    records, complete = matching(db, lately, ("language", "source"), most=_MOST)
    by_language, by_source = (
        over_time(records, period="day", split=split, top=top, complete=complete) for split in get_args(Split)
    )
    return Arrivals(db.documents.estimated_document_count(), by_language, by_source)


def overview(
    db: Database[Record],
    now: datetime,
    *,
    days: int = 14,
    runs: int = 5,
    top: int = 8,
    came: Arrivals | None = None,
) -> Overview:
    """What there is to say at the start; `now` is aware UTC. `came` are the `arrivals`, where somebody has kept them.

    These cost most, and are the same as long as `latest_token` is.
    """
    came = came or arrivals(db, now, days=days, top=top)
    return Overview(
        documents=came.documents,
        by_language=came.by_language,
        by_source=came.by_source,
        quarantine=counts_by(db.quarantine, "reason", state="open"),
        alarms=tuple(observations.standing(db)),
        runs=tuple(latest_runs(db, runs)),
    )
