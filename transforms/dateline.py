"""The dateline: place, date, agency and reporter, from the head or the foot of a text.

Head: `(Казань, 17 мая, «Татар-информ», Арсений Маврин).` Foot: `18 лістапада 2019, Мінск` and below it the
agency. A dateline is recognised as a whole: if one part of it cannot be told, the text has no dateline.
"""

import re
from collections.abc import Iterable, Sequence

from transforms.agencies import agency_of
from transforms.dates import PartialDate, parse_date
from transforms.document import Dateline
from transforms.lines import Line

# The head dateline opens the first paragraph of the body, under headline, subheading and their copies.
_HEAD_LINES = 6
_BRACKETED = re.compile(r"\((?P<inside>[^()\n]{3,160})\)")
_FOOT_LINES = 3
# A dateline's parts are short; a sentence at the foot is not one.
_MAX_FOOT_LINE = 80
_MAX_PARTS = 5

_NAME_WORD = r"[^\W\d_][\w’'ʼ]*(?:-[\w’'ʼ]+)*"
_PLACE = re.compile(rf"(?:г\.\s?|м\.\s?)?{_NAME_WORD}(?:\s{_NAME_WORD}){{0,2}}")
_PERSON = re.compile(rf"{_NAME_WORD}(?:\s{_NAME_WORD}){{1,2}}")
_QUOTED = re.compile(r"[«\"“„](?P<name>[^«»\"“”„]{2,60})[»\"”“]")
# Two or three capitalised words may as well be somebody's name, so a place of several words is one only with
# a first word that opens place names and no person's.
_PLACE_OPENER = re.compile(
    r"(?:нижн|верхн|велик|вялік|нов|стар|набережн|бел|біл|крив|красн|минеральн|южн|северн|горн|западн|усть|царск"
    r"|сергиев|түбән|югары|яр|нью|лос|сан|санкт|тель|new|los|san|saint|st|hong|tel)[^\W\d_]{0,3}",
    re.IGNORECASE,
)
# What stands before a date at the foot of a page, and is capitalised, and is no place.
_NO_PLACES = frozenset(
    "понедельник вторник среда четверг пятница суббота воскресенье сегодня вчера поделиться редакция обновлено "
    "опубликовано фото видео панядзелак аўторак серада чацвер пятніца субота нядзеля сёння учора рэдакцыя "
    "понеділок вівторок середа четвер п'ятниця субота неділя сьогодні вчора редакція "
    "monday tuesday wednesday thursday friday saturday sunday today updated published share photo".split()
)


def _capitalised(text: str) -> bool:
    return all(word[0].isupper() for word in re.findall(_NAME_WORD, text) if word not in {"г", "м"})


def _is_place(text: str) -> bool:
    if not _PLACE.fullmatch(text) or not _capitalised(text):
        return False
    words = text.split()
    if words[0].casefold() in _NO_PLACES:
        return False
    return len(words) == 1 or words[0] in {"г.", "м."} or bool(_PLACE_OPENER.fullmatch(words[0]))


def _read_parts(parts: Iterable[str]) -> Dateline | None:
    """The dateline that the parts make, or None unless each part is told, and a place and an agency are there.

    A quoted name that is no agency we know is one only beside a date and a reporter: «Мосфильм» is not.
    """
    place: str | None = None
    day: PartialDate | None = None
    agency: str | None = None
    reporter: str | None = None
    is_known = True
    for raw in parts:
        part = raw.strip(" .\t")
        quoted = _QUOTED.fullmatch(part)
        if day is None and (found := parse_date(part)):
            day = found
        elif agency is None and (known := agency_of(part)):
            agency = known
        elif agency is None and quoted:
            agency, is_known = quoted["name"].strip(), False
        elif place is None and agency is None and reporter is None and _is_place(part):
            place = part
        elif reporter is None and agency and _PERSON.fullmatch(part) and _capitalised(part):
            reporter = part
        else:
            return None
    if not place or not agency or not (is_known or (day and reporter)):
        return None
    return Dateline(
        place=place,
        date=day.edtf if day else None,
        year=day.year if day else None,
        month=day.month if day else None,
        day=day.day if day else None,
        agency=agency,
        reporter=reporter,
    )


def _at_head(lines: Sequence[Line]) -> Dateline | None:
    for line in lines[:_HEAD_LINES]:
        match = _BRACKETED.match(line.text)
        if match and (found := _read_parts(match["inside"].split(","))):
            return found
    return None


def _at_foot(lines: Sequence[Line]) -> Dateline | None:
    # At least one line above it: a text that is nothing but a dateline has no foot.
    for count in range(min(_FOOT_LINES, len(lines) - 1), 0, -1):
        foot = [line.text for line in lines[-count:]]
        if any(len(line) > _MAX_FOOT_LINE for line in foot):
            continue
        parts = [part for line in foot for part in line.split(",")]
        if len(parts) <= _MAX_PARTS and (found := _read_parts(parts)) and found.date:
            return found
    return None


def find_dateline(lines: Sequence[Line]) -> Dateline | None:
    """The dateline of a text given as its lines (kept ones and agency signatures), or None."""
    return _at_head(lines) or _at_foot(lines)
