"""How runs and the alarms of sources look in a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.run_summary import Section, accounting, bar, headline, sections
from store.observations import Alarm

# Enough digits to tell the runs of years apart, and what Prefect's own tables show.
SHORT_RUN = 8
_STATES = {"completed": "green", "failed": "red", "running": "yellow"}
_OUTCOMES = {"inserted": "new", "revised": "rev.", "unchanged": "same", "duplicate": "dup.", "quarantined": "quar."}


def run_table(runs: Sequence[Mapping[str, Any]]) -> Table:
    """One row a run; times are UTC."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "started (UTC)", "flow", "state"):
        table.add_column(name, no_wrap=True, style="dim" if name == "run" else None)
    for name in ("took", "drops", "items", *_OUTCOMES.values()):
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        ended = run["finished_at"]
        numbers = (run["drops"], run["items"], *(run["counts"][name] for name in _OUTCOMES))
        table.add_row(
            run["_id"][:SHORT_RUN],
            f"{run['started_at']:%Y-%m-%d %H:%M}",
            run["flow"],
            Text(run["state"], style=_STATES[run["state"]]),
            _length((ended - run["started_at"]).total_seconds()) if ended else "",
            *(f"{number:,}" for number in numbers),
        )
    return table


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def print_run(console: Console, run: Mapping[str, Any]) -> None:
    """A run whole: how it ended, its accounting, and its tables with bars."""
    console.print(Text(headline(run), style="bold"))
    if line := accounting(run):
        console.print(Text(line, style="red" if "NOT HOLD" in line else "green"))
    if "error" in run:
        console.print(Text(run["error"], style="red"))
    for section in sections(run):
        console.print()
        console.print(_of_section(section))


def _of_section(section: Section) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for place, name in enumerate(section.columns):
        numbers = place > 0 and bool(section.bars)
        table.add_column(name, justify="right" if numbers else "left", no_wrap=numbers)
    if section.bars:
        table.add_column("", no_wrap=True, style="cyan")
    for place, row in enumerate(section.rows):
        table.add_row(*map(Text, row), *([bar(section.bars[place])] if section.bars else []))
    return Group(Text(section.title, style="bold"), Padding(table, (0, 0, 0, 2), expand=False))


def print_alarms(console: Console, alarms: Iterable[Alarm], limit: int) -> None:
    """The sources that have drifted, with what to do; nothing where none has."""
    alarms = list(alarms)
    if not alarms:
        return
    console.print("[bold red]Sources that are not as they were[/]")
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("source", "what", "now", "since (UTC)", "what to do"):
        table.add_column(name, no_wrap=name not in {"what to do", "now"})
    for alarm in alarms[:limit]:
        table.add_row(
            Text(alarm.source),
            Text(alarm.kind.value, style="red"),
            Text(alarm.what),
            f"{alarm.since:%Y-%m-%d %H:%M}",
            escape(alarm.kind.to_do),
        )
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
    more = len(alarms) - limit
    console.print(f"… and {more:,} more: `dropwire status --json`\n" if more > 0 else "")
