"""The forms of datelines: a table in a small language, and the reader of that language.

`Place`, `PLACE` (in capitals), `date`, `agency`, `reporter` stand for themselves, `credit` for agency and reporter in
any order; `-` is any dash; `{x|y}` is one of two, `[x|y]` that or nothing; `~` is the full stop, colon or dash that a
dateline may end with, `!` one that it must end with. A space may be missing; other signs are themselves. A new style is
one line.
"""

import re
from dataclasses import dataclass
from typing import Final

from transforms.agencies import AGENCY_PATTERN
from transforms.dates import DATE_PATTERN, RELATIVE_PATTERN, WEEKDAY_PATTERN
from transforms.names import PERSON_PATTERN, PLACE_PATTERN

# Each with those who write so; others do, too. The first that fits counts.
HEAD: Final = (
    # ТАСС, Укрінформ, Кабар, Башинформ, ҚазАқпарат, БТА, СРНА: «МОСКВА, 17 мая. /ТАСС/.»
    "Place[,|.] date[.|,] /credit/~",
    # БЕЛТА: «18 лістапада, Мінск /Кар. БЕЛТА/.»
    "date, Place[,|.] /credit/~",
    # Reuters, Xinhua, AFP, PAP, ČTK, Танјуг, БТА: "LONDON, May 17 (Reuters) -", «Praha 17. května (ČTK) -»
    "Place[,|.] date[.|,] (credit)~",
    # PAP: «17.05.2024 Kraków (PAP) –»
    "date[,] Place (credit)~",
    # РИА Новости, Sputnik, РБК-Україна, ANSA, Kyodo: «МОСКВА, 17 мая — РИА Новости, Анна Лебедева.»
    "Place[,|.] date[.|,] - [(]agency[, reporter][)]!",
    # REGNUM: «Вашингтон, 25 января 2021, 08:51 — REGNUM»
    "Place, date - agency~",
    # Interfax: «Москва. 17 мая. INTERFAX.RU -»; УНІАН: «КИЇВ. 17 травня. УНІАН.»; БелаПАН: «Мінск, 12 лютага, БелаПАН.»
    "Place. date. agency[, reporter]!",
    "Place, date{,|.} agency[, reporter]!",
    # PAP, Татар-информ: «PAP, Warszawa, 17.05.2024»
    "agency, Place, date!",
    # AP, Бета, PAP: "NEW YORK (AP) —"
    "Place (credit) -",
    # Казинформ: «АСТАНА. КАЗИНФОРМ —»; БелаПАН: «Минск. БЕЛТА.»
    "Place{.|,} agency!",
    # Tanjug, Mina: "BEOGRAD - Tanjug -"
    "PLACE - agency -",
    # БелаПАН: «17 мая, БелаПАН.»
    "date{,|.} agency!",
    # Whoever keeps the place and the day, and no name: «МОСКВА, 17 мая —»
    "PLACE, date[.] -",
    "PLACE, date.",
    # News in brief: "(Reuters) -"
    "(agency) -",
)
# PAP: «Jan Krasny (PAP)»
FOOT: Final = ("reporter (agency)[.]",)

# After «Корр.» the name of the reporter follows the agency's without a comma.
_CORR: Final = r"(?i:корр|кар|кор|спецкорр|correspondent|dopisnik|дописник)\b\.?"
_DASH: Final = r"[-–—−]{1,2}"
_QUOTE: Final = '[«»"“”„]?'
_END: Final = rf"(?:[.:,]?\s?{_DASH}|[.:]|,(?=\s?\Z))"
_AGENCY: Final = (
    rf"(?:(?:ИА|АА|IA)\s)??{_QUOTE}(?P<agency>{AGENCY_PATTERN}(?:[/–-]{AGENCY_PATTERN})?)(?![\w]|-\w){_QUOTE}"
)
_REPORTER: Final = rf"(?P<reporter>{PERSON_PATTERN})(?!\w)"
_WORDS: Final = {
    "Place": rf"(?P<place>{PLACE_PATTERN})(?!\w)",
    "PLACE": rf"(?P<capitals>{PLACE_PATTERN})(?!\w)",
    "date": (
        rf"(?:{WEEKDAY_PATTERN},?\s)?(?:(?P<date>{DATE_PATTERN})|(?P<relative>{RELATIVE_PATTERN}))"
        rf"(?:,?\s(?:\({WEEKDAY_PATTERN}\)|{WEEKDAY_PATTERN}|\d\d[:.]\d\d))?"
    ),
    "agency": _AGENCY,
    "reporter": _REPORTER,
    "credit": "(?:{})".format(
        "|".join(
            (
                rf"{_AGENCY}(?:(?:,|\s?{_DASH}|:)\s?{_REPORTER})?",
                rf"{_CORR}\s{_AGENCY}(?:,?\s{_REPORTER})?",
                rf"(?:{_CORR}\s)?{_REPORTER}\s?(?:,|/|{_DASH})\s?{_AGENCY}",
            )
        )
    ),
    "~": f"{_END}?",
    "!": _END,
    "-": _DASH,
    " ": r"\s?",
    "{": "(?:",
    "[": "(?:",
    "|": "|",
    "}": ")",
    "]": ")?",
}
_TOKEN: Final = re.compile("|".join(map(re.escape, _WORDS)) + "|.")
_GROUP: Final = re.compile(r"\(\?P<(\w+)>")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of dateline, compiled."""

    form: str
    regex: re.Pattern[str]

    @classmethod
    def of(cls, form: str) -> "Pattern":
        """Compile a form. A field that stands in two alternatives gets a number behind its name."""
        source = "".join(_WORDS.get(token, re.escape(token)) for token in _TOKEN.findall(form))
        counts: dict[str, int] = {}

        def numbered(match: re.Match[str]) -> str:
            counts[match[1]] = counts.get(match[1], 0) + 1
            return f"(?P<{match[1]}_{counts[match[1]]}>"

        return cls(form, re.compile(_GROUP.sub(numbered, source)))

    def read(self, text: str, *, whole: bool) -> tuple[dict[str, str], int] | None:
        """The fields of a dateline at the beginning of `text`, or over the `whole` of it, and where it ends."""
        match = self.regex.fullmatch(text) if whole else self.regex.match(text)
        if not match:
            return None
        return {name.rpartition("_")[0]: value for name, value in match.groupdict().items() if value}, match.end()


_HEAD_PATTERNS: Final = tuple(map(Pattern.of, HEAD))
_FIRST_DIGIT: Final = tuple(pattern for pattern in _HEAD_PATTERNS if pattern.form.startswith("date"))
_FIRST_BRACKET: Final = tuple(pattern for pattern in _HEAD_PATTERNS if pattern.form.startswith("("))
_FIRST_LETTER: Final = tuple(pattern for pattern in _HEAD_PATTERNS if pattern not in _FIRST_BRACKET)
FOOT_PATTERNS: Final = tuple(map(Pattern.of, (*HEAD, *FOOT)))


def head_patterns(text: str) -> tuple[Pattern, ...]:
    """The forms that a text may begin with, by its first sign. `24.kg` never begins a dateline."""
    return _FIRST_DIGIT if text[0].isdigit() else _FIRST_BRACKET if text[0] == "(" else _FIRST_LETTER
