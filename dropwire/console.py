"""What commands say, and where: answers on stdout, everything else on stderr, and the exit code."""

import json
import os
import sys
from datetime import date, datetime
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3


def out() -> Console:
    """The console of answers. In a pipe, tables are wide and the text of documents is not wrapped."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def notify(message: str) -> None:
    """Tell the person who waits what is happening; never on stdout, which belongs to the answer."""
    if _logged("info", message):
        return
    errors().print(message, style="dim")


def stop(code: Exit, message: str) -> NoReturn:
    """End the command with an error."""
    if _logged("error", message):
        raise typer.Exit(code)
    errors().print(f"[red]Error:[/] {escape(message)}")
    raise typer.Exit(code)


def _logged(level: str, message: str) -> bool:
    """Whether the message was written to the log instead: a log of JSON has nothing else in it."""
    if os.environ.get("DROPWIRE_LOG_FORMAT", "").lower() != "json":
        return False
    from flows.logs import line  # noqa: PLC0415 - slow, and seldom asked for

    sys.stderr.write(line(level, message) + "\n")
    return True


def errors() -> Console:
    """The console of messages. In a log, one message is one line."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def print_json(value: Any) -> None:
    """One JSON value on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
