"""From drops to documents in the store: what one task of a run does.

New drops of a few items are written together, for most of what it takes to write one document is the same for fifty.
Where that fails, for want of the store or of a lease, each is loaded again by itself. So is, from the beginning, a drop
that somebody has had in hand before: one that kills its worker kills it in the company of others once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType

from pymongo.database import Database
from pymongo.errors import PyMongoError

from flows import logs, telemetry
from flows.discover_drops import location_id, unreadable
from flows.lease import Lease, LeaseLostError, leased
from flows.limits import limits_from_environment, scratch_file, seconds_for_an_item
from flows.load_items import Work, load_items, now
from flows.news import News
from flows.refusals import Guard
from flows.run_report import RunReport, accounting_line
from flows.time_limit import OutOfTimeError, TimeLimit
from flows.unreadable import quarantine_locations
from locations import Content, DropChangedError, Location, opened, target_of
from store import ledger, quarantine
from store.bulk import backing_off
from store.connection import Record, is_transient
from store.ledger import Claim, Holder
from transforms import fingerprint, pipeline
from transforms.document import Found, Item, Reason, Rejection, Step, WriteReport
from transforms.readers import DEFAULT_FIELDS, FieldMapping, read_items

# What is in memory at one time, and lost and done again if the process is killed.
MAX_CHUNK_ITEMS = 64
MAX_CHUNK_CHARACTERS = 2_000_000
# Of that, what a drop may hold that is written with others, and from when on these are enough: together no more.
_SMALL = 0.5

_DEADLY = (
    "{deaths} workers died over this drop, one after the other, at the same place or before it (killed for want of "
    "memory, or crashed); it is not read again unless asked for (ingest with --reread)"
)
_CHANGED = (
    "it changed while it was read: what was read of it is stored, and may be a mixture; its new content is another "
    "drop, which the next run picks up"
)


Chunk = list[Item | Rejection]


@dataclass(frozen=True, slots=True)
class _Held:
    """A drop that is claimed and read, and waits to be written with others. `found` is the file that was opened."""

    found: Found
    file: Found
    claim: Claim
    chunk: Chunk
    lease: Lease


@dataclass(slots=True)
class _Waiting:
    """New drops that wait to be written together. A context manager: an error gives them back."""

    work: Work
    held: list[_Held] = field(default_factory=list)
    leases: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "_Waiting":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.leases.__exit__(kind, error, at)

    def keep(self, held: _Held, leases: ExitStack) -> None:
        """Have a drop wait, while the lease on it goes on."""
        self.held.append(held)
        self.leases.push(leases)

    def has(self, drop_id: str) -> bool:
        """Whether this drop waits."""
        return any(each.claim.drop_id == drop_id for each in self.held)

    @property
    def is_enough(self) -> bool:
        """Whether there is no room for another one."""
        return not _is_small([one for each in self.held for one in each.chunk])

    def load(self) -> RunReport:
        """Bring them into the store, and report them; none waits any more."""
        held, self.held = self.held, []
        leases, self.leases = self.leases, ExitStack()
        if not held:
            return RunReport()
        # What fails is not given back, which a store that is away would not hear: it is ours, and tried again at once.
        with leases:
            try:
                return _load_together(self.work, held)
            except LeaseLostError:
                pass
            except PyMongoError as error:
                if not is_transient(error):
                    raise
        # None of them is new any more, so none comes to wait again.
        return sum((_load_patiently(self.work, each.found, self) for each in held), RunReport())


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
    try:
        target = target_of(location) if location else None
        fields = FieldMapping.of(location.fields) if location else DEFAULT_FIELDS
    except (OSError, ValueError) as error:
        return quarantine_locations(db, {file.location: unreadable(file.location, error) for file in files}, run_id)
    limits = limits_from_environment()
    with TimeLimit(seconds_for_an_item()) as time_limit:
        holder, guard = Holder.this_process(), Guard(db)
        work = Work(db, location, target, source, fields, limits, time_limit, holder, reread, run_id, guard, News(db))
        report = sum((_of_done(known[file]) for file in files if file in known), RunReport())
        report += _load_files(work, [file for file in files if file not in known])
        work.news.write(now())
    return report


def _load_files(work: Work, files: Iterable[Found]) -> RunReport:
    report = RunReport()
    busy: list[Found] = []
    with _Waiting(work) as waiting:
        for file in files:
            loaded = _load_patiently(work, file, waiting)
            if loaded.busy_files:
                busy.append(file)
            else:
                report += loaded
            if waiting.is_enough:
                report += waiting.load()
        report += waiting.load()
        # Once more: the same content may lie at two places, and have waited.
        return sum((_load_patiently(work, file, waiting) for file in busy), report)


def _load_patiently(work: Work, file: Found, waiting: _Waiting) -> RunReport:
    """Load a drop, again from its beginning where the store was away for a moment: what was written is found there."""
    waits = backing_off()
    while True:
        try:
            return _load_drop(work, file, waiting)
        except PyMongoError as error:
            if not is_transient(error) or next(waits, None) is None:
                raise


def _load_drop(work: Work, file: Found, waiting: _Waiting) -> RunReport:
    """Load a drop. The report is empty where it waits now; who loads what waits reports it."""
    try:
        with (
            opened(file, work.target) as content,
            logs.about(drop_id=content.drop_id),
            telemetry.span("drop", drop_id=content.drop_id) as span,
        ):
            report = _load_content(work, file, content, waiting)
            if report.drops:
                span.set_attribute("dropwire.items", report.items)
            return report
    except DropChangedError:
        # It is still being written. The next run finds it again, with other bytes.
        return RunReport(drops=1, waiting=1)
    except OSError as error:
        return quarantine_locations(work.db, {file.location: unreadable(file.location, error)}, work.run_id)


def _load_content(work: Work, found: Found, content: Content, waiting: _Waiting) -> RunReport:
    db, drop_id, run_id = work.db, content.drop_id, work.run_id
    if waiting.has(drop_id):
        return RunReport(drops=1, busy=1, busy_files=(found,))
    claim = ledger.claim(db, drop_id, found, work.holder, again=work.reread)
    if claim.state != "ours":
        quarantine.settle(db, [location_id(found.location)], run_id=run_id)
        return _of_done(claim) if claim.state == "done" else RunReport(drops=1, busy=1, busy_files=(found,))
    # The last delivery says what the drop is called, whichever of its places a try after a crash comes to first.
    file = replace(found, location=claim.location)
    if not claim.is_first:
        quarantine.question(db, drop_id, run_id=run_id)

    report = RunReport(drops=1, drop_ids=(drop_id,))
    reading: dict[str, float] = {}
    try:
        with ExitStack() as leases:
            lease = leases.enter_context(leased(db, drop_id, work.holder))
            for chunk in _reading(_chunks(_outcomes(work, file, content, claim)), reading):
                if claim.is_first and not report.items and _is_small(chunk):
                    waiting.keep(_Held(found, file, claim, chunk, lease), leases.pop_all())
                    return RunReport(seconds=reading)
                if report.items:
                    lease.advance(report.items)
                else:
                    work.guard.look()
                report += _load_chunk(work, {drop_id: file}, {drop_id: claim}, chunk, [lease])[0]
            report += RunReport(seconds=reading)
            lease.check()
            quarantine.settle(db, [location_id(found.location), drop_id], run_id=run_id)
            done_by_us = _finish(work, file, drop_id, report.counts)
    except LeaseLostError:
        done_by_us = False
    except OSError as error:
        refused = quarantine_locations(db, {file.location: unreadable(file.location, error)}, run_id)
        return report + replace(refused, drops=0)
    # Where somebody else has taken the drop over, he accounts for what we did not get to.
    return report if done_by_us else replace(report, busy=1)


def _load_together(work: Work, held: Sequence[_Held]) -> RunReport:
    """Load drops that wait, and finish them. Raises LeaseLostError, PyMongoError."""
    files = {each.claim.drop_id: each.file for each in held}
    claims = {each.claim.drop_id: each.claim for each in held}
    leases = [each.lease for each in held]
    report = RunReport(drops=len(held), drop_ids=tuple(files))
    counts: dict[str, WriteReport] = dict.fromkeys(files, WriteReport())
    work.guard.look()
    with telemetry.span("drops", drops=len(held)):
        for chunk in _without_states(one for each in held for one in each.chunk):
            loaded, by_drop = _load_chunk(work, files, claims, chunk, leases)
            report += loaded
            counts |= {drop_id: counts[drop_id] + count for drop_id, count in by_drop.items()}
    places = [location_id(each.found.location) for each in held]
    quarantine.settle(work.db, [*places, *files], run_id=work.run_id)
    finished = [_finish(work, file, drop_id, counts[drop_id]) for drop_id, file in files.items()]
    return replace(report, busy=finished.count(False))


def _without_states(items: Iterable[Item | Rejection]) -> Iterator[Chunk]:
    """Items in chunks that hold no document twice: its states are told apart from what is stored, one by one."""
    chunk: Chunk = []
    ids: set[str] = set()
    for one in items:
        doc_id = fingerprint.doc_id(one) if isinstance(one, Item) else ""
        if doc_id in ids:
            yield chunk
            chunk, ids = [], set()
        chunk.append(one)
        ids |= {doc_id} - {""}
    if chunk:
        yield chunk


def _load_chunk(
    work: Work, files: Mapping[str, Found], claims: Mapping[str, Claim], chunk: Chunk, leases: Sequence[Lease]
) -> tuple[RunReport, Mapping[str, WriteReport]]:
    """Load items of these drops, what is rejected of them into quarantine: the report, and the outcomes by drop.

    The guard was asked after the claims: an erasure that begins then waits for us.
    """

    def check() -> None:
        for lease in leases:
            lease.check()

    while True:
        loaded = load_items(work, chunk, claims, check)
        for drop_id, file in files.items():
            rejections = [one for one in loaded.rejections if one.drop_id == drop_id]
            quarantine.put(work.db, rejections, file.location, run_id=work.run_id, now=now())
        # Something was erased meanwhile: what was just written may be that.
        if not work.guard.look():
            return loaded.report, loaded.counts


def _finish(work: Work, file: Found, drop_id: str, counts: WriteReport) -> bool:
    """Record what became of a drop. False if it is no longer ours."""
    with logs.about(drop_id=drop_id):
        logs.LOGGER.info("%s: %s", file.location.rpartition("/")[2], accounting_line(counts.accounted, counts))
    return ledger.finish(
        work.db, drop_id, work.holder, report=counts, pipeline=pipeline.VERSION, run_id=work.run_id, now=now()
    )


def _outcomes(work: Work, file: Found, content: Content, claim: Claim) -> Iterator[Item | Rejection]:
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
            yield _of_drop(claim, Reason.OUT_OF_TIME, f"{work.late} to read; what follows it was not read")
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


def _of_done(claim: Claim) -> RunReport:
    outcome = claim.outcome
    return RunReport(drops=1, items=outcome.accounted, counts=outcome, drop_ids=(claim.drop_id,))


def _reading(chunks: Iterator[list[Item | Rejection]], seconds: dict[str, float]) -> Iterator[list[Item | Rejection]]:
    while True:
        with telemetry.timed(seconds, "read"):
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


def _is_small(chunk: Chunk) -> bool:
    """Whether there is as much room left again. A drop's first chunk is its only one then."""
    characters = sum(len(item.original) for item in chunk if isinstance(item, Item))
    return len(chunk) < _SMALL * MAX_CHUNK_ITEMS and characters < _SMALL * MAX_CHUNK_CHARACTERS
