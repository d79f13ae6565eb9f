"""The beginning of the text over the text: as a summary, for search engines, with the name of the site behind it."""

from transforms.boilerplate.headline import fold, is_prose, without_credit
from transforms.boilerplate.page import Page

REASON = "repeated-lead"
# Where such lines stand, and how far above the text, in lines.
_HEAD_LINES = 24
_MAX_LINES_BETWEEN = 12
# Shorter ones may begin any sentence; further inside a paragraph than a dateline is long, it is no beginning.
_MIN_CHARACTERS = 40
_LONGEST_DATELINE = 100


def repeated_leads(page: Page) -> list[int]:
    """The lines near the top with which a longer one below them begins, behind its dateline: nothing is lost with them.

    Not the headline, nor the first line where no title is known.
    """
    lines = page.lines[: _HEAD_LINES + _MAX_LINES_BETWEEN]
    title = fold(page.title) if page.title else fold(lines[0].text) if lines else ""
    texts = [fold(without_credit(line.text)) for line in lines]
    return [
        i
        for i, text in enumerate(texts[:_HEAD_LINES])
        if len(text) >= _MIN_CHARACTERS
        and text != title
        and any(
            len(texts[j]) > len(text)
            and is_prose(lines[j].text)
            and texts[j].find(text, 0, len(text) + _LONGEST_DATELINE) >= 0
            for j in range(i + 1, min(len(texts), i + 1 + _MAX_LINES_BETWEEN))
        )
    ]
