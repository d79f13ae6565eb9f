"""What archives have in common: their members, their names, and the bounds of a whole drop."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from transforms.decode import DecodeError, decode
from transforms.document import Reason
from transforms.readers.drop import (
    CHUNK_BYTES,
    RATIO_FROM_BYTES,
    DropStream,
    EndedDropError,
    Limits,
    Readable,
    RefusedDropError,
)

# What systems put into archives beside the files that people mean.
_JUNK_FOLDERS = frozenset(("__MACOSX", "$RECYCLE.BIN", "System Volume Information"))
_JUNK_FILES = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini"))
_DRIVE = re.compile(r"[A-Za-z]:")
_SLASHES = re.compile(r"[/\\]+")
# Paths are bounded at 4096 bytes (Linux) or 260 characters (Windows); of a longer one its end tells the file.
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its name there, and its bytes, or the reason why they are not read."""

    name: str
    stream: Readable | None
    refusal: RefusedDropError | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of archive: how its content is recognised, names that suggest it, how its members are read.

    `suffixes` are given with what stands in their place when the packing is taken off. `is_archive` says that it
    holds files; else it is compression around one.

    `members` yields them in the order of the archive. Each is to be read before the next one is asked for. It raises
    RefusedDropError for what is wrong with the archive itself.
    """

    name: str
    sniff: Callable[[bytes], object]
    suffixes: dict[str, str]
    members: Callable[[DropStream, str, "Budget"], Iterator[Member]]
    is_archive: bool

    def bare_name(self, name: str) -> str | None:
        """Return the name without the packing, or None where it does not suggest this container."""
        for suffix, bare in self.suffixes.items():
            if name.lower().endswith(suffix):
                return name[: -len(suffix)] + bare
        return None


class Budget:
    """What a drop may still hold: bytes and entries, over all levels of its archives."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._read = 0
        self._unpacked = 0
        self._entries = 0

    def read(self, size: int) -> None:
        """Count bytes of the drop itself. Raises EndedDropError over the bound."""
        self._read += size
        self._check_size()

    def unpacked(self, size: int) -> None:
        """Count bytes that were unpacked, at any level. Raises EndedDropError over the bounds."""
        self._unpacked += size
        self._check_size()
        if too_good(self._unpacked, self._read, self.limits):
            met = f"{self._unpacked} bytes, over all levels, were unpacked from {self._read}"
            raise EndedDropError(Reason.ARCHIVE_LIMIT, self.limits.over("max_ratio", met))

    def entry(self) -> None:
        """Count an entry of an archive. Raises EndedDropError over the bound."""
        self._entries += 1
        if self._entries > self.limits.max_entries:
            met = f"the archive has more than {self.limits.max_entries} entries"
            raise EndedDropError(Reason.ARCHIVE_LIMIT, self.limits.over("max_entries", met))

    def _check_size(self) -> None:
        bound = self.limits.max_drop_bytes
        if self._read + self._unpacked > bound:
            met = f"the drop{', unpacked,' if self._unpacked else ''} is larger than {bound} bytes"
            reason = Reason.ARCHIVE_LIMIT if self._unpacked else Reason.TOO_LARGE
            raise EndedDropError(reason, self.limits.over("max_drop_bytes", met))


class Part:
    """A stretch of an archive: the next `size` bytes of its stream."""

    def __init__(self, stream: DropStream, size: int, cut: str) -> None:
        """`cut` says in words what it means when the stream ends before."""
        self._stream = stream
        self._left = size
        self._cut = cut

    def read(self, size: int, /) -> bytes:
        """Return the next bytes. Raises RefusedDropError where the archive ends before them."""
        chunk = self._stream.read(min(size, self._left))
        if not chunk and self._left:
            raise self._stream.break_off(Reason.BROKEN_ARCHIVE, self._cut)
        self._left -= len(chunk)
        return chunk

    def skip(self) -> None:
        """Pass over what nobody read."""
        while self._left:
            self.read(CHUNK_BYTES)


def too_good(unpacked: int, packed: int, limits: Limits) -> bool:
    """Say whether bytes unpack to more than honest ones do."""
    return unpacked > RATIO_FROM_BYTES and unpacked > limits.max_ratio * packed


def decoded_name(raw: bytes) -> str:
    """Decode a name whose encoding nobody states; every byte sequence is some name."""
    raw = raw.partition(b"\0")[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return decode(raw).text
    except DecodeError:
        return raw.decode("cp437")


def shown(name: str) -> str:
    """Return a name for people: one line, nothing invisible, not too long."""
    visible = "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
    return visible if len(visible) <= _SHOWN_CHARACTERS else "…" + visible[-_SHOWN_CHARACTERS:]


def is_no_drop(name: str) -> bool:
    """Say whether a member is nothing that anybody wants read: a folder, or hidden, or the system's own file."""
    *folders, file = _SLASHES.split(name)
    hidden = any(part.startswith(".") and part not in (".", "..") for part in (*folders, file))
    return not file or hidden or file.lower() in _JUNK_FILES or not _JUNK_FOLDERS.isdisjoint(folders)


def unsafe(name: str) -> str | None:
    """Say what makes a name unsafe to whoever unpacks it; None where nothing does. We write no file under it."""
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return "its name is an absolute path"
    if ".." in _SLASHES.split(name):
        return "its name leads out of the archive by `..`"
    return None
