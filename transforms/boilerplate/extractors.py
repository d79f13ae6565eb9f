"""Well-kept extractors of main content, asked what they make of an HTML page.

None of them is right on every site and every decade, so none decides: for each line of the page it is found out how
much of it each of them took, and the model of the lines makes of that what it is worth.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import readability
import trafilatura
from resiliparse.extract.html2text import extract_plain_text

from transforms.boilerplate.bounded_markup import within_bounds
from transforms.boilerplate.surroundings import Around, Floats

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
# Lines are found again by their runs of so many words; shorter lines must be found whole.
_RUN = 3
# Instead of a share: the extractor was not asked, or a line has no words.
NOT_ASKED = -1.0


def _resiliparse(markup: str) -> str:
    return extract_plain_text(markup, main_content=True)


def _trafilatura(markup: str) -> str:
    # deduplicate keeps state between calls (trafilatura issue 778), so a page's text would depend on the pages before
    # it: it stays off. `fast` leaves out the other extractors that trafilatura falls back on: they are asked here.
    found = trafilatura.extract(markup, include_comments=False, include_tables=True, deduplicate=False, fast=True)
    return found or ""


def _readability(markup: str) -> str:
    return extract_plain_text(readability.Document(markup).summary(html_partial=True))


@dataclass(frozen=True, slots=True)
class Extractor:
    """An extractor by its name: from markup to the text that it takes for the main content, "" where it finds none."""

    name: str
    extract: Callable[[str], str]
    is_quick: bool


# The quick one takes 3 ms a page, the others about 30.
EXTRACTORS: Final = (
    Extractor("resiliparse", _resiliparse, is_quick=True),
    Extractor("trafilatura", _trafilatura, is_quick=False),
    Extractor("readability", _readability, is_quick=False),
)

# The shares of a line's words that each extractor took; those not asked are missing.
Votes = Mapping[str, Floats]


def ask(extractor: Extractor, markup: str, texts: list[list[str]]) -> Floats:
    """The share of each line that the extractor took. `texts` are the words of the lines, see words_of.

    An extractor that fails took nothing.
    """
    bounded = within_bounds(markup)
    try:
        found = extractor.extract(bounded) if bounded is not None else ""
    except Exception:  # noqa: BLE001 - whatever a library does with one page, the others go on
        found = ""
    return _shares(texts, found)


def words_of(text: str) -> list[str]:
    """The words of a line as extractions are compared: case folded, each ideograph by itself."""
    return _TOKEN.findall(text.casefold())


def _shares(texts: list[list[str]], found: str) -> Floats:
    all_words = words_of(found)
    runs = set(zip(*(all_words[i:] for i in range(_RUN)), strict=False))
    whole = {tuple(words_of(line)) for line in found.split("\n")}
    shares = np.full(len(texts), NOT_ASKED, np.float32)
    for i, words in enumerate(texts):
        if len(words) >= _RUN:
            own = set(zip(*(words[k:] for k in range(_RUN)), strict=False))
            shares[i] = len(own & runs) / len(own)
        elif words:
            shares[i] = tuple(words) in whole
    return shares


EXTRACTOR_FEATURES = [
    *(f"{extractor.name} {what}" for extractor in EXTRACTORS for what in ("took", "after", "before", "share")),
    *(f"{a} and {b}" for i, a in enumerate(e.name for e in EXTRACTORS) for b in [e.name for e in EXTRACTORS][i + 1 :]),
]


def taken(votes: Votes, lines: int) -> Floats:
    """What each of EXTRACTORS took, as votes say, [extractors, lines]; NOT_ASKED of those that were not."""
    not_asked = np.full(lines, NOT_ASKED, np.float32)
    return np.stack([votes.get(extractor.name, not_asked) for extractor in EXTRACTORS])


def vote_features(votes: Votes, words: Floats) -> list[Floats]:
    """What the extractors took, of each line, of those around, and of the page; how far they agree."""
    number = len(words)
    total = max(float(words.sum()), 1)
    columns: list[Floats] = []
    took: list[Floats | None] = []
    for extractor in EXTRACTORS:
        shares = votes.get(extractor.name)
        if shares is None:
            columns += [np.full(number, NOT_ASKED, np.float32)] * 4
            took.append(None)
            continue
        known = np.maximum(shares, 0)
        of_words = known * words
        share = float(of_words.sum()) / total
        columns += [shares, *Around.of(known).both(2), np.full(number, share, np.float32)]
        took.append(of_words)
    for i, first in enumerate(took):
        for second in took[i + 1 :]:
            agreement = NOT_ASKED
            if first is not None and second is not None:
                both = float(np.minimum(first, second).sum())
                agreement = 2 * both / max(float(first.sum() + second.sum()), 1)
            columns.append(np.full(number, agreement, np.float32))
    return columns
