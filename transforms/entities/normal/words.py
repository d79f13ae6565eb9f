"""A name as words: where they stand in it, whether they can decline, and how an ending is put on a word."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Shape = Literal["lower", "title", "upper", "mixed"]

# Letters, with apostrophes between them (`О'Лири`, `Солов'янка`); combining marks belong to their letter.
_WORD: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]|['’ʼ`](?=[^\W\d_]))*")
_OPENING: Final = '«„“"‚‘'
_CLOSING: Final = '»”“"‘’'

_HYPHENS: Final = frozenset("-‐‑")
_PREPOSITIONS: Final = frozenset({"на", "над", "под", "пад", "під", "nad", "pod"})
# What follows one of these inside a name depends on it, and stays as it is: «Музей у Львові імені Андрея Шептицького».
_GOVERNING: Final[dict[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "be": "у ў на па пры пад над з са для аб супраць імя ім",
        "cs": "v ve na pro při pod nad s se z ze u proti",
        "pl": "w we na do po przy pod nad z ze dla im imienia ds spraw",
        "ru": "в во на по при под над с со из для за о об от против имени им памяти",
        "sk": "v vo na pre pri pod nad s so z zo u o proti",
        "sl": "v na za pri pod nad s z iz proti",
        "sr": "у на за при под над с са из против",
        "sr-Latn": "u na za pri pod nad s sa iz protiv",
        "uk": "у в на по при під над з із зі для про проти імені ім",
    }.items()
}

CYRILLIC_LANGUAGES: Final = frozenset({"ru", "uk", "be", "bg", "sr", "kk", "tt", "ba"})
_CYRILLIC: Final = re.compile(r"[\u0400-\u052f'’ʼ`]+")
_LATIN: Final = re.compile(r"[A-Za-z\u00aa-\u024f'’ʼ`]+")


def script_of(language: str) -> Literal["cyrillic", "latin"]:
    """The script that a language is written in."""
    return "cyrillic" if language in CYRILLIC_LANGUAGES else "latin"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name: its offsets in the name, its text and its lower case of the same length.

    `quoted`: it stands in quotation marks, `titled`: and other words before them, as in `газете «Правда»`, so that it
    is the title of a thing, which stays as it is. `joined`: a hyphen joins it to the word before. `declinable`: it may
    have an ending (see split_words).
    """

    start: int
    end: int
    text: str
    lower: str
    quoted: bool
    titled: bool
    joined: bool
    declinable: bool

    @property
    def shape(self) -> Shape:
        """How it is capitalised."""
        if self.text.islower():
            return "lower"
        if self.text.isupper():
            return "upper"
        return "title" if self.text[1:].islower() else "mixed"


def split_words(name: str, language: str, *, capitals: bool) -> list[Word]:
    """The words of `name`, hyphenated ones in their parts.

    A word cannot decline where it is an initial, an acronym, in another script than its language, in the quoted title
    of a thing, or after a preposition (`Ростов-на-Дону`, «Институт имени Курчатова»). `capitals`: the whole line is in
    capitals, so that capitals alone make no acronym.
    """
    script = _CYRILLIC if script_of(language) == "cyrillic" else _LATIN
    governing = _GOVERNING.get(language, frozenset())
    words: list[Word] = []
    unquoted = depends = False
    for found in _WORD.finditer(name):
        text = found.group()
        lower = text.lower()
        quoted = _is_quoted(name, found.start(), found.end())
        titled = quoted and unquoted
        initial = len(text) < 2 or (name[found.end() : found.end() + 1] == "." and len(text) < 3)
        acronym = text.isupper() and not capitals
        joined = bool(words) and name[words[-1].end : found.start()] in _HYPHENS
        governed = joined and len(words) > 1 and words[-1].joined and words[-1].lower in _PREPOSITIONS
        # In small letters: «В» may open a title, and «Им» is a name.
        depends = depends or (bool(words) and text in governing)
        declinable = (
            not (titled or initial or acronym or governed or depends)
            and len(lower) == len(text)
            and bool(script.fullmatch(text))
        )
        words.append(Word(found.start(), found.end(), text, lower, quoted, titled, joined, declinable))
        unquoted = unquoted or not quoted
    return words


def _is_quoted(name: str, start: int, end: int) -> bool:
    """Whether a quotation mark opens before `start` and one closes after `end`."""
    return any(mark in _OPENING for mark in name[:start]) and any(mark in _CLOSING for mark in name[end:])


def with_ending(word: str, strip: int, add: str) -> str:
    """`word` with its last `strip` letters replaced by `add`, in capitals where the word is."""
    kept = word[: len(word) - strip]
    return kept + (add.upper() if len(word) > 1 and word.isupper() else add)


def put_together(name: str, words: list[Word], forms: list[str]) -> str:
    """`name` with each of its words replaced, white space collapsed."""
    parts = []
    last = 0
    for word, form in zip(words, forms, strict=True):
        parts += [name[last : word.start], form]
        last = word.end
    return " ".join("".join([*parts, name[last:]]).split())


def in_capitals(line: str) -> bool:
    """Whether a line is written in capitals, as headlines are: at least four words, none of them in lower case."""
    words = _WORD.findall(line)
    return len(words) >= 4 and not any(any(map(str.islower, word)) for word in words)


def text_words(text: str) -> list[str]:
    """The words of a running text."""
    return _WORD.findall(text)
