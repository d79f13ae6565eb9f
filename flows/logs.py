"""Logs: which run, drop and document a line is about, and lines as JSON where somebody asks for it.

Every process of a run configures its logging from `flows/logging.yml`, as Prefect does it: the variable that names the
file is inherited, by worker processes, too. Lines never hold the text of a document, nor the store's password.
"""

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from store.connection import URI_VARIABLE, without_secrets

FORMAT_VARIABLE = "DROPWIRE_LOG_FORMAT"
SETTINGS_VARIABLE = "PREFECT_LOGGING_SETTINGS_PATH"
SETTINGS = Path(__file__).with_name("logging.yml")

# What the work on drops says: nothing unless a configuration shows it. Its name is no module's: Prefect loads flows
# under other names than we do.
LOGGER = logging.getLogger("dropwire.load")

# Of a command that failed, the driver's errors end with the whole of it: the documents that were to be written.
_FULL_ERROR = re.compile(r", full error: .*")
# What a line says of what it is about, and which attribute of a log record has it.
_IDS = (("run_id", "flow_run_id"), ("task_run_id", "task_run_id"), ("drop_id", "drop_id"), ("doc_id", "doc_id"))
_about: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("about", default=())


class ReportingError(RuntimeError):
    """Logs or telemetry cannot be had as they are asked for; the message says what to do."""


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Have the lines that are logged in the block carry these ids: `run_id`, `drop_id`, `doc_id`."""
    token = _about.set((*_about.get(), *ids.items()))
    try:
        yield
    finally:
        _about.reset(token)


def wants_json(environment: MutableMapping[str, str] | None = None) -> bool:
    """Whether logs are to be JSON. Raises ReportingError where the variable says neither that nor `text`."""
    said = (os.environ if environment is None else environment).get(FORMAT_VARIABLE, "text").lower()
    if said not in {"json", "text", ""}:
        raise ReportingError(f"{FORMAT_VARIABLE} is {said!r}: it must be json or text")
    return said == "json"


def prepare(environment: MutableMapping[str, str] | None = None) -> None:
    """Have this process and those it starts log as they are asked to. Call before Prefect is imported.

    Raises ReportingError.
    """
    environment = os.environ if environment is None else environment
    if wants_json(environment):
        environment.setdefault(SETTINGS_VARIABLE, os.fspath(SETTINGS))
        logging.captureWarnings(True)
        sys.excepthook = _log_uncaught


def line(level: str, message: str) -> str:
    """A line of JSON for a message that is no log record: what a command tells the person who waits."""
    return _dump({"time": _now(), "level": level, "logger": "dropwire", "message": clean(message)})


def clean(text: str) -> str:
    """`text` without what nobody may read in a log or a message: the store's password, and documents in errors."""
    return _FULL_ERROR.sub("", without_secrets(text, os.environ.get(URI_VARIABLE, "")))


class JsonFormatter(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, ids, and the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        facts: dict[str, object] = {
            "time": _moment(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        # Prefect's adapters say which run a record is from; ours, as it is known in worker processes, too, comes last.
        for name, attribute in _IDS:
            if value := getattr(record, attribute, None):
                facts[name] = str(value)
        facts |= dict(_about.get())
        if record.exc_info and record.exc_info[0]:
            facts["exception"] = clean("".join(traceback.format_exception(*record.exc_info)))
        return _dump(facts)


def _log_uncaught(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    facts = {
        "time": _now(),
        "level": "critical",
        "logger": "dropwire",
        "message": clean(f"{kind.__name__}: {error}"),
        "exception": clean("".join(traceback.format_exception(kind, error, at))),
    }
    sys.stderr.write(_dump(facts) + "\n")


def _now() -> str:
    return _moment(datetime.now(UTC))


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _dump(facts: Mapping[str, object]) -> str:
    # Lone surrogates, as in file names, would make the line no UTF-8.
    return json.dumps(facts, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()
