"""What each method makes of each page, and how fast."""

import logging
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

import numpy as np

from benchmarks.cleaning_data import Page, PageSet, drawn
from benchmarks.cleaning_methods import Answer, Clean, Prepare, is_ours
from benchmarks.cleaning_metrics import Values, line_score, token_score

# The columns of Scored.values.
COLUMNS: Final = ("token F1", "line F1", "token precision", "token recall", "line precision", "line recall")
PASSES: Final = 5
# Of each set, for the speed: enough for pages of all lengths, few enough for slow extractors.
PAGES_TIMED: Final = {"plain": 100, "html": 30}
_WARM_UP: Final = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of the methods on the pages of one set.

    `values` has for each method pages × COLUMNS, `failures` the number of pages on which it raised. `answers` are
    those of ours.
    """

    pages: PageSet
    values: Mapping[str, Values]
    failures: Mapping[str, int]
    answers: Mapping[str, tuple[Answer, ...]]

    def column(self, name: str, column: str) -> Values:
        """One column of a method's scores: a value a page."""
        return self.values[name][:, COLUMNS.index(column)]


@dataclass(frozen=True, slots=True)
class Speed:
    """Pages a second of processor time, of each pass."""

    rates: tuple[float, ...]

    @property
    def rate(self) -> float:
        """The median of the passes."""
        return median(self.rates)


def score(pages: PageSet, methods: Mapping[str, Prepare]) -> Scored:
    """The scores of each method on each page. One that raises has found nothing, and the failure is counted."""
    values = {}
    failures = {}
    answers = {}
    for name, prepare in methods.items():
        print(f"{pages.name}, {pages.kind}: {name}, {len(pages.pages)} pages", file=sys.stderr)
        with _silence():
            found = [_attempt(clean, page) for page, clean in _prepared(pages, prepare)]
        given = [
            answer or Answer("", (False,) * len(page.lines)) for page, answer in zip(pages.pages, found, strict=True)
        ]
        values[name] = np.array([_row(page, answer) for page, answer in zip(pages.pages, given, strict=True)])
        failures[name] = found.count(None)
        if is_ours(name):
            answers[name] = tuple(given)
    return Scored(pages, values, failures, answers)


def measure(sets: list[PageSet], methods: Mapping[str, Prepare], passes: int = PASSES) -> tuple[dict[str, Speed], int]:
    """The speed of each method on some pages of each set, and their number.

    The time is that of this process on the processor. What is loaded or learned from a site is made before. The methods
    take turns pass by pass, so that whatever else the machine does slows all of them alike.
    """
    chosen = [replace(each, pages=tuple(drawn(each.pages, PAGES_TIMED[each.kind]))) for each in sets]
    rates: dict[str, list[float]] = {name: [] for name in methods}
    with _silence():
        ready = {name: [pair for each in chosen for pair in _prepared(each, how)] for name, how in methods.items()}
        for prepared in ready.values():
            for page, clean in prepared[:_WARM_UP]:
                _attempt(clean, page)
        for number in range(passes):
            print(f"speed, {sets[0].kind}: pass {number + 1} of {passes}", file=sys.stderr)
            for name, prepared in ready.items():
                start = time.process_time()
                for page, clean in prepared:
                    _attempt(clean, page)
                rates[name].append(len(prepared) / (time.process_time() - start))
    return {name: Speed(tuple(those)) for name, those in rates.items()}, sum(len(each.pages) for each in chosen)


def _prepared(pages: PageSet, prepare: Prepare) -> Iterator[tuple[Page, Clean]]:
    """Each page with what cleans it; a site is learned once."""
    sites: dict[str, Clean] = {}
    for page in pages.pages:
        if page.site not in sites:
            sites[page.site] = prepare(pages.sites[page.site])
        yield page, sites[page.site]


def _attempt(clean: Clean, page: Page) -> Answer | None:
    try:
        return clean(page)
    except Exception:  # noqa: BLE001 - extractors raise what their parsers raise
        return None


def _row(page: Page, answer: Answer) -> tuple[float, ...]:
    words = token_score(answer.text, page.gold)
    if not page.lines:
        return words.f1, float("nan"), words.precision, words.recall, float("nan"), float("nan")
    lines = line_score(answer.kept, page.labels)
    return words.f1, lines.f1, words.precision, words.recall, lines.precision, lines.recall


@contextmanager
def _silence() -> Iterator[None]:
    """Extractors log and warn about every odd page; the failures are counted instead."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
