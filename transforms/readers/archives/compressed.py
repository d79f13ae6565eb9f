"""gzip, bzip2, xz, lzma and Zstandard: compression around one file.

All of them are read as streams, in pieces of a bounded size whatever they unpack to, with members one behind the
other (as `cat a.gz b.gz` and parallel packers make them). What was unpacked before a break is handed out.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import zstandard

from transforms.document import Reason
from transforms.readers.archives.members import Budget, Container, Member, too_good
from transforms.readers.drop import CHUNK_BYTES, DropStream, RefusedDropError

# What a decompressor may hold: `xz -9` needs 65 MiB and `zstd --long` 128 MiB, which is what the tools themselves
# unpack without being asked to. Packers can demand gigabytes.
MAX_WINDOW_BYTES = 128 * 1024 * 1024
_XZ_OVERHEAD_BYTES = 1024 * 1024
# Zstandard's decompressor has no bound for its output: a block of 4 bytes can hold 128 KiB. This much makes 16 MiB.
_ZSTD_FEED_BYTES = 512

# bz2 says OSError; it is never that of a stream, as they are read elsewhere.
BROKEN = (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, OSError, ValueError)


class Decoder(Protocol):
    """Unpacks one member. Feeding a broken one raises an error of its library."""

    @property
    def eof(self) -> bool:
        """Whether the member is complete."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was fed and lies behind the end of the member."""
        ...

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yield what some more packed bytes unpack to; some pieces may be empty."""
        ...


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._decoder = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        while True:
            piece = self._decoder.decompress(packed, CHUNK_BYTES)
            yield piece
            packed = self._decoder.unconsumed_tail
            if self._decoder.eof or (not packed and len(piece) < CHUNK_BYTES):
                return


class _Bounded:
    """Decoders of the standard library that bound their output themselves."""

    def __init__(self, decoder: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._decoder = decoder

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        yield self._decoder.decompress(packed, CHUNK_BYTES)
        while not self._decoder.eof and not self._decoder.needs_input:
            yield self._decoder.decompress(b"", CHUNK_BYTES)


class _Zstandard:
    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj()
        self._unfed = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data + self._unfed

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        for start in range(0, len(packed), _ZSTD_FEED_BYTES):
            end = start + _ZSTD_FEED_BYTES
            yield self._decoder.decompress(packed[start:end])
            if self._decoder.eof:
                self._unfed = packed[end:]
                return


def gzip_decoder() -> Decoder:
    """Make a decoder of one gzip member."""
    return _Zlib(16 + zlib.MAX_WBITS)


def deflate_decoder() -> Decoder:
    """Make a decoder of bare deflate data, as in ZIP."""
    return _Zlib(-zlib.MAX_WBITS)


def bzip2_decoder() -> Decoder:
    """Make a decoder of one bzip2 stream."""
    return _Bounded(bz2.BZ2Decompressor())


def xz_decoder() -> Decoder:
    """Make a decoder of one stream of xz."""
    return _Bounded(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_WINDOW_BYTES + _XZ_OVERHEAD_BYTES))


def lzma_decoder() -> Decoder:
    """Make a decoder of the format before xz."""
    return _Bounded(lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MAX_WINDOW_BYTES + _XZ_OVERHEAD_BYTES))


def raw_lzma_decoder(properties: bytes) -> Decoder:
    """Make a decoder of bare LZMA data, as in ZIP, from its five bytes of properties (LZMA specification)."""
    rest, size = properties[0], int.from_bytes(properties[1:5], "little")
    if size > MAX_WINDOW_BYTES:
        raise lzma.LZMAError("Memory usage limit exceeded")
    lzma1 = {"id": lzma.FILTER_LZMA1, "lc": rest % 9, "lp": rest // 9 % 5, "pb": rest // 45, "dict_size": size}
    return _Bounded(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[lzma1]))


def zstd_decoder() -> Decoder:
    """Make a decoder of one frame of Zstandard."""
    return _Zstandard()


@dataclass(slots=True)
class Unpacking:
    """The unpacking of one member, and what it met: how much was packed, and how much came out."""

    what: str
    budget: Budget
    packed: int = 0
    unpacked: int = 0

    def pieces(self, decoder: Decoder, packed: bytes) -> Iterator[bytes]:
        """Yield what some more bytes unpack to. Raises RefusedDropError where they are broken, or a bomb."""
        pieces = decoder.pieces(packed)
        while True:
            try:
                piece = next(pieces, None)
            except BROKEN as error:
                raise self.refusal(error) from None
            if piece is None:
                return
            if piece:
                self._count(len(piece))
                yield piece

    def _count(self, size: int) -> None:
        self.unpacked += size
        if too_good(self.unpacked, self.packed, self.budget.limits):
            met = f"{self.unpacked} bytes were unpacked from {self.packed} of {self.what}"
            raise RefusedDropError(Reason.ARCHIVE_LIMIT, self.budget.limits.over("max_ratio", met))
        self.budget.unpacked(size)

    def refusal(self, error: Exception) -> RefusedDropError:
        """Say what broke the unpacking."""
        words = str(error) or type(error).__name__
        if "too much memory" in words or "Memory usage limit" in words:
            detail = (
                f"{self.what} needs more than {MAX_WINDOW_BYTES} bytes of memory; pack it without --long or --ultra"
            )
            return RefusedDropError(Reason.ARCHIVE_LIMIT, detail)
        return RefusedDropError(
            Reason.BROKEN_ARCHIVE, f"{self.what} broken after {self.unpacked} unpacked bytes: {words}"
        )


@dataclass(slots=True)
class Unpacked:
    """Chunks as a stream."""

    chunks: Iterator[bytes]

    def read(self, _size: int, /) -> bytes:
        """Return the next chunk, however large."""
        return next(self.chunks, b"")


def compression(
    name: str, sniff: Callable[[bytes], object], suffixes: dict[str, str], decoder: Callable[[], Decoder]
) -> Container:
    """Describe a kind of compression as a container with one member."""

    def members(stream: DropStream, bare_name: str, budget: Budget) -> Iterator[Member]:
        yield Member(bare_name, Unpacked(_unpacked(stream, Unpacking(name, budget), decoder)))

    return Container(name, sniff, suffixes, members, is_archive=False)


def _unpacked(stream: DropStream, unpacking: Unpacking, make: Callable[[], Decoder]) -> Iterator[bytes]:
    decoder: Decoder | None = make()
    for read in stream.chunks():
        unpacking.packed += len(read)
        packed = read
        while packed:
            if decoder is None:
                # Tapes and xz itself pad with NULs behind a member.
                packed = packed.lstrip(b"\0")
                if not packed:
                    break
                decoder = make()
            yield from unpacking.pieces(decoder, packed)
            packed = decoder.unused_data if decoder.eof else b""
            if decoder.eof:
                decoder = None
    if decoder is not None:
        raise stream.break_off(
            Reason.BROKEN_ARCHIVE, f"{unpacking.what} broken after {unpacking.unpacked} unpacked bytes: it is cut off"
        )
