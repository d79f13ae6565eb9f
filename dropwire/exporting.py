"""Exports: documents as a stream into a file or a folder, in the order of their ids.

Which documents is settled at the start, by their ids; each is written as it is when its turn comes. Beside the output
there is a journal of the pieces that are on the disk (export_formats.py), so an export that broke off goes on behind
the last of them, and ends as if it had not. The output has its name only when it is whole; beside it stands its data
model (`….schema.json`), with the position in the feed of changes from which `dropwire follow` goes on.

Memory: 32 bytes for each id, one piece of compressed output, and a hundred documents.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from pymongo.database import Database

from dropwire.export_formats import (
    ROWS_IN_A_PART,
    ROWS_IN_A_PIECE,
    Compression,
    Format,
    ParquetSink,
    Sink,
    TextSink,
    part_name,
)
from dropwire.export_model import ORIGINAL, Schema, json_schema, model, shaped
from store import data_model, originals
from store.connection import Record, StoreError
from store.queries import Criteria, QueryError, latest_token
from store.queries.choosing import all_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ID_BYTES = 32
# Documents that are read in one go.
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported and how. `fields` are paths, none for all; `sheets`: CSV that spreadsheets do not run."""

    criteria: Criteria
    format: Format
    compression: Compression = ""
    fields: tuple[str, ...] = ()
    sheets: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the journal and for the file with the data model."""
        asked = {name: value for name, value in asdict(self.criteria).items() if value not in (None, (), False)}
        kept = {"format": self.format, "compression": self.compression, "criteria": data_model.plain(asked)}
        return {**kept, "fields": list(self.fields), "spreadsheet": self.sheets}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is: rows, pieces as `Sink.at` counts them, and the id of the last row. Then when it began.

    `follow_from` is the position in the feed of changes before it began.
    """

    started_at: str
    follow_from: str
    rows: int = 0
    at: int = 0
    last: str = ""


def to_stream(db: Database[Record], export: Export, stream: IO[bytes]) -> int:
    """Write an export into a stream and return its rows. Raises QueryError for Parquet, which needs a folder."""
    schema = model(export.fields)
    sink = _text_sink(export, stream, schema, on_disk=False)
    return sum(sink.write(rows(db, ids, schema)) for ids in _pieces(_ids(db, export.criteria), ROWS_IN_A_PIECE))


def to_disk(
    db: Database[Record],
    export: Export,
    output: Path,
    *,
    now: Callable[[], datetime],
    resume: bool = False,
    overwrite: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Progress:
    """Write an export to a file, or of Parquet to a folder, and return what it has come to.

    `resume` goes on with one that broke off, if there is one. Raises QueryError where something is in the way, or where
    the one that broke off was another one.
    """
    part, journal = _beside(output, ".part"), _beside(output, ".part.json")
    if resume and output.exists() and not part.exists() and (whole := _left(journal, export)):
        journal.unlink()  # killed after its last step but one
        return whole
    if output.exists() and not overwrite:
        raise QueryError(f"{output} is there already: name another output, or add --overwrite")
    if journal.exists() and not (resume or overwrite):
        raise QueryError(
            f"an export to {output} broke off: add --resume to go on with it, or --overwrite to begin anew"
        )
    schema = model(export.fields)
    with _held(part, folder=export.format == "parquet") as held:
        progress = _left(journal, export) if resume else None
        if progress:
            tell(f"Going on behind {progress.rows:,} documents.")
        else:
            progress = Progress(now().isoformat(), latest_token(db))
            _note(journal, export, progress)
        sink = _sink(export, held, progress, schema)
        size = ROWS_IN_A_PART if export.format == "parquet" else ROWS_IN_A_PIECE
        ids = _ids(db, export.criteria)
        ids = ids[np.searchsorted(ids, progress.last.encode(), "right") :]
        # An export of nothing has its header and its data model, too.
        for piece in _pieces(ids, size) if len(ids) or not progress.at else ():
            count = sink.write(rows(db, piece, schema))
            last = piece[-1] if piece else ""
            progress = replace(progress, rows=progress.rows + count, at=sink.at, last=last)
            _note(journal, export, progress)
        about = {**_about(export, progress), "finished_at": now().isoformat(), "documents": progress.rows}
        _write(_beside(output, ".schema.json"), {**about, "model": json_schema(schema)})
        if part.is_dir() or output.is_dir():
            _clear(output)
        part.replace(output)
    journal.unlink()
    return progress


def _about(export: Export, progress: Progress) -> dict[str, Any]:
    """What a reader of an export should know of it, but for its data model."""
    begun = {"started_at": progress.started_at, "follow_from": progress.follow_from}
    return {"dropwire": version("dropwire"), **export.as_json(), **begun}


# What is written


def _ids(db: Database[Record], criteria: Criteria) -> "NDArray[np.bytes_]":
    """The ids of all documents that meet the criteria, sorted, each once."""
    found = np.fromiter((one.encode() for one in all_ids(db, criteria)), dtype=f"S{_ID_BYTES}")
    found.sort()
    return found if len(found) < 2 else found[np.concatenate(([True], found[1:] != found[:-1]))]


def _pieces(ids: "NDArray[np.bytes_]", size: int) -> Iterator[list[str]]:
    """Ids in pieces; of none, one empty piece."""
    for start in range(0, max(len(ids), 1), size):
        yield [one.decode() for one in ids[start : start + size].tolist()]


def rows(db: Database[Record], ids: Sequence[str], schema: Schema) -> Iterator[Record]:
    """The rows of these documents, in order; those that were erased meanwhile are left out."""
    names = list(schema["properties"])
    stored = [name for name in names if name != ORIGINAL]
    # All of them are read faster without saying so.
    projection = dict.fromkeys(stored, 1) if len(stored) < len(model()["properties"]) else None
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        there = {"_id": {"$in": page}}
        found = {record["_id"]: record for record in db.documents.find(there, projection)}
        if ORIGINAL in names:
            for record in db.originals.find(there):
                if record["_id"] in found:
                    found[record["_id"]][ORIGINAL] = originals.text_of(record)
        yield from (shaped(found[one], schema) for one in page if one in found)


# Where it goes


@contextmanager
def _held(part: Path, *, folder: bool) -> Iterator[IO[bytes] | Path]:
    """The file or folder that is being written, ours alone. Raises StoreError where another process writes there."""
    if part.exists() and part.is_dir() != folder:
        _clear(part)  # of another format
    if folder:
        part.mkdir(exist_ok=True)
    fd = os.open(part, os.O_RDONLY if folder else os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise StoreError(f"another process is exporting to {part}: wait for it, or name another output") from None
    if folder:
        try:
            yield part
        finally:
            os.close(fd)
    else:
        with os.fdopen(fd, "r+b") as file:
            yield file


def _sink(export: Export, held: IO[bytes] | Path, progress: Progress, schema: Schema) -> Sink:
    """Where the next piece goes, behind those that are noted; what was written after them goes."""
    if isinstance(held, Path):
        for path in held.iterdir():
            if path.name not in map(part_name, range(progress.at)):
                path.unlink()
        about = {**_about(export, progress), "model": json_schema(schema)}
        return ParquetSink(held, progress.at, schema, json.dumps(about, ensure_ascii=False))
    if held.seek(0, os.SEEK_END) < progress.at:
        raise QueryError("what the export that broke off has written is not all there: --overwrite it")
    held.truncate(progress.at)
    held.seek(progress.at)
    return _text_sink(export, held, schema, on_disk=True)


def _text_sink(export: Export, file: IO[bytes], schema: Schema, *, on_disk: bool) -> TextSink:
    if export.format == "parquet":
        raise QueryError("Parquet is a folder of files: say where, with --output FOLDER")
    return TextSink(file, export.format, export.compression, schema, sheets=export.sheets, on_disk=on_disk)


def _left(journal: Path, export: Export) -> Progress | None:
    """How far an export that broke off had come; None where there is none."""
    try:
        noted: Mapping[str, Any] = json.loads(journal.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    asked = export.as_json()
    if other := [name for name in asked if noted["export"][name] != asked[name]]:
        raise QueryError(
            f"the export that broke off had another {' and another '.join(other)}: give the same to --resume it, or "
            "--overwrite it"
        )
    return Progress(**noted["progress"])


def _note(journal: Path, export: Export, progress: Progress) -> None:
    _write(journal, {"export": export.as_json(), "progress": asdict(progress)})


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON so that the file is the old or the new one, whenever the machine stops."""
    unfinished = _beside(path, ".new")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _clear(path: Path) -> None:
    """Remove an output of ours. Raises QueryError for a folder that holds anything else."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if strange := [each.name for each in path.iterdir() if not each.name.lstrip(".").startswith("part-")]:
        raise QueryError(f"{path} holds {strange[0]}, which is no part of an export: name another output")
    shutil.rmtree(path)
