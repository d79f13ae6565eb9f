"""A real browser (Debian's Chromium, by Playwright) before the application, served on loopback from the embedded store.

Chromium is no dependency: where it is missing or does not start, these tests are skipped and say so.
DROPWIRE_TEST_WEB_DOCUMENTS says how many documents the larger store has (150; filling it takes 20 ms a document).
"""

import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Error, sync_playwright
from pymongo import MongoClient

from benchmarks.web_corpus import fill
from dropwire.endpoints import Address
from dropwire.web.app import create_app
from dropwire.web.settings import WebSettings

DOCUMENTS = int(os.environ.get("DROPWIRE_TEST_WEB_DOCUMENTS", "150"))
_NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_START_S = 30


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window. Of one module: its event loop must not stay for other tests."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("tests in a browser need chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        try:
            # Root may not use Chromium's sandbox, and in containers tests run as root, with little shared memory.
            flags = ["--no-sandbox", "--disable-dev-shm-usage"]
            made = playwright.chromium.launch(executable_path=chromium, args=flags)
        except Error as error:
            pytest.skip(f"chromium does not start here: {str(error).splitlines()[0]}")
        yield made
        made.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """An empty page of a new visitor who reads English; what goes wrong in it fails the test."""
    context = browser.new_context(locale="en")
    context.set_default_timeout(15_000)
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield made
    context.close()
    assert not [error for error in errors if "422" not in error]


Serve = Callable[..., str]


@pytest.fixture(scope="session")
def serve(embedded_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Serve a store with the seeds and so many made documents; gives the address."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []
    client = MongoClient[dict[str, Any]](embedded_uri, tz_aware=True)

    def start(documents: int, *, editing: bool = False) -> str:
        # The store ends with the session, and is quicker thrown away than emptied.
        name = f"test_{uuid.uuid4().hex}"
        folder: Path = tmp_path_factory.mktemp("drops")
        fill(client[name], documents, now=_NOW, folder=folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        app = create_app(client[name], WebSettings(Address("127.0.0.1", port), editing=editing))
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        servers.append((server, thread))
        deadline = time.monotonic() + _START_S
        while not server.started:
            assert time.monotonic() < deadline, "the application did not start"
            time.sleep(0.02)
        return f"http://127.0.0.1:{port}"

    yield start
    for server, _ in servers:
        server.should_exit = True
    for _, thread in servers:
        thread.join(timeout=10)
    client.close()


@pytest.fixture(scope="session")
def seeds(serve: Serve) -> str:
    """The address of a store with the two seeds, in which one may edit."""
    return serve(0, editing=True)


@pytest.fixture(scope="session")
def many(serve: Serve) -> str:
    """The address of a store with DOCUMENTS documents."""
    return serve(DOCUMENTS)
