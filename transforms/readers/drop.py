"""What every reader is given: what is known about the drop, and its bytes, unpacked and within bounds."""

import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from transforms.document import GivenId, Reason, Rejection, Step
from transforms.readers.mapping import DEFAULT_FIELDS, FieldMapping

# How much is looked at to tell the format: a page's comments and a JSONL line are seldom longer.
_HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 64 * 1024
# Enough of a rejected item for a person to recognise it.
_EXCERPT_CHARACTERS = 200

_STEPS = {Reason.BINARY: Step.DECODE, Reason.UNDECODABLE: Step.DECODE}


class Readable(Protocol):
    """What bytes are read from: no more than about `size` at a time, none at the end."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds for one drop. Each is a setting: docs/operations.md names its variable."""

    max_item_bytes: int = 16 * 1024 * 1024
    """Of one item. It is what MongoDB holds in one document."""
    max_drop_bytes: int = 16 * 1024 * 1024 * 1024
    """Of a drop and of all that is unpacked from it, over all levels. Three times what a file of Common Crawl
    unpacks to (1 GiB, 5 GiB unpacked), and still room in a folder for temporary files."""
    max_ratio: int = 250
    """Of unpacked to packed bytes, from RATIO_FROM_BYTES unpacked bytes on. Texts and pages pack 2 to 10 times smaller
    (measured on the development corpora); a bomb of zeros 1,000 times (deflate) to 70,000 times (bzip2)."""
    max_entries: int = 250_000
    """Of the archives in a drop, directories included. An agency with 500 items a day fills one in 500 days."""
    max_depth: int = 3
    """Of archives in archives: a month of days of sites. Compression around an archive is no level of its own."""

    def over(self, field: str, met: str) -> str:
        """Say in words that a limit is exceeded: by what, and which variable raises it."""
        return f"{met}; the limit is {getattr(self, field)}, {variable(field)} raises it"


# Below this no ratio is too high: a small file of blanks or of one repeated line is honest, and does no harm.
RATIO_FROM_BYTES = 16 * 1024 * 1024
DEFAULT_LIMITS = Limits()


def variable(field: str) -> str:
    """Name the environment variable that sets a field of Limits; it is read at the edge, in flows/limits.py."""
    return f"DROPWIRE_LIMIT_{field.removeprefix('max_').upper()}"


@dataclass(frozen=True, slots=True)
class Drop:
    """What is known about a drop besides its bytes. `source` is the one for items that name none."""

    drop_id: str
    name: str
    source: str
    limits: Limits
    fields: FieldMapping = DEFAULT_FIELDS

    def rejection(
        self,
        reason: Reason,
        detail: str,
        *,
        index: int | None = None,
        excerpt: str | bytes = "",
        given_id: GivenId | None = None,
    ) -> Rejection:
        """Make the rejection of an item, or of the whole drop where `index` is None."""
        if isinstance(excerpt, bytes):
            excerpt = excerpt[: 4 * _EXCERPT_CHARACTERS].decode("utf-8", errors="backslashreplace")
        return Rejection(
            drop_id=self.drop_id,
            index=index,
            step=_STEPS.get(reason, Step.READ),
            reason=reason,
            detail=_encodable(detail),
            excerpt=_encodable(excerpt[:_EXCERPT_CHARACTERS]),
            given_id=given_id,
            source=self.source,
        )


def _encodable(text: str) -> str:
    """Replace lone surrogates: what is quoted from a drop may hold them, and nothing can store them."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


class RefusedDropError(Exception):
    """The drop, or what is left of it, cannot be read; becomes a Rejection. Of a member of an archive, the member."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class EndedDropError(RefusedDropError):
    """A limit of the whole drop is exceeded: nothing more is read of it, whichever archive we are in."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a drop without its LF; `number` counts from 1.

    Of a line over the bound (`too_long`) only the beginning is kept.
    """

    number: int
    data: bytes
    too_long: bool


class DropStream:
    """The bytes of a drop or of a member of an archive, read once from front to back.

    `head` is the beginning, for sniffing; it is not consumed. Reading raises RefusedDropError for what is wrong with
    the drop (BROKEN_ARCHIVE, TOO_LARGE, ARCHIVE_LIMIT), and lets the OSError of the underlying stream through.
    """

    def __init__(
        self,
        stream: Readable,
        limits: Limits,
        scratch: Callable[[], BinaryIO] = io.BytesIO,
        *,
        count: Callable[[int], None] = lambda _: None,
        file: BinaryIO | None = None,
    ) -> None:
        """Begin to read.

        `scratch` makes an empty file for what must be read out of order. `count` is told how many bytes were read,
        and may refuse them. `file` is the stream itself, where it can seek.
        """
        self.limits = limits
        self.scratch = scratch
        self.refusal: RefusedDropError | None = None
        """What ended the stream before its end; whoever reads on meets it again."""
        self._stream = stream
        self._count = count
        self._file = file
        self._spooled: BinaryIO | None = None
        self._waiting: deque[bytes] = deque()
        size = 0
        try:
            while size < _HEAD_BYTES and (chunk := self._next()):
                self._waiting.append(chunk)
                size += len(chunk)
        except RefusedDropError:
            # Whatever came before the break is still to be read.
            pass
        self.head = b"".join(self._waiting)[:_HEAD_BYTES]

    def close(self) -> None:
        """Give back what the stream needed to seek."""
        if self._spooled is not None:
            self._spooled.close()

    def break_off(self, reason: Reason, detail: str) -> RefusedDropError:
        """Make the error that ends the stream here; whatever is left of it is not read."""
        self.refusal = RefusedDropError(reason, detail)
        self._waiting.clear()
        return self.refusal

    def chunks(self) -> Iterator[bytes]:
        """Yield the drop piece by piece."""
        while chunk := self._take():
            yield chunk

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes; fewer only at the end."""
        pieces = []
        while size > 0 and (chunk := self._take()):
            if len(chunk) > size:
                self._waiting.appendleft(chunk[size:])
                chunk = chunk[:size]
            pieces.append(chunk)
            size -= len(chunk)
        return b"".join(pieces)

    def read_item(self) -> bytes:
        """Read the whole drop as one item; RefusedDropError (TOO_LARGE) if it is over the bound."""
        bound = self.limits.max_item_bytes
        item = bytearray()
        for chunk in self.chunks():
            item += chunk
            if len(item) > bound:
                raise RefusedDropError(Reason.TOO_LARGE, f"larger than {bound} bytes, the bound for one item")
        return bytes(item)

    def seekable(self) -> BinaryIO:
        """The whole drop, unpacked, as a file that can seek, at its beginning; in place of `chunks`, not beside it.

        The file is the stream's: whoever asked for it does not close it.
        """
        if self._file is not None:
            size = self._file.seek(0, io.SEEK_END)
            self._count(max(0, size - len(self.head)))
            self._file.seek(0)
            return self._file
        self._spooled = self.scratch()
        for chunk in self.chunks():
            self._spooled.write(chunk)
        self._spooled.seek(0)
        return self._spooled

    def lines(self) -> Iterator[Line]:
        """Yield the lines, each in bounded memory."""
        bound = self.limits.max_item_bytes
        number = 1
        line = bytearray()
        for chunk in self.chunks():
            *ends, rest = chunk.split(b"\n")
            for end in ends:
                line += end[: bound + 1 - len(line)]
                yield Line(number, bytes(line[:bound]), len(line) > bound)
                number += 1
                line.clear()
            line += rest[: bound + 1 - len(line)]
        if line:
            yield Line(number, bytes(line[:bound]), len(line) > bound)

    def _take(self) -> bytes:
        return self._waiting.popleft() if self._waiting else self._next()

    def _next(self) -> bytes:
        if self.refusal is not None:
            raise self.refusal
        try:
            chunk = self._stream.read(CHUNK_BYTES)
            self._count(len(chunk))
        except RefusedDropError as refusal:
            self.refusal = refusal
            raise
        return chunk
