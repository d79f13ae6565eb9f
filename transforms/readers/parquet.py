"""Parquet: one article a row, the columns named as in transforms.readers.mapping.

Only the columns that hold fields of an article are read, a few rows at a time. Values become what they would be in
JSON: times in ISO 8601, numbers as written, bytes as text. pyarrow is loaded when the first Parquet file is read.
"""

import datetime
import decimal
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from transforms.decode import DecodeError, decode
from transforms.document import Encoding, Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, RefusedDropError
from transforms.readers.fields import Number, Place, read_record
from transforms.readers.mapping import FieldMapping, spelling
from transforms.readers.parquet_pages import Chunk, read_footer, survey

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

_MAGIC = b"PAR1"
_ENCRYPTED_MAGIC = b"PARE"
# What the schema and the key-value pairs of a footer may hold; the footer itself is bounded before.
_MAX_FOOTER_STRING = 16 * 1024 * 1024
_MAX_FOOTER_LIST = 1_000_000
_MAX_SCHEMA_DEPTH = 64
# Pages have 1 MiB by default, but at least some hundred rows: 128 MiB are 1,000 rows of 128 KiB. Both the packed and
# the unpacked page are held.
_MAX_PAGE_BYTES = 128 * 1024 * 1024
# Of values at a time, in rows and about in bytes; the rows of a page are taken to be alike.
_BATCH_ROWS = 1024
_BATCH_BYTES = 16 * 1024 * 1024
_BUFFER_BYTES = 64 * 1024

_GIVEN = Encoding("utf-8", "given", "a string in Parquet")
# Of a second, by the names that Arrow gives them.
_UNITS: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def sniff(head: bytes) -> bool:
    """Recognise Parquet by the magic at its beginning, that of encrypted files as well."""
    return head.startswith((_MAGIC, _ENCRYPTED_MAGIC))


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection a row.

    Raises RefusedDropError for a drop over the bounds, in a broken archive, that is encrypted, without rows or a column
    of text, with pages over the bounds, and for what follows a break.
    """
    index = 0
    for row in _rows(_Watched(stream.seekable()), drop):
        yield _read_row(row, drop, index)
        index += 1
    if index == 0:
        raise RefusedDropError(Reason.EMPTY, "no rows")


class _Watched(io.RawIOBase):
    """The file as pyarrow sees it: an error of the file itself is kept, for pyarrow raises OSError for its own, too."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except (OSError, RefusedDropError) as error:
            self.error = error
            raise

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except (OSError, RefusedDropError) as error:
            self.error = error
            raise

    def tell(self) -> int:
        return self._file.tell()


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A value that cannot be brought into Python, and why."""

    detail: str


def _rows(file: _Watched, drop: Drop) -> Iterator[dict[str, object]]:
    """Yield the rows, by the names of fields. Whatever pyarrow raises becomes a RefusedDropError."""
    import pyarrow as pa  # noqa: PLC0415 (takes 100 ms, for one format among many)

    try:
        groups = read_footer(file)
        table = _open(file)
        paths, keys = _columns(table, drop.fields)
        read = 0
        for group, chunks in enumerate(groups):
            rows = _rows_at_a_time(chunks, paths, file)
            for batch in table.iter_batches(rows, row_groups=[group], columns=paths, use_threads=False):
                read += batch.nbytes
                if read > drop.limits.max_drop_bytes:
                    met = f"the columns of text unpack to {read} bytes and more"
                    raise RefusedDropError(Reason.TOO_LARGE, drop.limits.over("max_drop_bytes", met))
                yield from _rows_of(batch, keys)
    except (pa.ArrowException, OSError, ValueError, LookupError, OverflowError, MemoryError, RuntimeError) as error:
        raise file.error or _refusal(str(error)) from None


def _refusal(message: str) -> RefusedDropError:
    if "encrypt" in message or "decrypt" in message:
        return RefusedDropError(Reason.ENCRYPTED, f"the file is encrypted: {message[:200]}")
    return RefusedDropError(Reason.BROKEN_FORMAT, f"not to be read as Parquet: {message[:300]}")


def _open(file: _Watched) -> "ParquetFile":
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415

    return ParquetFile(
        pa.PythonFile(file, mode="r"),
        # A page at a time instead of a whole column chunk.
        pre_buffer=False,
        buffer_size=_BUFFER_BYTES,
        thrift_string_size_limit=_MAX_FOOTER_STRING,
        thrift_container_size_limit=_MAX_FOOTER_LIST,
        schema_depth_limit=_MAX_SCHEMA_DEPTH,
    )


def _columns(table: "ParquetFile", fields: FieldMapping) -> tuple[list[str], dict[str, str]]:
    """Choose the columns: their paths, and the name of a field for each that is not inside of another.

    Raises RefusedDropError where none is a text or a page.
    """
    columns = table.schema_arrow.names
    spellings = fields.spellings
    keys: dict[str, str] = {}
    # A column that is named exactly goes before one that is spelled alike.
    for column in sorted(dict.fromkeys(columns), key=lambda column: column not in spellings.values()):
        name = spellings.get(spelling(column))
        if name is not None and name not in keys.values():
            keys[column] = name
    paths = list(keys)
    for name in (name for field in fields.of_article for name in field.all_names if "." in name):
        column = name.partition(".")[0]
        if column in columns and name not in keys.values():
            keys.setdefault(column, column)
            paths.append(name)
    if fields.text_names.isdisjoint([*keys.values(), *paths]):
        wanted = ", ".join(fields.text.all_names + fields.html.all_names)
        detail = f"no column is named {wanted}; there are {', '.join(columns)[:500]}"
        raise RefusedDropError(Reason.MISSING_TEXT, detail)
    return paths, keys


def _rows_at_a_time(chunks: Sequence[Chunk], paths: Sequence[str], file: _Watched) -> int:
    """Return how many rows of a row group may be read at a time.

    Raises RefusedDropError for columns that are encrypted, and for pages over the bounds.
    """
    row = 1
    for chunk in chunks:
        if not any(chunk.path == path or chunk.path.startswith(f"{path}.") for path in paths):
            continue
        if chunk.encrypted:
            raise RefusedDropError(Reason.ENCRYPTED, f"column `{chunk.path}` is encrypted")
        pages = survey(file, chunk.start, chunk.size)
        if pages.largest > _MAX_PAGE_BYTES:
            detail = f"a page of column `{chunk.path}` unpacks to {pages.largest} bytes; {_MAX_PAGE_BYTES} is most"
            raise RefusedDropError(Reason.TOO_LARGE, detail)
        row += pages.row
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // row))


def _rows_of(batch: "pyarrow.RecordBatch", keys: Mapping[str, str]) -> Iterator[dict[str, object]]:
    names = [keys[column] for column in batch.schema.names]
    for values in zip(*(_values(column) for column in batch.columns), strict=True):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _values(array: "pyarrow.Array") -> list[object]:
    """Bring a column into Python: as in JSON, save that bytes which are not UTF-8 stay bytes."""
    import pyarrow as pa  # noqa: PLC0415

    kind = array.type
    if pa.types.is_dictionary(kind):
        values = _values(array.dictionary)
        return [None if place is None else values[place] for place in array.indices.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        # Strings are bytes that nobody has checked.
        raw = array.cast(pa.large_binary() if pa.types.is_large_string(kind) else pa.binary())
        return [_text(value) for value in raw.to_pylist()]
    if pa.types.is_timestamp(kind):
        zone = "+00:00" if kind.tz else ""
        whole = array.cast(pa.int64()).to_pylist()
        return [None if value is None else _time(value, _UNITS[kind.unit], zone) for value in whole]
    try:
        return [_plain(value) for value in array.to_pylist()]
    except (pa.ArrowException, ValueError, OverflowError):
        return [_one(value) for value in array]


def _one(scalar: "pyarrow.Scalar") -> object:
    import pyarrow as pa  # noqa: PLC0415

    try:
        return _plain(scalar.as_py())
    except (pa.ArrowException, ValueError, OverflowError) as error:
        return _Unreadable(str(error)[:200])


def _text(raw: bytes | None) -> str | bytes | None:
    try:
        return None if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def _time(count: int, unit: int, zone: str) -> str:
    """Write a time in ISO 8601; one out of the range of calendars as its number."""
    try:
        return (_EPOCH + datetime.timedelta(microseconds=count * 1_000_000 // unit)).replace(
            tzinfo=None
        ).isoformat() + zone
    except OverflowError:
        return str(count)


def _plain(value: object) -> object:
    """Return a value as JSON would have it."""
    if value is None or isinstance(value, str | bool | bytes):
        return value
    if isinstance(value, int | float | decimal.Decimal):
        return Number(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _read_row(row: dict[str, object], drop: Drop, index: int) -> Item | Rejection:
    texts = [value for value in row.values() if isinstance(value, str | bytes) and not isinstance(value, Number)]
    place = Place(drop, index, f"row {index}", max(texts, key=len, default=""))
    bound = drop.limits.max_item_bytes
    if sum(map(len, texts)) > bound:
        return place.reject(Reason.TOO_LARGE, f"longer than {bound} characters, the bound for one item")
    encoding = _GIVEN
    record = row
    for name, value in row.items():
        if isinstance(value, _Unreadable):
            return place.reject(Reason.BROKEN_FORMAT, f"`{name}` is not to be read: {value.detail}")
        if isinstance(value, bytes):
            try:
                decoded = decode(value, html=name in drop.fields.html.all_names)
            except DecodeError as error:
                return place.reject(error.reason, f"`{name}`: {error.detail}")
            record = record | {name: decoded.text}
            encoding = decoded.encoding if name in drop.fields.text_names else encoding
    return read_record(record, place, encoding, drop.fields)
