"""The password of the store is nowhere: not in what is printed, logged, stored, traced, or seen by `ps`."""

import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import bson
import pytest
import yaml
from typer.testing import CliRunner

from dropwire.cli import app
from store import connection
from tests.builders import BELARUSIAN_SEED
from tests.flows.test_telemetry import collector

__all__ = ["collector"]
ROOT = Path(__file__).parents[2]
# With what must be escaped in a URI, so that it is looked for in both forms.
CANARY = "canary-9b1f/@%5c"
FORMS = (CANARY, quote_plus(CANARY), "canary-9b1f")


def must_not_know(text: str | bytes, where: object) -> None:
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    for form in FORMS:
        assert form.encode() not in data, f"the password is in {where}"


@pytest.fixture
def uri(embedded_db: Any, embedded_uri: str) -> Iterator[str]:
    """The URI of an empty database, with a user and a password that the store checks."""
    admin = embedded_db.client.admin
    roles = [{"role": "readWrite", "db": embedded_db.name}, {"role": "dbAdmin", "db": embedded_db.name}]
    admin.command("createUser", "canary", pwd=CANARY, roles=roles)
    yield with_password(embedded_uri.replace("/?", f"/{embedded_db.name}?authSource=admin&"), CANARY)
    admin.command("dropUser", "canary")


def with_password(uri: str, password: str) -> str:
    return uri.replace("://", f"://canary:{quote_plus(password)}@")


class Watched:
    """The command lines of all processes, looked at again and again until the end of the block."""

    def __enter__(self) -> "Watched":
        self.lines: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.lines.add(path.read_bytes())
                except OSError:
                    continue


def environment_of(uri: str, api: str, home: Path, collector_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DROPWIRE_MONGODB_URI": uri,
        "DROPWIRE_LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector_url,
        "PREFECT_API_URL": api,
        "PREFECT_HOME": str(home),
        # All that Prefect can be made to say.
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_DEBUG_MODE": "true",
        "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.1",
    }


def files_below(*folders: Path) -> Iterable[Path]:
    return (path for folder in folders for path in folder.rglob("*") if path.is_file())


def database_files() -> list[Path]:
    """The files of the database of the tests' Prefect server."""
    from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

    url = str(PREFECT_API_DATABASE_CONNECTION_URL.value())
    path = Path(url.partition(":///")[2])
    return [each for each in path.parent.iterdir() if each.name.startswith(path.name)]


def test_a_run_leaves_no_trace_of_the_password(
    uri: str,
    embedded_db: Any,
    prefect_server: str,
    collector: tuple[str, list[tuple[str, bytes]]],
    tmp_path: Path,
) -> None:
    home, here, drops = tmp_path / "home", tmp_path / "here", tmp_path / "drops"
    for folder in (home, here, drops):
        folder.mkdir()
    (drops / "seed.txt").write_bytes(BELARUSIAN_SEED.read_bytes())
    collector_url, received = collector
    environment = environment_of(uri, prefect_server, home, collector_url)
    with Watched() as watched:
        done = subprocess.run(
            [sys.executable, "-m", "dropwire", "ingest", str(drops), "--verbose"],
            cwd=here,
            env={**environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()
    assert b"1 inserted" in done.stdout
    assert len(received) >= 2
    assert any(b"dropwire" in line for line in watched.lines)
    must_not_know(done.stdout, "stdout")
    must_not_know(done.stderr, "stderr")
    for line in done.stderr.decode().splitlines():
        assert isinstance(json.loads(line), dict), line
    for command in watched.lines:
        must_not_know(command, f"a command line: {command!r}")
    for sent_to, body in received:
        must_not_know(body, f"what the collector got at {sent_to}")
    for path in (*files_below(home, here), *database_files()):
        must_not_know(path.read_bytes(), path)
    for name in embedded_db.list_collection_names():
        for record in embedded_db[name].find():
            must_not_know(bson.encode(record), f"the collection {name}")
    assert embedded_db.runs.count_documents({"state": "completed"}) == 1


COMMANDS = (["status"], ["audit"], ["init-db"], ["metrics"], ["find"], ["doctor"], ["ingest", ".", "--verbose"])


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
@pytest.mark.parametrize("case", ["refused", "away", "malformed"])
@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_command_that_fails_does_not_tell_it(
    command: list[str], case: str, format_: str, embedded_uri: str, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dropwire import doctor_prefect, doctor_store, prefect_client

    monkeypatch.setattr(connection, "SERVER_SELECTION_TIMEOUT_MS", 50)
    monkeypatch.setattr(doctor_store, "STORE_WITHIN_S", 0.5)
    monkeypatch.setattr(doctor_prefect, "checks", tuple)
    monkeypatch.setattr(prefect_client, "configure", dict)
    uris = {
        "refused": with_password(embedded_uri, CANARY),
        "away": with_password("mongodb://127.0.0.1:9/dropwire", CANARY),
        "malformed": f"mongodb://canary:{CANARY}@127.0.0.1:9:9/dropwire",
    }
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", uris[case])
    monkeypatch.setenv("DROPWIRE_LOG_FORMAT", format_)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1, result.output
    must_not_know(result.output, "the output")
    if result.exc_info:
        must_not_know("".join(traceback.format_exception(*result.exc_info)), "the traceback")


def test_settings_do_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from dropwire.access import whereabouts
    from dropwire.settings import Settings

    monkeypatch.setenv("DROPWIRE_MONGODB_URI", with_password("mongodb://host/", CANARY))
    settings = Settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json(), whereabouts(settings)):
        must_not_know(shown, "the settings")


def test_a_block_of_prefect_gives_it_to_a_deployment(prefect_server: str) -> None:
    """What docs/operations.md says: a reference in `job_variables`, which a worker resolves when it starts a run."""
    import asyncio

    from prefect.blocks.system import Secret
    from prefect.client.orchestration import get_client
    from prefect.utilities.templating import resolve_block_document_references

    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    example = next(
        block for block in text.split("```") if block.startswith("yaml") and "prefect.blocks.secret" in block
    )
    variables = yaml.safe_load(example.removeprefix("yaml"))["job_variables"]
    secret: str = with_password("mongodb://host/", CANARY)

    async def resolved() -> Any:
        await Secret(value=secret).save("dropwire-mongodb-uri", overwrite=True)  # type: ignore[arg-type]
        async with get_client() as client:
            return await resolve_block_document_references(variables, client=client)

    assert asyncio.run(resolved())["env"]["DROPWIRE_MONGODB_URI"] == secret
    for path in database_files():
        must_not_know(path.read_bytes(), path)


def test_what_ends_us_leaves_no_traceback_with_it() -> None:
    """Nothing of this depends on how Python shows an uncaught exception: ours goes through the same cleaning."""
    code = """
from flows import logs
logs.prepare()
raise RuntimeError("cannot use mongodb://u:canary-9b1f@host/")
"""
    environment = {**os.environ, "DROPWIRE_LOG_FORMAT": "json", "DROPWIRE_MONGODB_URI": "mongodb://u:canary-9b1f@host/"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    must_not_know(done.stderr.split("exception")[0], "the message")
    assert json.loads(done.stderr)["message"].startswith("RuntimeError: cannot use mongodb://u:***@host/")
