"""`dropwire web` and `dropwire keys`: where they listen, when they refuse to, how they end."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dropwire.access import database
from dropwire.cli import app
from dropwire.console import Exit
from dropwire.settings import Settings
from store import ensure

pytestmark = pytest.mark.wire


def dropwire(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1"})


@pytest.fixture
def store(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with an empty store, which runs for as long as the test does."""
    monkeypatch.setenv("DROPWIRE_DATA_DIR", str(workdir / "data"))
    with database(Settings(), lambda _: None, create=True) as db:
        ensure(db)
        yield workdir / "data"


@contextmanager
def web(data_dir: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`dropwire web` in a process of its own, and where it says that it listens."""
    with subprocess.Popen(
        [sys.executable, "-m", "dropwire", "web", "--listen", "127.0.0.1:0", "--json", *options],
        env={**os.environ, "DROPWIRE_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def get(url: str, key: str = "") -> tuple[int, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_told_to_stop(store: Path, which: signal.Signals) -> None:
    with web(store) as (process, said):
        assert get(f"{said['api']}/documents") == (200, {"documents": [], "next": None, "word_search": None})
        assert get(said["openapi"])[1]["openapi"] == "3.1.0"
        process.send_signal(which)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (Exit.DONE, "", ""), "no log of requests, and to be stopped is no failure"


def test_with_a_public_name_everybody_needs_a_key(store: Path) -> None:
    key = json.loads(dropwire("keys", "add", "reader", "--json").stdout)["key"]
    with web(store, "--host", "news.example.org") as (_, said):
        assert get(f"{said['api']}/runs")[0] == 401
        assert get(f"{said['api']}/runs", key) == (200, {"runs": []})
        assert dropwire("keys", "revoke", "reader").exit_code == Exit.DONE


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--listen", "0.0.0.0:0"], "dropwire keys add"),
        (["--host", "news.example.org"], "dropwire keys add"),
        (["--listen", "nonsense"], "no address to listen on"),
        (["--listen", "192.0.2.1:8420"], "cannot listen on 192.0.2.1:8420"),
        (["--host", "https://x"], "no host name"),
        (["--origin", "*"], "no origin"),
    ],
)
def test_it_refuses_to_start_like_this(store: Path, options: list[str], said: str) -> None:
    if "192.0.2.1:8420" in options:
        dropwire("keys", "add", "somebody")
    result = dropwire("web", *options)
    assert result.exit_code == Exit.USAGE
    assert said in " ".join(result.stderr.split())


def test_keys_are_made_listed_and_revoked(store: Path) -> None:
    assert "no keys" in dropwire("keys", "list").stdout
    made = json.loads(dropwire("keys", "add", "newsroom", "--edit", "--json").stdout)
    assert made["role"] == "edit"
    assert dropwire("keys", "add", "newsroom").exit_code == Exit.USAGE, "the name is taken"
    shown = dropwire("keys", "list").stdout
    assert made["id"] in shown
    assert made["key"] not in shown
    (key,) = json.loads(dropwire("keys", "list", "--json").stdout)["keys"]
    assert (key["name"], key["revoked_at"]) == ("newsroom", None)
    assert json.loads(dropwire("keys", "revoke", made["id"], "--json").stdout)["revoked_at"]
    assert dropwire("keys", "revoke", "nobody").exit_code == Exit.NOT_FOUND


def test_without_a_store_it_says_so(workdir: Path) -> None:
    result = dropwire("web")
    assert result.exit_code == Exit.FAILED
    assert "there is no store" in " ".join(result.stderr.split())
