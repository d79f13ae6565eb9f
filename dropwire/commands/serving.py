"""Commands that run flows on a schedule, and now: `serve`, `trigger`."""

import sys
from contextlib import redirect_stdout
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
    LogFormatOption,
    SettleOption,
    SourceOption,
    SourcePatternOption,
    VerboseOption,
    friendly_errors,
    locations_of,
    log_as,
)
from dropwire.console import Exit, notify, out, print_json, stop


def serve(
    locations: LocationsArgument = None,
    cron: Annotated[str | None, typer.Option(help="When to run, as cron says it.", show_default="*/15 * * * *")] = None,
    every: Annotated[
        str | None, typer.Option(help="Or at what interval: 10m, 1h30m, 1d; counted from midnight.")
    ] = None,
    rrule: Annotated[
        str | None, typer.Option(help="Or by an RRULE of RFC 5545: 'FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=6;BYMINUTE=0'.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="The zone of that schedule, such as Europe/Minsk.")] = "UTC",
    watch: Annotated[
        bool, typer.Option("--watch", help="Also run soon after files arrive in folders of this machine.")
    ] = False,
    listen: Annotated[
        str | None,
        typer.Option(
            envvar="DROPWIRE_LISTEN", help="Have /health, /ready and /metrics there: 9464, or 0.0.0.0:9464 for all."
        ),
    ] = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    source: SourceOption = None,
    source_pattern: SourcePatternOption = None,
    settle: SettleOption = None,
    done_marker: DoneMarkerOption = None,
    config: ConfigOption = None,
    log_format: LogFormatOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the ingest on a schedule, and every flow when it is triggered, from this process. Ctrl-C stops it."""
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
        from dropwire.endpoints import ListenError
        from dropwire.schedules import ScheduleError
        from dropwire.serving import ServingError, serve_flows

        answers = sys.stdout

        def announce(facts: dict[str, str]) -> None:
            with redirect_stdout(answers):
                if as_json:
                    print_json(facts)
                else:
                    for name, value in facts.items():
                        out().print(f"{name:9} {escape(value)}", soft_wrap=True)
                answers.flush()

        try:
            serve_flows(
                found,
                cron=cron,
                every=every,
                rrule=rrule,
                timezone=timezone,
                watch=watch,
                listen=listen,
                verbose=verbose,
                notify=notify,
                announce=announce,
            )
        except (ScheduleError, ListenError) as error:
            stop(Exit.USAGE, str(error))
        except ServingError as error:
            stop(Exit.FAILED, str(error))


def trigger(
    flow: Annotated[
        str, typer.Argument(help="The flow, such as refresh-entities, or a deployment of your own, as flow/name.")
    ] = "ingest-drops",
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="name=value, where the value is JSON or a string. May be repeated."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until the run has ended; 1 if it did not succeed.")
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run a flow now, in the process that serves it or in a worker."""
    with friendly_errors():
        from dropwire.triggering import NoDeploymentError, TriggerError
        from dropwire.triggering import trigger as trigger_run

        try:
            run, succeeded = trigger_run(flow, parameter or [], wait=wait, verbose=verbose, notify=notify)
        except NoDeploymentError as error:
            stop(Exit.NOT_FOUND, str(error))
        except TriggerError as error:
            stop(Exit.USAGE, str(error))
        if as_json:
            print_json(run.as_json())
        else:
            said = f": {run.message}" if run.message else ""
            out().print(f"{run.run_id} {run.deployment} ({run.run}) {run.state}{escape(said)}", soft_wrap=True)
            out().print(run.url, style="dim", soft_wrap=True)
        if not succeeded:
            raise typer.Exit(Exit.FAILED)
