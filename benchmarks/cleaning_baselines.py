"""What others do with plain lines: rules that need no model and no markup."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks.cleaning_data import Page
from benchmarks.cleaning_metrics import tokens

# C4 (Raffel et al. 2020) keeps lines that end in a full stop, an exclamation mark, a question mark or an end quotation
# mark and have at least five words. With Unicode punctuation: the marks of Unicode's Sentence_Terminal in scripts of
# today's press, the ellipsis, the Armenian marks, which stand inside a word; brackets may close after them.
_TERMINALS: Final = ".!?…‼‽⁇⁈⁉。！？．｡։՜՞؟۔।॥።፧፨၊။។៕᠃᠉།༎"
_QUOTES: Final = "\"”“»«’'」』"
_SENTENCE: Final = re.compile(rf"(?:[{re.escape(_TERMINALS)}][)\]）】]*|[{re.escape(_QUOTES)}])\s*$")
MIN_WORDS: Final = 5
# A line that stands on so many pages of a site is none of the article's.
MIN_PAGES: Final = 2
# The contiguous run: what a line that fails the rules costs, in words. A headline, a caption or two may be bridged.
_GAP: Final = 5

Keep = Callable[[Page], list[bool]]
"""A page to whether each of its lines is kept."""


def ends_a_sentence(line: str) -> bool:
    """Whether the line ends with terminal punctuation of any script, or with a quotation mark."""
    return _SENTENCE.search(line) is not None


def keep_everything(_pages: Sequence[Page]) -> Keep:
    """All lines."""
    return lambda page: [True] * len(page.lines)


def c4(_pages: Sequence[Page]) -> Keep:
    """C4's rules for lines; each CJK character counts as a word."""
    return lambda page: [_passes(line) for line in page.lines]


def not_seen_twice(pages: Sequence[Page]) -> Keep:
    """The lines that no other page of the site has, word for word."""
    seen = _pages_with(pages)
    return lambda page: [seen[line] < MIN_PAGES for line in page.lines]


def not_seen_twice_then_c4(pages: Sequence[Page]) -> Keep:
    """The lines that no other page of the site has and that pass C4's rules."""
    seen = _pages_with(pages)
    return lambda page: [seen[line] < MIN_PAGES and _passes(line) for line in page.lines]


def contiguous_run(pages: Sequence[Page]) -> Keep:
    """The lines that no other page of the site has, between the first and the last line of the best run.

    Best is the run with the greatest sum, where a line that passes C4's rules and is on no other page gives its number
    of words and every other line costs a little (maximum subarray, Bentley 1984).
    """
    seen = _pages_with(pages)

    def keep(page: Page) -> list[bool]:
        scores = [len(tokens(line)) if seen[line] < MIN_PAGES and _passes(line) else -_GAP for line in page.lines]
        begin, end = best_run(scores)
        return [begin <= i < end and seen[line] < MIN_PAGES for i, line in enumerate(page.lines)]

    return keep


BASELINES: Final[dict[str, Callable[[Sequence[Page]], Keep]]] = {
    "keep everything": keep_everything,
    "C4": c4,
    "not seen twice": not_seen_twice,
    "not seen twice, then C4": not_seen_twice_then_c4,
    "contiguous run with both": contiguous_run,
}
"""By name; each takes the pages of a site and gives what keeps the lines of one of them."""


def best_run(scores: Sequence[float]) -> tuple[int, int]:
    """[begin, end) of the run with the greatest sum, the first of equals; (0, 0) where no sum is above 0."""
    best = total = 0.0
    found = (0, 0)
    begin = 0
    for i, score in enumerate(scores):
        if total <= 0:
            total, begin = 0.0, i
        total += score
        if total > best:
            best, found = total, (begin, i + 1)
    return found


def _passes(line: str) -> bool:
    return ends_a_sentence(line) and len(tokens(line)) >= MIN_WORDS


def _pages_with(pages: Sequence[Page]) -> Counter[str]:
    """On how many of the pages each line stands."""
    return Counter(line for page in pages for line in set(page.lines))
