"""Russian names: slovnet's news models find them, pymorphy3 gives their base form.

Method: slovnet's NER (CNN-CRF over navec embeddings, trained on Nerus news) marks the mentions, its
morphology tags each word in context, and of pymorphy3's readings of a word the one that fits the tag is
inflected to the nominative.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pymorphy3
from navec import Navec
from pymorphy3.analyzer import Parse
from razdel import sentenize, tokenize
from slovnet import NER, Morph

from transforms.document import EntityType, Mention
from transforms.entities.link import NamedMention
from transforms.lines import split_lines

# Universal Dependencies' values, as slovnet gives them, to pymorphy3's grammemes (OpenCorpora).
_CASES = {"Nom": "nomn", "Gen": "gent", "Dat": "datv", "Acc": "accs", "Ins": "ablt", "Loc": "loct"}
_GENDERS = {"Masc": "masc", "Fem": "femn", "Neut": "neut"}
_NUMBERS = {"Sing": "sing", "Plur": "plur"}
_PERSON_GRAMMEMES = frozenset({"Name", "Surn", "Patr"})
_PROPER = _PERSON_GRAMMEMES | {"Geox", "Orgn", "Trad", "Abbr"}

_CYRILLIC = re.compile(r"[а-яё]+", re.IGNORECASE)
# Foreign names on a vowel that Russian does not decline: Мегре, Гёте, Месси, Ханчжоу, Дюма.
_INDECLINABLE = re.compile(r"[еиоуыэюё]$", re.IGNORECASE)

# A paragraph is one piece for the model, a longer one is broken between sentences: memory grows with it.
_MAX_PIECE = 3_000
# A "sentence" without end (a list, a table on one line) is cut between words, a word without end anywhere.
_PIECE = re.compile(rf"\S(?:.{{0,{_MAX_PIECE}}}(?!\S)|\S{{0,{_MAX_PIECE}}})", re.DOTALL)
_OPENING = '«"“„('
_TRIM = " .,:;—–-"
_BALANCED = {"»": "«", "”": "“", ")": "("}


class _Word(NamedTuple):
    start: int
    end: int
    text: str
    pos: str
    case: str | None
    gender: str | None
    number: str | None


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The paragraphs of `text` with their offsets, long ones in several pieces."""
    for line in split_lines(text):
        if len(line.text) <= _MAX_PIECE:
            yield line.start, line.text
            continue
        for start, stop in _sentence_runs(line.text):
            for part in _PIECE.finditer(line.text, start, stop):
                yield line.start + part.start(), part.group()


def _sentence_runs(paragraph: str) -> Iterator[tuple[int, int]]:
    """Runs of whole sentences, [start, stop), each short enough for a piece unless one sentence is not."""
    start = stop = 0
    for sentence in sentenize(paragraph):
        if sentence.stop - start > _MAX_PIECE and stop > start:
            yield start, stop
            start = sentence.start
        stop = sentence.stop
    yield start, stop


def _like(model: str, word: str) -> str:
    """`word` with the capitals at which the parts of `model` begin."""
    return "-".join(
        part[:1].upper() + part[1:] if old[:1].isupper() else part
        for old, part in zip(model.split("-"), word.split("-"), strict=False)
    )


class RussianRecogniser:
    """Finds and normalises names in Russian text. Holds 200 MB; safe to share between threads."""

    model = "slovnet-news-ner-v1"

    def __init__(self, navec: Path, ner: Path, morph: Path) -> None:
        embeddings = Navec.load(str(navec))
        self._ner = NER.load(str(ner))
        self._ner.navec(embeddings)
        self._morph = Morph.load(str(morph))
        self._morph.navec(embeddings)
        self._dictionary = pymorphy3.MorphAnalyzer(lang="ru")

    def mentions(self, text: str) -> list[NamedMention]:
        """All mentions in `text`, sorted, not overlapping, none over a line break."""
        pieces = list(_pieces(text))
        markups = list(self._ner.map([piece for _, piece in pieces]))
        named = [(offset, piece, markup.spans) for (offset, piece), markup in zip(pieces, markups, strict=True)]
        named = [(offset, piece, spans) for offset, piece, spans in named if spans]
        found = []
        for (offset, piece, spans), words in zip(named, self._words([piece for _, piece, _ in named]), strict=True):
            for span in spans:
                inside = [word for word in words if word.start >= span.start and word.end <= span.stop]
                mention = self._mention(piece, offset, span.type, inside)
                if mention:
                    found.append(mention)
        return found

    def _words(self, pieces: list[str]) -> Iterator[list[_Word]]:
        """The words of each piece with their morphology in context."""
        tokens = [list(tokenize(piece)) for piece in pieces]
        tagged = self._morph.map([[token.text for token in piece] for piece in tokens])
        for piece, markup in zip(tokens, tagged, strict=True):
            yield [
                _Word(
                    token.start,
                    token.stop,
                    token.text,
                    tag.pos,
                    tag.feats.get("Case"),
                    tag.feats.get("Gender"),
                    tag.feats.get("Number"),
                )
                for token, tag in zip(piece, markup.tokens, strict=True)
            ]

    def _mention(self, piece: str, offset: int, kind: EntityType, words: list[_Word]) -> NamedMention | None:
        """The mention made of `words`, or None where they are no name after all."""
        while words and words[-1].text in _TRIM:
            words = words[:-1]
        while words and (words[0].text in _TRIM or (words[0].pos == "ADP" and len(words) > 1)):
            words = words[1:]
        if words and words[-1].text in _BALANCED and all(_BALANCED[words[-1].text] != word.text for word in words):
            words = words[:-1]
        # The model at times runs on into the sentence: a name holds no finite verb and some capital.
        if not words or any(word.pos == "VERB" for word in words):
            return None
        start, end = words[0].start, words[-1].end
        surface = piece[start:end]
        if not any(map(str.isupper, surface)):
            return None
        if len(words) == 1 and self._is_common_noun(words[0]):
            return None
        name = self._person(words) if kind == "PER" else self._thing(words)
        return NamedMention(Mention(offset + start, offset + end, surface), kind, name)

    def _is_common_noun(self, word: _Word) -> bool:
        """Whether a word, capitalised as the first of its sentence, is no name (`Провинция Чжэцзян …`)."""
        if word.pos != "NOUN" or not self._dictionary.word_is_known(word.text):
            return False
        return not any(_PROPER & r.tag.grammemes for r in self._dictionary.parse(word.text))

    def _person(self, words: list[_Word]) -> str:
        """All words to the nominative, in the gender of the person; or as they are, rather than half of them.

        The words of a name agree, so where the tagger errs on one of them the case of the others holds.
        """
        surface = _join(words, [word.text for word in words])
        cases = Counter(word.case for word in words if _declines(word) and word.case in _CASES)
        case = next((case for case, _ in cases.most_common() if case != "Nom"), None)
        if case is None:
            return surface
        readings = [
            self._reading(word, case, _PERSON_GRAMMEMES, word.gender) if _declines(word) else None for word in words
        ]
        first_name = next((r for r in readings if r is not None and "Name" in r.tag), None)
        gender = first_name.tag.gender if first_name else _GENDERS.get(words[0].gender or "")
        texts = []
        for word, found in zip(words, readings, strict=True):
            if not _declines(word):
                texts.append(word.text)
                continue
            is_surname = found is not None and "Surn" in found.tag
            reading = self._reading(word, case, frozenset({"Surn"}), gender) if is_surname else found
            nominative = _inflect(reading, gender) if reading is not None else None
            if nominative is None and not _INDECLINABLE.search(word.text):
                return surface
            texts.append(_like(word.text, nominative or word.text))
        return _join(words, texts)

    def _thing(self, words: list[_Word]) -> str:
        """The head noun and the adjectives before it to the nominative; what depends on it stays.

        `Китайской Народной Республики` → `Китайская Народная Республика`, `Доме Правительства` → `Дом
        Правительства`.
        """
        nouns = (i for i, word in enumerate(words) if word.text in _OPENING or self._is_noun(word))
        head = next(nouns, len(words) - 1)
        # What follows an opening quotation mark is a title, and titles stand in the nominative already.
        if words[head].text in _OPENING:
            return _join(words, [word.text for word in words])
        inflected = [self._nominative(word) if i <= head else word.text for i, word in enumerate(words)]
        return _join(words, inflected)

    def _is_noun(self, word: _Word) -> bool:
        """Whether a word can be the head of a name; the tagger takes capitalised adjectives for nouns, too."""
        if word.pos not in {"NOUN", "PROPN"} or word.case not in _CASES:
            return word.pos in {"NOUN", "PROPN"}
        reading = self._reading(word, word.case, frozenset(), word.gender)
        return reading is None or reading.tag.POS not in {"ADJF", "PRTF"}

    def _nominative(self, word: _Word) -> str:
        """The nominative of one word, or the word as it is where no reading of it fits its tag."""
        if not _declines(word) or word.case not in _CASES or word.case == "Nom":
            return word.text
        reading = self._reading(word, word.case, frozenset(), word.gender)
        nominative = _inflect(reading, None) if reading is not None else None
        return _like(word.text, nominative) if nominative else word.text

    def _reading(self, word: _Word, case: str, wanted: frozenset[str], gender: str | None) -> Parse | None:
        """Of the dictionary's readings of a word in a case, the one that fits its tag best."""
        number = _NUMBERS.get(word.number or "")
        own_gender = _GENDERS.get(gender or "", gender)

        def fit(reading: Parse) -> tuple[bool, bool, bool, float]:
            grammemes = reading.tag.grammemes
            return bool(wanted & grammemes), number in grammemes, own_gender in grammemes, reading.score

        readings = [r for r in self._dictionary.parse(word.text) if _CASES[case] in r.tag.grammemes]
        return max(readings, key=fit, default=None)


def _declines(word: _Word) -> bool:
    """Whether a word is one that can decline: no initial, no acronym, nothing with digits or Latin letters."""
    letters = word.text.replace("-", "")
    return len(letters) > 1 and bool(_CYRILLIC.fullmatch(letters)) and not letters.isupper()


def _inflect(reading: Parse, gender: str | None) -> str | None:
    """The nominative of a reading, of a surname in the gender given if it has one; None if it has none."""
    if gender and "Surn" in reading.tag and (inflected := reading.inflect(frozenset({"nomn", gender}))):
        return str(inflected.word)
    inflected = reading.inflect(frozenset({"nomn"}))
    return str(inflected.word) if inflected else None


def _join(words: list[_Word], texts: list[str]) -> str:
    """The texts with the white space that stood between the words, collapsed."""
    parts = [texts[0]]
    for before, word, text in zip(words, words[1:], texts[1:], strict=False):
        parts.append(" " if word.start > before.end else "")
        parts.append(text)
    return "".join(parts)
