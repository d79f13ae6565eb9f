"""Base forms by paradigms learned from the lemmas of names: `Рустамом Миннихановым` → `Рустам Минниханов`.

Method: an edit takes letters off the end of a word and puts others there. The edits that were learned for a language
and fit the ending of a word give its candidates. A linear model over hashed features scores them, and the pairs of them
in neighbouring words, so that the words of a name agree; the best sequence is found by Viterbi. The weights are
those of a linear-chain conditional random field (Lafferty, McCallum, Pereira 2001), in 8 bits;
training/entities/PARADIGMS.md is their card.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.document import EntityType
from transforms.entities.normal.dictionary import Readings, RussianDictionary
from transforms.entities.normal.evidence import (
    Place,
    base_features,
    ending_features,
    hashed,
    joint_features,
    state_features,
    word_features,
)
from transforms.entities.normal.words import script_of

_Hashes = NDArray[np.uint32]
_Scores = NDArray[np.float32]

# 2^20 weights: at one byte each the file stays below a megabyte, compressed.
BITS: Final = 20
_SHIFT: Final = np.uint32(32 - BITS)
# Knuth's multiplicative hashing (2^32 over the golden ratio) spreads the joined hashes.
_SPREAD: Final = np.uint32(2_654_435_769)
_LONGEST_ENDING: Final = 6
# About 4 KB a word.
_CACHED_WORDS: Final = 5_000
_CACHED_STATES: Final = 10_000
# More than any edit gains over leaving a word as it is.
_CLASH: Final = np.float32(5)
# More than all that speaks for a form together.
_RULED_OUT: Final = np.float32(100)
_NO_READINGS: Final = Readings(frozenset(), frozenset())


class Edit(NamedTuple):
    """Take off `strip` from the end of a word, put `add` there."""

    strip: str
    add: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the names of a text say of base forms, all in lower case.

    `words`: their words as they stand; `support`: how many of these may come from a base form.
    """

    words: frozenset[str]
    support: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of a word, wherever it stands: edits, base forms, and the hashes of what speaks for each.

    `edits` [c] and `endings` [2, c] are joined with other hashes; `own` [c, k] (0: none) and `naming` [c] stand for
    themselves. `ruled_out` [c]: no base form of a first name that the dictionary has in other cases only.
    """

    candidates: tuple[Edit, ...]
    bases: tuple[str, ...]
    edits: _Hashes
    endings: _Hashes
    own: _Hashes
    naming: _Hashes
    readings: tuple[Readings, ...]
    ruled_out: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Node:
    """A word in its place with its candidates.

    `joined`: a hyphen joins it to the word before. `general`, `long` and `naming` (see word_features) are joined with
    the edits of its candidates, `joint` with those of two words. `witness` [c, w] is what the text says of each
    candidate (0: nothing).
    """

    language: str
    joined: bool
    choice: Choice
    general: _Hashes
    long: _Hashes
    naming: _Hashes
    joint: _Hashes
    witness: _Hashes


def places_of(hashes: _Hashes) -> NDArray[np.intp]:
    """Where the weights of features stand, from their hashes."""
    return ((hashes * _SPREAD) >> _SHIFT).astype(np.intp)


class Paradigms:
    """The edits of each language, the known names, and the candidates of a word. Weights apart: see Model."""

    def __init__(self, edits: Mapping[str, Sequence[Edit]], known: dict[str, NDArray[np.uint32]]) -> None:
        self._edits: dict[str, dict[str, list[Edit]]] = {}
        for language, of_language in edits.items():
            table = self._edits.setdefault(language, {})
            for edit in of_language:
                table.setdefault(edit.strip, []).append(edit)
        self._known = known
        self._dictionary = RussianDictionary()
        # Most words come again and again, in a text and in those of its day.
        self._choice = lru_cache(_CACHED_WORDS)(self._make_choice)
        self._state = lru_cache(_CACHED_STATES)(_state_hashes)

    def serves(self, language: str) -> bool:
        """Whether paradigms of a language were learned."""
        return language in self._edits

    def _candidates(self, lower: str, language: str) -> dict[Edit, str]:
        """Edits that fit a word, with the base forms they give. The word as it is comes first."""
        found = {Edit("", ""): lower}
        table = self._edits[language]
        for size in range(min(_LONGEST_ENDING, len(lower) - 1) + 1):
            kept = lower[: len(lower) - size]
            for edit in table.get(lower[len(kept) :], ()):
                base = kept + edit.add
                if len(base) > 1 and base != lower:
                    found[edit] = base
        for base in self._readings(lower, language):
            read = edit_between(lower, base)
            if read is not None and read not in found:
                found[read] = base
        return found

    def _readings(self, lower: str, language: str) -> dict[str, Readings]:
        """What a dictionary says of a word: Russian only."""
        return self._dictionary.readings(lower) if language == "ru" else {}

    def known(self, language: str, bases: Sequence[str]) -> list[str]:
        """For each base form, whether it is a word of a territory's name (`t`), or of a city's (`c`), or neither."""
        hashes = np.array([hashed(base) for base in bases], dtype=np.uint32)
        marks = [""] * len(bases)
        for mark, table in (("t", self._known.get(language)), ("c", self._known.get(script_of(language)))):
            if table is None or not len(table):
                continue
            spots = np.minimum(np.searchsorted(table, hashes), len(table) - 1)
            for index in np.flatnonzero(table[spots] == hashes):
                marks[index] += mark
        return marks

    def _make_choice(self, lower: str, language: str, kind: EntityType, declinable: bool) -> Choice:
        candidates = self._candidates(lower, language) if declinable else {Edit("", ""): lower}
        bases = tuple(candidates.values())
        readings = self._readings(lower, language) if declinable else {}
        states = self._states(language, bases, readings)
        rows = [base_features(language, kind, base) for base in bases]
        own = [[*row, *state_features(language, kind, of_base)] for (row, _), of_base in zip(rows, states, strict=True)]
        table = np.zeros((len(own), max(map(len, own))), dtype=np.uint32)
        for line, row in enumerate(own):
            table[line, : len(row)] = [hashed(feature) for feature in row]
        return Choice(
            candidates=tuple(candidates),
            bases=bases,
            edits=_hashes([f"{edit.strip}→{edit.add}" for edit in candidates]),
            endings=np.stack([_hashes([base[-size:] for base in bases]) for size in (1, 2)]),
            own=table,
            naming=_hashes([name for _, name in rows]),
            readings=tuple(readings.get(base, _NO_READINGS) for base in bases),
            ruled_out=_ruled_out(bases, readings if kind == "PER" else {}),
        )

    def node(self, place: Place, index: int) -> Node:
        """A word of a name with its candidates and what speaks for each, save the rest of the text (see witnessed)."""
        word = place.words[index]
        choice = self._choice(word.lower, place.language, place.type, word.declinable)
        general, long, naming = word_features(place, index)
        return Node(
            language=place.language,
            joined=word.joined,
            choice=choice,
            general=_hashes(general),
            long=_hashes(long),
            naming=_hashes(naming),
            joint=_hashes(joint_features(place.language, place.type, word)),
            witness=np.zeros((len(choice.bases), 0), dtype=np.uint32),
        )

    def witnessed(self, node: Node, place: Place, around: Surroundings) -> Node:
        """The node of a word with what the rest of its text says of each base form."""
        bases = node.choice.bases
        support = [around.support.get(base, 1) for base in bases]
        best = max(support)
        table = np.zeros((len(bases), 4), dtype=np.uint32)
        for line, base in enumerate(bases):
            sort = "=" if line == 0 else ""
            top = "top" if support[line] == best else ""
            states = [f"support{sort}{top}{min(best, 4)}{min(support[line], 4)}"]
            if line:
                states.append(f"seen{base in around.words}{min(support[line], 3)}")
            hashes = [each for state in states for each in self._state(place.language, place.type, state)]
            table[line, : len(hashes)] = hashes
        return replace(node, witness=table)

    def _states(self, language: str, bases: Sequence[str], readings: dict[str, Readings]) -> list[list[str]]:
        """What dictionaries say of each base form; the first is the word as it is."""
        sure = "" if all("guess" in found.marks for found in readings.values()) else "known"
        states: list[list[str]] = []
        known = self.known(language, bases)
        for line, base in enumerate(bases):
            sort = "=" if line == 0 else ""
            others = any(known[:line] + known[line + 1 :])
            state = [f"known{sort}{known[line]}{'|' if others else ''}"]
            if readings:
                found = readings.get(base)
                state += [f"dictionary{mark}{sort}" for mark in (sorted(found.marks) if found else (f"none{sure}",))]
            states.append(state)
        return states


def _ruled_out(bases: Sequence[str], readings: dict[str, Readings]) -> NDArray[np.bool_]:
    """Which base forms a word cannot have: «Тине», which the dictionary has as a form of Тина alone, is none.

    What ends as women's names do may be one that the dictionary has not (Асия, to it a form of Асий alone).
    """
    names = {base for base, found in readings.items() if _is_first_name(found)}
    if not names or bases[0] in readings or bases[0].endswith(("а", "я")):
        return np.zeros(len(bases), np.bool_)
    return np.array([base not in names for base in bases])


def _is_first_name(found: Readings) -> bool:
    # Not in the plural: «Маврин» is a surname, and also what many of the name «Маврина» are.
    return {"known", "Name"} <= found.marks and any("-sing-" in case for case in found.cases)


def _state_hashes(language: str, kind: EntityType, state: str) -> tuple[int, ...]:
    return tuple(hashed(feature) for feature in state_features(language, kind, [state]))


def _hashes(features: Sequence[str]) -> _Hashes:
    return np.array([hashed(feature) for feature in features], dtype=np.uint32)


def edit_between(word: str, base: str) -> Edit | None:
    """The edit from a word to its base form; None where they share no letter, or too much would change."""
    shared = 0
    while shared < min(len(word), len(base)) and word[shared] == base[shared]:
        shared += 1
    edit = Edit(word[shared:], base[shared:])
    return edit if shared and len(edit.strip) <= _LONGEST_ENDING and len(edit.add) <= _LONGEST_ENDING else None


_AGREE, _FIXED, _DISAGREE = (np.uint32(hashed(f"ru^{word}")) for word in ("agree", "fixed", "disagree"))


def agreement(before: Node, node: Node) -> _Hashes:
    """[c0, c1] hashes of how the readings of two words that the dictionary has go together; 0 where one has none."""
    table = np.zeros((len(before.choice.bases), len(node.choice.bases)), dtype=np.uint32)
    # The parts of a hyphenated name need not agree (`в Санкт-Петербурге`).
    seconds = [] if node.joined else _known_cases(node.choice.readings)
    for one, cases in _known_cases(before.choice.readings):
        for other, also in seconds:
            fixed = "Fixd" in cases or "Fixd" in also
            table[one, other] = _FIXED if fixed else _DISAGREE if cases.isdisjoint(also) else _AGREE
    return table


def _known_cases(readings: Sequence[Readings]) -> list[tuple[int, frozenset[str]]]:
    return [(line, found.cases) for line, found in enumerate(readings) if "known" in found.marks]


class Model:
    """The weights, and the best base forms of a name by them. Safe to share between threads."""

    def __init__(self, weights: _Scores) -> None:
        self.weights = weights

    def local(self, node: Node, depth: int = 3) -> _Scores:
        """[c] scores of the candidates of a word, by all that is known (3), or by less.

        Without the features that name a word (2), and without those of long endings, too (1).
        """
        spoken_ = spoken(node, depth)
        scores = self.weights[places_of(spoken_[:, None] ^ node.choice.edits[None, :])].sum(axis=0)
        own = standing(node, depth)
        scores += (self.weights[places_of(own)] * (own != 0)).sum(axis=1)
        return np.asarray(scores, dtype=np.float32)

    def pairs(self, before: Node, node: Node) -> _Scores:
        """[c0, c1] scores of the candidates of two neighbouring words together."""
        edits = pair_hashes(before, node)
        scores = self.weights[places_of(edits)].sum(axis=0)
        agree = agreement(before, node)
        scores += self.weights[places_of(agree)] * (agree != 0)
        # A word put in the nominative after one that it does not agree with: it depends on it, and stays as it is.
        scores[:, 1:] -= _CLASH * (agree[:, 1:] == _DISAGREE)
        return np.asarray(scores, dtype=np.float32)

    def best(self, nodes: Sequence[Node]) -> list[int]:
        """The best candidate of each word."""
        locals_ = [self.local(node) - _RULED_OUT * node.choice.ruled_out for node in nodes]
        score = locals_[0]
        back: list[NDArray[np.intp]] = []
        for before, node, own in zip(nodes, nodes[1:], locals_[1:], strict=False):
            table = score[:, None] + self.pairs(before, node)
            back.append(table.argmax(axis=0))
            score = table.max(axis=0) + own
        path = [int(score.argmax())]
        for pointers in reversed(back):
            path.append(int(pointers[path[-1]]))
        return path[::-1]


def spoken(node: Node, depth: int) -> _Hashes:
    """The hashes of a word that are joined with edits, up to a depth (see Model.local)."""
    return np.concatenate([node.general, node.long, node.naming][:depth])


def standing(node: Node, depth: int) -> _Hashes:
    """[c, k] hashes that stand for themselves, up to a depth; 0 where there is none."""
    tables = [node.choice.own, node.witness]
    if depth > 2:
        tables.append(node.choice.naming[:, None])
    return np.concatenate(tables, axis=1)


def pair_hashes(before: Node, node: Node) -> _Hashes:
    """[j, c0, c1] hashes of the features of two neighbouring words."""
    # The first is rotated, so that a pair and its mirror image differ.
    edits = node.joint[:, None, None] ^ _rotated(before.choice.edits)[None, :, None] ^ node.choice.edits[None, None, :]
    ending = _rotated(before.choice.endings[1])[:, None]
    by_one, by_two, by_script = (np.uint32(hashed(feature)) for feature in ending_features(node.language))
    short, long = ending ^ node.choice.endings[0][None, :], ending ^ node.choice.endings[1][None, :]
    return np.concatenate([edits, np.stack([short ^ by_one, long ^ by_two, long ^ by_script])])


def _rotated(hashes: _Hashes) -> _Hashes:
    return np.asarray((hashes << np.uint32(1)) | (hashes >> np.uint32(31)), dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class ParadigmFile:
    """What the model file holds; `whole`: base forms of whole names, by language, type and name in lower case."""

    edits: dict[str, tuple[Edit, ...]]
    known: dict[str, NDArray[np.uint32]]
    weights: _Scores
    whole: dict[tuple[str, EntityType, str], str]


def read_paradigms(path: Path) -> ParadigmFile:
    """The model file: NumPy arrays, no pickle. Raises OSError where it cannot be read, ValueError where it is none."""
    with np.load(path, allow_pickle=False) as arrays:
        tables = {name: bytes(arrays[name]).decode() for name in ("edits", "whole")}
        known = {name[6:]: arrays[name] for name in arrays.files if name.startswith("known_")}
        weights = arrays["weights"].astype(np.float32) * float(arrays["scale"])
    edits: dict[str, list[Edit]] = {}
    for line in tables["edits"].splitlines():
        language, strip, add = line.split("\t")
        edits.setdefault(language, []).append(Edit(strip, add))
    whole: dict[tuple[str, EntityType, str], str] = {}
    for line in tables["whole"].splitlines():
        language, kind, name, base = line.split("\t")
        whole[language, kind, name] = base  # type: ignore[index]
    return ParadigmFile({language: tuple(found) for language, found in edits.items()}, known, weights, whole)
