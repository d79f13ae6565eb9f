"""Commands that bring documents into the store: `ingest`, `serve`, `init-db`."""

import sys
from typing import Annotated

import typer
from rich.markup import escape

from dropwire.commands.options import (
    ConfigOption,
    DoneMarkerOption,
    ExcludeOption,
    IncludeOption,
    JsonOption,
    LocationsArgument,
    SettleOption,
    SourceOption,
    SourcePatternOption,
    VerboseOption,
    database,
    friendly_errors,
    locations_of,
)
from dropwire.console import Exit, notify, out, print_json, stop


def ingest(
    locations: LocationsArgument = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    source: SourceOption = None,
    source_pattern: SourcePatternOption = None,
    settle: SettleOption = None,
    done_marker: DoneMarkerOption = None,
    config: ConfigOption = None,
    reread: Annotated[bool, typer.Option(help="Process known drops again, for instance after an upgrade.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Pick up new drops and bring their documents into the store, each exactly once."""
    found = locations_of(
        locations,
        config,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        source=source,
        source_pattern=source_pattern,
        settle_seconds=settle,
        done_marker=done_marker,
    )
    with friendly_errors():
        from dropwire.ingesting import RunFailedError, run_ingest

        try:
            result = run_ingest(found, reread=reread, verbose=verbose, notify=notify)
        except RunFailedError as error:
            stop(Exit.FAILED, str(error))
        if as_json:
            print_json(result.as_json())
        else:
            result.print(out())


def serve(
    locations: LocationsArgument = None,
    cron: Annotated[str, typer.Option(help="When to run, as cron says it, in UTC.")] = "*/15 * * * *",
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    source: SourceOption = None,
    source_pattern: SourcePatternOption = None,
    settle: SettleOption = None,
    done_marker: DoneMarkerOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the ingest on a schedule, and when triggered by hand, from this process. Ctrl-C stops it."""
    found = locations_of(
        locations,
        config,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        source=source,
        source_pattern=source_pattern,
        settle_seconds=settle,
        done_marker=done_marker,
    )
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
            serve_ingest(found, cron=cron, verbose=verbose, notify=notify, announce=announce)
        except ServingError as error:
            stop(Exit.FAILED, str(error))


def init_db(as_json: JsonOption = False) -> None:
    """Make the store's collections, validators and indexes. Safe to repeat."""
    with friendly_errors(), database(create=True) as db:
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
