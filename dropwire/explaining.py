"""`preview --explain`: for each line of the original which evidence decided."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropwire.marking import CUT, REASON
from transforms.boilerplate.evidence import Evidence, LineEvidence

# Shares of the width; what is said of a line matters more than all of its words.
_WHY_SHARE = 0.35
_MIN_WHY = 24
_NO_RULE = "no rule"
_LEGEND = (
    "main: the probability that the line is main text. Numbers with a sign are the evidence in log-odds: + for keeping "
    "the line, − for cutting it."
)


def print_explanation(console: Console, lines: Sequence[LineEvidence]) -> None:
    """A row a line: its number, whether it was kept, how likely it is main text, why, and how it begins."""
    weighed = any(line.probability is not None for line in lines)
    table = Table(box=None, pad_edge=False, header_style="bold", width=console.width, padding=(0, 1))
    table.add_column("line", justify="right", style="dim", no_wrap=True, min_width=4)
    table.add_column("", no_wrap=True, min_width=4)
    if weighed:
        table.add_column("main", justify="right", no_wrap=True, min_width=4)
    why = max(int(console.width * _WHY_SHARE), _MIN_WHY)
    table.add_column("why", min_width=min(why, _MIN_WHY), max_width=why)
    table.add_column("text", no_wrap=True, overflow="ellipsis", ratio=1)
    for number, line in enumerate(lines, start=1):
        verdict = Text("kept", "green") if line.kept else Text("cut", "red")
        likely = "" if line.probability is None else f"{line.probability:.2f}"
        cells = [Text(str(number)), verdict, *([Text(likely)] if weighed else []), _why(line)]
        table.add_row(*cells, Text.assemble((line.line.text, "" if line.kept else CUT)))
    console.print(table)
    console.print()
    console.print(Text(f"{sum(line.kept for line in lines)} of {len(lines)} lines kept.", "bold"))
    if weighed:
        console.print(Text(_LEGEND, "dim"))


def explanation_as_json(lines: Sequence[LineEvidence]) -> list[dict[str, Any]]:
    """The same for programs: offsets in the original, in code points; weights in log-odds of being main text."""
    return [
        {
            "line": number,
            "start": line.line.start,
            "end": line.line.end,
            "kept": line.kept,
            "reason": line.reason,
            "probability": line.probability,
            "evidence": [
                {"group": each.group, "weight": each.weight, "detail": each.detail or None} for each in line.evidence
            ],
            "text": line.line.text,
        }
        for number, line in enumerate(lines, start=1)
    ]


def _why(line: LineEvidence) -> Text:
    """The reason, then the evidence."""
    evidence = "; ".join(map(_words, line.evidence)) or (_NO_RULE if line.kept else "")
    if not line.reason:
        return Text(evidence, "dim")
    return Text.assemble((line.reason, REASON), (f": {evidence}" if evidence else "", "dim"))


def _words(evidence: Evidence) -> str:
    """`form +1.3`, `site −2.0 (on 12 pages)`, or what a rule says."""
    if evidence.weight is None:
        return evidence.detail or evidence.group
    weight = f"{evidence.weight:+.1f}".replace("-", "−")
    return f"{evidence.group} {weight}" + (f" ({evidence.detail})" if evidence.detail else "")
