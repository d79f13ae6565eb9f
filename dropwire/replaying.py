"""The drops of cases in quarantine: where they lie now, what is in them, and the ingest of them once more."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pymongo.database import Database

from locations import DropChangedError, Entry, Location, Target, as_location, opened, target_of
from store import ledger, runs
from store.connection import Record
from store.quarantine import STANDING, Case, Selection, find_cases
from transforms.document import Found

# Drops of one run: their places are its parameters, and Prefect holds 512 kB of these.
DROPS_AT_ONCE = 500
PREVIEW_BYTES = 256
# Of an excerpt, what is looked for in the drop: enough to be found once, too little to reach over a line's end.
_NEEDLE_CHARACTERS = 40
_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bytes:
    """A place that holds the bytes of a drop, and how they are read there."""

    location: Location
    file: Found
    target: Target


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The places where a drop was seen, each with what is there now; `holding` is the first that has its bytes."""

    places: Mapping[str, str]
    holding: Bytes | None

    @property
    def told(self) -> str:
        """All places, in words."""
        return "; ".join(f"{place} ({what})" for place, what in self.places.items()) or "none is recorded"


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first bytes of an item, at `offset` in its drop; `found` says that they are the item's, not the drop's."""

    data: bytes
    offset: int
    found: bool

    def as_json(self) -> dict[str, Any]:
        """The bytes as hexadecimal digits and as text."""
        text = self.data.decode("utf-8", "backslashreplace")
        return {"offset": self.offset, "is_item": self.found, "hex": self.data.hex(" "), "text": text}


@dataclass(slots=True)
class Replay:
    """What became of cases that were replayed: `remaining` were rejected again, of `nowhere` the drop is gone."""

    resolved: int = 0
    remaining: list[Case] = field(default_factory=list)
    nowhere: list[tuple[Case, str]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many cases stand in quarantine still."""
        return len(self.remaining) + len(self.nowhere)


def whereabouts(db: Database[Record], case: Case) -> Whereabouts:
    """Where the drop of a case was seen, and which of these places holds the same bytes still."""
    asked, source = _asked(db, case)
    places: dict[str, str] = {}
    for seen in ledger.sightings(db, case.rejection.drop_id):
        if seen.location in places:
            continue
        location = _as_it_was_read(seen.location, asked, source, case)
        try:
            target = target_of(location)
            entry = target.look_again(Entry(seen.location, "", seen.size, 0, 0))
            if entry is None:
                places[seen.location] = "gone"
                continue
            with opened(entry.found, target) as content:
                same = content.drop_id == case.rejection.drop_id
        except DropChangedError:
            places[seen.location] = "being written"
        except (OSError, ValueError) as error:
            places[seen.location] = (isinstance(error, OSError) and error.strerror) or str(error)
        else:
            places[seen.location] = "there" if same else "another file now"
            if same:
                return Whereabouts(places, Bytes(location, entry.found, target))
    return Whereabouts(places, None)


def _asked(db: Database[Record], case: Case) -> tuple[list[Location], str | None]:
    """What the run that rejected the case was asked to read: locations, and the source for all of them."""
    parameters = runs.parameters(db, case.run_id)
    asked = []
    for location in parameters.get("locations") or ():
        try:
            asked.append(as_location(location) if isinstance(location, str) else _location(location))
        except (TypeError, ValueError):
            continue  # recorded by another version: the place alone must do
    return asked, parameters.get("source")


def _location(recorded: Mapping[str, Any]) -> Location:
    lists = {"include", "exclude"}
    values: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in recorded.items()}
    return Location(**values)


def _as_it_was_read(place: str, asked: list[Location], source: str | None, case: Case) -> Location:
    """The place alone as a location, with the source and the field names with which the drop was read.

    Read with others, its items would be other documents.
    """
    for location in asked:
        try:
            relative = target_of(location).relative(case.location)
        except (OSError, ValueError):
            continue
        if relative is not None:
            source = location.source_of(relative) or source
            fields = location.fields
            break
    else:
        fields = {}
    # By default the name of the folder, as it was when the drop was read.
    return Location(place, source=source or Path(case.location).parent.name or None, settle_seconds=0, fields=fields)


def beginning(holding: Bytes, excerpt: str) -> Beginning:
    """The first bytes of a rejected item, found in its drop by the excerpt; of the drop, where it is not found.

    In an archive, in another encoding than UTF-8, or where nothing could be decoded, the excerpt is not found.
    """
    lines = excerpt.lstrip().splitlines()
    needle = lines[0][:_NEEDLE_CHARACTERS].encode("utf-8", "replace") if lines else b""
    with _stream(holding) as stream:
        offset = _find(stream, needle) if needle else None
        stream.seek(offset or 0)
        return Beginning(stream.read(PREVIEW_BYTES), offset or 0, offset is not None)


def _find(stream: BinaryIO, needle: bytes) -> int | None:
    """Where the needle is first in a stream, which is read in bounded memory."""
    offset, window = 0, b""
    while block := stream.read(_BLOCK_BYTES):
        window += block
        at = window.find(needle)
        if at >= 0:
            return offset + at
        keep = len(needle) - 1
        offset += max(len(window) - keep, 0)
        window = window[-keep:] if keep else b""
    return None


def copy_bytes(holding: Bytes, to: BinaryIO) -> None:
    """Write the bytes of a drop."""
    with _stream(holding) as stream:
        while block := stream.read(_BLOCK_BYTES):
            to.write(block)
    to.flush()


@contextmanager
def _stream(holding: Bytes) -> Iterator[BinaryIO]:
    with opened(holding.file, holding.target) as content:
        yield content.stream


def replay(db: Database[Record], cases: list[Case], *, verbose: bool, notify: Callable[[str], None]) -> Replay:
    """Process the drops of cases again by the ordinary ingest, each from a place that holds the very same bytes.

    Raises what `run_ingest` raises.
    """
    done = Replay()
    again: dict[str, Location] = {}
    places: dict[str, Location] = {}
    tried: list[Case] = []
    lost: dict[str, str] = {}
    for case in cases:
        drop_id = case.rejection.drop_id
        if case.is_place:
            places[case.location] = _place(db, case)
        elif drop_id not in again and drop_id not in lost:
            found = whereabouts(db, case)
            if found.holding:
                again[drop_id] = found.holding.location
            else:
                lost[drop_id] = found.told
        if drop_id in lost:
            done.nowhere.append((case, lost[drop_id]))
        else:
            tried.append(case)
    for locations, reread in ((list(again.values()), True), (list(places.values()), False)):
        for start in range(0, len(locations), DROPS_AT_ONCE):
            _ingest(locations[start : start + DROPS_AT_ONCE], reread=reread, verbose=verbose, notify=notify)
    ids = tuple(case.id for case in tried)
    done.remaining = find_cases(db, Selection(ids=ids, states=STANDING))
    done.resolved = len(tried) - len(done.remaining)
    return done


def _place(db: Database[Record], case: Case) -> Location:
    """A place that could not be read: as it was asked for, or a file below what was."""
    asked, source = _asked(db, case)
    for location in asked:
        if location.printable == case.location or os.path.abspath(location.path) == case.location:  # noqa: PTH100 - resolves no links
            return location
    return _as_it_was_read(case.location, asked, source, case)


def _ingest(locations: list[Location], *, reread: bool, verbose: bool, notify: Callable[[str], None]) -> None:
    from dropwire.ingesting import run_ingest  # noqa: PLC0415 - only a replay needs Prefect

    run_ingest(locations, source=None, reread=reread, verbose=verbose, notify=notify)
