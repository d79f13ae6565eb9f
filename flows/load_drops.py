"""From drops to documents in the store: what one task of a run does."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pymongo.database import Database
from pymongo.errors import PyMongoError

from flows import logs, news, telemetry
from flows.breakdown import StopWatch
from flows.clean_again import clean_again
from flows.discover_drops import Discovery, location_id, unreadable
from flows.lease import Lease, LeaseLostError, leased
from flows.limits import ITEM_SECONDS_VARIABLE, limits_from_environment, scratch_file, seconds_for_an_item
from flows.news import News
from flows.refusals import Guard
from flows.run_report import RunReport
from flows.time_limit import OutOfTimeError, TimeLimit
from locations import Content, DropChangedError, Location, Target, opened, target_of
from store import copies, documents, entities, ledger, quarantine, templates
from store.bulk import backing_off
from store.connection import Record, is_transient
from store.documents import Entry
from store.ledger import Claim, Holder
from transforms import near_copies, pipeline
from transforms.boilerplate import Site
from transforms.document import (
    Document,
    Found,
    Item,
    Reason,
    Rejection,
    Step,
    Version,
    WriteReport,
)
from transforms.models import Models, shared_models
from transforms.readers import DEFAULT_FIELDS, FieldMapping, Limits, read_items

# A task run costs 10 to 20 ms of Prefect's time and a row in its database, so it must hold many drops.
MAX_BATCH_DROPS = 64
MAX_BATCH_BYTES = 16 * 1024 * 1024
# What is in memory at one time, and lost and done again if the process is killed.
MAX_CHUNK_ITEMS = 64
MAX_CHUNK_CHARACTERS = 2_000_000

_DEADLY = (
    "{deaths} workers died over this drop, one after the other, at the same place or before it (killed for want of "
    "memory, or crashed); it is not read again unless asked for (ingest with --reread)"
)
_CHANGED = (
    "it changed while it was read: what was read of it is stored, and may be a mixture; its new content is another "
    "drop, which the next run picks up"
)


def batches(files: Iterable[Found]) -> Iterator[list[Found]]:
    """The files in batches of one task each."""
    batch: list[Found] = []
    size = 0
    for file in files:
        if batch and (len(batch) >= MAX_BATCH_DROPS or size + file.size > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Work:
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


def load_drops(
    db: Database[Record],
    files: Sequence[Found],
    *,
    source: str | None,
    reread: bool,
    run_id: str,
    location: Location | None = None,
) -> RunReport:
    """Process the drops that are not known yet and say what became of them.

    `location` is where they were found, if not simply on this machine; `source` is the source of items that name none
    where the location gives none.

    Safe to repeat: what a try before this one wrote is found unchanged. Raises PyMongoError where trying
    again may help.
    """
    known = {} if reread else ledger.known(db, files)
    report = RunReport()
    try:
        target = target_of(location) if location else None
        fields = FieldMapping.of(location.fields) if location else DEFAULT_FIELDS
    except (OSError, ValueError) as error:
        return _quarantine_locations(db, {file.location: unreadable(file.location, error) for file in files}, run_id)
    limits = limits_from_environment()
    with TimeLimit(seconds_for_an_item()) as time_limit:
        holder, guard = Holder.this_process(), Guard(db)
        work = _Work(db, location, target, source, fields, limits, time_limit, holder, reread, run_id, guard, News(db))
        for file in files:
            claim = known.get(file)
            report += _of_done(claim) if claim else _load_patiently(work, file)
        work.news.write(_now())
    return report


def refuse(db: Database[Record], found: Discovery, *, run_id: str) -> RunReport:
    """Put what could not be looked at into quarantine, and take out what can be looked at again.

    What was discarded there long enough ago expires.
    """
    quarantine.sweep(db, _now())
    quarantine.settle(db, map(location_id, found.readable), run_id=run_id)
    return _quarantine_locations(db, found.refused, run_id)


def _quarantine_locations(db: Database[Record], refused: dict[str, Rejection], run_id: str) -> RunReport:
    for location, rejection in refused.items():
        quarantine.put(db, [rejection], location, run_id=run_id, now=_now())
    return RunReport(
        drops=len(refused),
        items=len(refused),
        counts=WriteReport(quarantined=len(refused)),
        reasons=_reasons(refused.values()),
    )


def _load_patiently(work: _Work, file: Found) -> RunReport:
    """Load a drop, again from its beginning where the store was away for a moment: what was written is found there."""
    waits = backing_off()
    while True:
        try:
            return _load_drop(work, file)
        except PyMongoError as error:
            if not is_transient(error) or next(waits, None) is None:
                raise


def _load_drop(work: _Work, file: Found) -> RunReport:
    try:
        with (
            opened(file, work.target) as content,
            logs.about(drop_id=content.drop_id),
            telemetry.span("drop", drop_id=content.drop_id) as span,
        ):
            report = _load_content(work, file, content)
            span.set_attribute("dropwire.items", report.items)
            logs.LOGGER.info("%s: %s", file.location.rpartition("/")[2], report.accounting)
            return report
    except DropChangedError:
        # It is still being written. The next run finds it again, with other bytes.
        return RunReport(drops=1, waiting=1)
    except OSError as error:
        return _quarantine_locations(work.db, {file.location: unreadable(file.location, error)}, work.run_id)


def _load_content(work: _Work, file: Found, content: Content) -> RunReport:
    db, drop_id, run_id = work.db, content.drop_id, work.run_id
    quarantine.settle(db, [location_id(file.location)], run_id=run_id)
    claim = ledger.claim(db, drop_id, file, work.holder, again=work.reread)
    if claim.state == "done":
        return _of_done(claim)
    if claim.state == "busy":
        return RunReport(drops=1, busy=1, busy_files=(file,))
    # After the claim: an erasure that begins now waits for us.
    work.guard.look()
    # The last delivery says what the drop is called, whichever of its places a try after a crash comes to first.
    file = replace(file, location=claim.location)
    if not claim.is_first:
        quarantine.question(db, drop_id, run_id=run_id)

    report = RunReport(drops=1, drop_ids=(drop_id,))
    reading: dict[str, float] = {}
    try:
        with leased(db, drop_id, work.holder) as lease:
            for chunk in _reading(_chunks(_outcomes(work, file, content, claim)), reading):
                if report.items:
                    lease.advance(report.items)
                while True:
                    done, rejections = _load_chunk(work, chunk, claim, lease)
                    quarantine.put(db, rejections, file.location, run_id=run_id, now=_now())
                    if not work.guard.look():
                        break
                    # Something was erased meanwhile: what was just written may be that.
                report += done
            report += RunReport(seconds=reading)
            lease.check()
            quarantine.settle(db, [drop_id], run_id=run_id)
            done_by_us = ledger.finish(
                db, drop_id, work.holder, report=report.counts, pipeline=pipeline.VERSION, run_id=run_id, now=_now()
            )
    except LeaseLostError:
        done_by_us = False
    except OSError as error:
        refused = _quarantine_locations(db, {file.location: unreadable(file.location, error)}, run_id)
        return report + replace(refused, drops=0)
    # Where somebody else has taken the drop over, he accounts for what we did not get to.
    return report if done_by_us else replace(report, busy=1)


def _outcomes(work: _Work, file: Found, content: Content, claim: Claim) -> Iterator[Item | Rejection]:
    """What is in the drop, as far as it can be read, and what stands for the rest."""
    if claim.is_deadly:
        yield _of_drop(claim, Reason.WORKER_DIED, _DEADLY.format(deaths=claim.deaths))
        return
    items = read_items(
        content.stream,
        drop_id=content.drop_id,
        name=file.location.rpartition("/")[2],
        source=work.source_of(file.location),
        limits=work.limits,
        scratch=scratch_file,
        fields=work.fields,
    )
    while True:
        try:
            with work.time_limit.on_this():
                item = next(items, None)
        except OutOfTimeError:
            yield _of_drop(claim, Reason.OUT_OF_TIME, f"{_late(work)} to read; what follows it was not read")
            return
        if item is None:
            break
        yield item
    try:
        content.check()
    except DropChangedError:
        yield _of_drop(claim, Reason.UNREADABLE, _CHANGED)


def _of_drop(claim: Claim, reason: Reason, detail: str) -> Rejection:
    return Rejection(claim.drop_id, None, Step.READ, reason, detail)


def _late(work: _Work) -> str:
    return f"an item took longer than {work.time_limit.seconds:g} s, the limit ({ITEM_SECONDS_VARIABLE})"


def _load_chunk(
    work: _Work, chunk: list[Item | Rejection], claim: Claim, lease: Lease
) -> tuple[RunReport, list[Rejection]]:
    models = shared_models()
    seconds: dict[str, float] = {}
    rejections: list[Rejection] = []
    told: list[tuple[Entry, documents.Outcome]] = []
    sifted, erased = work.guard.sift(chunk)
    known = work.known({item.source for item in sifted if isinstance(item, Item)})
    entries: list[Entry] = []
    with _timed(seconds, "transform"):
        for item in sifted:
            if isinstance(item, Rejection):
                rejections.append(item)
                continue
            made = _process(work, item, models, Site(known[item.source].keys))
            if isinstance(made, Rejection):
                rejections.append(made)
            elif refused_now := work.guard.refuses(made, erased):
                rejections.append(refused_now)
            else:
                last, first = (
                    Version(moment, claim.drop_id, item.index) for moment in (claim.arrived_at, claim.first_arrived_at)
                )
                entries.append(Entry(made, item.original, last, first, item))
                logs.LOGGER.debug("item %d is ready", item.index, extra={"doc_id": made.doc_id})
    lease.check()
    with _timed(seconds, "write"):
        work.guard.clear(erased)
        counts, refused = documents.upsert(work.db, entries, told=told)
        _keep_up(work.db, entries, known)
    with _timed(seconds, "copies"):
        copies.follow(work.db, [*erased, *(entry.document.doc_id for entry in entries)], near_copies)
    with _timed(seconds, "entities"):
        entities.settle(work.db, [entry.document.doc_id for entry in entries])
    counts += WriteReport(quarantined=len(rejections))
    rejections += refused
    otherwise = work.source_of(claim.location)
    if not work.reread:
        # What is read again is no news.
        work.news.add(told, rejections if claim.is_first else (), otherwise)
        work.news.write(_now(), all_of_it=False)
    breakdown = news.breakdown(chunk, told, rejections, otherwise, work.watch, work.holder.name)
    report = RunReport(
        items=len(chunk), counts=counts, reasons=_reasons(rejections), seconds=seconds, breakdown=breakdown
    )
    return report, rejections


def _keep_up(db: Database[Record], entries: Sequence[Entry], known: Mapping[str, templates.Known]) -> None:
    """Have the templates learned of what was written; where they are others by now, clean it anew."""
    ids: dict[str, list[str]] = {}
    for entry in entries:
        ids.setdefault(entry.document.source, []).append(entry.document.doc_id)
    for source in templates.note(db, {source: known[source].digest for source in ids}):
        clean_again(db, ids[source], templates.known(db, [source], {})[source])


def _of_done(claim: Claim) -> RunReport:
    outcome = claim.outcome
    return RunReport(drops=1, items=outcome.accounted, counts=outcome, drop_ids=(claim.drop_id,))


def _process(work: _Work, item: Item, models: Models, site: Site) -> Document | Rejection:
    try:
        with work.time_limit.on_this():
            work.watch.start()
            return pipeline.process(item, models, site, work.watch.lap)
    except OutOfTimeError:
        return pipeline.reject(item, Reason.OUT_OF_TIME, f"{_late(work)} to process")


def _reading(chunks: Iterator[list[Item | Rejection]], seconds: dict[str, float]) -> Iterator[list[Item | Rejection]]:
    while True:
        with _timed(seconds, "read"):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


def _chunks(items: Iterable[Item | Rejection]) -> Iterator[list[Item | Rejection]]:
    chunk: list[Item | Rejection] = []
    characters = 0
    for item in items:
        chunk.append(item)
        characters += len(item.original) if isinstance(item, Item) else 0
        if len(chunk) >= MAX_CHUNK_ITEMS or characters >= MAX_CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _reasons(rejections: Iterable[Rejection]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for rejection in rejections:
        counts[rejection.reason.value] = counts.get(rejection.reason.value, 0) + 1
    return counts


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    with telemetry.span(stage):
        yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
