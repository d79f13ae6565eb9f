"""The command `templates`: the lines that recur on each source and are cut."""

from dataclasses import asdict
from typing import Annotated

import typer

from dropwire.commands.options import JsonOption, database, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop


def templates(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help="A source, as `status` lists them.")] = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="First learn them, and clean the documents anew that this concerns.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the lines that recur on a source, the most frequent first; without SOURCE, all sources.

    Every ingest learns by itself. --learn is for documents that an earlier Dropwire stored.
    """
    with friendly_errors(), database() as db:
        from dropwire.templates import line_table, source_as_json, source_table
        from store import templates as stored
        from store.queries import counts_by
        from store.sources import sources

        names = list(counts_by(db.documents, "source"))
        if source is not None and source not in names:
            stop(Exit.NOT_FOUND, f"no document is of the source {source!r}; `dropwire status` lists the sources")
        if learn:
            from flows.clean_again import learn_sources
            from store.entities import refresh

            wanted = names if source is None else [source]
            stored.mark(db, wanted)
            notify("Reading the documents …")
            notify(str(learn_sources(db, wanted).learned))
            refresh(db)
        if source is None:
            found = sources(db)
            if as_json:
                print_json({"sources": [source_as_json(each) for each in found]})
            else:
                out().print(source_table(found))
            return
        lines = stored.lines_of(db, source)
        if as_json:
            print_json({"source": source, "templates": [asdict(line) for line in lines]})
        elif lines:
            out().print(line_table(lines))
        else:
            out().print("No line is known to recur on this source.")
