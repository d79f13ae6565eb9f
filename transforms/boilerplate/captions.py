"""Photo captions: the same line between paragraphs again and again."""

import re
from collections import defaultdict

from transforms.boilerplate.headline import find_headline, fold, is_prose
from transforms.boilerplate.page import Page

# How many copies make a caption, by the least number of words. Shorter lines that return are names of speakers,
# headings that stand in a table of contents, too, and list labels.
COPIES_FOR_WORDS = ((9, 2), (6, 3))
# So many words, of a letter each.
_MIN_CHARACTERS = 2 * min(words for words, _ in COPIES_FOR_WORDS) - 1
_CONTINUES = re.compile(r"[:;,]\W*$")
# Where fewer lines than this share are prose, the text is verse or a list: there, lines return on purpose.
MIN_PROSE_SHARE = 0.3


def repeated_captions(page: Page) -> list[int]:
    """Lines without a full stop that return between paragraphs: every copy of them.

    Spared are the headline, lines that introduce what follows (`… said:`), lines that do not stand between
    paragraphs wherever they stand (a table of contents), and texts that are verse or lists. On HTML the main
    content is known, and what returns in it does so on purpose.
    """
    prose = [is_prose(line.text) for line in page.lines]
    if page.html or not page.lines or sum(prose) / len(prose) < MIN_PROSE_SHARE:
        return []
    places: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(page.lines):
        if not prose[i] and len(line.text) >= _MIN_CHARACTERS and not _CONTINUES.search(line.text):
            places[fold(line.text)].append(i)
    found = {key: copies for key, copies in places.items() if _are_captions(key, copies, prose)}
    if not found:
        return []
    title = fold(page.title or find_headline(page.lines) or "")
    return sorted(i for key, copies in found.items() if key != title for i in copies)


def _are_captions(key: str, copies: list[int], prose: list[bool]) -> bool:
    if len(copies) == 1:
        return False
    words = len(key.split())
    enough = any(words >= least and len(copies) >= number for least, number in COPIES_FOR_WORDS)
    between_paragraphs = all(all(prose[j] for j in (i - 1, i + 1) if 0 <= j < len(prose)) for i in copies)
    return enough and between_paragraphs
