"""The commands that examine a deployment: `doctor`, `metrics`."""

import signal
from typing import Annotated

import typer

from dropwire.commands.options import ConfigOption, JsonOption, LocationsArgument, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop


def doctor(locations: LocationsArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Examine versions, settings, store, Prefect, machine and locations. 1 if anything fails."""
    with friendly_errors():
        from dropwire import examining
        from dropwire.doctor import as_json as examination_as_json
        from dropwire.doctor import holds, print_examined

        examined = examining.examination(locations, config, notify)
    if as_json:
        print_json(examination_as_json(examined))
    else:
        print_examined(out(), examined)
    if not holds(examined):
        raise typer.Exit(Exit.FAILED)


def metrics(
    listen: Annotated[
        str | None, typer.Option(envvar="DROPWIRE_LISTEN", help="Have them at this address, HOST:PORT, until stopped.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print what Prometheus is told by `serve --listen`, or tell it where workers execute the runs."""
    with friendly_errors():
        from prometheus_client import generate_latest

        from dropwire.access import store_uri
        from dropwire.endpoints import Address, ListenError
        from dropwire.metrics import as_json as metrics_as_json
        from dropwire.metrics import registry
        from dropwire.monitoring import store_metrics
        from dropwire.settings import Settings
        from store import open_store

        with store_uri(Settings(), create=False, notify=notify) as uri:
            if listen is None:
                with open_store(uri) as db:
                    # A store that is away is an error here, not a metric.
                    db.command("ping")
                    made = registry(db, patient=True)
                    print_json(metrics_as_json(made)) if as_json else typer.echo(generate_latest(made), nl=False)
                return
            try:
                with store_metrics(Address.parse(listen), uri) as at:
                    notify(f"Metrics at {at.url}/metrics. Ctrl-C stops this.")
                    signal.sigwait({signal.SIGINT, signal.SIGTERM})
            except ListenError as error:
                stop(Exit.USAGE, str(error))
