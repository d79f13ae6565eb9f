"""Which of the files found are to be read in this run: those that the ledger does not know and that are complete.

First a run compares the digests of what is listed with those of its last rescan (store/listings.py). Then it lists
again, and asks the ledger, in batches, about the files of the buckets that are not the same.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pymongo.database import Database

from flows.batching import batches_of_files
from flows.discover_drops import Discovery, Listing, chunks
from flows.run_report import RunReport
from locations import Entry, Location
from locations.arrival import Arrival, Readiness
from store import ledger, listings
from store.connection import Record
from store.ledger import Claim
from store.listings import Bucket, Known
from store.parts import parts
from transforms.document import Found

# So many files the ledger is asked about at once: one round trip, and a question far below the 48 MB of a message.
ASKED_AT_ONCE = 500
# Files that are looked at again at the end of the run, in memory; what is beyond waits for the next run.
MAX_HELD_FILES = 100_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Files of one location for one task, the `number`-th of its run."""

    location: Location
    files: list[Found]
    number: int


class Pickup:
    """What a run is to read. `report` has what it need not read: drops that are known, and files that wait."""

    def __init__(
        self,
        db: Database[Record],
        found: Discovery,
        *,
        reread: bool,
        run_id: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.report = RunReport()
        self._db = db
        self._found = found
        self._reread = reread
        self._run_id = run_id
        self._sleep = sleep
        self._batches = 0
        # None once the busy files are asked for.
        self._busy: list[tuple[_Pass, list[Entry]]] | None = []
        self._taken: dict[int, tuple[_Pass, list[Entry]]] = {}

    def rounds(self) -> Iterator[Iterator[Batch]]:
        """The files to read in three rounds, each location by location.

        Whoever asks for the next has worked on the one before, and has said so of each batch (`loaded`). The second is
        of files that somebody may still be writing: after one wait, if they are the same then. The third is of those
        that were busy: the same content lay at two places, and another worker of this run had it in hand.
        """
        passes = [_Pass(self._db, self._found, listing, self) for listing in self._found.listings if listing.target]
        yield (batch for each in passes for batch in each.settled(reread=self._reread))
        pause = max((each.arrival.pause for each in passes if each.arrival), default=0.0)
        if pause > 0:
            self._sleep(pause)
        yield (batch for each in passes for batch in each.held())
        busy, self._busy = self._busy, None
        yield (self.take(taken_by, entries) for taken_by, entries in busy or ())
        if not self._reread:
            for each in passes:
                each.confirm(self._run_id)

    def take(self, taken_by: "_Pass", entries: list[Entry]) -> Batch:
        """A batch of files, noted as in work."""
        batch = Batch(taken_by.location, [entry.found for entry in entries], self._batches)
        self._batches += 1
        self._taken[batch.number] = taken_by, entries
        return batch

    def loaded(self, batch: Batch, report: RunReport) -> RunReport:
        """Note that a batch was worked on: what is known by now, the next rescan need not ask about.

        Returns the report without the files that are tried again in this run.
        """
        taken_by, entries = self._taken.pop(batch.number)
        busy = set(report.busy_files)
        if busy and self._busy is not None:
            self._busy.append((taken_by, [entry for entry in entries if entry.found in busy]))
            entries = [entry for entry in entries if entry.found not in busy]
            report = replace(report, drops=report.drops - len(busy), busy=report.busy - len(busy), busy_files=())
        if taken_by.is_asked_about:
            taken_by.note(entries, ledger.known(self._db, [entry.found for entry in entries]))
        return report

    def add_known(self, files: int, known: Sequence[Claim | Known]) -> None:
        """Count drops that need not be read."""
        for each in known:
            ids = (each.drop_id,) if isinstance(each, Claim) else each.drop_ids
            self.report += RunReport(items=each.outcome.accounted, counts=each.outcome, drop_ids=ids)
        self.report += RunReport(drops=files)

    def add_waiting(self, files: int) -> None:
        """Count files that are left for the next run."""
        self.report += RunReport(drops=files, waiting=files)

    def reserve(self, listing: Listing, buckets: int) -> dict[int, Bucket]:
        """The buckets of a listing that must be asked about; the others are counted as known."""
        digests = listings.folded(listing.cells, buckets)
        known = listings.known(self._db, listing.key, digests, buckets)
        for each in known.values():
            self.add_known(each.files, [each])
        stale = {place: Bucket() for place in digests if place not in known}
        listings.reserve(self._db, listing.key, buckets, stale, self._run_id)
        return stale


class _Pass:
    """The files of one listing on their way through a run."""

    def __init__(self, db: Database[Record], found: Discovery, listing: Listing, pickup: Pickup) -> None:
        self._db = db
        self._found = found
        self._listing = listing
        self._pickup = pickup
        self._buckets = listings.buckets_for(listing.count)
        self._stale: dict[int, Bucket] = {}
        self._held: list[Entry] = []
        self.arrival = Arrival(listing.location, listing.target) if listing.target else None

    def settled(self, *, reread: bool) -> Iterator[Batch]:
        """The files that can be read at once."""
        if reread:
            for chunk in chunks(self._found.entries(self._listing)):
                yield from self._batches(self._ready(chunk))
            return
        if not self._listing.count:
            return
        self._stale = self._pickup.reserve(self._listing, self._buckets)
        if not self._stale:
            return
        asked = (entry for entry in self._found.entries(self._listing) if self._bucket(entry))
        for chunk in chunks(asked):
            new = (entry for part in parts(chunk, ASKED_AT_ONCE) for entry in self._without_known(part))
            yield from self._batches(self._ready(new))

    def held(self) -> Iterator[Batch]:
        """The files that were too young, as far as they have not changed since."""
        held, self._held = self._held, []
        arrival = self.arrival
        if arrival and held:
            yield from self._batches(entry for entry in held if self._is_ready(arrival.again(entry), entry))

    def confirm(self, run_id: str) -> None:
        """Store that the buckets in which everything is done need not be asked about again."""
        listings.confirm(self._db, self._listing.key, self._buckets, self._stale, run_id)

    def _bucket(self, entry: Entry) -> Bucket | None:
        return self._stale.get(listings.cell_of(entry.location) % self._buckets)

    def _batches(self, entries: Iterator[Entry]) -> Iterator[Batch]:
        by_file: dict[Found, Entry] = {}

        def files() -> Iterator[Found]:
            for entry in entries:
                by_file[entry.found] = entry
                yield entry.found

        for batch in batches_of_files(files()):
            yield self._pickup.take(self, [by_file.pop(file) for file in batch])

    def _without_known(self, entries: list[Entry]) -> list[Entry]:
        files = [entry.found for entry in entries]
        known = ledger.known(self._db, files)
        new = [entry for entry, file in zip(entries, files, strict=True) if file not in known]
        self.note([entry for entry, file in zip(entries, files, strict=True) if file in known], known)
        self._pickup.add_known(len(entries) - len(new), [known[file] for file in files if file in known])
        return new

    @property
    def location(self) -> Location:
        """The location whose files these are."""
        return self._listing.location

    @property
    def is_asked_about(self) -> bool:
        """Whether the ledger is asked about the files: not where all are read again, or none has changed."""
        return bool(self._stale)

    def note(self, entries: Sequence[Entry], known: Mapping[Found, Claim]) -> None:
        """Note of files which drops they are, for the digests of the next rescan; those not known are asked about."""
        for entry in entries:
            claim = known.get(entry.found)
            bucket = self._bucket(entry)
            if bucket and claim:
                bucket.add(entry.location, entry.size, entry.modified_ns, claim.drop_id, claim.outcome)
            elif bucket:
                bucket.all_done = False

    def _ready(self, entries: Iterator[Entry] | list[Entry]) -> Iterator[Entry]:
        arrival = self.arrival
        return (entry for entry in entries if arrival and self._is_ready(arrival.first(entry), entry))

    def _is_ready(self, readiness: Readiness, entry: Entry) -> bool:
        if readiness is Readiness.COMPLETE:
            return True
        if readiness is Readiness.YOUNG and len(self._held) < MAX_HELD_FILES:
            self._held.append(entry)
        else:
            self._pickup.add_waiting(1)
            self.note([entry], {})
        return False
