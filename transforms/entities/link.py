"""Mentions to entities: which mentions inside one text mean the same person, organisation or place."""

import re
from collections import defaultdict
from dataclasses import dataclass

from transforms.document import Entity, EntityType, Mention

_INITIALS = re.compile(r"(?:[^\W\d_]\.\s?){1,2}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class NamedMention:
    """A mention with its type and its base form (`Рустамом Миннихановым` → `Рустам Минниханов`)."""

    mention: Mention
    type: EntityType
    name: str


def entity_id(kind: EntityType, name: str) -> str:
    """The id of an entity: type and case-folded name, `per:рустам-минниханов`."""
    return f"{kind.lower()}:{'-'.join(name.casefold().split())}"


def _surname_of(name: str) -> tuple[str, str] | None:
    """The surname of a short name of a person, case folded, and its initial (empty if none), or None.

    `Галимова` → (`галимова`, ``), `Р.Н. Минниханов` → (`минниханов`, `р`); a full name → None.
    """
    match = _INITIALS.match(name)
    rest = name[match.end() :] if match else name
    words = rest.split()
    if len(words) != 1:
        return None
    return words[0].casefold(), name[0].casefold() if match else ""


def _full_names(persons: dict[str, str]) -> dict[str, str]:
    """For each short name of a person (case folded), the one full name in the text that it can stand for.

    Where two persons share the surname the short name stays an entity of its own: a wrong merge is worse
    than a missed one.
    """
    by_surname: dict[str, list[str]] = defaultdict(list)
    for key, name in persons.items():
        if _surname_of(name) is None:
            by_surname[key.split()[-1]].append(key)
    found = {}
    first_words = {key.split()[0] for keys in by_surname.values() for key in keys}
    for key, name in persons.items():
        short = _surname_of(name)
        # «Александр» alone is somebody's first name where a person in the text is called so.
        if short is None or short[0] in first_words:
            continue
        surname, initial = short
        candidates = [full for full in by_surname.get(surname, []) if full.startswith(initial)]
        if len(candidates) == 1:
            found[key] = candidates[0]
    return found


def link(mentions: list[NamedMention]) -> tuple[Entity, ...]:
    """One entity for each type and name, in the order of first mention.

    Short names of persons («Галимова», «Р.Н. Минниханов») join the one full name in the text they fit.
    """
    persons = {m.name.casefold(): m.name for m in reversed(mentions) if m.type == "PER"}
    full = _full_names(persons)
    groups: dict[tuple[EntityType, str], list[Mention]] = defaultdict(list)
    names: dict[tuple[EntityType, str], str] = {}
    for found in mentions:
        key = found.name.casefold()
        if found.type == "PER":
            key = full.get(key, key)
        names.setdefault((found.type, key), persons[key] if found.type == "PER" else found.name)
        groups[found.type, key].append(found.mention)
    return tuple(
        Entity(entity_id(kind, names[kind, key]), kind, names[kind, key], tuple(group))
        for (kind, key), group in groups.items()
    )
