"""Texts in languages that we do not serve, to tell them from those that we do: pieces of the Universal Declaration.

Only calibration sees them, and of the languages only half (training.language.calibrate.Stranger.tuning).
"""

import html
import random
import re
from collections.abc import Mapping
from typing import Final

from training.language.calibrate import Stranger
from transforms.language.tags import SERVED

_LANGUAGE: Final = re.compile(r'<html[^>]*lang="([^"]+)"')
_PARAGRAPH: Final = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)
_MARKUP: Final = re.compile(r"<[^>]+>")
# Shorter paragraphs are headings and numbers.
_SHORTEST: Final = 30
# Translations with fewer paragraphs are fragments, those with fewer letters of a script are not written in it.
_FEWEST_PARAGRAPHS: Final = 20
_FEWEST_LETTERS: Final = 500
# Served, or so near to one that is that no reader would object to its tag; their codes in the collection say less
# than their languages do.
_NOT_STRANGE: Final = frozenset("bos dan deu hrv nno nob pcm sco srp swe".split())
# Cyrillic strangers are what the served languages are taken for; there are ten times as many Latin ones.
_CYRILLIC_PARAGRAPHS: Final = 30
_LATIN_PARAGRAPHS: Final = 3
# Pieces of so many words, as headlines, captions and sentences have.
_LENGTHS: Final = (4, 6, 8, 12, 20, 40)
_SEED: Final = 1


def read_strangers(declarations: Mapping[str, str]) -> list[Stranger]:
    """Pieces of the declarations (HTML, by the code of the translation) in Cyrillic and Latin script."""
    served = {tag.split("-")[0] for tag in SERVED}
    chance = random.Random(_SEED)  # noqa: S311 (no secret)
    strangers = []
    for code, page in sorted(declarations.items()):
        language = _LANGUAGE.search(page)
        paragraphs = _paragraphs(page)
        most = _wanted("".join(paragraphs))
        known = language is not None and language[1].split("-")[0] in served
        if known or code.split("_")[0] in _NOT_STRANGE or len(paragraphs) < _FEWEST_PARAGRAPHS:
            continue
        for paragraph in paragraphs[:most]:
            words = paragraph.split()
            length = chance.choice(_LENGTHS)
            start = chance.randrange(max(1, len(words) - length + 1))
            strangers.append(Stranger(code, " ".join(words[start : start + length])))
    return strangers


def _paragraphs(page: str) -> list[str]:
    found = (html.unescape(_MARKUP.sub("", paragraph)).strip() for paragraph in _PARAGRAPH.findall(page))
    return [" ".join(paragraph.split()) for paragraph in found if len(paragraph) > _SHORTEST]


def _wanted(text: str) -> int:
    cyrillic = sum("\u0400" <= character < "\u0530" for character in text)
    latin = sum(character.isascii() and character.isalpha() for character in text)
    if cyrillic > max(latin, _FEWEST_LETTERS):
        return _CYRILLIC_PARAGRAPHS
    return _LATIN_PARAGRAPHS if latin > _FEWEST_LETTERS else 0
