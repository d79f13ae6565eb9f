"""The examination of `dropwire doctor`: a table of checks, each with what it found and what to do.

The checks themselves are in doctor_machine, doctor_store and doctor_prefect. Each has a time limit, and a check that
fails by itself says so: what is broken must not keep the others from being looked at.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.logs import clean

# The slowest, over models and indexes, take one or two; a store that does not answer is given five.
CHECK_WITHIN_S = 15.0


class Result(StrEnum):
    """What a check says. A warning is for a person to judge, a failure keeps Dropwire from its work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in a few words, and what to do about it, where there is something to do."""

    result: Result
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check: the part of Dropwire it is about, its name, and what looks."""

    part: str
    name: str
    look: Callable[[], Finding]


@dataclass(frozen=True, slots=True)
class Examined:
    """A check and its finding."""

    part: str
    name: str
    finding: Finding


def ok(found: str) -> Finding:
    """All is well."""
    return Finding(Result.OK, found)


def warn(found: str, remedy: str) -> Finding:
    """Something a person should look at."""
    return Finding(Result.WARN, found, remedy)


def fail(found: str, remedy: str) -> Finding:
    """Something that does not work."""
    return Finding(Result.FAIL, found, remedy)


def skipped(why: str) -> Finding:
    """Not looked at, for want of something that another check says."""
    return Finding(Result.SKIPPED, why)


def examine(checks: Iterable[Check], within_s: float = CHECK_WITHIN_S) -> Iterator[Examined]:
    """Look at everything, one after the other, each for `within_s` seconds at most."""
    for check in checks:
        yield Examined(check.part, check.name, _within(check.look, within_s))


def _within(look: Callable[[], Finding], within_s: float) -> Finding:
    found: list[Finding] = []

    def run() -> None:
        try:
            found.append(look())
        except Exception as error:  # noqa: BLE001 - a check that breaks is a finding, whatever broke it
            found.append(fail(f"the check failed: {type(error).__name__}: {clean(str(error))}", "tell us"))

    # A thread, as nothing else can end a wait for a file system that hangs; it does not keep the process from ending.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(within_s)
    return found[0] if found else fail(f"no answer within {within_s:g} s", "see what it waits for, then ask again")


def holds(examined: Sequence[Examined]) -> bool:
    """Whether nothing failed."""
    return all(each.finding.result is not Result.FAIL for each in examined)


def as_json(examined: Sequence[Examined]) -> dict[str, Any]:
    """The examination for programs."""
    checks = [{"part": each.part, "name": each.name, **asdict(each.finding)} for each in examined]
    return {"holds": holds(examined), "checks": checks}


_STYLES = {Result.OK: "green", Result.WARN: "yellow", Result.FAIL: "bold red", Result.SKIPPED: "dim"}


def print_examined(console: Console, examined: Sequence[Examined]) -> None:
    """Print each check by its part, what to do below it, then the verdict."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    part = ""
    for each in examined:
        if each.part != part:
            if part:
                table.add_row("", "", "")
            part = each.part
            table.add_row(Text(part, "bold"))
        finding = each.finding
        table.add_row(Text(f"  {each.name}"), Text(finding.result, _STYLES[finding.result]), Text(finding.found))
        if finding.remedy:
            table.add_row("", "", Text(f"→ {finding.remedy}", _STYLES[finding.result].removeprefix("bold ")))
    console.print(table)
    counts = {result: sum(each.finding.result is result for each in examined) for result in Result}
    console.print()
    verdict = f"{counts[Result.FAIL]} failed, {counts[Result.WARN]} warnings, {counts[Result.OK]} fine"
    style = "bold green" if holds(examined) else "bold red"
    console.print(Text(verdict + (f", {counts[Result.SKIPPED]} skipped" if counts[Result.SKIPPED] else ""), style))
