"""The command line: every command is a verb of the product; all of them take `--json`.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found. Items in quarantine are no failure: the accounting
line names them. Slow imports stand inside the commands that need them, so that `--help` is there at once.
"""

import glob
import io
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.markup import escape

from dropwire.console import Exit, notify, out, print_json, stop

app = typer.Typer(
    name="dropwire",
    help="Scheduled ETL of text drops into MongoDB: cleaned, language-tagged, with names found.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found.",
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show what Prefect logs, too.")]
SourceOption = Annotated[
    str | None, typer.Option(help="The source of items that name none; by default their folder's name.")
]
LocationsArgument = Annotated[
    list[str],
    typer.Argument(help="Folders (the files directly in them), files, or quoted patterns such as 'drops/**/*.html'."),
]


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn the errors a person can do something about into messages and exit codes."""
    from pydantic import ValidationError
    from pymongo.errors import PyMongoError

    from dropwire.embedded import EmbeddedStoreError
    from dropwire.prefect_client import PrefectError
    from store import StoreError
    from store.queries import QueryError
    from transforms.model_files import ModelError

    try:
        yield
    except QueryError as error:
        stop(Exit.USAGE, str(error))
    except (StoreError, EmbeddedStoreError, ModelError, PrefectError) as error:
        stop(Exit.FAILED, str(error))
    except ValidationError as error:
        stop(Exit.USAGE, f"a DROPWIRE_… setting is wrong: {error}")
    except PyMongoError as error:
        stop(Exit.FAILED, f"the store: {error}")


@app.command()
def ingest(
    locations: LocationsArgument,
    source: SourceOption = None,
    reread: Annotated[bool, typer.Option(help="Process known drops again, for instance after an upgrade.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Pick up new drops and bring their documents into the store, each exactly once."""
    _must_exist(locations)
    with friendly_errors():
        from dropwire.ingesting import RunFailedError, run_ingest

        try:
            result = run_ingest(locations, source=source, reread=reread, verbose=verbose, notify=notify)
        except RunFailedError as error:
            stop(Exit.FAILED, str(error))
        if as_json:
            print_json(result.as_json())
        else:
            result.print(out())


@app.command()
def preview(
    files: Annotated[list[str] | None, typer.Argument(help="Files; without any, or as `-`, JSONL on stdin.")] = None,
    source: SourceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the document that each item would become. Touches no store.

    JSONL on stdin has one item a line: {"id": …, "source": …, "url": …, "text": … or "html": …}. With --json
    each item gives one line, in the order read, with the `id` it was given; a rejected one has `rejected`.
    """
    files = files or ["-"]
    if "-" in files and sys.stdin.isatty():
        stop(Exit.USAGE, "preview reads JSONL from stdin where no file is given: pipe some in, or name a file")
    _must_exist(file for file in files if file != "-")
    with friendly_errors():
        from dropwire.preview import preview as preview_items
        from dropwire.render import print_document, rejection_view
        from transforms.document import Document

        console = out()
        for previewed in preview_items(files, sys.stdin.buffer, source):
            if as_json:
                print_json(previewed.as_json())
                sys.stdout.flush()
            elif isinstance(previewed.result, Document) and previewed.item:
                console.rule(escape(previewed.location), style="dim")
                print_document(console, previewed.result, previewed.item.original)
            elif not isinstance(previewed.result, Document):
                console.print(rejection_view(previewed.location, previewed.result))


@app.command()
def language(
    files: Annotated[list[str] | None, typer.Argument(help="Files; without any, or as `-`, stdin.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which language each line is in, and its parts. One answer a line, in the order read.

    An answer is TAG, PROBABILITY, RUNNERS-UP and SEGMENTS, separated by tabs: `ru:0.0123,uk:0.0042`,
    `0-52:ru:0.9987,53-80:tt*:0.9712`; * is a segment that only its context decides. With --json, a line is
    {"id": …, "text": …}. A line that cannot be read is answered with its error; the exit code then is 1.
    """
    files = files or ["-"]
    _must_exist(file for file in files if file != "-")
    from dropwire.tagging import TaggingError, tag_files
    from transforms.model_files import ModelError

    if "-" in files and sys.stdin.isatty():
        notify("One text a line; Ctrl-D ends.")
    stdin = cast("io.BufferedReader", sys.stdin.buffer)
    try:
        tally = tag_files(files, stdin, sys.stdout, as_json=as_json)
    except (TaggingError, ModelError) as error:
        stop(Exit.FAILED, str(error))
    if tally.errors:
        stop(Exit.FAILED, f"{tally.errors:,} of {tally.lines:,} lines could not be read; their answers say why")


@app.command()
def find(
    words: Annotated[list[str] | None, typer.Argument(help="Words that all occur in title or text.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the document or a part: `be`, or `sr-Latn` for one script.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Only documents that are in this language as a whole.")
    ] = False,
    source: Annotated[str | None, typer.Option(help="Source, as `status` lists them.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Published on this day or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Published on this day or before.")
    ] = None,
    entity: Annotated[
        str | None, typer.Option(help="A person, organisation or place, by name or a word of it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Documents on a page.")] = 20,
    after: Annotated[str | None, typer.Option(help="The token that the page before ended with.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find documents: everything given must hold. Newest first, those without a date last."""
    from datetime import timedelta

    with friendly_errors(), _database() as db:
        from dropwire.render import document_table
        from store import codec
        from store.queries import Criteria, find_documents

        criteria = Criteria(
            language=language,
            whole=whole,
            source=source,
            since=since.replace(tzinfo=UTC) if since else None,
            until=until.replace(tzinfo=UTC) + timedelta(days=1) if until else None,
            entity=entity,
            words=tuple(words or ()),
        )
        page = find_documents(db, criteria, limit=limit, after=after)
        if as_json:
            documents = [codec.to_record(document) for document in page.documents]
            print_json({"documents": documents, "next": page.next_token, "word_search": page.word_search or None})
            return
        console = out()
        if page.documents:
            console.print(document_table(page.documents, console.width))
        else:
            console.print("No document meets these criteria.")
        if page.word_search == "scan":
            notify("This store has no text index: the words were looked for by reading the texts.")
        if page.next_token:
            console.print(f"\nMore: add --after '{page.next_token}'", style="dim", soft_wrap=True)


@app.command()
def show(
    doc: Annotated[str, typer.Argument(metavar="DOC", help="A document's id, or its first digits (4 at least).")],
    as_json: JsonOption = False,
) -> None:
    """Show one document: its original with the cut parts struck out, its names in colour."""
    with friendly_errors(), _database() as db:
        from dropwire.render import print_document
        from store import codec, originals

        document = _document(db, doc)
        original = originals.get(db, document.doc_id)
        if as_json:
            print_json({**codec.to_record(document), "original": original})
            return
        console = out()
        print_document(console, document, original if original is not None else document.text)


@app.command()
def history(
    doc: Annotated[str, typer.Argument(metavar="DOC", help="A document's id, or its first digits (4 at least).")],
    as_json: JsonOption = False,
) -> None:
    """Show the states a document has been in, oldest first, and what changed from one to the next."""
    with friendly_errors(), _database() as db:
        from dropwire.history import history_as_json, print_history
        from store import revisions

        states = revisions.history(db, _document(db, doc).doc_id)
        if as_json:
            print_json(history_as_json(states))
        else:
            print_history(out(), states)


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Say what is in the store, how the last runs went, and what is in quarantine."""
    from dropwire.access import reading_uri, whereabouts
    from dropwire.settings import Settings

    settings = Settings()
    with friendly_errors(), _database() as db:
        from dropwire.render import count_table, run_table
        from store import runs
        from store.queries import counts_by

        counts = {
            "languages": counts_by(db.documents, "language"),
            "sources": counts_by(db.documents, "source"),
            "drops": counts_by(db.drops, "state"),
            "quarantine": counts_by(db.quarantine, "reason", state="open"),
        }
        latest = runs.latest(db, 5)
        place, uri = whereabouts(settings), reading_uri(settings)
        if as_json:
            print_json({"store": place, "uri": uri, **counts, "runs": latest})
            return
        console = out()
        console.print(f"Store: {escape(place)}" + (f", at {escape(uri)} while Dropwire runs" if uri else ""))
        console.print(f"{sum(counts['languages'].values()):,} documents\n")
        for title, values in counts.items():
            console.print(count_table(title.capitalize(), values))
        console.print("[bold]Latest runs[/]")
        console.print(run_table(latest))


@app.command()
def quarantine(
    reason: Annotated[str | None, typer.Option(help="Only cases with this reason code.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Cases at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what could not be processed, and why."""
    with friendly_errors(), _database() as db:
        from dropwire.render import case_table
        from store.quarantine import open_cases
        from store.queries import counts_by
        from transforms.document import Reason

        known = [known.value for known in Reason]
        if reason and reason not in known:
            stop(Exit.USAGE, f"{reason} is no reason code; there are: {', '.join(known)}")
        cases = open_cases(db, reason=reason, limit=limit)
        if as_json:
            from dataclasses import asdict

            print_json([asdict(case) for case in cases])
            return
        console = out()
        if not cases:
            console.print("Nothing is in quarantine.")
            return
        console.print(case_table(cases))
        total = sum(counts_by(db.quarantine, "reason", state="open").values())
        if not reason and total > len(cases):
            console.print(f"\n{total - len(cases):,} more: --limit {total}", style="dim")


@app.command()
def serve(
    locations: LocationsArgument,
    cron: Annotated[str, typer.Option(help="When to run, as cron says it, in UTC.")] = "*/15 * * * *",
    source: SourceOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the ingest on a schedule, and when triggered by hand, from this process. Ctrl-C stops it."""
    _must_exist(locations)
    with friendly_errors():
        from dropwire.serving import ServingError, serve_ingest

        def announce(facts: dict[str, str]) -> None:
            if as_json:
                print_json(facts)
                sys.stdout.flush()
            else:
                for name, value in facts.items():
                    out().print(f"{name:9}{escape(value)}", soft_wrap=True)

        try:
            serve_ingest(locations, cron=cron, source=source, verbose=verbose, notify=notify, announce=announce)
        except ServingError as error:
            stop(Exit.FAILED, str(error))


@app.command(name="init-db")
def init_db(as_json: JsonOption = False) -> None:
    """Make the store's collections, validators and indexes. Safe to repeat."""
    with friendly_errors(), _database(create=True) as db:
        from store import ensure
        from store.layout import COLLECTIONS
        from store.queries import has_text_index

        ensure(db)
        text_index = has_text_index(db)
        if as_json:
            print_json({"collections": [collection.name for collection in COLLECTIONS], "text_index": text_index})
            return
        console = out()
        console.print(f"Ready: {', '.join(collection.name for collection in COLLECTIONS)}")
        if not text_index:
            console.print("This store has no text indexes; `find WORDS` reads the texts instead.", style="dim")


@contextmanager
def _database(*, create: bool = False) -> Iterator[Any]:
    from dropwire.access import database
    from dropwire.settings import Settings

    with database(Settings(), notify, create=create) as db:
        yield db


def _document(db: Any, doc: str) -> Any:
    from store.queries import get_document

    document = get_document(db, doc)
    if document is None:
        stop(Exit.NOT_FOUND, f"no document has an id that begins with {doc}: `dropwire find` lists them")
    return document


def _must_exist(locations: Iterable[str]) -> None:
    """Catch a mistyped location before anything slow starts; patterns may match later."""
    for location in locations:
        try:
            there = Path(location).exists() or glob.has_magic(location)
        except OSError:
            continue  # what may not be looked at is there; it will be quarantined
        if not there:
            stop(Exit.NOT_FOUND, f"there is no file or folder {location}")


def main() -> None:
    """The entry point.

    What we print is UTF-8 in any locale, for Cyrillic in ASCII is no answer. A reader that closes its end of a pipe
    (`| head`) ends us without a traceback, and not before what we started is stopped.
    """
    # Leave by an exception, so that what we started (stores, servers) is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # The matrices of our models are small: more than one thread of numpy's only spins and doubles the CPU time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except BrokenPipeError:
        # Nobody listens any more: the interpreter's last flush must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FAILED)
