"""Dates as news texts write them and as metadata give them. Nothing is invented: what is not there is None."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

# Month names as they stand beside a day (the genitive where the language has one). A new language is one line.
MONTHS: dict[str, tuple[str, ...]] = {
    "ba": tuple("ғинуар февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()),
    "be": tuple(
        "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня".split()
    ),
    "bg": tuple("януари февруари март април май юни юли август септември октомври ноември декември".split()),
    "en": tuple("january february march april may june july august september october november december".split()),
    "kk": tuple("қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан".split()),
    "ru": tuple("января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()),
    "tt": tuple("гыйнвар февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()),
    "uk": tuple("січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня".split()),
}
_MONTH_NUMBER = {name: number for names in MONTHS.values() for number, name in enumerate(names, 1)}
_IN_WORDS = re.compile(
    rf"(?P<day>\d{{1,2}})\s+(?P<month>{'|'.join(sorted(_MONTH_NUMBER, key=len, reverse=True))})"
    r"(?:\s+(?P<year>\d{4}))?(?:\s*(?:г|года|году|р|року|ел|ж|й)\b\.?)?",
    re.IGNORECASE,
)
_IN_DIGITS = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})")
# From September 2001 on: fewer digits are a year or a day more often than a time.
_UNIX_TIME = re.compile(r"1\d{9}|1\d{12}")
# A leap year, to judge 29 February where the text names no year.
_ANY_LEAP_YEAR = 2000


class PartialDate(NamedTuple):
    """A day and a month, and the year where it is known."""

    year: int | None
    month: int
    day: int

    @property
    def edtf(self) -> str:
        """The date in EDTF (ISO 8601-2): `2019-11-18`, or `XXXX-05-17` without a year."""
        year = "XXXX" if self.year is None else f"{self.year:04d}"
        return f"{year}-{self.month:02d}-{self.day:02d}"


def parse_date(text: str) -> PartialDate | None:
    """The date that `text` is, as a whole (`17 мая`, `18 лістапада 2019`, `18.11.2019`), or None."""
    match = _IN_WORDS.fullmatch(text.strip()) or _IN_DIGITS.fullmatch(text.strip())
    if not match:
        return None
    month = match["month"].lower()
    # Case-insensitive matching takes `İ` for `i`; lower() does not.
    number = int(month) if month.isdigit() else _MONTH_NUMBER.get(month, 0)
    year = int(match["year"]) if match["year"] else None
    try:
        date(_ANY_LEAP_YEAR if year is None else year, number, int(match["day"]))
    except ValueError:
        return None
    return PartialDate(year, number, int(match["day"]))


def parse_timestamp(raw: str) -> tuple[datetime, bool] | None:
    """A date or time from metadata as aware UTC, and whether the time of day is known.

    Understands ISO 8601, RFC 5322 and Unix time (10 digits of seconds or 13 of milliseconds). A time without a zone
    says the day only: to take it for UTC would invent up to fourteen hours. None where `raw` is no date.
    """
    text = raw.strip()
    if _UNIX_TIME.fullmatch(text):
        seconds = int(text[:10])
        return datetime.fromtimestamp(seconds, UTC), True
    try:
        moment = datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "+00:00", text))
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError):
            return None
    has_time = len(text) > len("2019-11-18") and moment.tzinfo is not None
    if not has_time:
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC), False
    try:
        return moment.astimezone(UTC), True
    except OverflowError:
        return None
