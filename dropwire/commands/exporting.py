"""Ways out of the store: `export`, `schema`, `follow`."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.text import Text

from dropwire.commands.criteria import (
    CopiesOfOption,
    EntityOption,
    FlagOption,
    LanguageOption,
    OfSourceOption,
    PublishedSinceOption,
    PublishedUntilOption,
    WholeOption,
    WordsArgument,
    criteria_of,
)
from dropwire.commands.options import JsonOption, database, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop

FieldsOption = Annotated[
    str | None,
    typer.Option(help="Only these fields, with commas between: `title,published_at,entities.name`; also `original`."),
]


def export(
    words: WordsArgument = None,
    language: LanguageOption = None,
    whole: WholeOption = False,
    source: OfSourceOption = None,
    since: PublishedSinceOption = None,
    until: PublishedUntilOption = None,
    entity: EntityOption = None,
    copies_of: CopiesOfOption = None,
    flag: FlagOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file, compressed if it ends in .gz or .zst; of Parquet, a folder."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", help="jsonl, csv or parquet.", show_default="as the output ends, else jsonl"),
    ] = None,
    fields: FieldsOption = None,
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="CSV for Excel and the like, which takes no text for a formula.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an export that broke off.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write documents to a file or to stdout: everything given must hold. In the order of their ids."""
    with friendly_errors():
        from dropwire.entities import documents_in_words
        from dropwire.export_formats import FORMATS, format_of
        from dropwire.exporting import Export, to_disk, to_stream

        by_name, compression = format_of(output.name) if output else (None, "")
        kind = FORMATS.get(format_) if format_ else by_name or "jsonl"
        if kind is None:
            stop(Exit.USAGE, f"--format is {format_!r}: it must be jsonl, csv or parquet")
        if spreadsheet and kind != "csv":
            stop(Exit.USAGE, f"--spreadsheet is for csv, and this is {kind}")
        if kind == "parquet" and (output is None or compression):
            stop(Exit.USAGE, "Parquet is a folder of files, compressed by itself: name it with --output FOLDER")
        if output is None and (resume or overwrite or as_json):
            stop(Exit.USAGE, "--resume, --overwrite and --json are for an export to a file: name it with --output")
        with database() as db:
            criteria = criteria_of(words, language, whole, source, since, until, entity, copies_of, flag)
            wanted = Export(criteria, kind, compression, _paths(fields), spreadsheet)
            if output is None:
                to_stream(db, wanted, sys.stdout.buffer)
                return
            try:
                done = to_disk(
                    db, wanted, output, now=lambda: datetime.now(UTC), resume=resume, overwrite=overwrite, tell=notify
                )
            except OSError as error:
                stop(Exit.FAILED, f"{output} cannot be written: {error.strerror}. Then add --resume to go on with it.")
        if as_json:
            print_json({"documents": done.rows, "output": str(output), "follow_from": done.follow_from})
        else:
            out().print(f"{documents_in_words(done.rows)}: {escape(str(output))}")


def schema(
    collection: Annotated[str | None, typer.Argument(help="One of the collections that it lists without this.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is stored: the collections, and the fields of each. With --json, as JSON Schema (draft 2020-12)."""
    with friendly_errors():
        from rich.table import Table

        from store import data_model, descriptions
        from store.layout import COLLECTIONS

        if as_json:
            chosen = [data_model.collection_named(collection)] if collection else COLLECTIONS
            schemas = {each.name: data_model.json_schema(each) for each in chosen}
            print_json(schemas[collection] if collection else schemas)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        if collection is None:
            table.add_column("collection", no_wrap=True)
            table.add_column("one record for each")
            for each in COLLECTIONS:
                table.add_row(each.name, Text(descriptions.COLLECTIONS[each.name]))
        else:
            for name in ("field", "holds", "meaning"):
                table.add_column(name, no_wrap=name == "field")
            for row in data_model.rows(data_model.collection_named(collection)):
                table.add_row(*map(Text, row))
        out().print(table)


def follow(
    words: WordsArgument = None,
    language: LanguageOption = None,
    whole: WholeOption = False,
    source: OfSourceOption = None,
    entity: EntityOption = None,
    flag: FlagOption = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="POSITION",
            help="From where: a position, `beginning` or `now`.",
            show_default="now; --as: beginning",
        ),
    ] = None,
    consumer: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Keep the position in the store, and go on from it.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when there is nothing more, instead of waiting.")] = False,
    fields: FieldsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what changes, as it changes: documents that are new, revised, remade or delivered again, and erasures."""
    try:
        with friendly_errors(), database() as db, _until_ctrl_c() as is_over:
            criteria = criteria_of(words, language, whole, source, entity=entity, flags=flag)
            _follow(db, criteria, _paths(fields), since, consumer, is_over, once=once, as_json=as_json)
    except KeyboardInterrupt:
        raise typer.Exit(Exit.DONE) from None


@contextmanager
def _until_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Ctrl-C ends the block as ever, and is remembered: Python drops an exception that comes in a destructor."""
    pressed = False

    def press(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(
    db: Any,
    criteria: Any,
    paths: tuple[str, ...],
    since: str | None,
    consumer: str | None,
    is_over: Callable[[], bool],
    *,
    once: bool,
    as_json: bool,
) -> None:
    from dropwire.export_model import model
    from dropwire.following import follow
    from store import consumers
    from store.data_model import json_line
    from store.queries import latest_token

    kept = consumers.position(db, consumer) if consumer else None
    start = since or kept or ("beginning" if consumer else "now")
    position = None if start == "beginning" else latest_token(db) if start == "now" else start
    if not as_json and not once:
        notify("Following the changes. Ctrl-C ends it.")
    console = out()
    try:
        for batch in follow(db, position, criteria, model(paths), once=once, tell=notify, is_over=is_over):
            for event in batch.events:
                if as_json:
                    sys.stdout.write(json_line(event.as_json()))
                elif event.change != "unmatched":
                    console.print(Text(event.as_text()), soft_wrap=True)
            sys.stdout.flush()
            position = batch.position
            # Only now: who is killed before this prints it again.
            if consumer:
                consumers.move(db, consumer, kept, position)
                kept = position
    finally:
        if not as_json and not consumer:
            notify(f"To go on from here: --since {position or 'beginning'}")


def _paths(fields: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (path.strip() for path in (fields or "").split(","))))
