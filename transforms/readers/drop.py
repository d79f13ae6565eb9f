"""What every reader is given: what is known about the drop, and its bytes, unpacked and within bounds."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from transforms.document import GivenId, Reason, Rejection, Step

_GZIP_MAGIC = b"\x1f\x8b"
# How much is looked at to tell the format: a page's comments and a JSONL line are seldom longer.
_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024
# Enough of a rejected item for a person to recognise it.
_EXCERPT_CHARACTERS = 200

_STEPS = {Reason.BINARY: Step.DECODE, Reason.UNDECODABLE: Step.DECODE}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an item and an unpacked drop may be, in bytes.

    16 MiB is what MongoDB holds in one document. 4 GiB is above any daily dump met so far and below what a
    gzip bomb unpacks to.
    """

    max_item_bytes: int = 16 * 1024 * 1024
    max_drop_bytes: int = 4 * 1024 * 1024 * 1024


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Drop:
    """What is known about a drop besides its bytes. `source` is the one for items that name none."""

    drop_id: str
    name: str
    source: str
    limits: Limits

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
            detail=detail,
            excerpt=excerpt[:_EXCERPT_CHARACTERS],
            given_id=given_id,
        )


class RefusedDropError(Exception):
    """The drop, or what is left of it, cannot be read; becomes a Rejection."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a drop without its LF; `number` counts from 1.

    Of a line over the bound (`too_long`) only the beginning is kept.
    """

    number: int
    data: bytes
    too_long: bool


class DropStream:
    """The bytes of a drop, read once from front to back, with gzip around them taken off.

    `head` is the beginning, for sniffing; it is not consumed. Reading raises RefusedDropError for what is wrong with
    the drop (BROKEN_ARCHIVE, TOO_LARGE), and lets the OSError of the underlying stream through.
    """

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._limits = limits
        self._chunks = _unpacked(stream, limits.max_drop_bytes)
        self._seen: list[bytes] = []
        self._refusal: RefusedDropError | None = None
        size = 0
        try:
            while size < _HEAD_BYTES and (chunk := next(self._chunks, b"")):
                self._seen.append(chunk)
                size += len(chunk)
        except RefusedDropError as refusal:
            # Whatever came before the break is still to be read.
            self._refusal = refusal
        self.head = b"".join(self._seen)[:_HEAD_BYTES]

    def chunks(self) -> Iterator[bytes]:
        """Yield the drop piece by piece."""
        yield from self._seen
        self._seen = []
        if self._refusal:
            raise self._refusal
        yield from self._chunks

    def read_item(self) -> bytes:
        """Read the whole drop as one item; RefusedDropError (TOO_LARGE) if it is over the bound."""
        bound = self._limits.max_item_bytes
        item = bytearray()
        for chunk in self.chunks():
            item += chunk
            if len(item) > bound:
                raise RefusedDropError(Reason.TOO_LARGE, f"larger than {bound} bytes, the bound for one item")
        return bytes(item)

    def lines(self) -> Iterator[Line]:
        """Yield the lines, each in bounded memory."""
        bound = self._limits.max_item_bytes
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


class _Rejoined:
    """A stream with the bytes put back that were taken from its front: the little that GzipFile asks for."""

    def __init__(self, front: bytes, stream: BinaryIO) -> None:
        self._front = front
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if self._front:
            front, self._front = self._front, b""
            return front
        return self._stream.read(size)


def _unpacked(stream: BinaryIO, bound: int) -> Iterator[bytes]:
    front = stream.read(len(_GZIP_MAGIC))
    if len(front) == 1:
        front += stream.read(1)
    packed = front == _GZIP_MAGIC
    rejoined = _Rejoined(front, stream)
    # read1 hands out what is unpacked before it meets the break; read would lose it.
    read = gzip.GzipFile(fileobj=rejoined, mode="rb").read1 if packed else rejoined.read  # type: ignore[call-overload]
    size = 0
    while True:
        try:
            chunk = read(_CHUNK_BYTES)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            # A stream of our own never raises these: they come from the unpacking.
            detail = f"gzip broken after {size} unpacked bytes: {error}"
            raise RefusedDropError(Reason.BROKEN_ARCHIVE, detail) from None
        if not chunk:
            return
        size += len(chunk)
        if size > bound:
            unpacked = ", unpacked," if packed else ""
            raise RefusedDropError(
                Reason.TOO_LARGE, f"the drop{unpacked} is larger than {bound} bytes, the bound for a drop"
            )
        yield chunk
