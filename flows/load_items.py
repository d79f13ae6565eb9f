"""From items to documents in the store, some items at a time, whichever drops they are of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pymongo.database import Database

from flows import logs, news
from flows.clean_again import clean_again
from flows.durations import StopWatch
from flows.limits import ITEM_SECONDS_VARIABLE
from flows.news import News
from flows.refusals import Guard
from flows.run_report import RunReport
from flows.telemetry import timed
from flows.time_limit import OutOfTimeError, TimeLimit
from flows.unreadable import count_reasons
from locations import Location, Target
from store import copies, documents, entities, templates
from store.connection import Record
from store.documents import Entry
from store.ledger import Claim, Holder
from transforms import near_copies, pipeline
from transforms.boilerplate import Site
from transforms.document import Document, Item, Reason, Rejection, Version, WriteReport
from transforms.models import Models, shared_models
from transforms.readers import FieldMapping, Limits


@dataclass(frozen=True, slots=True)
class Work:
    """What all drops of a batch are loaded with."""

    db: Database[Record]
    location: Location | None
    target: Target | None
    source: str | None
    fields: FieldMapping
    limits: Limits
    time_limit: TimeLimit
    holder: Holder
    reread: bool
    run_id: str
    guard: Guard
    news: News
    watch: StopWatch = field(default_factory=StopWatch)
    sites: dict[str, templates.Known] = field(default_factory=dict)

    def known(self, sources: set[str]) -> dict[str, templates.Known]:
        """What is known of these sources; of the last ones that were asked for it is read only where it has changed."""
        found = templates.known(self.db, sources, self.sites)
        self.sites.clear()
        self.sites.update(found)
        return found

    def source_of(self, place: str) -> str:
        """The source of items that name none: what the location says, else what the run says, else their folder."""
        relative = self.target.relative(place) if self.target else None
        given = self.location.source_of(relative or "") if self.location else None
        return given or self.source or place.rpartition("/")[0].rpartition("/")[2]

    @property
    def late(self) -> str:
        """What is said of an item that took too long; its end is missing."""
        return f"an item took longer than {self.time_limit.seconds:g} s, the limit ({ITEM_SECONDS_VARIABLE})"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of items: the report of all, the outcomes by drop, and those that go to quarantine."""

    report: RunReport
    counts: Mapping[str, WriteReport]
    rejections: Sequence[Rejection]


def load_items(
    work: Work, items: Sequence[Item | Rejection], claims: Mapping[str, Claim], check: Callable[[], None]
) -> Loaded:
    """Make documents of items and bring them into the store, with all that follows from them, but no quarantine.

    `claims` are those on their drops; `check` is asked before anything is written whether they still are ours, and
    raises where they are not. Raises PyMongoError where trying again may help.
    """
    seconds: dict[str, float] = {}
    rejections: list[Rejection] = []
    told: list[tuple[Entry, documents.Outcome]] = []
    entries: list[Entry] = []
    sifted, erased = work.guard.sift(items)
    known = work.known({item.source for item in sifted if isinstance(item, Item)})
    with timed(seconds, "transform"):
        models = shared_models()
        for item in sifted:
            made = item if isinstance(item, Rejection) else _process(work, item, models, Site(known[item.source].keys))
            if isinstance(made, Document):
                made = work.guard.refuses(made, erased) or made
            if isinstance(made, Rejection):
                rejections.append(made)
            elif isinstance(item, Item):
                claim = claims[item.drop_id]
                last, first = (
                    Version(moment, claim.drop_id, item.index) for moment in (claim.arrived_at, claim.first_arrived_at)
                )
                entries.append(Entry(made, item.original, last, first, item))
    check()
    with timed(seconds, "write"):
        work.guard.clear(erased)
        _, refused = documents.upsert(work.db, entries, told=told)
        _keep_up(work.db, entries, known)
    with timed(seconds, "copies"):
        copies.follow(work.db, [*erased, *(entry.document.doc_id for entry in entries)], near_copies)
    with timed(seconds, "entities"):
        entities.settle(work.db, [entry.document.doc_id for entry in entries])
    rejections += refused
    sources = {drop_id: work.source_of(claim.location) for drop_id, claim in claims.items()}
    if not work.reread:
        # What is read again is no news.
        new = [rejection for rejection in rejections if claims[rejection.drop_id].is_first]
        work.news.add(told, new, sources)
        work.news.write(now(), all_of_it=False)
    counts = _counts(entries, told, rejections)
    report = RunReport(
        items=len(items),
        counts=sum(counts.values(), WriteReport()),
        reasons=count_reasons(rejections),
        seconds=seconds,
        breakdown=news.breakdown(items, told, rejections, sources, work.watch, work.holder.name),
    )
    return Loaded(report, counts, rejections)


def _process(work: Work, item: Item, models: Models, site: Site) -> Document | Rejection:
    with logs.about(drop_id=item.drop_id):
        try:
            with work.time_limit.on_this():
                work.watch.start()
                made = pipeline.process(item, models, site, work.watch.lap)
        except OutOfTimeError:
            return pipeline.reject(item, Reason.OUT_OF_TIME, f"{work.late} to process")
        if isinstance(made, Document):
            logs.LOGGER.debug("item %d is ready", item.index, extra={"doc_id": made.doc_id})
        return made


def _counts(
    entries: Sequence[Entry], told: Sequence[tuple[Entry, documents.Outcome]], rejections: Sequence[Rejection]
) -> dict[str, WriteReport]:
    """What became of the items of each drop."""
    counts: dict[str, WriteReport] = {}

    def add(drop_id: str, report: WriteReport) -> None:
        counts[drop_id] = counts.get(drop_id, WriteReport()) + report

    for entry, outcome in told:
        add(entry.version.drop_id, WriteReport(**{outcome: 1}))
    for rejection in rejections:
        add(rejection.drop_id, WriteReport(quarantined=1))
    # Of an entry that did not get through, nobody has said anything.
    heard: set[tuple[str, int | None]] = {(entry.version.drop_id, entry.version.index) for entry, _ in told}
    heard |= {(rejection.drop_id, rejection.index) for rejection in rejections}
    for entry in entries:
        if (entry.version.drop_id, entry.version.index) not in heard:
            add(entry.version.drop_id, WriteReport(failed=1))
    return counts


def _keep_up(db: Database[Record], entries: Sequence[Entry], known: Mapping[str, templates.Known]) -> None:
    """Have the templates learned of what was written; where they are others by now, clean it anew."""
    ids: dict[str, list[str]] = {}
    for entry in entries:
        ids.setdefault(entry.document.source, []).append(entry.document.doc_id)
    for source in templates.note(db, {source: known[source].digest for source in ids}):
        clean_again(db, ids[source], templates.known(db, [source], {})[source])


def now() -> datetime:
    """The time of this machine, UTC."""
    return datetime.now(UTC)
