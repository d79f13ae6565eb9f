"""The command `runs`: the latest runs, or one of them whole."""

import re
from typing import Annotated

import typer

from dropwire.commands.options import JsonOption, database, friendly_errors
from dropwire.console import Exit, out, print_json, stop

_MIN_DIGITS = 4


def runs(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's id, or its first digits (4 at least); `last`.")
    ] = None,
    flow: Annotated[str | None, typer.Option(help="Only runs of this flow, such as ingest-drops.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Runs in the list.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the latest runs, or show one whole: what it read by source and language, and its time by stage."""
    with friendly_errors(), database() as db:
        from dropwire.runs import print_run, run_table
        from store import runs as stored

        if run is None:
            latest = stored.latest(db, limit, flow)
            if as_json:
                print_json({"runs": latest})
            elif latest:
                out().print(run_table(latest))
            else:
                out().print(f"There is no run{' of this flow' if flow else ''} yet.")
            return
        if run == "last":
            found = stored.latest(db, 1, flow)
        elif re.fullmatch(rf"[0-9a-f-]{{{_MIN_DIGITS},36}}", run):
            found = stored.beginning_with(db, run)
        else:
            stop(Exit.USAGE, f"{run!r} is no run: give {_MIN_DIGITS} or more of the digits that `dropwire runs` prints")
        if not found:
            stop(Exit.NOT_FOUND, f"no run has an id that begins with {run}: `dropwire runs` lists them")
        if len(found) > 1:
            stop(Exit.USAGE, f"several runs have ids that begin with {run}: give more digits")
        if as_json:
            print_json(found[0])
        else:
            print_run(out(), found[0])
