"""The command `copies`: where else an article was carried, and who had it first."""

from typing import Annotated

import typer

from dropwire.commands.options import JsonOption, database, find_document, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop


def copies(
    doc: Annotated[
        str | None, typer.Argument(metavar="DOC", help="A document's id, or its first digits (4 at least).")
    ] = None,
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="First look for copies of what an earlier Dropwire stored.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the near-copies of a document, the earliest first: the same text with another headline, cut or extended."""
    if doc is None and not catch_up:
        stop(Exit.USAGE, "copies of which document? Give its id, as `find` prints it")
    with friendly_errors(), database() as db:
        from dropwire.copying import cluster_as_json, copies_table
        from store import clusters
        from store.copies import catch_up as look_for_copies
        from transforms import near_copies

        followed = None
        if catch_up:
            notify("Reading the documents …")
            followed = look_for_copies(db, near_copies)
        if doc is None:
            if as_json:
                print_json({"caught_up": followed})
            else:
                out().print(f"{followed:,} documents caught up with")
            return
        document = find_document(db, doc)
        found = clusters.of_document(db, document.doc_id)
        if as_json:
            print_json(cluster_as_json(document.doc_id, found))
            return
        console = out()
        if found is None:
            console.print("This document was stored before there were copies: add --catch-up once.")
        elif len(found.members) == 1:
            console.print("No other document is a near-copy of this one.")
        else:
            console.print(copies_table(document.doc_id, found))
            if found.more:
                notify(f"Only the first {len(found.members):,} were read.")
