"""The embedded store's pages: documents in order, newest first, found stretch by stretch.

SecantusDB 0.7.0b3 reads whatever a question is about before it thinks of the limit: 0.13 ms a document of 8 kB, by an
index that answers the whole question, while a question that finds nothing takes 0.7 ms. So documents are asked for in
stretches of time, each as wide as those before make it likely to hold what is missing; where nothing was found the next
is twelve times as wide: chance leaves a stretch empty that should have had three documents one time in twenty, so
this rarely reads fifty for twenty.

Documents of which only the day is known share its midnight, thousands of them in a large archive. As long as a stretch
is shorter than a day, a midnight is by itself, and cut by ids, which are hashes: any range of them has its share.
What has no date is cut the same way.

A criterion leads: an index has it, with dates and ids. Of several the one leads that leads to fewer documents, and the
rest is looked at here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from math import inf
from time import monotonic
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from store.connection import Record
from store.queries.wanted import EARLIEST, Wanted

# The date and the id of a document, or behind which there are others.
Place = tuple[datetime | None, str]
ORDER: Final = [("published_at", DESCENDING), ("_id", ASCENDING)]
# The store keeps milliseconds.
_STEP: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time(tzinfo=None)
_LAST_WIDTH: Final = timedelta(days=365 * 20)
# Nothing is known before the first stretch but how many documents there are: as if they were of the last thirty days.
_DENSEST: Final = timedelta(days=30)
# Of the documents of the densest day, those that share its midnight.
_OF_A_MIDNIGHT: Final = 0.2
# Where a whole import has one day, this bounds what is read of it.
_FIRST_SHARE: Final = 1 / 16
_LEAST_WIDTH: Final = timedelta(minutes=1)
_MORE_THAN_LIKELY: Final = 1.4
_OVER_A_GAP: Final = 12.0
_NARROWER: Final = 0.25
# Documents that are read with one question, about: who has no patience looks at the clock in between.
_AT_ONCE: Final = 250.0
# Documents that may be read for the next stretch where those read so far were not wanted.
_IN_VAIN: Final = 64.0
# Behind all ids of a date, and behind all dates.
LAST_ID: Final = "f" * 33
BEFORE_UNDATED: Final[Place] = (None, "0")
# Documents after which another criterion may lead.
_MANY: Final = 16
# Digits of ids that ranges are cut by; ids have 32.
_DIGITS: Final = 8
_SMALLEST_SHARE: Final = 16.0**-_DIGITS


@dataclass(slots=True)
class _Lead:
    """What an index has: questions that go together, and what they led to so far.

    `width` is how long the next stretch should be; in stretches of `span` in all, `read` documents were read.
    """

    queries: Sequence[Mapping[str, Any]]
    width: timedelta
    read: int = 0
    found: int = 0
    span: timedelta = timedelta()

    @property
    def density(self) -> float:
        """Documents a day; of an untried one none, so it will be tried."""
        return self.read / (self.span / _DAY) if self.span else 0.0

    @property
    def in_vain(self) -> bool:
        """Whether most of what it led to was not wanted."""
        return self.read >= _MANY and self.found < self.read / 2


@dataclass(slots=True)
class Stretches:
    """Records as they are found, in order, until there are `limit` of them. `known` is about how many the store has.

    After `patience_s` seconds, where they are given, and 250 documents read, no other stretch is begun; `reached` is
    where to go on, then. So a small store answers whole, however busy the machine is.
    """

    db: Database[Record]
    wanted: Wanted
    limit: int
    known: int
    projection: Mapping[str, int] | None
    patience_s: float | None = None
    clock: Callable[[], float] = monotonic
    found: list[Record] = field(default_factory=list)
    reached: Place | None = None
    _over_at: float = inf
    _leads: list[_Lead] = field(init=False)
    _lead: _Lead = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the first lead, and to lose patience."""
        self._leads = [_Lead(queries, _LEAST_WIDTH) for queries in self.wanted.leads]
        self._lead = self._leads[0]
        if self.patience_s is not None:
            self._over_at = self.clock() + self.patience_s

    def below(self, top: datetime | None, newest: datetime | None, width: timedelta | None = None) -> None:
        """Find what is dated before `top`, or at any time where it is None; `newest` is where to begin to look.

        So many documents as are wanted are likely to be in a stretch that is `width` long.
        """
        since = _up_to_a_step(self.wanted.since) if self.wanted.since else None
        until = _up_to_a_step(self.wanted.until) if self.wanted.until else None
        top = min((one for one in (top, until) if one), default=None)
        at = min((one for one in (top, newest) if one), default=None)
        share = self._share_of_a_midnight(width)
        # Nobody knows what a midnight has before one was looked at, or a page was longer than a day.
        known = width is not None and width >= _DAY
        width = max(_LEAST_WIDTH, _MORE_THAN_LIKELY * (width or self._densest))
        for lead in self._leads:
            lead.width = width
        while self._missing and (top is None or top > (since or EARLIEST)):
            lead = self._best()
            width = lead.width
            if at is None or width >= _LAST_WIDTH or at < EARLIEST + _LAST_WIDTH:
                self._read(_dates(since, top), BEFORE_UNDATED)
                return
            midnight = (at - _STEP).replace(hour=0, minute=0, second=0, microsecond=0)
            by_itself = self.wanted.with_ids and (width < _DAY or not known) and midnight >= (since or EARLIEST)
            if by_itself and at - width <= midnight:
                known = True
                span = max(at - midnight, _STEP)
                read, found = self._read(_dates(midnight + _STEP, top), (midnight + _STEP, LAST_ID))
                lead.span += span
                lead.width = max(span * self._likely(read, found), timedelta() if read else width)
                before = len(self.found)
                there, share = self.by_ids(midnight, share=share)
                if there:
                    a_day = _DAY / span
                    wanted = found * a_day + len(self.found) - before
                    lead.width = _DAY * self._likely(read * a_day + there, wanted)
                at = top = midnight
            else:
                low = max(at - width, since or EARLIEST)
                read, found = self._read(_dates(low, top), (low, LAST_ID))
                lead.span += at - low
                lead.width = (at - low) * self._likely(read, found)
                at = top = low

    def after(self, date: datetime, beyond: str, width: timedelta | None) -> None:
        """Find what has this date and ids beyond this one; `width` as in `below`."""
        self.by_ids(date, beyond, self._share_of_a_midnight(width) if date.time() == _MIDNIGHT else 1.0)

    def by_ids(self, date: datetime | None, beyond: str = "", share: float | None = None) -> tuple[int, float]:
        """Find what has this date, or none, and ids beyond this one; `share` of all ids is likely to be enough.

        Returns how many documents were read, and which share would have been enough.
        """
        start = begin = int(beyond[:_DIGITS].ljust(_DIGITS, "0"), 16) * _SMALLEST_SHARE
        # As if none had a date.
        share = share or self.limit / max(self.known, 1)
        share = share if self.wanted.with_ids else 1.0
        count = 0
        while self._missing and start < 1:
            end = start + max(share, _SMALLEST_SHARE)
            end = end if end + share < 1 else 1.0
            upper = f"{int(end / _SMALLEST_SHARE):0{_DIGITS}x}" if end < 1 else ""
            ids = {name: one for name, one in (("$gt", beyond), ("$lte", upper)) if one}
            read, found = self._read(date, (date, upper or LAST_ID), ids)
            share = (end - start) * self._likely(read, found)
            start, beyond = end, upper
            count += read
        return count, (start - begin) * self.limit / count if count else 1.0

    def _best(self) -> _Lead:
        """The lead to go on with: another one where much was read in vain, the one by which least is read."""
        if self._lead.in_vain:
            self._lead = min(self._leads, key=lambda one: one.density)
        return self._lead

    def _share_of_a_midnight(self, width: timedelta | None) -> float:
        """Which share of the ids at a midnight is likely to be enough where `width` is, or is not known."""
        share = _MORE_THAN_LIKELY * (width / _DAY) if width else self._densest / _DAY / _OF_A_MIDNIGHT
        return min(share, _FIRST_SHARE)

    @property
    def _densest(self) -> timedelta:
        return _DENSEST * (self.limit / max(self.known, 1))

    @property
    def _missing(self) -> int:
        return 0 if self.reached else max(self.limit - len(self.found), 0)

    def _likely(self, read: float, found: float) -> float:
        """By how much longer than the last stretch the next one should be."""
        if not found:
            return min(_IN_VAIN / read, _OVER_A_GAP) if read else _OVER_A_GAP
        likely = min(_MORE_THAN_LIKELY * self._missing / (found + 1), _OVER_A_GAP, max(_AT_ONCE / read, 1))
        return max(_NARROWER, likely)

    def _read(self, dates: Any, end: Place, ids: Mapping[str, str] | None = None) -> tuple[int, int]:
        """Read one stretch, up to `end`. Returns how many documents were read, and how many of them were wanted."""
        missing = self._missing
        if not missing:
            return 0, 0
        bounds = {"published_at": dates, **({"_id": ids} if ids and self.wanted.with_ids else {})}
        behind = ids.get("$gt", "") if ids else ""
        part: dict[str, Record] = {}
        read = 0
        for condition in self._lead.queries:
            query = {**condition, **bounds}
            how = (query, self.projection) if self.projection is not None else (query,)
            cursor = self.db.documents.find(*how)
            exact = self.wanted.exact and (self.wanted.with_ids or not behind)
            if exact:
                cursor = cursor.sort(ORDER).limit(missing)
            for record in cursor:
                read += 1
                if exact or (record["_id"] > behind and self.wanted.holds(record)):
                    part[record["_id"]] = record
        self.found += sorted(part.values(), key=newest_first)[:missing]
        self._lead.read += read
        self._lead.found += len(part)
        enough = sum(lead.read for lead in self._leads) >= _AT_ONCE
        if enough and self.clock() >= self._over_at and len(self.found) < self.limit:
            self.reached = end
        return read, len(part)


def newest_first(record: Record) -> tuple[float, str]:
    """What records are sorted by: newest first, those without a date last, then by id."""
    at = record["published_at"]
    return -at.timestamp() if at else inf, record["_id"]


def _dates(low: datetime | None, top: datetime | None) -> dict[str, datetime]:
    """The condition for dates from `low` until before `top`, as SecantusDB's indexes answer it.

    Not `$gte` nor `$lt`: where an index has fields behind a date, 0.7.0b3 leaves out what equals the former, and reads
    all that equals the latter. Without a lower bound it reads what has no date.
    """
    above = low - _STEP if low and low > EARLIEST else EARLIEST
    return {"$gt": above, **({"$lte": top - _STEP} if top else {})}


def _up_to_a_step(moment: datetime) -> datetime:
    rest = timedelta(microseconds=-moment.microsecond % 1000)
    # There is nothing after the last moment there is.
    last = datetime.max.replace(tzinfo=moment.tzinfo) - rest
    return moment + rest if moment <= last else moment.replace(microsecond=999_000)
