"""The command `quarantine`: what could not be processed."""

from typing import Annotated

import typer

from dropwire.commands.options import JsonOption, database, friendly_errors
from dropwire.console import Exit, out, print_json, stop


def quarantine(
    reason: Annotated[str | None, typer.Option(help="Only cases with this reason code.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Cases at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what could not be processed, and why."""
    with friendly_errors(), database() as db:
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
