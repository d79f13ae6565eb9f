"""Prefect as a guest in our terminal: quiet, without telemetry, and with its server explained."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flows import logs, telemetry

HOST = "127.0.0.1"
# Prefect's own default port: whoever runs a server already runs it there.
PORT = 4200
DEFAULT_API = f"http://{HOST}:{PORT}/api"
# Prefect keeps flow runs, with their logs and artifacts, for ever unless it is told not to; events for a week. Who sets
# one of these in the environment has his own.
RETENTION = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 24 * 3600),
}
# A new database runs all of Prefect's migrations: 15 s here, on a slow disk several times that.
START_TIMEOUT_S = 180
# A server answers in milliseconds; on a machine with much more work than cores, in seconds.
ANSWER_S = 10


def configure(*, verbose: bool) -> None:
    """Set Prefect's environment for this process and its children. Call before Prefect is imported.

    What the user set stays. Prefect sends no telemetry; without `verbose` its console is silent, also that of its
    temporary server, unless logs are asked for as JSON. Raises ReportingError where these, or the telemetry that the
    environment asks for, cannot be had.
    """
    logs.prepare()
    telemetry.start()
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    # Prefect gives its temporary server 20 s, which a first start on a busy machine takes longer than.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", f"{START_TIMEOUT_S}")
    if not verbose:
        if not logs.wants_json():
            os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        os.environ.setdefault("PREFECT_LOGGING_SERVER_LEVEL", "CRITICAL")
        os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
        # Prefect 3.8.8's runner forgets to await its own stop when a signal ends it.
        warnings.filterwarnings("ignore", "coroutine 'Runner.astop' was never awaited", RuntimeWarning)


@contextmanager
def without_heartbeats() -> Iterator[None]:
    """Have flows that run in the block send Prefect no heartbeats, unless the user has set how often.

    Their end would wait for the thread that sends them, which sleeps for a second at a time (Prefect 3.8.8). That a run
    in a terminal is alive, its record in the store says.
    """
    from prefect.settings import (  # noqa: PLC0415 - takes a second to import
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    if "heartbeat_frequency" in get_current_settings().flows.model_fields_set:
        yield
        return
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


class PrefectError(RuntimeError):
    """Prefect's server cannot be used; the message says what to do."""


def needs_temporary_server() -> bool:
    """Whether Prefect will start a temporary server, for want of one in its settings.

    Raises PrefectError where its settings name one that does not answer.
    """
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415 - takes a second to import

    configured = PREFECT_API_URL.value()
    if configured and not answers(configured):
        raise PrefectError(f"the Prefect server at {configured} does not answer: start it, or unset PREFECT_API_URL")
    return not configured


@contextmanager
def running_server(notify: Callable[[str], None]) -> Iterator[str]:
    """The API URL of a Prefect server that holds schedules: the configured one, a running one, or our own.

    A server of our own is stopped at the end of the block. Raises PrefectError where there is none.
    """
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415 - takes a second to import

    if not needs_temporary_server():
        yield str(PREFECT_API_URL.value())
        return
    url = DEFAULT_API
    if answers(url):
        notify(f"Using the Prefect server that runs at {url}")
        yield url
        return
    notify("Starting a Prefect server (5 to 20 s, longer the first time) …")
    process = _start_server()
    try:
        _wait_for(process, url)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def existing_server() -> str:
    """The API URL of a Prefect server that is there: the configured one, or one on this machine.

    Raises PrefectError where there is none.
    """
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415 - takes a second to import

    if not needs_temporary_server():
        return str(PREFECT_API_URL.value())
    if answers(DEFAULT_API):
        return DEFAULT_API
    raise PrefectError(
        f"no Prefect server runs at {DEFAULT_API}: start `dropwire serve LOCATION`, or set PREFECT_API_URL to yours"
    )


def _start_server() -> subprocess.Popen[bytes]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            raise PrefectError(
                f"port {PORT} is taken by something that is no Prefect server: stop it, or set PREFECT_API_URL to your "
                "Prefect server"
            ) from None
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(PORT)]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**RETENTION, **os.environ},
        # Ctrl-C is for us: the server must still be there when the runs tell it how they ended.
        start_new_session=True,
    )


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers(url):
        if process.poll() is not None:
            raise PrefectError("the Prefect server did not start: run `prefect server start` to see why")
        if time.monotonic() > deadline:
            raise PrefectError(f"the Prefect server did not answer within {START_TIMEOUT_S} s")
        time.sleep(0.2)


def answers(url: str) -> bool:
    """Whether a Prefect server is there: healthy, or one that wants to know who we are (Prefect Cloud)."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=ANSWER_S) as response:  # noqa: S310 - the user's setting
            return bool(response.status == 200)
    except urllib.error.HTTPError as error:
        return error.code in {401, 403}
    except (urllib.error.URLError, OSError, ValueError):
        return False
