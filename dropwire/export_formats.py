"""Rows of an export as bytes: JSONL and CSV, plain or compressed, in one file; Parquet in a folder of parts.

A batch of rows is a piece that is whole by itself: lines, a member of gzip, a frame of Zstandard, a part of Parquet. So
an export that broke off goes on after its last whole piece.
"""

import csv
import gzip
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, Protocol

from dropwire.export_model import Schema, arrow_schema, cells, columns
from store import data_model
from store.connection import Record

Format = Literal["jsonl", "csv", "parquet"]
Compression = Literal["", "gz", "zst"]
FORMATS: Mapping[str, Format] = {"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "parquet": "parquet"}
COMPRESSIONS: Mapping[str, Compression] = {"gz": "gz", "zst": "zst"}

# Rows that are written in one go: few are lost when it is killed, and a compressor still learns from them.
ROWS_IN_A_PIECE = 1000
# A part of Parquet: some 100 MB of articles. More would be lost at a time, fewer would make too many files.
ROWS_IN_A_PART = 20_000
# What is held at once of a part.
_ROWS_IN_A_GROUP = 1000
_CHARACTERS_IN_A_GROUP = 16_000_000

# A cell that begins so is a formula for Excel, LibreOffice and Google Sheets.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Sink(Protocol):
    """Where rows go. `at` says after each piece how much there is: bytes of a file, or parts."""

    @property
    def at(self) -> int: ...  # noqa: D102

    def write(self, rows: Iterable[Record]) -> int:
        """Write rows as one piece, which is on the disk afterwards. Returns how many they were."""


def format_of(name: str) -> tuple[Format | None, Compression]:
    """Format and compression by the suffixes of a file's name; None where they say nothing."""
    *_, first, last = ["", "", *Path(name).name.lower().split(".")]
    compression = COMPRESSIONS.get(last, "")
    return FORMATS.get(first if compression else last), compression


class TextSink:
    """JSONL or CSV in a binary file that is open where the last piece ended."""

    def __init__(
        self,
        file: IO[bytes],
        kind: Literal["jsonl", "csv"],
        compression: Compression,
        schema: Schema,
        *,
        sheets: bool,
        on_disk: bool,
    ) -> None:
        self._file = file
        self._compression: Compression = compression
        self._on_disk = on_disk
        self._encode: Callable[[Record], str] = data_model.json_line
        self._head = ""
        if kind == "csv":
            paths = columns(schema)
            self._encode = lambda row: _csv_line(cells(row, paths.values()), sheets=sheets)
            # Excel takes what has no byte order mark for the system's code page.
            self._head = ("\ufeff" if sheets else "") + _csv_line(paths, sheets=False)

    @property
    def at(self) -> int:
        """The size of the file, bytes; 0 in a pipe."""
        return self._file.tell() if self._on_disk else 0

    def write(self, rows: Iterable[Record]) -> int:
        """Write rows as one piece."""
        head = "" if self.at else self._head
        self._head = ""
        count = 0
        with _compressed(self._file, self._compression) as piece:
            piece.write(head.encode())
            for count, row in enumerate(rows, 1):  # noqa: B007 - how many there were
                piece.write(self._encode(row).encode())
        self._file.flush()
        if self._on_disk:
            os.fsync(self._file.fileno())
        return count


@contextmanager
def _compressed(file: IO[bytes], compression: Compression) -> Iterator[IO[bytes]]:
    """A piece of a file: its own member or frame, which any reader takes for a continuation of the one before."""
    if compression == "gz":
        # No time and no name: the same rows are the same bytes.
        with gzip.GzipFile("", "wb", 6, file, 0) as piece:
            yield piece  # type: ignore[misc]  # as good as IO[bytes]
    elif compression == "zst":
        import zstandard  # noqa: PLC0415 - of use here alone

        with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as piece:
            yield piece
    else:
        yield file


def _csv_line(values: Iterable[str], *, sheets: bool) -> str:
    """A record of CSV as in RFC 4180. For spreadsheets, what looks like a formula begins with an apostrophe."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{value}" if sheets and value.startswith(_FORMULA) else value for value in values])
    return line.getvalue()


def part_name(number: int) -> str:
    """The name of a part of Parquet, from 0."""
    return f"part-{number:05}.parquet"


class ParquetSink:
    """A folder of parts, each whole when it has its name. `about` stands in the footer of each, under `dropwire`."""

    def __init__(self, folder: Path, done: int, schema: Schema, about: str) -> None:
        self._folder = folder
        self._done = done
        self._schema = arrow_schema(schema).with_metadata({"dropwire": about})

    @property
    def at(self) -> int:
        """How many parts there are."""
        return self._done

    def write(self, rows: Iterable[Record]) -> int:
        """Write rows as one part."""
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, only needed here
        from pyarrow import parquet  # noqa: PLC0415

        path = self._folder / part_name(self._done)
        # Readers of a folder leave out what begins with a dot.
        unfinished = path.with_name(f".{path.name}")
        count = 0
        with unfinished.open("wb") as file:
            with parquet.ParquetWriter(file, self._schema, compression="zstd") as writer:
                for group in _groups(rows):
                    writer.write_table(pa.Table.from_pylist(group, self._schema))
                    count += len(group)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        self._done += 1
        return count


def _groups(rows: Iterable[Record]) -> Iterator[list[Record]]:
    """Rows in groups that fit into memory, long articles or short."""
    group: list[Record] = []
    characters = 0
    for row in rows:
        group.append(row)
        characters += len(row.get("text", "")) + len(row.get("original") or "")
        if len(group) == _ROWS_IN_A_GROUP or characters > _CHARACTERS_IN_A_GROUP:
            yield group
            group, characters = [], 0
    if group:
        yield group
