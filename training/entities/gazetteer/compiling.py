"""Names to the file that linking reads: hashes of keys, and rows."""

import logging
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.entities.gazetteer import concordance, places, tables
from training.entities.gazetteer.concordance import Name
from transforms.document import EntityType, LinkEvidence
from transforms.entities.gazetteer import FINE, FORM, Gazetteer, Known, hash_of
from transforms.entities.keys import fine_key, name_key, organisation_key
from transforms.entities.names import Names

_log = logging.getLogger(__name__)

_ANY: Final = "und"
# A name that several cities have means the one with so many times the inhabitants of the next.
DOMINANCE: Final = 10
# A city of so many inhabitants goes before a region of its name: New York, Washington.
LARGE: Final = 500_000
# Coarse keys shorter than this are too easily another name's: Комо and Кама.
LEAST_COARSE: Final = 7
_THINGS: Final[tuple[EntityType, ...]] = ("ORG", "LOC", "PRO")
_PLACES: Final[tuple[EntityType, ...]] = ("LOC", "ORG")

type_of_identifier: Final[Mapping[str, EntityType]] = {
    "GPE": "LOC", "LOC": "LOC", "ORG": "ORG", "PER": "PER", "EVT": "EVT", "PRO": "PRO",
}  # fmt: skip


class Rows:
    """Keys and what they mean. What is added first stays; a key is closed where it has two meanings of equal right."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], str] = {}

    def add(self, kind: str, meanings: Mapping[str, Iterable[str]]) -> None:
        """Add the keys of a kind that have one meaning; those with several mean nothing from here on."""
        for key, found in meanings.items():
            rows = sorted(set(found))
            if key:
                self._rows.setdefault((kind, key), rows[0] if len(rows) == 1 else "")

    def close(self, kind: str, key: str) -> None:
        """Let a key mean nothing, unless it has a meaning by now."""
        self._rows.setdefault((kind, key), "")

    def write(self, path: Path) -> None:
        """Write the file: the same bytes for the same rows."""
        entries = sorted((hash_of(kind, key), row) for (kind, key), row in self._rows.items() if row)
        texts = sorted({row for _, row in entries})
        number = {row: place for place, row in enumerate(texts)}
        arrays: dict[str, NDArray[np.generic]] = {
            "hashes": np.array([each for each, _ in entries], np.uint64),
            "rows": np.array([number[row] for _, row in entries], np.uint32),
            "ends": np.cumsum([len(row) for row in texts]).astype(np.uint32),
            "text": np.frombuffer("".join(texts).encode("ascii"), np.uint8),
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, array in arrays.items():
                buffer = BytesIO()
                np.save(buffer, array, allow_pickle=False)
                archive.writestr(
                    zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue(), zipfile.ZIP_DEFLATED, 9
                )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, row in pairs:
        groups[key].append(row)
    return groups


def _place(place: places.Place) -> Known:
    evidence: LinkEvidence = "place" if place.link.startswith("geonames") else "territory"
    return Known(f"loc:{place.link.lower()}", "LOC", evidence, (place.link,))


def add_organisations(rows: Rows) -> None:
    """The table of organisations."""
    found = []
    for slug, language, name in tables.named("organisations"):
        row = Known(f"org:{slug}", "ORG", "known", ()).row()
        found += [(key, row) for key in (organisation_key(name, language), name_key(name, language))]
    for kind in _THINGS:
        rows.add(kind, _grouped(found))


def add_territories(rows: Rows, large_cities: frozenset[str]) -> None:
    """Countries, then regions unless a large city has their name; names of one language for that language."""
    named = [
        (language, name, _place(place).row())
        for place in (*places.countries(), *places.regions())
        for language, name in place.names
        if place.link.startswith(("iso-3166:", "un-m49:")) or name_key(name, language) not in large_cities
    ]
    found = [(language, name_key(name, language), row) for language, name, row in named]
    together = _grouped((key, row) for _, key, row in found)
    rows.add(FINE, _grouped((fine_key(name, language), row) for language, name, row in named))
    for kind in _PLACES:
        rows.add(kind, together)
        # A name that means two territories in all can mean one in a language: Georgia in Polish.
        for language in places.LANGUAGES:
            own = {key for each, key, _ in found if each == language}
            heard = _grouped((key, row) for each, key, row in found if each in {language, _ANY} and key in own)
            rows.add(f"{kind}.{language}", {key: meant for key, meant in heard.items() if len(set(together[key])) > 1})


def add_cities(rows: Rows, cities: list[places.Place]) -> None:
    """Cities by fine keys, and by coarse ones that are long enough, where one dominates."""
    for name in tables.features():
        rows.close(FINE, fine_key(name))
        rows.close("LOC", name_key(name))
    for kind in (FINE, "LOC"):
        claims: dict[str, dict[str, int]] = defaultdict(dict)
        for place in cities:
            row = _place(place).row()
            for _, name in place.names:
                key = fine_key(name) if kind == FINE else name_key(name)
                if kind == FINE or len(key) >= LEAST_COARSE:
                    claims[key].setdefault(row, place.population)
        rows.add(
            kind,
            {
                key: ordered[:1] if len(ordered) == 1 or found[ordered[0]] >= DOMINANCE * found[ordered[1]] else ordered
                for key, found in claims.items()
                for ordered in [sorted(found, key=lambda row: -found[row])]
            },
        )


def _ascii_word(form: str) -> str:
    """The first form of a line in small ASCII letters: ids are made of it."""
    return unicodedata.normalize("NFKD", form.casefold()).encode("ascii", "ignore").decode("ascii")


def add_forms(rows: Rows) -> None:
    """Forms of first names and surnames; the first of a line gives the form of all."""
    pairs = []
    for forms in tables.forms():
        one = _ascii_word(forms[0])
        pairs += [(name_key(form, language), one) for form in forms for language in (_ANY, "be", "bg", "pl", "cs")]
    rows.add(FORM, _grouped(pairs))


def add_concordance(rows: Rows, names: Names, meanings: Mapping[Name, str]) -> None:
    """What SlavicNER's identifiers say of names: each identifier is what most of its names are known as already."""
    known_as: dict[str, Counter[str]] = defaultdict(Counter)
    for name, identifier in meanings.items():
        if known := names.known(name.name, name.type, name.language):
            known_as[identifier][known.row()] += 1
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, identifier in meanings.items():
        prefix, _, slug = identifier.partition("-")
        kind = type_of_identifier.get(prefix)
        if kind is None or not slug:
            continue
        own = names.key(slug.replace("-", " "), kind, _ANY)
        row = Known(f"{kind.lower()}:{own}", kind, "known", ()).row()
        if known_as[identifier]:
            row = known_as[identifier].most_common(1)[0][0]
        pairs[name.type].append((names.key(name.name, name.type, name.language), row))
    for name_type, found in sorted(pairs.items()):
        rows.add(name_type, _grouped(found))


def compile_names(path: Path, data: Path | None) -> None:
    """Write the file. `data` is the folder of SlavicNER; without it no concordance is learned."""
    cities = list(places.cities())
    rows = Rows()
    add_organisations(rows)
    large = frozenset(name_key(name) for place in cities if place.population >= LARGE for _, name in place.names)
    add_territories(rows, large)
    add_cities(rows, cities)
    add_forms(rows)
    rows.write(path)
    if data is not None:
        add_concordance(rows, Names(Gazetteer(path)), concordance.meanings(data))
        rows.write(path)
    _log.info("%s: %d bytes", path, path.stat().st_size)
