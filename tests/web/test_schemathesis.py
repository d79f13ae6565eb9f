"""The API keeps to its own description: schemathesis makes requests of that, right ones and wrong ones."""

import importlib.util
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from pymongo import MongoClient

from dropwire.endpoints import Address
from dropwire.web import security
from dropwire.web.app import create_app
from dropwire.web.settings import WebSettings
from store import api_keys
from tests.web.test_api import fill

pytestmark = [
    pytest.mark.wire,
    pytest.mark.skipif(
        importlib.util.find_spec("schemathesis") is None,
        reason="schemathesis (extra dev) is not installed: nobody held the API to its OpenAPI",
    ),
]
# For each operation, beside the examples and the systematic cases.
EXAMPLES = 15


@pytest.fixture(scope="module")
def served(embedded_uri: str) -> Iterator[tuple[str, str]]:
    """The API on a port of its own, where everybody needs a key; gives its address and one."""
    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True) as client, pytest.MonkeyPatch.context() as patch:
        # To be told to wait is no answer to learn from.
        patch.setattr(security, "RATE_PER_S", 1e6)
        db = client["test_web_schemathesis"]
        client.drop_database(db.name)
        fill(db)
        _, key = api_keys.add(db, "schemathesis", api_keys.Role.READ)
        app = create_app(db, WebSettings(listen=Address("0.0.0.0", 0)))
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
        server.should_exit = True
        thread.join()
        client.drop_database(db.name)


def test_it_keeps_to_its_description(served: tuple[str, str], tmp_path: Path) -> None:
    url, key = served
    program = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/v1/openapi.json"]
    options = ["--checks=all", "--phases=examples,coverage,fuzzing", f"--max-examples={EXAMPLES}", "--seed=1"]
    auth = ["--header", f"Authorization: Bearer {key}"]
    done = subprocess.run(
        [*program, *options, *auth, "--no-color", "--generation-database=none"],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "operations" in done.stdout.lower()
