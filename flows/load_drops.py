"""From drops to documents in the store: what one task of a run does."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pymongo.database import Database

from flows.discover_drops import Discovery, location_id, unreadable
from flows.run_report import RunReport
from store import documents, ledger, quarantine
from store.connection import Record
from store.documents import Entry
from store.ledger import Claim, Holder
from transforms import pipeline
from transforms.document import Found, Item, Rejection, Version, WriteReport
from transforms.models import shared_models
from transforms.readers import read_items

# A task run costs 10 to 20 ms of Prefect's time and a row in its database, so it must hold many drops.
MAX_BATCH_DROPS = 64
MAX_BATCH_BYTES = 16 * 1024 * 1024
# What is in memory at one time, and lost and done again if the process is killed.
MAX_CHUNK_ITEMS = 64
MAX_CHUNK_CHARACTERS = 2_000_000


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


def load_drops(
    db: Database[Record], files: Sequence[Found], *, source: str | None, reread: bool, run_id: str
) -> RunReport:
    """Process the drops that are not known yet and say what became of them.

    Safe to repeat: what a try before this one wrote is found unchanged. Raises PyMongoError where trying
    again may help.
    """
    holder = Holder.this_process()
    known = {} if reread else ledger.known(db, files)
    report = RunReport()
    for file in files:
        claim = known.get(file)
        report += _of_done(claim) if claim else _load_drop(db, file, source, holder, reread=reread, run_id=run_id)
    return report


def refuse(db: Database[Record], found: Discovery, *, run_id: str) -> RunReport:
    """Put what could not be looked at into quarantine, and take out what can be looked at again."""
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


def _load_drop(
    db: Database[Record], file: Found, source: str | None, holder: Holder, *, reread: bool, run_id: str
) -> RunReport:
    try:
        drop_id = _sha256(file.location)
    except OSError as error:
        return _quarantine_locations(db, {file.location: unreadable(file.location, error)}, run_id)
    quarantine.settle(db, [location_id(file.location)], run_id=run_id)
    claim = ledger.claim(db, drop_id, file, holder, _now(), again=reread)
    if claim.state == "done":
        return _of_done(claim)
    if claim.state == "busy":
        return RunReport(drops=1, busy=1)

    report = RunReport(drops=1, drop_ids=(drop_id,))
    try:
        for chunk in _chunks(_read(file, drop_id, source)):
            done, rejections = _load_chunk(db, chunk, claim)
            report += done
            quarantine.put(db, rejections, file.location, run_id=run_id, now=_now())
            if not ledger.renew(db, drop_id, holder, _now()):
                # Too slow for our lease: somebody else has taken the drop over and accounts for the rest.
                return replace(report, busy=1)
    except OSError as error:
        ledger.release(db, drop_id, holder, _now())
        return report + replace(
            _quarantine_locations(db, {file.location: unreadable(file.location, error)}, run_id), drops=0
        )
    quarantine.settle(db, [drop_id], run_id=run_id)
    ledger.finish(db, drop_id, holder, report=report.counts, pipeline=pipeline.VERSION, run_id=run_id, now=_now())
    return report


def _load_chunk(db: Database[Record], chunk: list[Item | Rejection], claim: Claim) -> tuple[RunReport, list[Rejection]]:
    models = shared_models()
    seconds: dict[str, float] = {}
    rejections: list[Rejection] = []
    entries: list[Entry] = []
    with _timed(seconds, "transform"):
        for item in chunk:
            if isinstance(item, Rejection):
                rejections.append(item)
                continue
            made = pipeline.process(item, models)
            if isinstance(made, Rejection):
                rejections.append(made)
            else:
                last, first = (
                    Version(moment, claim.drop_id, item.index) for moment in (claim.arrived_at, claim.first_arrived_at)
                )
                entries.append(Entry(made, item.original, last, first))
    with _timed(seconds, "write"):
        counts, refused = documents.upsert(db, entries)
    counts += WriteReport(quarantined=len(rejections))
    rejections += refused
    return RunReport(items=len(chunk), counts=counts, reasons=_reasons(rejections), seconds=seconds), rejections


def _of_done(claim: Claim) -> RunReport:
    outcome = claim.outcome
    return RunReport(drops=1, items=outcome.accounted, counts=outcome, drop_ids=(claim.drop_id,))


def _read(file: Found, drop_id: str, source: str | None) -> Iterator[Item | Rejection]:
    path = Path(file.location)
    with path.open("rb") as stream:
        yield from read_items(stream, drop_id=drop_id, name=path.name, source=source or path.parent.name)


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


def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
