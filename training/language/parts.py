"""The kinds of word lists that a language's lexicon is mixed from, one small class a kind.

Each reads itself from a `Shelf`: the fetched packages and the lexicons made so far.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from training.language.estimate import Estimator, character_model
from training.language.function_words import FUNCTION_WORDS
from training.language.sources import Frequencies, Sources
from training.language.spelling import Spelling

# Function words are given the frequencies 1 / (rank + 8): Zipf's law with Mandelbrot's shift, which keeps the first
# of a short list from being half of the language.
_MANDELBROT: Final = 8
# Longer words do not go into the character model of a list without counts: of those the longest are compounds and
# inflected forms, which would count the same suffixes over and over.
_LONGEST_COUNTED: Final = 14
_APOSTROPHES: Final = str.maketrans("’ʻ`", "'''")
_TATAR: Final = re.compile("[а-яёәөүҗңһ-]+")


class Shelf:
    """What the parts read from."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.lexicons: dict[str, Frequencies] = {}

    @cached_property
    def estimator(self) -> Estimator:
        """Guesses frequencies from letters."""
        return Estimator(self.sources)


class Part(Protocol):
    """A word list; how its frequencies sum up does not matter."""

    def read(self, shelf: Shelf) -> Frequencies:
        """The words and how often they are used."""
        ...


@dataclass(frozen=True, slots=True)
class Counted:
    """Word frequencies of wordfreq."""

    code: str

    def read(self, shelf: Shelf) -> Frequencies:
        """The words and how often they are used."""
        return shelf.sources.counted(self.code)


@dataclass(frozen=True, slots=True)
class Yakut:
    """Word counts of sakhaspell."""

    def read(self, shelf: Shelf) -> Frequencies:
        """The words and how often they are used."""
        return shelf.sources.yakut()


@dataclass(frozen=True, slots=True)
class Listed:
    """A word list of tesseract, frequencies guessed from the letters.

    `alphabet` is what a word is written in (the inside of a regular expression's brackets), `model` the lingua
    language whose letters are counted; without it they are those of the list itself. The guess is raised to
    `power`: below 1, the list's words come more evenly than a language's do. `shortest`: shorter words are left
    out, for most are abbreviations and scraps. `spelling`: how the words are to be spelt.
    """

    name: str
    alphabet: str
    model: str = ""
    power: float = 0.6
    shortest: int = 3
    spelling: Spelling = str

    def read(self, shelf: Shelf) -> Frequencies:
        """The words and how often they are used."""
        written = re.compile(f"[{self.alphabet}-]+")
        spelt = (word for word in shelf.sources.listed(self.name) if len(word) == 1 or not word.isupper())
        lower = (word.lower().translate(_APOSTROPHES) for word in spelt)
        words = sorted({word for word in lower if written.fullmatch(word)})
        if self.model:
            model = shelf.sources.character_model(self.model)
        else:
            model = character_model(word for word in words if len(word) <= _LONGEST_COUNTED)
        frequencies = _respelt(shelf.estimator.frequencies(words, model), self.spelling)
        return _evened(frequencies, self.power, self.shortest)


@dataclass(frozen=True, slots=True)
class Analysed:
    """The Tatar word forms of py_tat_morphan, frequencies guessed from the letters as for `Listed`."""

    power: float = 0.6
    shortest: int = 3

    def read(self, shelf: Shelf) -> Frequencies:
        """The words and how often they are used."""
        words = [word for word in shelf.sources.tatar() if _TATAR.fullmatch(word)]
        return _evened(shelf.estimator.frequencies(words, character_model(words)), self.power, self.shortest)


@dataclass(frozen=True, slots=True)
class Shared:
    """Words of a wordfreq list that several languages share, as far as tesseract's list of one knows them."""

    code: str
    name: str
    spelling: Spelling = str

    def read(self, shelf: Shelf) -> Frequencies:
        """The words and how often they are used."""
        known = {word.lower() for word in shelf.sources.listed(self.name)}
        spelt = _respelt(shelf.sources.counted(self.code), self.spelling)
        return {word: frequency for word, frequency in spelt.items() if word in known}


@dataclass(frozen=True, slots=True)
class Functions:
    """Function words written by hand; with `endings`, those inflected, each with each."""

    tag: str
    endings: tuple[str, ...] = ("",)

    def read(self, shelf: Shelf) -> Frequencies:  # noqa: ARG002 (a Part like the others)
        """The words and how often they are used."""
        inflected: Frequencies = {}
        for rank, word in enumerate(FUNCTION_WORDS[self.tag]):
            for ending in self.endings:
                inflected[word + ending] = inflected.get(word + ending, 0.0) + 1 / (rank + _MANDELBROT)
        return inflected


@dataclass(frozen=True, slots=True)
class Derived:
    """The lexicon of another language, spelt otherwise; `functions`: its function words too."""

    tag: str
    spelling: Spelling
    functions: bool = True

    def read(self, shelf: Shelf) -> Frequencies:
        """The words and how often they are used."""
        left_out = set() if self.functions else set(FUNCTION_WORDS[self.tag])
        lexicon = shelf.lexicons[self.tag]
        return _respelt({word: lexicon[word] for word in lexicon if word not in left_out}, self.spelling)


def mixed(parts: Mapping[Part, float], shelf: Shelf) -> Frequencies:
    """The parts added up, each in its share."""
    whole: Frequencies = {}
    for part, share in parts.items():
        for word, frequency in normalised(part.read(shelf)).items():
            whole[word] = whole.get(word, 0.0) + frequency * share
    return whole


def normalised(frequencies: Frequencies) -> Frequencies:
    """The same in the same order, with the sum 1."""
    total = sum(frequencies.values())
    return {word: frequency / total for word, frequency in frequencies.items()}


def _respelt(frequencies: Frequencies, spelling: Spelling) -> Frequencies:
    spelt: Frequencies = {}
    for word, frequency in frequencies.items():
        spelt[spelling(word)] = spelt.get(spelling(word), 0.0) + frequency
    return spelt


def _evened(frequencies: Frequencies, power: float, shortest: int) -> Frequencies:
    # Hyphenated words of such lists are broken lines and chance compounds.
    return {
        word: frequency**power for word, frequency in frequencies.items() if len(word) >= shortest and "-" not in word
    }
