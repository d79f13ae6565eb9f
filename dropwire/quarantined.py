"""How cases in quarantine look, to people and to programs."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dropwire.replaying import Beginning
from flows.replay import Replay
from flows.whereabouts import Whereabouts
from store.quarantine import Case, Group
from transforms.document import Reason

_UNKNOWN = "(unknown)"
_BYTES_IN_A_ROW = 16


def case_as_json(case: Case) -> dict[str, Any]:
    """A case for programs; `case` is its name."""
    return {"case": case.name, **asdict(case)}


def replay_as_json(done: Replay) -> dict[str, Any]:
    """A replay for programs."""
    return {
        "resolved": done.resolved,
        "remaining": [case_as_json(case) for case in done.remaining],
        "nowhere": [{**case_as_json(case), "places": places} for case, places in done.nowhere],
    }


def _shown(text: str) -> Text:
    """What a sender wrote, for a terminal: characters that would steer it are spelled out."""
    if text.isprintable():
        return Text(text)
    return Text("".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        wide = name in {"location", "detail", "example", "what happened", "what to do"}
        table.add_column(
            name,
            overflow="fold",
            no_wrap=not wide,
            justify="right" if name == "cases" else "left",
            style="red" if name == "reason" else None,
        )
    return table


def case_table(cases: Iterable[Case]) -> Table:
    """One row a case in quarantine."""
    table = _table("case", "since (UTC)", "reason", "source", "location", "detail")
    for case in cases:
        rejection = case.rejection
        table.add_row(
            case.name,
            f"{case.since:%Y-%m-%d %H:%M}",
            rejection.reason.value,
            _shown(rejection.source or _UNKNOWN),
            _shown(case.location),
            _shown(rejection.detail),
        )
    return table


def group_table(groups: Iterable[Group]) -> Table:
    """One row a group of cases."""
    table = _table("cases", "reason", "source", "oldest", "newest", "example")
    for group in groups:
        table.add_row(
            f"{group.count:,}",
            group.reason.value,
            _shown(group.source or _UNKNOWN),
            f"{group.oldest:%Y-%m-%d}",
            f"{group.newest:%Y-%m-%d}",
            _shown(group.example),
        )
    return table


def reason_table(reasons: Iterable[Reason]) -> Table:
    """One row a reason code."""
    table = _table("reason", "what happened", "what to do")
    for reason in reasons:
        table.add_row(reason.value, Text(reason.happened), Text(reason.to_do))
    return table


def print_case(console: Console, case: Case, places: Whereabouts, beginning: Beginning | None) -> None:
    """Print everything that is known about a case, and what its drop holds."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(case, places):
        facts.add_row(name, _shown(value))
    console.print(facts)
    if case.rejection.excerpt:
        console.print("\n[bold]Excerpt[/]")
        console.print(_shown(case.rejection.excerpt))
    if beginning:
        what = (
            f"The item, from byte {beginning.offset:,} of the drop" if beginning.found else "The beginning of the drop"
        )
        console.print(f"\n[bold]{what}[/]")
        for row in _dump(beginning):
            console.print(_shown(row), soft_wrap=True)


def _facts(case: Case, places: Whereabouts) -> Iterable[tuple[str, str]]:
    rejection = case.rejection
    yield "case", case.id
    yield "state", case.state
    yield "reason", f"{rejection.reason.value}: {rejection.reason.happened}"
    yield "what to do", rejection.reason.to_do
    if rejection.detail:
        yield "detail", rejection.detail
    yield "step", rejection.step.value
    yield "source", rejection.source or _UNKNOWN
    if rejection.given_id is not None:
        yield "given id", str(rejection.given_id)
    yield "since", f"{case.since:%Y-%m-%d %H:%M:%S}Z"
    yield "last run", case.run_id
    if case.location:
        yield "location", case.location
    for place, what in places.places.items():
        yield "seen at", f"{place} ({what})"
    if case.discarded:
        discarded = case.discarded
        note = f": {discarded.note}" if discarded.note else ""
        yield "discarded", f"{discarded.at:%Y-%m-%d %H:%M}Z by {discarded.by}{note}"
        if case.state == "discarded":
            yield "expires", f"{discarded.until:%Y-%m-%d %H:%M}Z"


def _dump(beginning: Beginning) -> Iterable[str]:
    for start in range(0, len(beginning.data), _BYTES_IN_A_ROW):
        row = beginning.data[start : start + _BYTES_IN_A_ROW]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{beginning.offset + start:08x}  {row.hex(' '):{3 * _BYTES_IN_A_ROW}} {text}"
    yield ""
    yield beginning.data.decode("utf-8", "backslashreplace")


def print_replay(console: Console, done: Replay) -> None:
    """Print how a replay went: what is left, and why."""
    if done.remaining:
        console.print(case_table(done.remaining))
        console.print()
    for case, places in done.nowhere:
        console.print(f"{case.name}: its drop is nowhere any more: {escape(places)}", style="yellow", soft_wrap=True)
    console.print(
        f"[bold]{done.resolved:,} resolved, {len(done.remaining):,} rejected again, "
        f"{len(done.nowhere):,} without their drop.[/]"
    )
