"""Photo captions: the same line between paragraphs again and again."""

import re
from collections import defaultdict

from transforms.boilerplate.headline import find_headline, fold
from transforms.boilerplate.page import Page

# Shorter lines that return are more often subheadings, question marks of an interview or list labels.
MIN_WORDS = 4
_PROSE_END = re.compile(r"[.!?…]\W*$")
# Where fewer lines than this share are prose, the text is verse or a list: there, lines return on purpose.
MIN_PROSE_SHARE = 0.3


def repeated_captions(page: Page) -> list[int]:
    """Lines without a full stop that return between paragraphs: every copy of them.

    Spared are the headline, short lines, copies with no paragraph between them, and texts that are verse
    or lists (where a line may return on purpose).
    """
    prose = [bool(_PROSE_END.search(line.text)) for line in page.lines]
    if not page.lines or sum(prose) / len(prose) < MIN_PROSE_SHARE:
        return []
    title = fold(page.title or find_headline(page.lines) or "")
    places: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(page.lines):
        if not prose[i] and len(line.text.split()) >= MIN_WORDS:
            places[fold(line.text)].append(i)
    return sorted(
        i
        for key, copies in places.items()
        if key != title and len(copies) > 1 and any(prose[copies[0] : copies[-1]])
        for i in copies
    )
