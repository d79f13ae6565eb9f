"""The dateline: place, date, agency and reporter, from the head or the foot of a text.

Head: `(Казань, 17 мая, «Татар-информ», Арсений Маврин).`, «МОСКВА, 17 мая. /ТАСС/.», "NEW YORK (AP) —". Foot:
`18 лістапада 2019, Мінск` and below it the agency. A dateline is recognised as a whole: if one part of it cannot be
told, the text has no dateline. The forms stand in transforms.dateline_patterns, the agencies in transforms.agencies.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Final

from transforms.agencies import agency_of
from transforms.byline import authors_of
from transforms.dateline_patterns import FOOT_PATTERNS, Pattern, head_patterns
from transforms.dates import RELATIVE_PATTERN, PartialDate, parse_date, resolve_day
from transforms.document import Dateline
from transforms.lines import Line
from transforms.names import PLACE_PATTERN, is_capitals, is_person, is_place

# The head dateline opens the first paragraph of the body, under headline, subheading, byline and their copies; on a
# page that was not cleaned well, under menus and a teaser, too.
_HEAD_LINES: Final = 8
_MAX_HEAD_LINES: Final = 60
_HEAD_PARAGRAPHS: Final = 3
_PARAGRAPH_CHARACTERS: Final = 80
# No dateline is longer; what is looked at of a line.
_HEAD_CHARACTERS: Final = 200
_BRACKETED: Final = re.compile(r"\((?P<inside>[^()\n]{3,160})\)")
# What a head dateline begins with, to pass over most lines without trying every form: a bracket, a day, or one to three
# words (and a region) before a day, an agency, a bracket, slash or dash.
_BEGINNING: Final = re.compile(
    rf"\(|\d|{RELATIVE_PATTERN}|(?P<place>{PLACE_PATTERN})\s?"
    rf"(?:[(/–—\d]|--?\s|[,.]\s?(?:[(/–—\d-]|{RELATIVE_PATTERN}|(?P<name>\w)))"
)
_BEGINS_BODY: Final = re.compile(r"[\s«»\"“”„'‘(\[—–-]*(?P<first>\S|\Z)")
_FOOT_LINES: Final = 3
# A dateline's parts are short; a sentence at the foot is not one.
_MAX_FOOT_LINE: Final = 80
_MAX_PARTS: Final = 5
# A byline and its agency stand right over the dateline.
_BYLINE_LINES: Final = 3
# «2024 ел, 3 июнь»: the year has a comma of its own.
_YEAR_ALONE: Final = re.compile(r"\d{4}\s(?:ел|йыл|жыл)")
_QUOTED: Final = re.compile(r"[«\"“„](?P<name>[^«»\"“”„]{2,60})[»\"”“]")


def find_dateline(lines: Sequence[Line], published: date | None = None) -> Dateline | None:
    """The dateline of a text given as its lines (kept ones and agency signatures), or None.

    «Вчера» and weekdays are days only where the day of publication is known.
    """
    return _at_head(lines, published) or _at_foot(lines, published)


def _at_head(lines: Sequence[Line], published: date | None) -> Dateline | None:
    paragraphs = 0
    for i, line in enumerate(lines[:_MAX_HEAD_LINES]):
        if i >= _HEAD_LINES and paragraphs >= _HEAD_PARAGRAPHS:
            break
        paragraphs += len(line.text) >= _PARAGRAPH_CHARACTERS
        text = " ".join(line.text[:_HEAD_CHARACTERS].split())
        if not _may_begin(text):
            continue
        match = _BRACKETED.match(text)
        if match and (found := _read_parts(match["inside"].split(","), published)):
            return found
        for pattern in head_patterns(text):
            found = _read(pattern, text, published, whole=False)
            if found and (i + 1 < len(lines) or len(text) > len(pattern.form)):
                return _with_reporter(found, lines[max(i - _BYLINE_LINES, 0) : i])
    return None


def _may_begin(text: str) -> bool:
    match = _BEGINNING.match(text)
    if not match or not match["place"]:
        return match is not None
    return match["place"][0].isupper() and not (match["name"] and match["name"].islower() and "," in match[0])


def _at_foot(lines: Sequence[Line], published: date | None) -> Dateline | None:
    # At least one line above it: a text that is nothing but a dateline has no foot.
    for count in range(min(_FOOT_LINES, len(lines) - 1), 0, -1):
        foot = [line.text for line in lines[-count:]]
        if any(len(line) > _MAX_FOOT_LINE for line in foot):
            continue
        parts = [part for line in foot for part in line.split(",")]
        if len(parts) <= _MAX_PARTS and (found := _read_parts(parts, published)) and found.date:
            return found
    last = " ".join(lines[-1].text.split()) if len(lines) > 1 else ""
    if len(last) > _MAX_FOOT_LINE or not _may_begin(last):
        return None
    for pattern in FOOT_PATTERNS:
        found = _read(pattern, last, published, whole=True)
        if found and found.agency and (found.reporter or (found.place and found.date)):
            return found
    return None


def _read(pattern: Pattern, text: str, published: date | None, *, whole: bool) -> Dateline | None:
    """The dateline that a form finds at the beginning of the text, or over the whole of it."""
    read = pattern.read(text, whole=whole)
    if read is None:
        return None
    fields, end = read
    # A form that ends in the middle of a sentence was none: the body begins with a capital, a quotation or a number.
    body = _BEGINS_BODY.match(text, end)
    if not whole and body and body["first"].islower():
        return None
    place = fields.get("place") or fields.get("capitals")
    agency = fields.get("agency")
    reporter = fields.get("reporter")
    day = parse_date(fields["date"]) if "date" in fields else None
    if "relative" in fields and published:
        day = resolve_day(fields["relative"], published)
    sound = (
        (place is None or (is_place(place) and not agency_of(place)))
        and ("capitals" not in fields or is_capitals(fields["capitals"]))
        and (agency is None or all(map(agency_of, re.split(r"/", agency))))
        and (reporter is None or is_person(reporter))
        and (day is not None or "date" not in fields)
        # Without an agency the day must be there.
        and (agency is not None or day is not None)
    )
    return _dateline(place, day, agency, reporter) if sound else None


def _read_parts(parts: Iterable[str], published: date | None) -> Dateline | None:
    """The dateline that the parts make, or None unless each part is told, and a place and an agency are there.

    A quoted name that is no agency we know is one only beside a date and a reporter: «Мосфильм» is not.
    """
    place: str | None = None
    day: PartialDate | None = None
    agency: str | None = None
    reporter: str | None = None
    is_known = True
    year = ""
    for raw in parts:
        part = f"{year}{raw}".strip(" .\t")
        year = ""
        quoted = _QUOTED.fullmatch(part)
        if day is None and (found := _day(part, published)):
            day = found
        elif agency is None and (known := agency_of(part)):
            agency = known
        elif agency is None and quoted:
            agency, is_known = quoted["name"].strip(), False
        elif day is None and _YEAR_ALONE.fullmatch(part):
            year = f"{part},"
        elif place is None and reporter is None and is_place(part):
            place = part
        elif reporter is None and agency and is_person(part):
            reporter = part
        else:
            return None
    if year or not place or not agency or not (is_known or (day and reporter)):
        return None
    return _dateline(place, day, agency, reporter)


def _with_reporter(found: Dateline, above: Sequence[Line]) -> Dateline:
    """The dateline with the reporter of the agency's byline over it: a name, and the agency below the name."""
    if found.reporter or not found.agency:
        return found
    for name, agency in pairwise(above):
        authors = authors_of(name.text)
        if len(authors) == 1 and agency_of(agency.text):
            return replace(found, reporter=authors[0])
    return found


def _day(text: str, published: date | None) -> PartialDate | None:
    return parse_date(text) or (resolve_day(text, published) if published else None)


def _dateline(place: str | None, day: PartialDate | None, agency: str | None, reporter: str | None) -> Dateline:
    return Dateline(
        place=place,
        date=day.edtf if day else None,
        year=day.year if day else None,
        month=day.month if day else None,
        day=day.day if day else None,
        agency=agency,
        reporter=reporter,
    )
