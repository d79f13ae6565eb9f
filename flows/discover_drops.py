"""Which drops lie at the drop locations."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from locations import Entry, Location, Notes, Target, as_location, target_of
from store.listings import Digest, cell_of
from store.parts import parts
from transforms.document import Found, Reason, Rejection, Step

# So many files are put in order of arrival and in memory at a time.
CHUNK_FILES = 10_000


@dataclass(slots=True)
class Listing:
    """One location: what it is (None where that cannot be told), how many files it listed, and their digests."""

    location: Location
    target: Target | None
    cells: dict[int, Digest] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name of the listing in the store: which files it lists depends on these, and on nothing else."""
        asked = self.location
        name = self.target.name if self.target else asked.printable
        return hashlib.sha256(repr((name, asked.include, asked.exclude)).encode(errors="replace")).hexdigest()[:32]

    @property
    def count(self) -> int:
        """How many files were listed."""
        return sum(digest.files for digest in self.cells.values())


@dataclass(slots=True)
class Discovery:
    """What lies at the locations.

    The files themselves are not held: they are listed anew each time they are asked for. `refused` has, by location,
    what could not be looked at. Subfolders are not read unless a pattern asks for it; they are named so that nobody
    waits for what is in them.
    """

    listings: tuple[Listing, ...]
    refused: dict[str, Rejection] = field(default_factory=dict)
    _subfolders: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many files there were when they were counted."""
        return sum(listing.count for listing in self.listings)

    @property
    def subfolders(self) -> tuple[str, ...]:
        """The subfolders that were not read."""
        return tuple(sorted(self._subfolders))

    @property
    def readable(self) -> tuple[str, ...]:
        """Those of the locations themselves that could be listed."""
        names = (listing.target.name for listing in self.listings if listing.target)
        return tuple(name for name in names if _printable(name) not in self.refused)

    @property
    def files(self) -> Iterator[Found]:
        """The files, in order of arrival as far as they are in memory at one time."""
        entries = (entry for listing in self.listings for entry in self.entries(listing))
        for chunk in chunks(entries):
            yield from (entry.found for entry in chunk)

    def entries(self, listing: Listing) -> Iterator[Entry]:
        """What a location lists, without the files that a location before it lists."""
        if listing.target is None:
            return
        before = [other.target for other in self.listings[: self.listings.index(listing)] if other.target]
        readable = [target for target in before if _printable(target.name) not in self.refused]
        notes = Notes(self._refuse, lambda folder: self._subfolders.add(_printable(folder)))
        for entry in listing.target.walk(notes):
            if not any(target.relative(entry.location) is not None for target in readable):
                yield entry

    def _refuse(self, location: str, error: Exception) -> None:
        self.refused[_printable(location)] = unreadable(location, error)


def discover_drops(locations: Iterable[str | Location]) -> Discovery:
    """Look at the locations: count the files and compute the digests by which a rescan knows them."""
    refused: dict[str, Rejection] = {}
    found = Discovery(tuple(_listing(as_location(location), refused) for location in locations), refused)
    for listing in found.listings:
        for entry in found.entries(listing):
            cell = cell_of(entry.location)
            digest = listing.cells.get(cell)
            if digest is None:
                digest = listing.cells[cell] = Digest()
            digest.add(entry.location, entry.size, entry.modified_ns)
    return found


def _listing(location: Location, refused: dict[str, Rejection]) -> Listing:
    try:
        return Listing(location, target_of(location))
    except (OSError, ValueError) as error:
        name = location.printable if location.protocol else os.fspath(Path(location.path).absolute())
        refused[_printable(name)] = unreadable(name, error)
        return Listing(location, None)


def chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The files in chunks that fit into memory, each in order of arrival (modification time, then location)."""
    for chunk in parts(entries, CHUNK_FILES):
        chunk.sort(key=lambda entry: (entry.modified_ns, entry.location))
        yield chunk


def unreadable(location: str, error: Exception) -> Rejection:
    """The rejection of a location that cannot be read; its id stands for the location, not for content."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, UnicodeEncodeError):
        reason = "its name is not valid UTF-8: rename it"
    return Rejection(location_id(location), None, Step.DISCOVER, Reason.UNREADABLE, reason)


def location_id(location: str) -> str:
    """The id under which a location that cannot be read stands in quarantine."""
    return hashlib.sha256(b"location\0" + os.fsencode(location)).hexdigest()


def _printable(location: str) -> str:
    return os.fsencode(location).decode("utf-8", "backslashreplace")
