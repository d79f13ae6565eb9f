"""Dates as news texts write them and as metadata give them. Nothing is invented: what is not there is None."""

import re
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final, Literal, NamedTuple

# Month names as they stand beside a day, January first: full forms, then short ones, which may have a dot. The full
# form comes in the genitive, the nominative (on pages of calendars) and, after a year, the possessive. A new language
# is one line. Croatian is not here: its `listopad` is October, in Polish November.
MONTHS: Final[dict[str, tuple[str, ...]]] = {
    language: tuple(names.split())
    for language, names in {
        "ba": "ғинуар/ғинуары февраль/феврале март/марты апрель/апреле май/майы июнь/июне июль/июле август/авгусы "
        "сентябрь/сентябре октябрь/октябре ноябрь/ноябре декабрь/декабре",
        "be": "студзеня/студзень/студз/сту лютага/люты/лют сакавіка/сакавік/сак красавіка/красавік/крас/кра мая/май "
        "чэрвеня/чэрвень/чэрв/чэр ліпеня/ліпень/ліп жніўня/жнівень/жн/жні верасня/верасень/вер "
        "кастрычніка/кастрычнік/кастр/кас лістапада/лістапад/ліст/ліс снежня/снежань/снеж/сне",
        "bg": "януари/ян февруари/февр/фев март/мар април/апр май юни юли август/авг септември/септ/сеп октомври/окт "
        "ноември/ноем/ное декември/дек",
        "cs": "ledna/leden února/únor března/březen dubna/duben května/květen června/červen července/červenec "
        "srpna/srpen září října/říjen listopadu/listopad prosince/prosinec",
        "en": "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep "
        "october/oct november/nov december/dec",
        "kk": "қаңтар/қаң ақпан/ақп наурыз/нау сәуір/сәу мамыр/мам маусым/мау шілде/шіл тамыз/там қыркүйек/қыр "
        "қазан/қаз қараша/қар желтоқсан/жел",
        "ky": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        "mk": "јануари февруари март април мај јуни јули август септември октомври ноември декември",
        "pl": "stycznia/styczeń/stycz/sty lutego/luty/lut marca/marzec/mar kwietnia/kwiecień/kwiet/kwi maja/maj "
        "czerwca/czerwiec/czerw/cze lipca/lipiec/lip sierpnia/sierpień/sierp/sie września/wrzesień/wrzes/wrz "
        "października/październik/paźdz/paź listopada/listopad/listop/lis grudnia/grudzień/grudz/gru",
        "ru": "января/январь/янв февраля/февраль/февр/фев марта/март/мар апреля/апрель/апр мая/май июня/июнь/июн "
        "июля/июль/июл августа/август/авг сентября/сентябрь/сент/сен октября/октябрь/окт ноября/ноябрь/нояб/ноя "
        "декабря/декабрь/дек",
        "sk": "januára/január februára/február marca/marec apríla/apríl mája/máj júna/jún júla/júl "
        "augusta/august septembra/september októbra/október novembra/november decembra/december",
        "sl": "januarja/januar februarja/februar marca/marec aprila/april maja/maj junija/junij julija/julij "
        "avgusta/avgust septembra/september oktobra/oktober novembra/november decembra/december",
        "sr": "јануара/јануар/јан фебруара/фебруар/феб марта/март/мар априла/април/апр маја/мај јуна/јун/јуни "
        "јула/јул/јули августа/август/авг септембра/септембар/септ/сеп октобра/октобар/окт новембра/новембар/нов "
        "децембра/децембар/дец",
        "sr-Latn": "januara/januar/jan februara/februar/feb marta/mart/mar aprila/april/apr maja/maj juna/jun/juni "
        "jula/jul/juli avgusta/avgust/avg septembra/septembar/sept/sep oktobra/oktobar/okt novembra/novembar/nov "
        "decembra/decembar/dec",
        "tt": "гыйнвар/гыйнваре/гыйнвары февраль/феврале март/марты апрель/апреле май/мае июнь/июне июль/июле "
        "август/августы сентябрь/сентябре октябрь/октябре ноябрь/ноябре декабрь/декабре",
        "uk": "січня/січень/січ лютого/лютий/лют березня/березень/бер квітня/квітень/квіт/кві травня/травень/трав/тра "
        "червня/червень/черв/чер липня/липень/лип серпня/серпень/серп/сер вересня/вересень/вер "
        "жовтня/жовтень/жовт/жов листопада/листопад/лист/лис грудня/грудень/груд/гру",
    }.items()
}
_MONTH_NUMBER: Final = {
    form: number for names in MONTHS.values() for number, forms in enumerate(names, 1) for form in forms.split("/")
}
# Days of the week, Monday first, as they stand beside a date.
WEEKDAYS: Final[dict[str, tuple[str, ...]]] = {
    language: tuple(names.split())
    for language, names in {
        "ba": "дүшәмбе шишәмбе шаршамбы кесаҙна йома шәмбе йәкшәмбе",
        "be": "панядзелак аўторак серада чацвер пятніца субота нядзеля",
        "bg": "понеделник вторник сряда четвъртък петък събота неделя",
        "cs": "pondělí úterý středa čtvrtek pátek sobota neděle",
        "en": "monday tuesday wednesday thursday friday saturday sunday",
        "en, short": "mon tue wed thu fri sat sun",
        "kk": "дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі",
        "pl": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
        "ru": "понедельник вторник среда четверг пятница суббота воскресенье",
        "ru, short": "пн вт ср чт пт сб вс",
        "sr": "понедељак уторак среда четвртак петак субота недеља",
        "sr-Latn": "ponedeljak utorak sreda četvrtak petak subota nedelja",
        "tt": "дүшәмбе сишәмбе чәршәмбе пәнҗешәмбе җомга шимбә якшәмбе",
        "uk": "понеділок вівторок середа четвер п'ятниця субота неділя",
    }.items()
}
_WEEKDAY_NUMBER: Final = {name: number for names in WEEKDAYS.values() for number, name in enumerate(names)}
# Words for a day, by how many days it is before the one on which they were written.
_DAYS_AGO: Final[dict[str, int]] = {
    word: days
    for days, words in {
        0: "сегодня сёння сьогодні бүген бөгөн бүгін бүгүн днес данас danas dziś dzisiaj dnes today",
        1: "вчера учора вчора кичә кисә кеше кечээ вчера јуче juče јучер jučer wczoraj včera yesterday",
    }.items()
    for word in words.split()
}


def one_of(words: Iterable[str]) -> str:
    """The pattern of one of these words, the longest that fits."""
    return "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))


_MONTH: Final = rf"(?:{one_of(_MONTH_NUMBER)})(?!\w)\.?"
_YEAR: Final = r"\d{4}"
# «2019 г.», «2019 року», «2019 жыл», `2019 r.`; in front of the day with an ending of its own: «2024 елның 17 мае».
_YEAR_WORD: Final = r"(?:г|год|года|году|року|рік|р|ел|жыл|ж|йыл|й|године|год|г|roku|r|godine|god|g)(?!\w)\.?"
_YEAR_BEFORE: Final = r"(?:г\.|год|ел|елның|жыл|жылғы|жылдың|жылы|ж\.|йыл|йылдың|й\.)"
_DATE_FORMS: Final = (
    (
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\.\s?|\s|-)(?P<month>{_MONTH})"
        rf"(?:,?\s(?P<year>{_YEAR})(?:\s?{_YEAR_WORD}|\.)?)?"
    ),
    rf"(?P<year>{_YEAR})\s{_YEAR_BEFORE},?\s(?P<day>\d{{1,2}})(?:\s|-)(?P<month>{_MONTH})",
    rf"(?P<month>{_MONTH})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<year>{_YEAR}))?",
    rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>{_YEAR})(?:\s?г\.|\.)?",
    rf"(?P<year>{_YEAR})[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)",
    rf"(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})/(?P<year>{_YEAR})",
)
_DATES: Final = tuple(re.compile(form, re.IGNORECASE) for form in _DATE_FORMS)
# For the patterns of datelines: what may be a date, and words that are one only beside a known day. White space is
# single in what they are given.
DATE_PATTERN: Final = "(?i:{})(?!\\w)".format("|".join(re.sub(r"\?P<\w+>", "?:", form) for form in _DATE_FORMS))
RELATIVE_PATTERN: Final = rf"(?i:{one_of({*_DAYS_AGO, *_WEEKDAY_NUMBER})})(?!\w)"
WEEKDAY_PATTERN: Final = rf"(?i:{one_of(_WEEKDAY_NUMBER)})(?!\w)\.?"

# From September 2001 on: fewer digits are a year or a day more often than a time.
_UNIX_TIME: Final = re.compile(r"1\d{9}|1\d{12}")
# Day first in Europe, month first in America: known where one of them is no month.
_SLASHED: Final = re.compile(r"\d{1,2}/\d")
_MONTHS_A_YEAR: Final = 12
# A leap year, to judge 29 February where the text names no year.
_ANY_LEAP_YEAR: Final = 2000
# No date is longer, with its weekday, time and zone; a bound for texts under the name of a date.
_MAX_CHARACTERS: Final = 80
_HALF_OF_DAY: Final = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
# Without a year a time is none.
_DIGITS: Final = re.compile(r"\d{4}")
# Between a date and its time: `17 мая 2019, 12:40`, `May 17, 2019 at 2:30 PM`, `17.05.2019 | 12:40`.
_BETWEEN: Final = r"\s?(?:[,|•·—–-]|в|о|у|at|on|o|o godz\.|ve?|u|от)?\s?"
_TIME: Final = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s?(?P<half>[ap])\.?m(?!\w)\.?)?"
    r"(?:\s?\(?(?P<zone>(?:UTC|GMT)?\s?[+−-]\d{1,2}(?::?\d\d)?|(?:(?-i:[A-ZА-Я]{3,4})|utc|gmt|мск|msk)(?!\w))\)?)?"
)
_WEEKDAY_BEHIND: Final = rf"(?:,?\s(?:\({WEEKDAY_PATTERN}\)|{WEEKDAY_PATTERN}))?"
_DATE_AND_TIME: Final = (
    re.compile(
        rf"(?:{WEEKDAY_PATTERN},?\s)?(?P<date>{DATE_PATTERN}){_WEEKDAY_BEHIND}(?:{_BETWEEN}{_TIME})?",
        re.IGNORECASE,
    ),
    re.compile(rf"{_TIME}{_BETWEEN}(?:{WEEKDAY_PATTERN},?\s)?(?P<date>{DATE_PATTERN}){_WEEKDAY_BEHIND}", re.IGNORECASE),
)
# The same somewhere in a line.
_WITHIN: Final = re.compile(
    r"(?<![\w./-])(?:{})(?!\w|[-/]\d)".format(
        "|".join(re.sub(r"\?P<\w+>", "?:", form.pattern) for form in reversed(_DATE_AND_TIME))
    ),
    re.IGNORECASE,
)
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s?(?P<sign>[+−-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?", re.IGNORECASE)
# Hours from UTC, and since when: before the day Moscow had other hours. Names of several zones (CST, EST) are not here.
_ZONES: Final = {
    "UTC": (0, date.min),
    "GMT": (0, date.min),
    "МСК": (3, date(2014, 10, 26)),
    "MSK": (3, date(2014, 10, 26)),
    "CET": (1, date.min),
    "CEST": (2, date.min),
    "EET": (2, date.min),
    "EEST": (3, date.min),
    "EDT": (-4, date.min),
    "PDT": (-7, date.min),
}


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


class Timestamp(NamedTuple):
    """A moment as aware UTC, how exactly it is known, and the zone it was given in (`+03:00`), if it was in one."""

    at: datetime
    precision: Literal["second", "day"]
    zone: str | None = None

    @property
    def day(self) -> date:
        """The day it was in its zone."""
        zone = _named_zone(self.zone, date.max)
        # In the first and the last year there may be no such day in another zone.
        return self.at.astimezone(zone).date() if zone and 1 < self.at.year < MAXYEAR else self.at.date()


def parse_date(text: str) -> PartialDate | None:
    """The date that `text` is, as a whole (`17 мая`, `18 лістапада 2019`, `May 17`, `18.11.2019`), or None."""
    text = " ".join(text.split())
    if len(text) > _MAX_CHARACTERS:
        return None
    match = next((found for form in _DATES if (found := form.fullmatch(text))), None)
    if not match:
        return None
    month = match["month"].lower().rstrip(".")
    # Case-insensitive matching takes `İ` for `i`; lower() does not.
    number = int(month) if month.isdigit() else _MONTH_NUMBER.get(month, 0)
    year = int(match["year"]) if match["year"] else None
    day = int(match["day"])
    if _SLASHED.match(text) and day != number:
        if day <= _MONTHS_A_YEAR and number <= _MONTHS_A_YEAR:
            return None
        day, number = max(day, number), min(day, number)
    try:
        date(_ANY_LEAP_YEAR if year is None else year, number, day)
    except ValueError:
        return None
    return PartialDate(year, number, day)


def is_relative(word: str) -> bool:
    """Whether the word is one for a day that depends on when it was written: `вчера`, `Tuesday`."""
    return word.casefold().rstrip(".") in _WEEKDAY_NUMBER.keys() | _DAYS_AGO.keys()


def resolve_day(word: str, known: date) -> PartialDate | None:
    """The day that a relative word (`вчера`, `Tuesday`) means in a text of the known day; None for other words.

    A weekday is the last one up to the known day.
    """
    word = word.casefold().rstrip(".")
    if word in _WEEKDAY_NUMBER:
        days = (known.weekday() - _WEEKDAY_NUMBER[word]) % 7
    elif word in _DAYS_AGO:
        days = _DAYS_AGO[word]
    else:
        return None
    if days > (known - date.min).days:
        return None
    day = known - timedelta(days=days)
    return PartialDate(day.year, day.month, day.day)


def parse_timestamp(raw: str) -> Timestamp | None:
    """A date or time from metadata or a page, or None where it is none or lacks its year.

    Understands ISO 8601, RFC 5322, Unix time (10 digits of seconds or 13 of milliseconds) and `parse_written`. A time
    without a zone says the day only: to take it for UTC would invent up to fourteen hours.
    """
    text = raw.strip()
    if len(text) > _MAX_CHARACTERS:
        return None
    if _UNIX_TIME.fullmatch(text):
        return Timestamp(datetime.fromtimestamp(int(text[:10]), UTC), "second")
    try:
        moment = datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "+00:00", text))
    except ValueError:
        return parse_written(text) or _in_mail(text)
    return _timestamp(moment, has_time=len(text) > len("2019-11-18"))


def _in_mail(text: str) -> Timestamp | None:
    # The parser for mail knows no halves of the day, and reads `2:30 PM` as the morning.
    if _HALF_OF_DAY.search(text):
        return None
    try:
        return _timestamp(parsedate_to_datetime(text), has_time=True)
    except (ValueError, IndexError, TypeError):
        return None


def parse_written(text: str) -> Timestamp | None:
    """A date in words or digits, with its year, and a time of day before or after it; None for anything else."""
    text = " ".join(text.split())
    if len(text) > _MAX_CHARACTERS or not _DIGITS.search(text):
        return None
    match = next((found for form in _DATE_AND_TIME if (found := form.fullmatch(text))), None)
    day = parse_date(match["date"]) if match else None
    if not match or day is None or not day.year:
        return None
    known = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - its zone, if there is one, comes below
    if not match["hour"]:
        return _timestamp(known, has_time=False)
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0) if 1 <= hour <= 12 else 24
    try:
        known = known.replace(hour=hour, minute=int(match["minute"]), second=int(match["second"] or 0))
        return _timestamp(known.replace(tzinfo=_named_zone(match["zone"], known.date())), has_time=True)
    except ValueError:
        return None


def find_written(text: str) -> Iterator[tuple[int, int, Timestamp]]:
    """What `parse_written` understands, wherever it stands in a line: start, end and what it is, in their order."""
    if _DIGITS.search(text):
        for match in _WITHIN.finditer(text):
            if stamp := parse_written(match[0]):
                yield match.start(), match.end(), stamp


def _named_zone(name: str | None, day: date) -> timezone | None:
    if not name:
        return None
    if match := _OFFSET.fullmatch(name.strip()):
        minutes = 60 * int(match["hours"]) + int(match["minutes"] or 0)
        return timezone(timedelta(minutes=minutes if match["sign"] == "+" else -minutes))
    hours, since = _ZONES.get(name.upper(), (None, date.min))
    return timezone(timedelta(hours=hours)) if hours is not None and day >= since else None


def _timestamp(moment: datetime, *, has_time: bool) -> Timestamp | None:
    offset = moment.utcoffset()
    if not has_time or offset is None:
        return Timestamp(datetime(moment.year, moment.month, moment.day, tzinfo=UTC), "day")
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    try:
        return Timestamp(moment.astimezone(UTC), "second", f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}")
    except OverflowError:
        return None
