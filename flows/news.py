"""What a batch brings of each source: what became of its items, and what is observed of what is new."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pymongo.database import Database

from flows.breakdown import Breakdown
from flows.durations import StopWatch
from store import observations
from store.connection import Record
from store.documents import Entry, Outcome
from store.drift import Observation
from transforms.document import Item, Reason, Rejection, WriteReport

# What is lost of the observations, at most, when the worker is killed; a write for so many documents costs nothing.
_HELD_ITEMS = 64
NEW = frozenset({"inserted", "revised"})


class News:
    """Collects observations of new documents and rejected items, and adds them to the store a few at a time."""

    def __init__(self, db: Database[Record]) -> None:
        self._db = db
        self._held: dict[str, Observation] = {}
        self._token = uuid.uuid4().hex

    def add(
        self, told: Iterable[tuple[Entry, Outcome]], rejections: Iterable[Rejection], otherwise: Mapping[str, str]
    ) -> None:
        """Observe new documents and rejected items; those that name no source are of that of their drop."""
        for entry, outcome in told:
            if outcome in NEW:
                document = entry.document
                self._hold(document.source, observations.observe(document, entry.version.arrived_at))
        # What somebody had erased says nothing of its source.
        sent = (rejection for rejection in rejections if rejection.reason != Reason.ERASED)
        for source, count in _by_source(sent, otherwise).items():
            self._hold(source, observations.rejected(count))

    def _hold(self, source: str, observation: Observation) -> None:
        self._held[source] = self._held.get(source, Observation()) + observation

    def write(self, now: datetime, *, all_of_it: bool = True) -> None:
        """Add what is held to the store, unless it is little and not `all_of_it` is asked for. Raises PyMongoError.

        After an error the same is held under the same token, so that nothing is counted twice.
        """
        items = sum(observation.items for observation in self._held.values())
        if items and (all_of_it or items >= _HELD_ITEMS):
            observations.add(self._db, self._held, token=self._token, now=now)
            self._held = {}
            self._token = uuid.uuid4().hex


def breakdown(
    chunk: Iterable[Item | Rejection],
    told: Sequence[tuple[Entry, Outcome]],
    rejections: Iterable[Rejection],
    otherwise: Mapping[str, str],
    watch: StopWatch,
    worker: str,
) -> Breakdown:
    """What there was in a chunk, with the outcomes of its entries; the watch begins anew.

    `otherwise` are the sources of what names none, by drop.
    """
    counts: dict[str, Counter[str]] = {}
    for entry, outcome in told:
        counts.setdefault(entry.document.source, Counter())[outcome] += 1
    for source, count in _by_source(rejections, otherwise).items():
        counts.setdefault(source, Counter())["quarantined"] += count
    steps, watch.seconds = watch.seconds, {}
    return Breakdown(
        sources={source: WriteReport(**outcomes) for source, outcomes in counts.items()},
        languages=Counter(entry.document.language.tag for entry, outcome in told if outcome in NEW),
        characters=sum(len(item.original) for item in chunk if isinstance(item, Item)),
        steps=steps,
        workers=(worker,),
    )


def _by_source(rejections: Iterable[Rejection], otherwise: Mapping[str, str]) -> Counter[str]:
    return Counter(rejection.source or otherwise[rejection.drop_id] for rejection in rejections)
