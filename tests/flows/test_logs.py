"""Logs as JSON: one object a line, with the ids of what it is about, and with no secret and no text."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import logs

PASSWORD = "canary-9b1f"
URI = f"mongodb://u:{PASSWORD}@host:1/"


@pytest.fixture
def lines() -> Any:
    """What the formatter makes of what is logged."""
    made: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            made.append(json.loads(self.format(record)))

    handler = Kept()
    handler.setFormatter(logs.JsonFormatter())
    logger = logging.getLogger("test.logs")
    logger.setLevel("DEBUG")
    logger.addHandler(handler)
    yield made
    logger.removeHandler(handler)


LOGGER = logging.getLogger("test.logs")


def test_a_line_says_what_it_is_about(lines: list[dict[str, Any]]) -> None:
    with logs.about(run_id="r"):
        with logs.about(drop_id="d"):
            LOGGER.info("%d items", 3, extra={"doc_id": "x"})
        LOGGER.warning("done", extra={"flow_run_id": "other"})
    LOGGER.info("after", extra={"flow_run_id": "p"})
    inside, outside, after = lines
    assert {"level", "logger", "message", "time", "run_id", "drop_id", "doc_id"} == inside.keys()
    assert (inside["run_id"], inside["drop_id"], inside["doc_id"]) == ("r", "d", "x")
    assert inside["message"] == "3 items"
    assert inside["time"].endswith("Z")
    assert (outside["level"], outside["run_id"], "drop_id" in outside) == ("warning", "r", False)
    assert after["run_id"] == "p"


def test_no_password_and_no_document_is_logged(lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", URI)
    error = RuntimeError(f"cannot use {URI}, full error: {{'op': {{'text': 'the whole article'}}}}")
    LOGGER.error("it failed at %s", URI, exc_info=error)
    (line,) = lines
    assert PASSWORD not in str(line)
    assert "the whole article" not in str(line)
    assert "RuntimeError" in line["exception"]


@given(message=st.text(st.characters(exclude_categories=[])))
def test_any_message_is_one_line_of_utf8(message: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (message,), None)
    line = logs.JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line.encode())["level"] == "info"


def test_the_format_is_asked_for() -> None:
    assert logs.wants_json({"DROPWIRE_LOG_FORMAT": "JSON"})
    assert not logs.wants_json({"DROPWIRE_LOG_FORMAT": "text"})
    assert not logs.wants_json({})
    with pytest.raises(logs.ReportingError, match="json or text"):
        logs.wants_json({"DROPWIRE_LOG_FORMAT": "xml"})
    environment: dict[str, str] = {}
    logs.prepare(environment)
    assert not environment


def test_every_logger_of_prefects_configuration_is_in_ours() -> None:
    """Ours replaces Prefect's as a whole: what an upgrade of Prefect adds there must be added here."""
    import yaml
    from prefect.logging.configuration import DEFAULT_LOGGING_SETTINGS_PATH

    theirs = yaml.safe_load(DEFAULT_LOGGING_SETTINGS_PATH.read_text())
    ours = yaml.safe_load(logs.SETTINGS.read_text())
    assert theirs["loggers"].keys() <= ours["loggers"].keys()
    for name, settings in theirs["loggers"].items():
        handlers = [{"debug": "console"}.get(handler, handler) for handler in settings.get("handlers", [])]
        assert ours["loggers"][name].get("handlers", []) == handlers, name


def test_processes_log_so_from_their_environment_alone(tmp_path: Path) -> None:
    """As a worker process does: nothing of ours runs before Prefect is imported."""
    code = """
import logging, prefect.main
logging.getLogger("prefect.flow_runs").warning("from Prefect", extra={"flow_run_id": "r"})
from flows import logs
with logs.about(drop_id="d"):
    logs.LOGGER.info("from us")
"""
    # Without what makes Prefect silent in this process, once its server was asked for (dropwire.prefect_client).
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = {**outside, "DROPWIRE_LOG_FORMAT": "json", "PREFECT_HOME": str(tmp_path)}
    # No handler of Prefect's that would send it to a server.
    environment["PREFECT_LOGGING_TO_API_ENABLED"] = "false"
    environment[logs.SETTINGS_VARIABLE] = str(logs.SETTINGS)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["message"], line.get("run_id"), line.get("drop_id")) for line in found] == [
        ("from Prefect", "r", None),
        ("from us", None, "d"),
    ]
