"""HTML pages: what stands outside the main content, as trafilatura sees it.

trafilatura reads the markup; the item's original is the visible text of the same markup, one line a block.
The lines of the original that are not found again in what trafilatura extracted are cut, so every removal
has its span, as on plain text.
"""

import re
from itertools import pairwise

import trafilatura

from transforms.boilerplate.headline import fold
from transforms.boilerplate.page import Page
from transforms.lines import Line

_WORD = re.compile(r"\w+")
# Lines are found again by their runs of this many words; shorter lines must be found whole.
_RUN = 4
# Inline markup makes the two texts differ in a word here and there; real boilerplate shares next to no runs.
_MIN_SHARE = 0.6
# Below this share of its words found again, the extraction and the visible text are not of one page.
_MIN_ALIGNED = 0.5


# trafilatura takes quadratic time for some tags, most of all for tables: 40,000 of them are five minutes. Long pages
# have 10,000 tags and some tens of tables; of those that have more, all lines are kept.
_MAX_TAGS = 100_000
_MAX_TABLES = 2_000
_TABLE = re.compile(r"<table", re.IGNORECASE)
# Of one tag. libxml2 walks through all of those it has for each it adds; no page has more than some tens.
_MAX_ATTRIBUTES = 1000
# A tag, where quotes are closed, else up to there.
_TAG = re.compile(r"<[a-z](?:\"[^\"]*+\"|'[^']*+'|[^\"'>])*+", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))?+")


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _runs(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {words[i : i + _RUN] for i in range(len(words) - _RUN + 1)}


def _main_content(html: str) -> str:
    # deduplicate keeps state between calls (trafilatura issue 778), so a page's text would depend on
    # the pages before it: it stays off.
    if html.count("<") > _MAX_TAGS or len(_TABLE.findall(html)) > _MAX_TABLES:
        return ""
    found = trafilatura.extract(
        _with_few_attributes(html), output_format="txt", include_comments=False, include_tables=True, deduplicate=False
    )
    return found or ""


def _with_few_attributes(html: str) -> str:
    """Leave out the attributes of a tag beyond the bound."""
    kept: list[str] = []
    position = end = 0
    while tag := _TAG.search(html, end):
        end = tag.end()
        # A name and a space each: no shorter tag has so many.
        if tag.end() - tag.start() <= 2 * _MAX_ATTRIBUTES:
            continue
        end = tag.start() + 2
        bound = None
        count = 0
        while attribute := _ATTRIBUTE.match(html, end):
            end = attribute.end()
            count += 1
            bound = end if count == _MAX_ATTRIBUTES else bound
        if bound is not None:
            kept.append(html[position:bound])
            position = end
    return "".join(kept) + html[position:] if kept else html


def _found_again(lines: tuple[Line, ...], body: str) -> list[bool]:
    """For each line, whether it is part of `body`."""
    all_words = _words(body)
    runs = _runs(all_words)
    whole = {_words(line) for line in body.split("\n")}
    found = []
    for line in lines:
        words = _words(line.text)
        own = _runs(words)
        share = len(own & runs) / len(own) if own else 0.0
        found.append(bool(words) and (words in whole or share >= _MIN_SHARE))
    return found


def outside_main_content(page: Page) -> list[int]:
    """Lines outside what trafilatura takes for the main content; none where it finds nothing.

    The headline nearest above the main content is kept (trafilatura drops it from some pages).
    """
    body = _main_content(page.html) if page.html else ""
    if not _words(body):
        return []
    found = _found_again(page.lines, body)
    kept_words = sum(len(_words(line.text)) for line, is_found in zip(page.lines, found, strict=True) if is_found)
    if kept_words < _MIN_ALIGNED * len(_words(body)):
        return []
    if page.title:
        first = found.index(True)
        title = fold(page.title)
        above = [i for i in range(first) if fold(page.lines[i].text) == title]
        for i in above[-1:]:
            found[i] = True
    # A line without a word (an asterism, a rule) belongs to the lines around it.
    for before, here in pairwise(range(len(found))):
        if not _words(page.lines[here].text) and found[before] and any(found[here + 1 : here + 2]):
            found[here] = True
    return [i for i, is_found in enumerate(found) if not is_found]
