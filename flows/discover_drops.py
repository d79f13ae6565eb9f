"""Which drops lie at the drop locations."""

import glob
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from transforms.document import Found, Reason, Rejection, Step


@dataclass(frozen=True, slots=True)
class Discovery:
    """What lies at the locations: `files` in order of arrival, what was `refused` by location, and `subfolders`.

    `readable` are those of the locations themselves that could be listed.

    Subfolders are not read unless a pattern asks for it; they are named so that nobody waits for what is in them.
    """

    files: list[Found]
    refused: dict[str, Rejection]
    subfolders: tuple[str, ...]
    readable: tuple[str, ...]


def discover_drops(locations: list[str]) -> Discovery:
    """Look at the locations.

    A location is a file, a folder (the files directly in it) or a pattern (`drops/**/*.html`; `**` reaches
    into subfolders). Hidden files, and what is no regular file, are no drops.
    """
    found: dict[str, Found] = {}
    subfolders: set[str] = set()
    refused: dict[str, Rejection] = {}
    for location in locations:
        try:
            for path in _files(location):
                name = os.fspath(path.absolute())
                try:
                    file = _look_at(path)
                except (OSError, UnicodeEncodeError, OverflowError) as error:
                    refused[_printable(name)] = unreadable(name, error)
                else:
                    if file:
                        found[name] = file
                    elif path.is_dir() and not glob.has_magic(location):
                        subfolders.add(_printable(os.fspath(path)))
        except OSError as error:
            name = os.fspath(Path(location).absolute())
            refused[_printable(name)] = unreadable(name, error)
    files = sorted(found.values(), key=lambda file: (file.modified_at, file.location))
    readable = (os.fspath(Path(location).absolute()) for location in locations)
    return Discovery(
        files, refused, tuple(sorted(subfolders)), tuple(name for name in readable if _printable(name) not in refused)
    )


def unreadable(location: str, error: Exception) -> Rejection:
    """The rejection of a location that cannot be read; its id stands for the location, not for content."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, UnicodeEncodeError):
        reason = "its name is not valid UTF-8: rename it"
    return Rejection(location_id(location), None, Step.DISCOVER, Reason.UNREADABLE, reason)


def location_id(location: str) -> str:
    """The id under which a location that cannot be read stands in quarantine."""
    return hashlib.sha256(b"location\0" + os.fsencode(location)).hexdigest()


def _files(location: str) -> Iterator[Path]:
    path = Path(location)
    if path.is_dir():
        yield from (child for child in sorted(path.iterdir()) if not child.name.startswith("."))
    elif glob.has_magic(location) and not path.exists():
        yield from (Path(match) for match in sorted(glob.glob(location, recursive=True)))  # noqa: PTH207 - Path.glob takes no absolute pattern
    else:
        yield path


def _look_at(path: Path) -> Found | None:
    """Size and time of a regular file, None for anything else. OSError where it cannot be looked at."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return None
    location = os.fspath(path.absolute())
    location.encode()
    return Found(location, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _printable(location: str) -> str:
    return os.fsencode(location).decode("utf-8", "backslashreplace")
