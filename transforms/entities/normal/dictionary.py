"""Readings of Russian words: what pymorphy3's dictionary (OpenCorpora) says of them, and its guess of unknown ones."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pymorphy3

# Words of a name whose readings are kept: a few documents' worth.
_CACHED: Final = 20_000
_KINDS: Final = ("Name", "Surn", "Patr", "Geox", "Orgn")
_NUMBERS: Final = ("sing", "plur")
_OBLIQUE: Final = {"gen1": "gent", "gen2": "gent", "loc1": "loct", "loc2": "loct", "acc2": "accs", "voct": "nomn"}


@dataclass(frozen=True, slots=True)
class Readings:
    """How a word may come from one base form.

    `cases`: case, number and gender of each reading (`gent-sing-masc`; `Fixd` where the word does not decline), for
    agreement with its neighbours. `marks`: whether the dictionary has the word, how likely its reading is, and what
    kind of name it is.
    """

    cases: frozenset[str]
    marks: frozenset[str]


class RussianDictionary:
    """Base forms of Russian words with what the dictionary knows of each. Safe to share between threads."""

    def __init__(self) -> None:
        self._analyser = pymorphy3.MorphAnalyzer(lang="ru")
        self.readings = lru_cache(_CACHED)(self._readings)

    def _readings(self, word: str) -> dict[str, Readings]:
        """The nominatives (of the same number) that `word`, in lower case, may be a form of."""
        cases: dict[str, set[str]] = {}
        marks: dict[str, set[str]] = {}
        known = self._analyser.word_is_known(word)
        parses = [p for p in self._analyser.parse(word) if p.tag.case is not None]
        best = max((p.score for p in parses), default=0.0)
        for parse in parses:
            tag = parse.tag
            case = _OBLIQUE.get(tag.case, tag.case)
            nominative = parse if case == "nomn" else parse.inflect(frozenset({"nomn"}))
            if nominative is None:
                continue
            base = str(nominative.word)
            fixed = "Fixd" in tag
            gender = "any" if tag.number == "plur" else (tag.gender or "any")
            cases.setdefault(base, set()).add("Fixd" if fixed else f"{case}-{tag.number}-{gender}")
            of_base = marks.setdefault(base, set())
            of_base.add("known" if known else "guess")
            of_base.add(f"likely{'+' if parse.score >= best / 2 else '-'}")
            of_base.update(kind for kind in _KINDS if kind in tag)
            of_base.update([f"{tag.POS}", "nomn" if case == "nomn" else "oblique"])
            if fixed:
                of_base.add("Fixd")
        return {base: Readings(frozenset(found), frozenset(marks[base])) for base, found in cases.items()}
