"""What commands share: options, errors turned into messages, the store behind a reading command."""

import glob
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from dropwire.console import Exit, notify, stop

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show what Prefect logs, too.")]
SourceOption = Annotated[
    str | None, typer.Option(help="The source of items that name none; by default their folder's name.")
]
LocationsArgument = Annotated[
    list[str],
    typer.Argument(help="Folders (the files directly in them), files, or quoted patterns such as 'drops/**/*.html'."),
]


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn the errors a person can do something about into messages and exit codes."""
    from pydantic import ValidationError
    from pymongo.errors import PyMongoError

    from dropwire.embedded import EmbeddedStoreError
    from dropwire.prefect_client import PrefectError
    from store import StoreError
    from store.queries import QueryError
    from transforms.model_files import ModelError

    try:
        yield
    except QueryError as error:
        stop(Exit.USAGE, str(error))
    except (StoreError, EmbeddedStoreError, ModelError, PrefectError) as error:
        stop(Exit.FAILED, str(error))
    except ValidationError as error:
        stop(Exit.USAGE, f"a DROPWIRE_… setting is wrong: {error}")
    except PyMongoError as error:
        stop(Exit.FAILED, f"the store: {error}")


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


def must_exist(locations: Iterable[str]) -> None:
    """Catch a mistyped location before anything slow starts; patterns may match later."""
    for location in locations:
        try:
            there = Path(location).exists() or glob.has_magic(location)
        except OSError:
            continue  # what may not be looked at is there; it will be quarantined
        if not there:
            stop(Exit.NOT_FOUND, f"there is no file or folder {location}")
