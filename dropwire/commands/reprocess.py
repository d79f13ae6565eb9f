"""The command `reprocess`."""

from datetime import datetime
from typing import Annotated

import typer

from dropwire.commands.options import JsonOption, VerboseOption, database, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop

_DAY = ["%Y-%m-%d"]


def reprocess(
    source: Annotated[str | None, typer.Option(help="Only documents of this source.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Only documents in this language, if only in a part: `be`, `sr-Latn`.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="Only published on this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Only published on this day or before.")] = None,
    arrived_since: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Only what arrived on this day or later.")
    ] = None,
    arrived_until: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Only what arrived on this day or before.")
    ] = None,
    made_by: Annotated[
        list[str] | None,
        typer.Option(
            help="Only what was made so: 'cleaner<3', 'pipeline<4', 'entity_model!=dropwire-entities-1'. Repeatable."
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only show how many, what would change in a sample, and how long it takes."),
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Take stored documents that other versions made through the current pipeline; everything given must hold.

    Killed and run again, it goes on where it stopped. The exit code is 0 also if documents are left as they were.
    """
    from store.selection import MadeBy, Selection

    days = {
        name: day.date() if day else None
        for name, day in (
            ("since", since),
            ("until", until),
            ("arrived_since", arrived_since),
            ("arrived_until", arrived_until),
        )
    }
    with friendly_errors(), database() as db:
        from dropwire import prefect_client
        from dropwire.ingesting import RunFailedError
        from dropwire.reprocessing import print_report, report_as_json, run_reprocessing, try_reprocessing

        # A wrong expression is told before Prefect takes its time.
        conditions = tuple(map(MadeBy.parse, made_by or ()))
        if dry_run:
            prefect_client.configure(verbose=verbose)
            from flows.task_runners import WorkerSettings

            selection = Selection(source=source, language=language, made_by=conditions, **days)
            trial = try_reprocessing(db, selection, WorkerSettings().workers)
            if as_json:
                print_json(trial.as_json())
            else:
                trial.print(out())
            return
        asked = {"source": source, "language": language, "made_by": made_by or None, **days}
        try:
            report = run_reprocessing(asked, verbose=verbose, notify=notify)
        except RunFailedError as error:
            stop(Exit.FAILED, str(error))
        if as_json:
            print_json(report_as_json(report))
        else:
            print_report(out(), report)
