"""Commands that bring documents into the store, and make it ready for them: `ingest`, `init-db`."""

from typing import Annotated

import typer

from dropwire.commands.options import (
    ConfigOption,
    DoneMarkerOption,
    ExcludeOption,
    IncludeOption,
    JsonOption,
    LocationsArgument,
    LogFormatOption,
    SettleOption,
    SourceOption,
    SourcePatternOption,
    VerboseOption,
    database,
    friendly_errors,
    locations_of,
    log_as,
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
    log_format: LogFormatOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Pick up new drops and bring their documents into the store, each exactly once."""
    log_as(log_format)
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
