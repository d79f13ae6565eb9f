"""The record of a run as tables with bars: for the artifact in Prefect (Markdown), and for the terminal.

From the record alone, so that both show the same, and old runs can be shown, too. It holds counts, names of sources and
versions, never a text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flows.breakdown import STEPS
from flows.run_report import accounting_line
from store.observations import Alarm
from transforms.document import WriteReport

MAX_ROWS = 20
_OUTCOMES = ("inserted", "revised", "unchanged", "duplicate", "quarantined")
_BAR_CELLS = 20
_EIGHTHS = " ▏▎▍▌▋▊▉"
# What Markdown takes for markup inside of a line; `<` and `&` are seen to apart.
_MARKUP = re.compile(r"([\\`*_\[\]|~])")
# In the order of the work.
_STAGES = ("read", "transform", "write", "copies", "entities", "learn", "watch")


@dataclass(frozen=True, slots=True)
class Section:
    """A titled table: the first column is words, the others are numbers; `bars` are shares of the longest bar."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[float, ...] = ()


def bar(share: float, cells: int = _BAR_CELLS) -> str:
    """A bar of so many character cells at most; anything above 0 is seen."""
    eighths = max(round(share * cells * 8), 1 if share > 0 else 0)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def headline(record: Mapping[str, Any]) -> str:
    """What ran, when, and how it ended."""
    ended = record["finished_at"]
    took = f", took {_seconds((ended - record['started_at']).total_seconds())}" if ended else ""
    return f"{record['flow']}: {record['state']}, started {record['started_at']:%Y-%m-%d %H:%M:%S} UTC{took}"


def accounting(record: Mapping[str, Any]) -> str:
    """The accounting identity with its numbers, and whether it holds; of a failed run, how far it got."""
    counts = WriteReport(**record["counts"])
    line = accounting_line(record["items"], counts)
    if record["state"] != "completed":
        return f"Until then: {line}" if record["state"] == "failed" and record["items"] else ""
    holds = counts.accounted == record["items"] and not counts.failed
    return f"{line}: {'holds' if holds else 'DOES NOT HOLD'}"


def sections(record: Mapping[str, Any]) -> list[Section]:
    """The tables of a run, without those that would be empty."""
    detail = record.get("breakdown", {})
    counts = {name: record["counts"][name] for name in _OUTCOMES if record["counts"][name]}
    made = [
        _counted("Outcomes", "items", counts),
        _counted("Counts", "number", {**record.get("outcome", {}), **record.get("learned", {})}),
        _counted("Left for the next run", "files", {name: n for name, n in record.get("left", {}).items() if n}),
        _counted("Quarantined, by reason", "items", record["reasons"]),
        _sources(record["items"], detail),
        _counted("New documents, by language", "documents", detail.get("languages", {})),
        _stages(record["seconds"], detail.get("steps", {})),
        Section("Speed", ("", "value"), tuple(_speed(record, detail).items())),
        Section("Who and what", ("", "value"), tuple(_facts(record, detail))),
    ]
    return [section for section in made if section.rows]


def _counted(title: str, unit: str, counts: Mapping[str, int]) -> Section:
    most = max(counts.values(), default=0) or 1
    shown = list(counts.items())[:MAX_ROWS]
    rows = [(name, f"{count:,}") for name, count in shown]
    rest = sum(counts.values()) - sum(count for _, count in shown)
    bars = [count / most for _, count in shown]
    if rest:
        rows.append((f"{len(counts) - len(shown):,} more", f"{rest:,}"))
        bars.append(min(rest / most, 1.0))
    return Section(title, ("", unit), tuple(rows), tuple(bars))


def _sources(items: int, detail: Mapping[str, Any]) -> Section:
    sources = detail.get("sources", [])
    shown = [(each["source"], [each[name] for name in _OUTCOMES]) for each in sources[:MAX_ROWS]]
    more = [each for each in (*sources[MAX_ROWS:], detail.get("others", {})) if each]
    sums = [sum(each[name] for each in more) for name in _OUTCOMES]
    if any(sums):
        shown.append(("all others", sums))
    known = items - sum(sum(numbers) for _, numbers in shown)
    most = max((sum(numbers) for _, numbers in shown), default=0) or 1
    rows = [(name, *(f"{number:,}" for number in numbers)) for name, numbers in shown]
    bars = [min(sum(numbers) / most, 1.0) for _, numbers in shown]
    if rows and known > 0:
        rows.append(("not read again (known drops)", f"{known:,}", *[""] * (len(_OUTCOMES) - 1)))
        bars.append(0.0)
    return Section(
        "Items read, by source", ("source", "new", "rev.", "same", "dup.", "quar."), tuple(rows), tuple(bars)
    )


def _stages(seconds: Mapping[str, float], steps: Mapping[str, float]) -> Section:
    total = sum(seconds.values())
    rows, bars = [], []
    in_order = sorted(seconds, key=lambda stage: _STAGES.index(stage) if stage in _STAGES else len(_STAGES))
    for stage in in_order:
        took = seconds[stage]
        parts = [(stage, took)]
        if stage == "transform":
            parts += [(f"· {step}", steps[step]) for step in STEPS if step in steps]
        for name, part in parts:
            rows.append((name, _seconds(part), f"{part / total:.0%}" if total else ""))
            bars.append(part / total if total else 0.0)
    return Section("Time by stage, summed over workers", ("stage", "time", "share"), tuple(rows), tuple(bars))


def _speed(record: Mapping[str, Any], detail: Mapping[str, Any]) -> dict[str, str]:
    """Of the items that were read; what was known already costs next to nothing and would flatter it."""
    if not record["finished_at"]:
        return {}
    wall = (record["finished_at"] - record["started_at"]).total_seconds()
    everything = [*detail.get("sources", []), detail.get("others", {})]
    read = sum(each.get(name, 0) for each in everything for name in _OUTCOMES)
    if not read or wall <= 0:
        return {}
    return {
        "items a second": f"{read / wall:,.1f}",
        "characters a second": f"{detail['characters'] / wall:,.0f}",
        "characters read": f"{detail['characters']:,}",
    }


def _facts(record: Mapping[str, Any], detail: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    host, _, rest = record["holder"].partition("+")
    pid = (rest or record["holder"]).split(":")[1]
    yield "host", host if rest else record["holder"].split(":")[0]
    yield "process", pid
    workers = detail.get("workers", [])
    if workers:
        yield "worker processes", f"{len(workers)}"
    versions = dict(record["versions"])
    models = versions.pop("models", {})
    for name, version in versions.items():
        yield name, str(version)
    for name, digest in models.items():
        yield f"model {name}", str(digest)


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def alarm_section(title: str, alarms: Iterable[Alarm]) -> Section:
    """Alarms of sources with what to do about them."""
    alarms = list(alarms)
    rows = [
        (
            alarm.source,
            alarm.kind.value,
            alarm.what,
            f"{alarm.since:%Y-%m-%d %H:%M}",
            "" if alarm.over_at else alarm.kind.to_do,
        )
        for alarm in alarms[:MAX_ROWS]
    ]
    if len(alarms) > MAX_ROWS:
        rows.append((f"{len(alarms) - MAX_ROWS:,} more", "", "", "", "`dropwire status --json`"))
    return Section(title, ("source", "what", "now", "since (UTC)", "what to do"), tuple(rows))


def markdown(record: Mapping[str, Any], changes: Iterable[Alarm], standing: Iterable[Alarm]) -> str:
    """The run as Markdown."""
    changes = list(changes)
    over = [alarm for alarm in changes if alarm.over_at]
    new = {alarm.key for alarm in changes}
    alarms = [
        alarm_section("Drift: new", [alarm for alarm in changes if not alarm.over_at]),
        alarm_section("Drift: goes on", [alarm for alarm in standing if alarm.key not in new]),
        alarm_section("Drift: over", over),
    ]
    parts = [f"**{_escaped(headline(record))}**"]
    if line := accounting(record):
        parts.append(line)
    if record["state"] == "failed":
        # The whole message is in the run's record and log: it may quote what it is about.
        kind = record.get("error", "").partition(":")[0]
        parts.append(f"Error: {_escaped(kind)} (`dropwire runs {record['_id']}`)")
    parts += [_as_markdown(section) for section in (*(each for each in alarms if each.rows), *sections(record))]
    return "\n\n".join(parts)


def _as_markdown(section: Section) -> str:
    columns = (*section.columns, "") if section.bars else section.columns
    numbers = "---" if section.title.startswith("Drift") or not section.bars else "--:"
    rule = ["---", *[numbers] * (len(section.columns) - 1), *(["---"] if section.bars else [])]
    rows = [
        "| " + " | ".join([*map(_escaped, row), *([bar(section.bars[place])] if section.bars else [])]) + " |"
        for place, row in enumerate(section.rows)
    ]
    return "\n".join([f"### {section.title}", "", f"| {' | '.join(columns)} |", f"|{'|'.join(rule)}|", *rows])


def _escaped(words: str) -> str:
    """Words that stand in Markdown as they are: a source may be called anything."""
    plain = " ".join(words.split()).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKUP.sub(r"\\\1", plain)
