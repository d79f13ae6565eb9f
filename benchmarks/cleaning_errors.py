"""The pages that ours does worst on, with the lines it lost and the lines it kept wrongly, for who improves it."""

from collections.abc import Iterator

from benchmarks.cleaning_data import Page
from benchmarks.cleaning_methods import Answer
from benchmarks.cleaning_metrics import tokens
from benchmarks.cleaning_scores import Scored
from transforms.document import BoilerplateSpan

_MOST_LINES = 12
_MOST_CHARACTERS = 110


def report(scored: Scored, number: int) -> Iterator[str]:
    """For each of our methods the `number` worst pages of the set, line by line."""
    measure = "line F1" if scored.pages.kind == "plain" else "token F1"
    for name, answers in scored.answers.items():
        f1 = scored.column(name, measure)
        yield f"\n{scored.pages.name}, {scored.pages.kind}, {name}: the worst pages by {measure}"
        for place in sorted(range(len(answers)), key=lambda i: (f1[i], scored.pages.pages[i].id))[:number]:
            page, answer = scored.pages.pages[place], answers[place]
            yield f"\n{page.id} ({page.site}, {page.language}, {page.kind}): {measure} {f1[place]:.3f}"
            lost, wrong = (_plain if page.lines else _html)(page, answer)
            yield from _listed("lost", lost)
            yield from _listed("kept wrongly", wrong)


def _plain(page: Page, answer: Answer) -> tuple[list[str], list[str]]:
    """The lines lost, each with the reason of the cut, and those kept wrongly."""
    lost, wrong = [], []
    start = 0
    for line, kept, label in zip(page.lines, answer.kept, page.labels, strict=True):
        if label and not kept:
            lost.append(f"{{{_reason(answer.spans, start, start + len(line))}}} {line}")
        elif kept and not label:
            wrong.append(line)
        start += len(line) + 1
    return lost, wrong


def _html(page: Page, answer: Answer) -> tuple[list[str], list[str]]:
    """The lines of the gold text that are not in ours word for word, and those of ours that are not in it."""
    return _missing(page.gold, answer.text), _missing(answer.text, page.gold)


def _missing(text: str, other: str) -> list[str]:
    whole = f" {' '.join(tokens(other))} "
    return [line for line in text.split("\n") if (words := tokens(line)) and f" {' '.join(words)} " not in whole]


def _reason(spans: tuple[BoilerplateSpan, ...], start: int, end: int) -> str:
    """The reason of the first span that touches [start, end)."""
    return next((span.reason for span in spans if span.start < end and start < span.end), "it failed")


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    yield f"  {title}: {len(lines)} lines"
    for line in lines[:_MOST_LINES]:
        shown = line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}…"
        yield f"    {shown}"
    if len(lines) > _MOST_LINES:
        yield f"    … and {len(lines) - _MOST_LINES} more"
