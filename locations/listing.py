"""What a listing yields, and whom it tells about the rest. Streams: nothing here holds more than one folder's names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from transforms.document import Found

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS = 10**9
# What a datetime can hold; a file system can hold more.
_FIRST_NS = int((datetime.min.replace(tzinfo=UTC) - _EPOCH).total_seconds()) * _NANOSECONDS
_LAST_NS = int((datetime.max.replace(tzinfo=UTC) - _EPOCH).total_seconds()) * _NANOSECONDS

# Names that programs give to files they are still writing: browsers, rsync and scp clients, editors.
UNFINISHED_SUFFIXES = (".part", ".tmp", ".partial", ".crdownload", ".filepart", ".swp", "~")


class Entry(NamedTuple):
    """A file as it was listed; a tuple, because there may be a million. Sizes in bytes, times in ns since 1970.

    `location` names it for the store, `relative` below its location. `changed_ns` is the later of the times at which
    its content and its inode changed. `size` is -1 where the protocol does not tell.
    """

    location: str
    relative: str
    size: int
    modified_ns: int
    changed_ns: int

    @property
    def found(self) -> Found:
        """The file as the ledger knows it."""
        return Found(self.location, self.size, _EPOCH + timedelta(microseconds=self.modified_ns // 1000))


@dataclass(frozen=True, slots=True)
class Notes:
    """Who is told of what cannot be listed (with its location), and of a subfolder that is not read."""

    refused: Callable[[str, Exception], None]
    subfolder: Callable[[str], None]


def waits_by_name(name: str) -> bool:
    """Whether a file of that name is hidden or, by its name, still being written: no drop yet."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED_SUFFIXES)


def check_time(modified_ns: int) -> None:
    """Raise OverflowError for a time that no date can hold."""
    if not _FIRST_NS <= modified_ns <= _LAST_NS:
        raise OverflowError(f"its time stamp is out of range ({modified_ns // _NANOSECONDS} s since 1970): touch it")
