"""What commands share: options, errors turned into messages, the store behind a reading command."""

import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from dropwire.console import Exit, notify, stop

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show what Prefect logs, too.")]
LogFormatOption = Annotated[
    str | None,
    typer.Option("--log-format", envvar="DROPWIRE_LOG_FORMAT", help="Log as text, or as json: an object a line."),
]
SourceOption = Annotated[
    str | None, typer.Option(help="The source of items that name none; by default their folder's name.")
]
LocationsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Folders (the files directly in them), files, quoted patterns such as 'drops/**/*.html', or URLs such as "
        "s3://bucket/drops. Without any, the locations of dropwire.toml."
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", envvar="DROPWIRE_CONFIG", help="The file of locations.", show_default="dropwire.toml"),
]
IncludeOption = Annotated[
    list[str] | None, typer.Option(help="Only what matches, by its path in the location: '**/*.html'. May be repeated.")
]
ExcludeOption = Annotated[list[str] | None, typer.Option(help="Not what matches. May be repeated.")]
SourcePatternOption = Annotated[
    str | None, typer.Option(help="Where the source stands in the path: '{source}/**', '{source}_*.txt'.")
]
SettleOption = Annotated[
    float | None, typer.Option(min=0, help="Seconds for which a file must have been left alone.", show_default="5")
]
DoneMarkerOption = Annotated[
    str | None,
    typer.Option(help="The file that says that a folder ('_SUCCESS') or a file ('{name}.done') is complete."),
]


def log_as(log_format: str | None) -> None:
    """Have this process and those it starts log in this format, by default as the environment says."""
    if log_format is None:
        return
    if log_format not in {"json", "text"}:
        stop(Exit.USAGE, f"--log-format is {log_format!r}: it must be json or text")
    os.environ["DROPWIRE_LOG_FORMAT"] = log_format


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn the errors a person can do something about into messages and exit codes."""
    from pydantic import ValidationError
    from pymongo.errors import PyMongoError

    from dropwire.embedded import EmbeddedStoreError
    from dropwire.prefect_client import PrefectError
    from flows.logs import ReportingError, clean
    from store import StoreError
    from store.queries import QueryError
    from transforms.model_files import ModelError

    try:
        yield
    except QueryError as error:
        stop(Exit.USAGE, str(error))
    except (StoreError, EmbeddedStoreError, ModelError, PrefectError, ReportingError) as error:
        stop(Exit.FAILED, str(error))
    except ValidationError as error:
        stop(Exit.USAGE, f"a DROPWIRE_… setting is wrong: {error}")
    except PyMongoError as error:
        stop(Exit.FAILED, f"the store: {clean(str(error))}")


@contextmanager
def database(*, create: bool = False) -> Iterator[Any]:
    """Open the store for one command; without `create` there must be one."""
    from dropwire.access import database as open_database
    from dropwire.settings import Settings

    with open_database(Settings(), notify, create=create) as db:
        yield db


def find_document(db: Any, doc: str) -> Any:
    """The document whose id begins with `doc`; ends the command where there is none."""
    from store.queries import get_document

    document = get_document(db, doc)
    if document is None:
        stop(Exit.NOT_FOUND, f"no document has an id that begins with {doc}: `dropwire find` lists them")
    return document


def locations_of(named: list[str] | None, config: Path | None, **given: Any) -> list[Any]:
    """The locations that a command is about: those named, as the options say, else those of the file.

    Ends the command where there are none, or where one is wrong or not there.
    """
    from dropwire.configuration import DEFAULT_FILE, ConfigurationError, read_locations
    from locations import Location
    from locations.protocols import RemoteError, require

    said = {name: value for name, value in given.items() if value not in (None, ())}
    try:
        if named:
            found = [Location(url, **said) for url in named]
        elif said:
            options = ", ".join("--" + name.replace("_", "-").removesuffix("-seconds") for name in said)
            stop(Exit.USAGE, f"{options}: say so in the file of locations, or name the locations")
        elif config is None and not DEFAULT_FILE.exists():
            stop(Exit.USAGE, f"no locations: name some, or write {DEFAULT_FILE} (docs/locations.md)")
        else:
            found = read_locations(config or DEFAULT_FILE)
        for location in found:
            if location.protocol:
                require(location.protocol)
    except RemoteError as error:
        stop(Exit.FAILED, str(error))
    except ConfigurationError as error:
        stop(Exit.USAGE, str(error))
    except ValueError as error:
        stop(Exit.USAGE, f"a location is wrong: {error}")
    must_exist(location.path for location in found if not location.protocol)
    return found


def must_exist(locations: Iterable[str]) -> None:
    """Catch a mistyped location before anything slow starts; patterns may match later."""
    for location in locations:
        try:
            there = Path(location).exists() or glob.has_magic(location)
        except OSError:
            continue  # what may not be looked at is there; it will be quarantined
        if not there:
            stop(Exit.NOT_FOUND, f"there is no file or folder {location}")
