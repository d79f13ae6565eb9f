"""Folders, files and patterns on this machine."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from locations import patterns
from locations.listing import Entry, Notes, check_time
from locations.location import Location
from locations.wanted import Wanted

_Identity = tuple[int, int]  # device and inode: a folder under whatever name


@dataclass(frozen=True, slots=True)
class LocalTarget:
    """A location on this machine as it was found: a folder to walk, or one file (then `wanted` is None).

    `name` is its absolute path, `base` the absolute path of the folder.
    """

    name: str
    shown: Path
    base: str
    wanted: Wanted | None

    def relative(self, path: str) -> str | None:
        """The path of a file below the location; None where it would not be listed there."""
        if self.wanted is None:
            return self.shown.name if path == self.name else None
        prefix = self.base if self.base.endswith("/") else self.base + "/"
        relative = path.removeprefix(prefix)
        return relative if relative != path and self.wanted.covers(relative) else None

    def walk(self, notes: Notes) -> Iterator[Entry]:
        """The files. What cannot be looked at is told to `notes`; nothing is raised."""
        if self.wanted is None:
            yield from _file(self.name, self.shown.name, notes)
        elif self.wanted.is_plain or Path(self.base).exists():
            # Where there is nothing yet, a pattern matches later.
            yield from _Walk(self, self.wanted, notes).entries()

    def look_again(self, entry: Entry) -> Entry | None:
        """The file as it is now; None where it is gone. Raises OSError where it cannot be looked at."""
        try:
            return entry_of(entry.location, entry.relative, Path(entry.location).stat())
        except FileNotFoundError:
            return None

    def exists(self, path: str) -> bool:
        """Whether there is a file, such as a done-marker."""
        return Path(path).exists()


def target_of(location: Location) -> LocalTarget:
    """Find out what a location is. Raises OSError or ValueError where that cannot be told."""
    path = Path(location.path)
    name = os.fspath(path.absolute())
    if path.is_dir():
        return LocalTarget(name, path, name, Wanted(location, None))
    if patterns.has_magic(location.path) and not path.exists():
        folder, pattern = patterns.split(os.fspath(path))
        return LocalTarget(name, Path(folder), os.fspath(Path(folder).absolute()), Wanted(location, pattern))
    return LocalTarget(name, path, os.fspath(path.absolute().parent), None)


@dataclass(slots=True)
class _Walk:
    """One walk over a folder, which follows no link in a circle and no two links to the same folder."""

    target: LocalTarget
    wanted: Wanted
    notes: Notes
    linked: set[_Identity] = field(default_factory=set)

    def entries(self) -> Iterator[Entry]:
        ancestors: frozenset[_Identity] = frozenset()
        stack = [(self.target.base, "", ancestors)]
        while stack:
            folder, relative, above = stack.pop()
            try:
                folder.encode()
                status = Path(folder).stat()
                inside = above | {(status.st_dev, status.st_ino)}
                with os.scandir(folder) as children:
                    for child in children:
                        below = relative + child.name
                        try:
                            if child.is_dir():
                                if self.enters(child, below, inside):
                                    stack.append((child.path, below + "/", inside))
                            elif self.wanted.file(below):
                                child.name.encode()
                                if entry := entry_of(child.path, below, child.stat()):
                                    yield entry
                        except (OSError, UnicodeEncodeError, OverflowError) as error:
                            # What was there a moment ago and is not a link was moved away: nobody misses it.
                            if child.is_symlink() or not isinstance(error, FileNotFoundError):
                                self.notes.refused(child.path, error)
            except (OSError, UnicodeEncodeError) as error:
                self.notes.refused(folder, error)

    def enters(self, child: os.DirEntry[str], relative: str, above: frozenset[_Identity]) -> bool:
        if not self.wanted.folder(relative):
            if self.wanted.is_plain and not child.name.startswith("."):
                self.notes.subfolder(os.fspath(self.target.shown / relative))
            return False
        if child.is_symlink():
            status = child.stat()
            identity = (status.st_dev, status.st_ino)
            if identity in above or identity in self.linked:
                return False
            self.linked.add(identity)
        return True


def _file(location: str, name: str, notes: Notes) -> Iterator[Entry]:
    try:
        location.encode()
        entry = entry_of(location, name, Path(location).stat())
    except (OSError, UnicodeEncodeError, OverflowError) as error:
        notes.refused(location, error)
    else:
        if entry:
            yield entry


def entry_of(location: str, relative: str, status: os.stat_result) -> Entry | None:
    """A regular file as an entry, None for anything else. Raises OverflowError for a time that no date can hold."""
    if not stat.S_ISREG(status.st_mode):
        return None
    modified = status.st_mtime_ns
    check_time(modified)
    return Entry(location, relative, status.st_size, modified, max(modified, status.st_ctime_ns))
