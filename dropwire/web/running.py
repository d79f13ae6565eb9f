"""Serving the application from this process until somebody stops it."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from pymongo.database import Database

from dropwire.endpoints import Address, ListenError
from dropwire.web.app import create_app
from dropwire.web.settings import WebError, WebSettings
from flows import logs
from store import api_keys
from store.connection import Record

# Requests that are being answered when we are told to stop may go on for so long, s.
_GRACE_S = 10
# Of a request's head: more than any browser sends.
_MOST_HEAD_BYTES = 32_768
_BACKLOG = 128


def serve(db: Database[Record], settings: WebSettings, announce: Callable[[Address], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is told the address once connections are accepted.

    Raises WebError where keys are asked for and there are none, ListenError where the address cannot be had.
    """
    db.command("ping")  # a store that is away is an error here, not of the first question
    if settings.keys_required and not api_keys.has_valid(db):
        raise WebError(
            "whoever is not on this machine must show a key, and the store has none: `dropwire keys add NAME` first "
            "(or listen on 127.0.0.1 without --host, where none is asked for)"
        )
    with _listening(settings.listen) as (sock, at), _logged():
        config = uvicorn.Config(
            create_app(db, settings),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
            ws="none",
            lifespan="on",
        )
        with _quiet_end():
            announce(at)
            uvicorn.Server(config).run(sockets=[sock])


@contextmanager
def _listening(address: Address) -> Iterator[tuple[socket.socket, Address]]:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((address.host, address.port))
            sock.listen(_BACKLOG)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ListenError(f"cannot listen on {address.url.removeprefix('http://')}: {reason}") from None
        yield sock, Address(address.host, sock.getsockname()[1])


@contextmanager
def _quiet_end() -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more when it is done: to be stopped is no failure."""
    known = {which: signal.signal(which, lambda *_: None) for which in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for which, handler in known.items():
            signal.signal(which, handler)


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return logs.clean(super().format(record))


@contextmanager
def _logged() -> Iterator[None]:
    """Warnings and errors, ours and uvicorn's, on stderr: as text, or as JSON where the environment says so."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logs.JsonFormatter() if logs.wants_json(os.environ) else _PlainFormatter("%(message)s"))
    handler.setLevel(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("dropwire.web", "uvicorn.error")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
