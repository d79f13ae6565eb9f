"""What a Parquet file says about itself, checked before the library that reads it sees it.

pyarrow allocates what a page says it unpacks to and as many values as are asked for, without a bound of its own; and it
ends the whole process for some footers whose parts contradict one another. So footer and headers of pages are read here
first: every column chunk must lie inside of the file, no page may be too large, and how many rows are read at a time
follows from the largest value that a row may have.

Numbers of fields: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from transforms.document import Reason
from transforms.readers.drop import RefusedDropError
from transforms.readers.thrift import ShortThriftError, Struct, ThriftError, read_struct

_MAGIC = b"PAR1"
_ENCRYPTED_MAGIC = b"PARE"
# Behind the footer: its size in four bytes, and the magic.
_TAIL_BYTES = 8
# Footers describe each column of each row group: some kilobytes; 16 MiB are about 1,000 row groups of 100 columns.
_MAX_FOOTER_BYTES = 16 * 1024 * 1024
# Of row groups and of columns.
_MOST = 100_000

# FileMetaData, RowGroup, ColumnChunk, ColumnMetaData
_ROW_GROUPS = 4
_COLUMNS = 1
_METADATA, _CRYPTO = 3, 8
_PATH, _SIZE, _DATA_AT, _DICTIONARY_AT = 3, 7, 9, 11

# PageHeader, and of the headers of data pages the number of values and their encoding
_TYPE, _UNPACKED, _PACKED = 1, 2, 3
_DATA_HEADERS: Final = {5: (1, 2), 8: (1, 4)}
_DICTIONARY_PAGE = 2
# The encoding whose values repeat the beginning of the one before.
_DELTA_BYTE_ARRAY = 7

# Most headers have 20 to 50 bytes; with statistics of long texts up to some kilobytes.
_FIRST_LOOK = 256
_MAX_HEADER = 1024 * 1024


class Seekable(Protocol):
    """A file that is read here and there."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""
        ...

    def read(self, size: int, /) -> bytes:
        """Return the next bytes; fewer only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """The values of a column in a row group: bytes [start, start + size) of the file. `path` is dotted."""

    path: str
    start: int
    size: int
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages of a column chunk need: the bytes unpacked of the largest, and those of the largest row."""

    largest: int
    row: int


def read_footer(file: Seekable) -> list[list[Chunk]]:
    """Return the column chunks of each row group.

    Raises RefusedDropError: BROKEN_FORMAT for a file that is cut off or lies, ENCRYPTED where all of it is.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    if tail.endswith(_ENCRYPTED_MAGIC):
        raise RefusedDropError(Reason.ENCRYPTED, "the file is encrypted")
    if size < len(_MAGIC) + _TAIL_BYTES or not tail.endswith(_MAGIC):
        raise RefusedDropError(Reason.BROKEN_FORMAT, "the file is cut off: its end is not that of Parquet")
    length = int.from_bytes(tail[:4], "little")
    end = size - _TAIL_BYTES
    if length > end - len(_MAGIC):
        raise RefusedDropError(Reason.BROKEN_FORMAT, f"its footer is said to have {length} bytes, the file has {size}")
    if length > _MAX_FOOTER_BYTES:
        raise RefusedDropError(Reason.TOO_LARGE, f"its footer has {length} bytes, {_MAX_FOOTER_BYTES} is most")
    file.seek(end - length)
    try:
        footer, _ = read_struct(file.read(length))
    except ThriftError as error:
        raise _lies(f"no footer but {error}") from None
    return [
        [_chunk(column, end - length) for column in _structs(group.get(_COLUMNS))]
        for group in _structs(footer.get(_ROW_GROUPS))
    ]


def _structs(value: object) -> list[Struct]:
    if not isinstance(value, list) or len(value) > _MOST or not all(isinstance(each, dict) for each in value):
        raise _lies("a list of row groups or columns is none")
    return value


def _chunk(column: Struct, end: int) -> Chunk:
    """Read a ColumnChunk. `end` is where the footer begins."""
    encrypted = _CRYPTO in column
    metadata = column.get(_METADATA)
    if not isinstance(metadata, dict):
        if encrypted:
            return Chunk("", 0, 0, encrypted)
        raise _lies("a column chunk is not described")
    path = metadata.get(_PATH)
    if not isinstance(path, list) or not all(isinstance(part, bytes) for part in path):
        raise _lies("a column chunk has no name")
    name = b".".join(path).decode("utf-8", errors="replace")
    offsets = [offset for field in (_DICTIONARY_AT, _DATA_AT) if isinstance(offset := metadata.get(field), int)]
    start = min((offset for offset in offsets if offset > 0), default=0)
    size = metadata.get(_SIZE)
    if not isinstance(size, int) or size < 0 or start < len(_MAGIC) or start + size > end or max(offsets) >= end:
        raise _lies(f"column `{name}` is not inside of the file")
    return Chunk(name, start, size, encrypted)


def _lies(detail: str) -> RefusedDropError:
    return RefusedDropError(Reason.BROKEN_FORMAT, f"the footer of the file is broken: {detail}")


def survey(file: Seekable, start: int, size: int) -> Pages:
    """Read the headers of the pages of a column chunk, which has `size` bytes from `start` on.

    Raises RefusedDropError (BROKEN_FORMAT) where what is there are no pages, or more than the chunk has room for.
    """
    largest = row = 0
    for unpacked, values, spread in _pages(file, start, size):
        largest = max(largest, unpacked)
        # On average; or the whole page, where each row may repeat the largest value.
        row = max(row, unpacked if spread else unpacked // max(1, values))
    return Pages(largest, row)


def _pages(file: Seekable, start: int, size: int) -> Iterator[tuple[int, int, bool]]:
    """Yield of each page the bytes unpacked, the number of values, and whether a row may be as large as the page."""
    position, end = start, start + size
    while position < end:
        header, length = _header(file, position, end)
        unpacked, packed = header.get(_UNPACKED), header.get(_PACKED)
        if not isinstance(unpacked, int) or not isinstance(packed, int) or min(unpacked, packed) < 0:
            raise _broken(position, "the header of a page has no sizes")
        position += length + packed
        if position > end:
            raise _broken(position, "a page is larger than its column chunk")
        for field, (values_at, encoding_at) in _DATA_HEADERS.items():
            if isinstance(data := header.get(field), dict):
                values = data.get(values_at)
                is_delta = data.get(encoding_at) == _DELTA_BYTE_ARRAY
                yield unpacked, values if isinstance(values, int) else 1, is_delta
                break
        else:
            yield unpacked, 1, header.get(_TYPE) == _DICTIONARY_PAGE


def _header(file: Seekable, position: int, end: int) -> tuple[Struct, int]:
    look = _FIRST_LOOK
    while True:
        file.seek(position)
        raw = file.read(min(look, end - position))
        try:
            return read_struct(raw)
        except ShortThriftError:
            if look >= min(_MAX_HEADER, end - position) or len(raw) < min(look, end - position):
                raise _broken(position, "the header of a page does not end") from None
            look *= 8
        except ThriftError as error:
            raise _broken(position, f"no header of a page: {error}") from None


def _broken(position: int, detail: str) -> RefusedDropError:
    return RefusedDropError(Reason.BROKEN_FORMAT, f"byte {position}: {detail}")
