"""The beginning of the text over the text: as a summary, for search engines, with the name of the site behind it."""

from collections.abc import Mapping

from transforms.boilerplate.headline import fold, is_prose, without_credit
from transforms.boilerplate.page import Page

REASON = "repeated-lead"
# Where such lines stand, and how far above the text, in lines.
_HEAD_LINES = 24
_MAX_LINES_BETWEEN = 12
# Shorter ones may begin any sentence, longer ones are paragraphs; further inside a paragraph than a dateline is long,
# it is no beginning.
_MIN_CHARACTERS = 40
_MAX_CHARACTERS = 400
_LONGEST_DATELINE = 100


def repeated_leads(page: Page) -> list[int]:
    """The lines near the top with which a longer one below them begins, behind its dateline: nothing is lost with them.

    Not the headline, nor the first line where no title is known.
    """
    lines = page.lines[: _HEAD_LINES + _MAX_LINES_BETWEEN]
    title = fold(page.title or lines[0].text) if lines else ""
    long = [i for i, line in enumerate(lines) if len(line.text) >= _MIN_CHARACTERS]
    begin = {i: fold(lines[i].text[: _MAX_CHARACTERS + _LONGEST_DATELINE]) for i in long if is_prose(lines[i].text)}
    return [i for i in long if i < _HEAD_LINES and _begins_another(i, lines[i].text, begin, title)]


def _begins_another(place: int, text: str, begin: Mapping[int, str], title: str) -> bool:
    """Whether one of the lines that `begin` so, below this one, begins with it and goes on."""
    below = [begun for other, begun in begin.items() if place < other <= place + _MAX_LINES_BETWEEN]
    if len(text) > _MAX_CHARACTERS or not below:
        return False
    lead = fold(without_credit(text))
    return (
        len(lead) >= _MIN_CHARACTERS
        and lead != title
        and any(len(lead) < len(begun) and begun.find(lead, 0, len(lead) + _LONGEST_DATELINE) >= 0 for begun in below)
    )
