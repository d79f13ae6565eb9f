"""What cannot be looked at: into quarantine, and out again once it can."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from pymongo.database import Database

from flows.discover_drops import Discovery, location_id
from flows.run_report import RunReport
from store import quarantine
from store.connection import Record
from transforms.document import Rejection, WriteReport


def refuse(db: Database[Record], found: Discovery, *, run_id: str) -> RunReport:
    """Put what could not be looked at into quarantine, and take out what can be looked at again.

    What was discarded there long enough ago expires.
    """
    quarantine.sweep(db, datetime.now(UTC))
    quarantine.settle(db, map(location_id, found.readable), run_id=run_id)
    return quarantine_locations(db, found.refused, run_id)


def quarantine_locations(db: Database[Record], refused: dict[str, Rejection], run_id: str) -> RunReport:
    """Put locations into quarantine, each with its reason, and report them."""
    for location, rejection in refused.items():
        quarantine.put(db, [rejection], location, run_id=run_id, now=datetime.now(UTC))
    return RunReport(
        drops=len(refused),
        items=len(refused),
        counts=WriteReport(quarantined=len(refused)),
        reasons=count_reasons(refused.values()),
    )


def count_reasons(rejections: Iterable[Rejection]) -> dict[str, int]:
    """How many rejections there are, by reason."""
    return dict(Counter(rejection.reason.value for rejection in rejections))
