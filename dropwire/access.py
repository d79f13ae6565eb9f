"""Opening the store for one command: the user's MongoDB, or the embedded store."""

import atexit
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymongo.database import Database
from pymongo.synchronous import monitor

from dropwire import embedded
from dropwire.embedded import embedded_store, store_exists
from dropwire.settings import Settings
from store.connection import URI_VARIABLE, Record, StoreError, open_store, without_credentials


@contextmanager
def store_uri(settings: Settings, *, create: bool, notify: Callable[[str], None]) -> Iterator[str]:
    """The URI of the store, which is there for as long as the block runs.

    Sets DROPWIRE_MONGODB_URI for this process and its children, so that flows find the same store. Without
    `create`, an embedded store that does not exist yet is a StoreError instead of an empty one.
    """
    # At our exit the driver would wait for its threads, which sleep for half a second at a time. They are daemons, and
    # our clients are closed by then. It has no public name for it (pymongo 4.20).
    atexit.unregister(monitor._shutdown_resources)  # noqa: SLF001
    if settings.mongodb_uri:
        yield settings.mongodb_uri.get_secret_value()
        return
    folder = settings.data_dir.absolute()
    if not create and not store_exists(folder):
        raise StoreError(
            f"there is no store in {folder} yet. Run `dropwire ingest FOLDER` first, or set DROPWIRE_DATA_DIR or "
            f"{URI_VARIABLE} to where your store is."
        )
    with embedded_store(folder, notify=notify) as uri:
        os.environ[URI_VARIABLE] = uri
        try:
            yield uri
        finally:
            os.environ.pop(URI_VARIABLE, None)


@contextmanager
def database(settings: Settings, notify: Callable[[str], None], *, create: bool = False) -> Iterator[Database[Record]]:
    """The database of the store, for reading commands."""
    with store_uri(settings, create=create, notify=notify) as uri, open_store(uri) as db:
        yield db


def whereabouts(settings: Settings) -> str:
    """Where the data lies, for people: the folder of the embedded store, or the host of the MongoDB."""
    if settings.mongodb_uri:
        return without_credentials(settings.mongodb_uri.get_secret_value())
    return str(settings.data_dir.absolute() / "store")


def reading_uri(settings: Settings) -> str | None:
    """Where other programs reach the embedded store while it runs; None for a MongoDB of the user's own."""
    return None if settings.mongodb_uri else embedded.store_uri(settings.data_dir.absolute())
