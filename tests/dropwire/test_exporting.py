"""Exports: the same documents come out, however often one breaks off."""

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropwire import exporting
from dropwire.console import Exit
from dropwire.export_formats import format_of
from dropwire.export_model import model
from dropwire.exporting import Export, to_disk, to_stream
from store import codec, ensure
from store.connection import StoreError
from store.documents import Entry, upsert
from store.queries import Criteria, QueryError
from tests.builders import EPOCH, a_document, a_version, an_entity
from tests.dropwire.test_cli import answer, dropwire
from tests.dropwire.test_cli import store as store  # noqa: PLC0414 - a fixture
from transforms.document import Dateline, Document, Language, Publication, Segment

FORMATS = ["jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst", "parquet"]
# What has broken other exports: line ends of all kinds, quotes, NUL, marks of direction, characters of two units.
NASTY = 'Ў\r\n"a",\u2028\u2029\x85\x0b\x1c\x00\u202e😀\ufeff\'=1+1'


def documents(count: int) -> list[Document]:
    """Documents that differ in what they have, in an order that is not that of their ids."""
    found = []
    for number in range(count):
        doc_id = f"{(number * 7919) % 65521:032x}"
        text = f"Мінск {number}. {NASTY if number % 3 == 0 else ''} Канец."
        found.append(
            a_document(
                doc_id,
                text,
                title=None if number % 4 == 0 else f"={number}",
                source=f"source-{number % 2}",
                language=Language("be" if number % 2 else "tt", 0.9),
                segments=(Segment(0, 5, "be", 0.7, "context"),) if number % 5 else (),
                published=Publication(EPOCH, "day", "meta", "+03:00") if number % 3 else None,
                dateline=Dateline("Мінск", "XXXX-05-17", None, 5, 17) if number % 2 else None,
                authors=("А, Б", 'В "Г"') if number % 2 else (),
                entities=(an_entity("Мінск", (0, "Мінск")),) if number % 3 else (),
            )
        )
    return found


def fill(db: Any, count: int = 20) -> list[Document]:
    ensure(db)
    made = documents(count)
    upsert(db, [Entry(each, f"Рэклама. {each.text}", a_version(number)) for number, each in enumerate(made)])
    return sorted((codec.from_record(db.documents.find_one({"_id": each.doc_id})) for each in made), key=_id)


def _id(document: Document) -> str:
    return document.doc_id


def write(db: Any, output: Path, criteria: Criteria | None = None, **how: Any) -> exporting.Progress:
    kind, compression = format_of(output.name)
    assert kind
    asked = {name: how.pop(name) for name in ("fields", "sheets") if name in how}
    export = Export(criteria or Criteria(), kind, compression, **asked)
    return to_disk(db, export, output, now=lambda: datetime(2026, 5, 17, tzinfo=UTC), **how)


def text_of(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    return data.decode()


def content_of(path: Path) -> Any:
    """What an output holds: of text the very bytes, of Parquet the rows and what is said of them."""
    if path.is_dir():
        table = pq.read_table(path)
        return table.to_pylist(), table.schema.metadata, sorted(each.name for each in path.iterdir())
    return path.read_bytes()


# What comes out is what is stored


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "jsonl.zst"])
def test_jsonl_gives_the_documents_back(db: Any, tmp_path: Path, form: str) -> None:
    stored = fill(db)
    output = tmp_path / f"articles.{form}"
    assert write(db, output).rows == len(stored)
    text = text_of(output)
    # One line for everybody, also for those who divide lines at U+2028.
    assert len(text.splitlines()) == len(stored)
    records = [json.loads(line) for line in text.split("\n")[:-1]]
    for record in records:
        record["published_at"] = record["published_at"] and datetime.fromisoformat(record["published_at"])
    assert [codec.from_record(record) for record in records] == stored


def test_parquet_gives_the_documents_back(db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ROWS_IN_A_PART", 8)
    stored = fill(db)
    write(db, tmp_path / "articles.parquet")
    table = pq.read_table(tmp_path / "articles.parquet")
    assert [codec.from_record(_without_nulls(row)) for row in table.to_pylist()] == stored
    assert len(list((tmp_path / "articles.parquet").iterdir())) == 3
    about = json.loads(table.schema.metadata[b"dropwire"])
    assert about["model"]["properties"]["entities"]["items"]["properties"]["mentions"]["type"] == "array"
    assert str(table.schema.field("published_at").type) == "timestamp[ms, tz=UTC]"
    assert b"without what was cut" in table.schema.field("text").metadata[b"description"]


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    """What a record lacks is null in Parquet."""
    optional = {"content", "section", "updated_at", "linked", "corrected"}
    kept = {name: value for name, value in row.items() if value is not None or name not in optional}
    entities = [{name: each[name] for name in each if each[name] is not None} for each in row["entities"]]
    return {**kept, "entities": entities}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "csv.zst"])
def test_csv_has_a_column_for_each_leaf(db: Any, tmp_path: Path, form: str) -> None:
    stored = fill(db)
    output = tmp_path / f"articles.{form}"
    write(db, output)
    rows = list(csv.DictReader(io.StringIO(text_of(output), newline="")))
    assert [row["_id"] for row in rows] == [each.doc_id for each in stored]
    for row, document in zip(rows, stored, strict=True):
        assert row["text"] == document.text
        assert row["title"] == (document.title or "")
        assert json.loads(row["authors"]) == list(document.authors)
        assert row["dateline.place"] == (document.dateline.place if document.dateline else "")
        mentions = [[mention.start for mention in entity.mentions] for entity in document.entities]
        assert json.loads(row["entities.mentions.start"]) == mentions


def test_csv_for_spreadsheets_holds_no_formula(db: Any, tmp_path: Path) -> None:
    fill(db)
    write(db, tmp_path / "safe.csv", sheets=True)
    text = text_of(tmp_path / "safe.csv")
    assert text.startswith("\ufeff_id,")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert "'=1" in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)
    # Whoever does not ask for it gets what is stored.
    write(db, tmp_path / "true.csv")
    assert "=1" in [row["title"] for row in csv.DictReader(io.StringIO(text_of(tmp_path / "true.csv"), newline=""))]


def test_criteria_choose_and_each_comes_once(db: Any, tmp_path: Path) -> None:
    stored = fill(db)
    # Two keys of one entity: both questions find the same documents.
    criteria = Criteria(language="be", source="source-1", entity=("мінск", "minsk"), words=("Канец",))
    write(db, tmp_path / "some.jsonl", criteria)
    got = [json.loads(line)["_id"] for line in text_of(tmp_path / "some.jsonl").split("\n")[:-1]]
    assert got == [each.doc_id for each in stored if each.source == "source-1" and each.entities]
    assert got
    with pytest.raises(QueryError, match="no flag"):
        write(db, tmp_path / "none.jsonl", Criteria(flags=("nonsense",)))  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_of_nothing_can_be_read(db: Any, tmp_path: Path, form: str) -> None:
    ensure(db)
    output = tmp_path / f"nothing.{form}"
    assert write(db, output).rows == 0
    if output.is_dir():
        assert pq.read_table(output).num_rows == 0
        assert "entities" in pq.read_table(output).column_names
    else:
        assert len(text_of(output).splitlines()) == (1 if "csv" in form else 0)


def test_fields_are_chosen_by_paths(db: Any, tmp_path: Path) -> None:
    fill(db, 3)
    write(db, tmp_path / "some.jsonl", fields=("original", "entities.mentions.surface", "title"))
    row = json.loads(text_of(tmp_path / "some.jsonl").split("\n")[1])
    assert list(row) == ["_id", "title", "entities", "original"]
    assert row["entities"] == [{"mentions": [{"surface": "Мінск"}]}]
    assert row["original"].startswith("Рэклама. Мінск")
    with pytest.raises(QueryError, match=r"no field titel, entities\.nam"):
        model(("titel", "title", "entities.nam"))


def test_what_is_erased_meanwhile_is_left_out(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = fill(mongomock_db)
    monkeypatch.setattr(exporting, "ROWS_IN_A_PIECE", 5)
    gone = stored[12].doc_id

    class Stream(io.BytesIO):
        def write(self, data: Any) -> int:
            mongomock_db.documents.delete_one({"_id": gone})
            return super().write(data)

    stream = Stream()
    assert to_stream(mongomock_db, Export(Criteria(), "jsonl"), stream) == len(stored) - 1
    assert gone.encode() not in stream.getvalue()


# Whatever breaks it off


class Killed(BaseException):
    """In the place of SIGKILL: nobody catches it."""


@pytest.mark.parametrize("form", FORMATS)
@given(kills=st.lists(st.integers(1, 40), min_size=1, max_size=3))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_broken_off_anywhere_and_resumed_it_ends_as_if_it_had_not(
    mongomock_db: Any, tmp_path_factory: pytest.TempPathFactory, form: str, kills: list[int]
) -> None:
    if not mongomock_db.documents.find_one():
        fill(mongomock_db)
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "ROWS_IN_A_PIECE", 6)
        patch.setattr(exporting, "ROWS_IN_A_PART", 6)
        write(mongomock_db, folder / f"whole.{form}")
        steps = dies_at = 0

        def step() -> None:
            nonlocal steps
            steps += 1
            if steps == dies_at:
                raise Killed

        rows, note, put = exporting.rows, exporting._write, Path.replace

        def stepping_rows(*args: Any) -> Any:
            for row in rows(*args):
                step()
                yield row

        def stepping_write(*args: Any) -> None:
            step()
            note(*args)
            step()

        def stepping_replace(self: Path, target: Path) -> Path:
            step()
            return put(self, target)

        patch.setattr(exporting, "rows", stepping_rows)
        patch.setattr(exporting, "_write", stepping_write)
        patch.setattr(Path, "replace", stepping_replace)
        output = folder / f"broken.{form}"
        for kill in [*kills, 0]:
            steps, dies_at = 0, kill
            try:
                write(mongomock_db, output, resume=True, overwrite=True)
            except Killed:
                continue
    assert content_of(output) == content_of(folder / f"whole.{form}")
    about = [json.loads((folder / f"{name}.{form}.schema.json").read_text()) for name in ("whole", "broken")]
    assert about[0] == about[1]
    assert sorted(each.name for each in folder.iterdir()) == sorted(
        f"{name}.{form}{end}" for name in ("whole", "broken") for end in ("", ".schema.json")
    )


KILLED_EXPORT = """
import os, signal, sys
from dropwire import exporting
from dropwire.cli import main
exporting.ROWS_IN_A_PIECE = exporting.ROWS_IN_A_PART = 6
real, left = exporting.rows, int(sys.argv.pop(1))
def rows(*args):
    global left
    for row in real(*args):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        yield row
exporting.rows = rows
main()
"""


@pytest.mark.wire
@pytest.mark.parametrize("form", ["jsonl", "csv.gz", "parquet"])
def test_kill_9_and_resume(store: Any, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(exporting, "ROWS_IN_A_PIECE", 6)
    monkeypatch.setattr(exporting, "ROWS_IN_A_PART", 6)
    broken, whole = tmp_path / f"broken.{form}", tmp_path / f"whole.{form}"
    command = [sys.executable, "-c", KILLED_EXPORT, "15", "export", "--output", str(broken)]
    done = subprocess.run(command, capture_output=True, env=dict(os.environ), check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not broken.exists()
    assert dropwire("export", "--output", str(broken)).exit_code == Exit.USAGE
    assert "Going on behind 12 documents" in dropwire("export", "--output", str(broken), "--resume").output
    assert answer("export", "--output", str(whole))["documents"] == 20
    assert _but_for_times(content_of(broken)) == _but_for_times(content_of(whole))


def _but_for_times(content: Any) -> Any:
    return (content[0], content[2]) if isinstance(content, tuple) else content


def test_it_goes_on_only_with_the_same_export(mongomock_db: Any, tmp_path: Path) -> None:
    fill(mongomock_db)
    output = tmp_path / "articles.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "rows", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            write(mongomock_db, output)
    with pytest.raises(QueryError, match="broke off"):
        write(mongomock_db, output)
    with pytest.raises(QueryError, match="another criteria and another fields"):
        write(mongomock_db, output, Criteria(language="be"), fields=("title",), resume=True)
    assert write(mongomock_db, output, Criteria(source="source-1"), overwrite=True).rows == 10
    with pytest.raises(QueryError, match="there already"):
        write(mongomock_db, output, resume=True)


def test_two_do_not_write_one_output(mongomock_db: Any, tmp_path: Path) -> None:
    fill(mongomock_db)
    for form in ("jsonl", "parquet"):
        output = tmp_path / f"articles.{form}"
        held = exporting._held(tmp_path / f"articles.{form}.part", folder=form == "parquet")
        with held, pytest.raises(StoreError, match="another process"):
            write(mongomock_db, output, overwrite=True)
        assert write(mongomock_db, output).rows == 20


def test_a_folder_with_anything_else_is_not_replaced(mongomock_db: Any, tmp_path: Path) -> None:
    fill(mongomock_db)
    output = tmp_path / "articles.parquet"
    output.mkdir()
    (output / "mine.txt").write_text("precious")
    with pytest.raises(QueryError, match=r"mine\.txt"):
        write(mongomock_db, output, overwrite=True)
    assert (output / "mine.txt").read_text() == "precious"


# The command


def test_the_command_says_what_does_not_go_together(store: Any, tmp_path: Path) -> None:
    fill(store, 3)
    for wrong in (
        ["--format", "parquet"],
        ["--format", "xml"],
        ["--output", "a.parquet.gz"],
        ["--spreadsheet"],
        ["--resume"],
        ["--fields", "nonsense"],
    ):
        assert dropwire("export", *wrong).exit_code == Exit.USAGE, wrong
    assert dropwire("export", "-o", str(tmp_path / "none" / "a.jsonl")).exit_code == Exit.FAILED


def test_the_command_writes_to_a_pipe(store: Any) -> None:
    stored = fill(store, 3)
    result = dropwire("export", "--format", "csv", "--fields", "title")
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        ["_id", "title"],
        *([each.doc_id, each.title or ""] for each in stored),
    ]
