"""Puts an examination together: which store, which locations, then every check."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from dropwire import doctor_machine, doctor_prefect, doctor_store, prefect_client
from dropwire.access import store_uri, whereabouts
from dropwire.configuration import DEFAULT_FILE, ConfigurationError, read_locations
from dropwire.doctor import Check, Examined, examine, fail
from dropwire.embedded import EmbeddedStoreError
from dropwire.settings import Settings
from locations import Location
from store import StoreError


def examination(named: Sequence[str] | None, config: Path | None, notify: Callable[[str], None]) -> list[Examined]:
    """Everything examined, for the locations that are named or that the file of locations has."""
    prefect_client.configure(verbose=False)
    settings = Settings()
    found, problem = _locations(named, config)
    with ExitStack() as stack:
        uri, broken = None, None
        try:
            uri = stack.enter_context(store_uri(settings, create=False, notify=notify))
        except StoreError:
            pass  # there is none yet
        except EmbeddedStoreError as error:
            broken = str(error)
        checks = [*doctor_machine.checks(settings.data_dir.absolute(), found, problem)]
        if broken is None:
            checks += stack.enter_context(doctor_store.checks(uri, whereabouts(settings)))
        else:
            checks.append(Check("Store", "embedded", lambda: fail(broken, "see docs/operations.md")))
        checks += doctor_prefect.checks()
        return list(examine(checks))


def _locations(named: Sequence[str] | None, config: Path | None) -> tuple[list[Location], str | None]:
    """The locations, and why they could not be read."""
    try:
        if named:
            return [Location(each) for each in named], None
        if config is None and not DEFAULT_FILE.exists():
            return [], None
        return read_locations(config or DEFAULT_FILE), None
    except (ConfigurationError, ValueError) as error:
        return [], str(error)
