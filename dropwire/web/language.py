"""The texts of the interface, in each of its languages; numbers, dates and names of languages as these write them.

A catalogue is a folder of TOML files below `messages/`, one file a page: the message `results` of `search.toml` is
`search.results`. A message with a number in it is a table of plural forms (`one`, `few`, `many`, `other`, as CLDR
names them), and the number is `{n}`. All catalogues have the same keys and the same placeholders; a test holds them to
it.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from markupsafe import Markup, escape

from transforms.document import Dateline, Publication

DEFAULT: Final = "en"
# What each calls itself.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "ru": "Русский", "be": "Беларуская"}

Message = str | Mapping[str, str]
_NARROW_SPACE: Final = "\u202f"
_NO_BREAK_SPACE: Final = "\u00a0"
_ACCEPTED: Final = re.compile(r"\s*([A-Za-z]{2,3})(?:-[\w-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")


def _english(n: int) -> str:
    return "one" if n == 1 else "other"


def _east_slavic(n: int) -> str:
    """Russian and Belarusian (CLDR 46): 1, 21, 31 … one; 2 to 4, 22 to 24 … few; all else many."""
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if n % 10 in {2, 3, 4} and n % 100 not in {12, 13, 14} else "many"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a language writes numbers, and which plural forms it has."""

    plural: Callable[[int], str]
    forms: tuple[str, ...]
    thousands: str
    # Numbers below it are written without the separator.
    separated_from: int
    decimal: str
    percent: str


_SLAVIC: Final = Habits(_east_slavic, ("one", "few", "many"), _NARROW_SPACE, 10_000, ",", f"{_NO_BREAK_SPACE}%")
HABITS: Final[Mapping[str, Habits]] = {
    "en": Habits(_english, ("one", "other"), ",", 1_000, ".", "%"),
    "ru": _SLAVIC,
    "be": _SLAVIC,
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of the interface in one language. Called with a key and values, it gives the text."""

    language: str
    messages: Mapping[str, Message]

    def __call__(self, key: str, **values: Any) -> str:
        """The message with its placeholders filled in; numbers as the language writes them.

        Where a value is markup (a link, say), so is the answer, and all else in it is escaped. Raises KeyError for a
        key or a placeholder that is not there: a mistake in a template, not in the data.
        """
        message = self.messages[key]
        if not isinstance(message, str):
            message = message[HABITS[self.language].plural(int(values["n"]))]
        shown = {name: self._shown(value) for name, value in values.items()}
        if any(isinstance(value, Markup) for value in shown.values()):
            return escape(message).format(**shown)
        return message.format(**shown) if values else message

    def named(self, group: str, code: str) -> str:
        """The text for a code of an open list (`reasons`, `origins`); the code itself where nobody has named it."""
        message = self.messages.get(f"{group}.{code}")
        return message if isinstance(message, str) else code

    def codes(self, group: str) -> list[str]:
        """The codes that a group names."""
        return [key.partition(".")[2] for key in self.messages if key.startswith(f"{group}.")]

    def number(self, n: float, digits: int = 0) -> str:
        """A number: 1,234.5 or 12 345,6."""
        habits = HABITS[self.language]
        text = f"{n:,.{digits}f}" if abs(n) >= habits.separated_from else f"{n:.{digits}f}"
        whole, _, fraction = text.partition(".")
        return whole.replace(",", habits.thousands).replace("-", "−") + (habits.decimal + fraction if fraction else "")

    def share(self, part: float, digits: int = 0) -> str:
        """A share, 0 to 1, as a percentage."""
        return self.number(part * 100, digits) + HABITS[self.language].percent

    def day(self, day: date) -> str:
        """A day with the name of its month: 18 November 2019."""
        return self("dates.day", day=str(day.day), month=self(f"months.{day.month}"), year=str(day.year))

    def short_day(self, day: date) -> str:
        """A day in a narrow column: 18 Nov."""
        return self("dates.short_day", day=str(day.day), month=self(f"months_short.{day.month}"))

    def month(self, month: str) -> str:
        """A month that is written 2019-11: November 2019."""
        year, _, number = month.partition("-")
        return self("dates.month", month=self(f"months_alone.{int(number)}"), year=year)

    def moment(self, moment: datetime) -> str:
        """A time, aware, as UTC to the minute."""
        at = moment.astimezone(UTC)
        return self("dates.moment", day=self.day(at), time=f"{at:%H:%M}")

    def published(self, publication: Publication) -> str:
        """A publication as exactly as it is known."""
        return self.day(publication.at) if publication.precision == "day" else self.moment(publication.at)

    def dateline_date(self, dateline: Dateline) -> str:
        """The date of a dateline, as far as the text gives it: `17 May, no year given`. Empty where it gives none."""
        year, month, day = dateline.year, dateline.month, dateline.day
        if month is None or day is None:
            return dateline.date or ""
        name = self(f"months.{month}")
        if year is None:
            return self("dates.day_without_year", day=str(day), month=name)
        return self("dates.day", day=str(day), month=name, year=str(year))

    def language_name(self, tag: str) -> str:
        """The name of a language by its BCP 47 tag; the tag where nobody has named it, its script in brackets."""
        whole = self.messages.get(f"languages.{tag}")
        if isinstance(whole, str):
            return whole
        language, _, script = tag.partition("-")
        name = self.named("languages", language)
        return f"{name} ({self.named('scripts', script)})" if script else name

    def _shown(self, value: Any) -> Any:
        return self.number(value) if isinstance(value, int | float) else value


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of one of LANGUAGES."""
    folder = resources.files("dropwire.web").joinpath("messages", language)
    messages: dict[str, Message] = {}
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            page = file.name.removesuffix(".toml")
            for key, message in tomllib.loads(file.read_text(encoding="utf-8")).items():
                messages[f"{page}.{key}"] = message
    return Catalogue(language, messages)


def chosen(wanted: str | None, accept_language: str) -> str:
    """The language for a visitor: the one he chose, else the first of his browser's that we have, else English."""
    if wanted and wanted in LANGUAGES:
        return wanted
    accepted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        if match := _ACCEPTED.fullmatch(part):
            accepted.append((-float(match[2] or 1), place, match[1].lower()))
    return next((tag for weight, _, tag in sorted(accepted) if tag in LANGUAGES and weight), DEFAULT)


def html_language(tag: str) -> str:
    """What the attribute `lang` says: the tag; nothing where no language can be told (HTML's word for unknown)."""
    return "" if tag in {"", "und"} else tag
