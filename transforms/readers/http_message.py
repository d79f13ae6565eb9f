"""An HTTP response as a crawler kept it: status, headers, and the body with its codings taken off.

Crawlers differ: some keep the body as it came over the wire, some take chunks and compression off and leave the
headers that speak of them. So a header is believed only where the body begins like what it says.
"""

import re
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import brotli
import zstandard

from transforms.document import Reason
from transforms.readers import html
from transforms.readers.drop import RefusedDropError

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?: [^\n]*)?\r?(?=\n)")
_END_OF_HEADERS = re.compile(rb"\n\r?\n")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\n]{0,200})?\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE | re.ASCII)
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# Browsers take no larger window (RFC 8878, 3.1.1.1.2); what asks for more wants our memory.
_ZSTD_WINDOW = 8 * 1024 * 1024
# The library bounds no output: of so much input it is at most 8 MiB (blocks of 128 KiB from 4 bytes each).
_ZSTD_PIECE_BYTES = 256
_HEAD_BYTES = 4096
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """A response; the names of its headers are in lower case. `body` is as the crawler kept it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class MediaType:
    """What a Content-Type says: the type in lower case, or an empty one, and the charset, if any is named."""

    name: str
    charset: str | None


def media_type(header: str | None) -> MediaType:
    """Read a Content-Type."""
    name, _, parameters = (header or "").partition(";")
    charset = _CHARSET.search(parameters)
    return MediaType(name.strip().lower(), charset[1] if charset else None)


def parse_headers(block: bytes) -> dict[str, str]:
    """Read lines of headers; of a name given twice the first counts, and a line that is no header is left out."""
    headers: dict[str, str] = {}
    for line in _FOLDED.sub(b" ", block).splitlines():
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(name.strip().decode("latin-1").lower(), _text(value.strip()))
    return headers


def parse_response(message: bytes) -> Response | None:
    """Read a response, or as much of it as is there; None for what begins with no status."""
    status = _STATUS.match(message)
    if status is None:
        return None
    end = _END_OF_HEADERS.search(message, status.end())
    block = message[status.end() : end.start() if end else len(message)]
    body = message[end.end() :] if end else b""
    return Response(int(status[1]), parse_headers(block), body)


def payload(response: Response, bound: int) -> bytes:
    """Return the body without chunks and compression.

    Raises RefusedDropError: TOO_LARGE (more than `bound` bytes), BROKEN_FORMAT (broken chunks), BROKEN_ARCHIVE (broken
    compression), UNDECODABLE (a compression that we lack).
    """
    body = response.body
    if "chunked" in response.headers.get("transfer-encoding", "").lower() and _CHUNK.match(body):
        body = b"".join(_chunks(body))
    codings = [each.strip().lower() for each in response.headers.get("content-encoding", "").split(",")]
    for coding in reversed(codings):
        if coding in ("", "identity") or html.sniff(body[:_HEAD_BYTES]):
            continue
        if coding not in _CODINGS:
            raise RefusedDropError(Reason.UNDECODABLE, f"the body is packed with {coding[:50]}, which is unknown")
        body = _within(_CODINGS[coding](body), bound)
    return body


def _chunks(body: bytes) -> Iterator[bytes]:
    position = 0
    while chunk := _CHUNK.match(body, position):
        size = int(chunk[1], 16)
        position = chunk.end()
        if size == 0:
            return
        if position + size > len(body):
            break
        yield body[position : position + size]
        position += size
        position += 2 if body.startswith(b"\r\n", position) else body.startswith(b"\n", position)
    raise RefusedDropError(Reason.BROKEN_FORMAT, f"the chunks of the body break off at byte {position}")


def _within(pieces: Iterator[bytes], bound: int) -> bytes:
    unpacked = bytearray()
    try:
        for piece in pieces:
            unpacked += piece
            if len(unpacked) > bound:
                raise RefusedDropError(Reason.TOO_LARGE, f"unpacks to more than {bound} bytes, the bound for one item")
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        detail = f"the compression of the body is broken after {len(unpacked)} bytes: {error}"
        raise RefusedDropError(Reason.BROKEN_ARCHIVE, detail) from None
    return bytes(unpacked)


def _gzip(body: bytes) -> Iterator[bytes]:
    if not body.startswith(_GZIP_MAGIC):
        yield body
    # Members one behind the other; what follows them is padding, for browsers, too.
    while body.startswith(_GZIP_MAGIC):
        body = yield from _inflated(body, zlib.MAX_WBITS | 16)


def _deflate(body: bytes) -> Iterator[bytes]:
    # The standard means zlib's format; some servers send the bare one, and browsers take both.
    header = int.from_bytes(body[:2], "big")
    is_zlib = body[:1] and body[0] & 15 == zlib.DEFLATED and header % 31 == 0
    yield from _inflated(body, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


def _inflated(packed: bytes, wbits: int) -> Generator[bytes, None, bytes]:
    """Yield what is unpacked, piece by piece, and return what lies behind its end."""
    unpacker = zlib.decompressobj(wbits=wbits)
    while not unpacker.eof:
        piece = unpacker.decompress(packed, _PIECE_BYTES)
        if not piece and not unpacker.eof:
            raise EOFError("it is cut off")
        yield piece
        packed = unpacker.unconsumed_tail
    return unpacker.unused_data


def _zstd(body: bytes) -> Iterator[bytes]:
    if not body.startswith(_ZSTD_MAGIC):
        yield body
    while body.startswith(_ZSTD_MAGIC):
        unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        for start in range(0, len(body), _ZSTD_PIECE_BYTES):
            yield unpacker.decompress(body[start : start + _ZSTD_PIECE_BYTES])
            if unpacker.eof:
                body = unpacker.unused_data + body[start + _ZSTD_PIECE_BYTES :]
                break
        else:
            raise EOFError("it is cut off")


def _brotli(body: bytes) -> Iterator[bytes]:
    unpacker = brotli.Decompressor()
    packed = body
    while not unpacker.is_finished():
        try:
            piece: bytes = unpacker.process(packed, output_buffer_limit=_PIECE_BYTES)
        except brotli.error as error:
            raise EOFError(error) from None
        if not piece and not unpacker.is_finished():
            raise EOFError("it is cut off")
        yield piece
        packed = b""


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


_CODINGS: Final[Mapping[str, Callable[[bytes], Iterator[bytes]]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
