"""Storage systems through fsspec: S3, Google Cloud Storage, Azure, SFTP, HTTP listings, and what else fsspec knows."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from locations import patterns, protocols
from locations.listing import Entry, Notes, check_time
from locations.location import Location
from locations.protocols import RemoteError
from locations.wanted import Wanted

# One piece of a download; the readers of fsspec ask for ranges of this size.
BLOCK_BYTES = 4 * 1024 * 1024
# Where the systems have the time of an object, by fsspec's names for it.
_TIMES = ("LastModified", "last_modified", "Last-Modified", "mtime", "updated", "modified", "created")
_MILLISECONDS_OF_A_YEAR = 365 * 24 * 3600 * 1000
_NS_OF_A_MILLISECOND = 10**6


@dataclass(frozen=True, slots=True)
class RemoteTarget:
    """A location elsewhere: a folder to walk, or one file (then `wanted` is None).

    `name` and `base` are URLs without user and password, `root` is the folder as fsspec calls it.
    """

    name: str
    base: str
    root: str
    protocol: str
    files: Any
    wanted: Wanted | None

    def relative(self, path: str) -> str | None:
        """The path of a file below the location; None where it would not be listed there."""
        if self.wanted is None:
            return path.rpartition("/")[2] if path == self.name else None
        relative = path.removeprefix(self.base + "/")
        return relative if relative != path and self.wanted.covers(relative) else None

    def walk(self, notes: Notes) -> Iterator[Entry]:
        """The files. What cannot be looked at is told to `notes`; nothing is raised."""
        if self.wanted is None:
            yield from self._noting(notes, None, self.name.rpartition("/")[2], self.name)
            return
        stack = [""]
        while stack:
            folder = stack.pop()
            try:
                for info, relative, is_folder in self._children(folder):
                    if not is_folder and self.wanted.file(relative):
                        yield from self._noting(notes, info, relative, f"{self.base}/{relative}")
                    elif is_folder and self.wanted.folder(relative):
                        stack.append(relative)
                    elif is_folder and self.wanted.is_plain and not relative.startswith("."):
                        notes.subfolder(f"{self.base}/{relative}")
            except OSError as error:
                notes.refused(f"{self.base}/{folder}" if folder else self.name, error)

    def _noting(self, notes: Notes, info: Mapping[str, Any] | None, relative: str, location: str) -> Iterator[Entry]:
        try:
            location.encode()
            entry = self._entry(self._info(self._path(location)) if info is None else info, relative, location)
        except (OSError, OverflowError, UnicodeEncodeError) as error:
            notes.refused(location, error)
        else:
            yield entry

    def look_again(self, entry: Entry) -> Entry | None:
        """The file as it is now; None where it is gone. Raises OSError where it cannot be looked at."""
        try:
            return self._entry(self._info(self._path(entry.location)), entry.relative, entry.location)
        except FileNotFoundError:
            return None

    def exists(self, path: str) -> bool:
        """Whether there is a file, such as a done-marker. Raises OSError where that cannot be told."""
        try:
            self._info(self._path(path))
        except FileNotFoundError:
            return False
        return True

    def blocks(self, location: str) -> Iterator[bytes]:
        """The bytes of a file, block by block. Raises OSError."""
        with protocols.errors():
            stream = self.files.open(self._path(location), "rb", block_size=BLOCK_BYTES)
        with stream:
            while True:
                with protocols.errors():
                    block = stream.read(BLOCK_BYTES)
                if not block:
                    return
                yield block

    def _path(self, location: str) -> str:
        """What fsspec calls the file."""
        return self.root + location[len(self.base) :]

    def _info(self, path: str) -> Mapping[str, Any]:
        with protocols.errors():
            info: Mapping[str, Any] = self.files.info(path)
            return info

    def _children(self, folder: str) -> Iterator[tuple[Mapping[str, Any], str, bool]]:
        """What lies directly in a folder: fsspec's facts, the path relative to the location, whether it is a folder."""
        path = f"{self.root}/{folder}" if folder else self.root
        for info in protocols.children(self.files, self.protocol, path):
            name = str(info["name"])
            own = name.removeprefix(f"{path}/").rstrip("/")
            if (
                not name.startswith(f"{path}/")
                or not own
                or "/" in own
                or (self.protocol in protocols.WEB and "?" in own)
            ):
                continue  # the folder itself, or a link on its page that leads elsewhere or sorts the page
            relative = f"{folder}/{own}" if folder else own
            if info["type"] == "link":
                info = self._info(name)  # noqa: PLW2901 - the file that is meant
                if info["type"] == "directory":
                    continue  # who follows links between folders may go in circles
            yield info, relative, info["type"] == "directory"

    def _entry(self, info: Mapping[str, Any], relative: str, location: str) -> Entry:
        if info.get("type") == "directory":
            raise IsADirectoryError(21, "Is a directory", location)
        if self.protocol in protocols.WEB and "url" not in info:
            # A listing on the web says nothing but names: each file is asked for its size and time.
            info = self._info(self._path(location))
        moment = _time(info)
        check_time(moment)
        size = info.get("size")
        return Entry(location, relative, -1 if size is None else int(size), moment, moment)


def target_of(location: Location) -> RemoteTarget:
    """Find out what a location is. Raises OSError (RemoteError names a missing extra) or ValueError."""
    protocol = location.protocol
    if protocol is None:
        raise ValueError(f"{location.printable} is a path of this machine")
    files, strip = protocols.filesystem(location)
    url = f"{protocol}://{location.path}"
    shown = url.rstrip("/")
    magic = url.replace("?", "_") if protocol in protocols.WEB else url
    if patterns.has_magic(magic):
        folder, pattern = patterns.split(url)
        return RemoteTarget(shown, folder, strip(folder), protocol, files, Wanted(location, pattern))
    if _is_folder(files, protocol, strip(url), url):
        return RemoteTarget(shown, shown, strip(shown), protocol, files, Wanted(location, None))
    parent = shown.rpartition("/")[0]
    return RemoteTarget(shown, parent, strip(shown)[: len(parent) - len(shown)], protocol, files, None)


def _is_folder(files: Any, protocol: str, path: str, url: str) -> bool:
    if protocol in protocols.WEB or url.endswith("/"):
        return url.endswith("/")
    with protocols.errors():
        return bool(files.info(path)["type"] == "directory")


def _time(info: Mapping[str, Any]) -> int:
    """When a file was last modified, in ns since 1970.

    Without any time, it is a moment of 1970 that its ETag decides, so that another ETag is another file and
    anything with a date is later; without an ETag, too, the first moment of 1970.
    """
    for name in _TIMES:
        value = info.get(name)
        if value:
            return _nanoseconds(value)
    tag = info.get("ETag")
    if not tag:
        return 0
    digest = hashlib.blake2b(str(tag).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _MILLISECONDS_OF_A_YEAR * _NS_OF_A_MILLISECOND


def _nanoseconds(value: Any) -> int:
    if isinstance(value, int | float):
        return int(value * 10**9)
    if isinstance(value, str):
        value = _from_text(value)
    if not isinstance(value, datetime):
        raise RemoteError(f"has a time stamp that is no time: {value!r}")
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


def _from_text(value: str) -> datetime:
    readers: tuple[Callable[[str], datetime], ...] = (datetime.fromisoformat, parsedate_to_datetime)
    for read in readers:
        try:
            return read(value)
        except ValueError:
            continue
    raise RemoteError(f"has a time stamp that is no time: {value!r}")
