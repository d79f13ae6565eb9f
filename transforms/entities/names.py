"""What a name is filed under: its key by type, what the gazetteer knows it as, what it is searched by."""

from collections.abc import Iterable, Iterator
from typing import Final

from transforms.agencies import first_name_of
from transforms.document import UNDETERMINED, EntityType, LinkEvidence
from transforms.entities.gazetteer import FINE, Gazetteer, Known
from transforms.entities.keys import (
    READINGS,
    fine_key,
    name_key,
    organisation_key,
    person_words,
    sounds,
    word_keys,
    words,
)

_TYPES: Final[tuple[EntityType, ...]] = ("PER", "ORG", "LOC", "EVT", "PRO")
# Words that say what a place is: «город Казань» is Казань where nothing is known by the whole name.
_DESIGNATORS: Final = frozenset(
    "г м город горад місто қаласы шәһәре ҡалаһы град miasto město mesto city republic republika республика рэспубліка "
    "республіка република republika республикасы республикаһы of".split()
)
# Words that are in so many names that they find nothing.
_SHORTEST_WORD: Final = 3


class Names:
    """Keys of names, and what the gazetteer knows. Safe to share between threads."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def person(self, name: str, language: str = UNDETERMINED) -> tuple[str, ...]:
        """The words of a person's name, each as the one form of it that all languages share."""
        found = person_words(name, language)
        return tuple(self._gazetteer.form(word) for word in found)

    def has_forms(self, name: str, language: str = UNDETERMINED) -> bool:
        """Whether a word of a person's name is one that languages write differently."""
        return tuple(person_words(name, language)) != self.person(name, language)

    def key(self, name: str, kind: EntityType, language: str = UNDETERMINED) -> str:
        """The key of a name of a type: what names of one entity have in common in all languages."""
        if kind == "PER":
            return "-".join(self.person(name, language))
        return organisation_key(name, language) if kind == "ORG" else name_key(name, language)

    def known(self, name: str, kind: EntityType, language: str = UNDETERMINED) -> Known | None:
        """What a name of a type is known to mean. A surname alone is never known."""
        if kind == "PER":
            # Of a person in many languages a letter more is another one, so only whole names are looked up.
            person = self.person(name, language)
            return self._gazetteer.known(kind, "-".join(person)) if len(person) > 1 else None
        if kind == "ORG" and (agency := self._agency(name)):
            return agency
        for written in _less_and_less(name) if kind == "LOC" else (name,):
            for reading in dict.fromkeys((language, UNDETERMINED)):
                key = self.key(written, kind, reading)
                found = self._gazetteer.known(f"{kind}.{language}", key) or self._gazetteer.known(kind, key)
                if kind in {"LOC", "ORG"} and (found is None or found.evidence == "place"):
                    fine = self._gazetteer.known(FINE, fine_key(written, reading))
                    # A country may act like an organisation, a city seldom does.
                    found = fine if fine and (kind == "LOC" or fine.evidence == "territory") else found
                if found:
                    return found
        return None

    def _agency(self, name: str) -> Known | None:
        """The news agency of that name, however it is spelled: «УНІАН» is not Yunnan, which sounds like it."""
        first = first_name_of(name) if len(name) >= _SHORTEST_WORD else None
        if first is None:
            return None
        key = organisation_key(first, UNDETERMINED)
        found = self._gazetteer.known("ORG", key)
        return found if found and found.type == "ORG" else Known(f"org:{key}", "ORG", "known", ())

    def identity(self, name: str, kind: EntityType, language: str = UNDETERMINED) -> Known:
        """What a name of a type is an entity of: what it is known to mean, else its own key."""
        if known := self.known(name, kind, language):
            return known
        evidence: LinkEvidence = "form" if kind == "PER" and self.has_forms(name, language) else "name"
        return Known(f"{kind.lower()}:{self.key(name, kind, language) or _code_points(name)}", kind, evidence, ())

    def search_keys(self, name: str) -> list[str]:
        """What `Entity.keys` has of each entity that a person may mean by `name`, sorted.

        The name is read in every language; the ids are those of what it is known to mean, as any type.
        """
        found = {name_key(name, reading) for reading in READINGS}
        for reading in READINGS:
            for kind in _TYPES:
                found.add(self.identity(name, kind, reading).id)
                found.add(self.key(name, kind, reading))
        return sorted(filter(None, found))

    def entity_keys(self, identity: str, names: Iterable[tuple[str, EntityType, str]]) -> tuple[str, ...]:
        """What an entity is found by, sorted: its id, and of each name (text, type, language) the key and its words."""
        found = {identity}
        for name, kind, language in names:
            found.update((name_key(name, language), self.key(name, kind, language)))
            found.update(
                key
                for word, key in zip(words(name), word_keys(name, language), strict=False)
                if len(word) >= _SHORTEST_WORD
            )
        return tuple(sorted(filter(None, found)))


def _less_and_less(name: str) -> Iterator[str]:
    """The name, then without the words that say what it is."""
    yield name
    all_words = words(name)
    kept = [word for word in all_words if word not in _DESIGNATORS]
    if kept and len(kept) < len(all_words):
        yield " ".join(kept)


def _code_points(name: str) -> str:
    """A key for names without any letter or digit."""
    return "-".join(f"{ord(character):x}" for character in name.strip()) or "0"


def initial_of(letters: str, language: str) -> str:
    """The sound of an initial: `Р` is r."""
    return sounds(letters.casefold(), language)[:1]
