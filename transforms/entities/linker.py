"""Mentions to entities: which mentions mean the same person, organisation or place, and under which id.

An id does not depend on other texts: it is that of the territory, city or organisation which a name is known to mean
(`loc:iso-3166:kz`, `loc:geonames:1526273`, `org:united-nations`), else the type and the key of the name, which is the
same in all languages and scripts (transforms.entities.keys). Inside a text the short name of a person takes the id of
the one full name it fits, and an acronym that of the name it is spelled out by. A surname alone never takes the id of
a person of another text: a wrong merge is worse than a missed one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from transforms.document import Entity, EntityType, LinkEvidence
from transforms.entities.acronyms import spelled_out
from transforms.entities.gazetteer import Gazetteer, Known
from transforms.entities.keys import name_key
from transforms.entities.mentions import NamedMention
from transforms.entities.names import Names, initial_of

# The weaker evidence first: an entity shows the strongest of its mentions'.
_EVIDENCE: Final[tuple[LinkEvidence, ...]] = ("name", "short", "form", "acronym", "known", "place", "territory")
# A name that the model gave several types has the one that so many times so many mentions agree on as on all others.
_DOMINANCE: Final = 2
_LEAST: Final = 3

_INITIALS: Final = re.compile(r"(?:[^\W\d_]{1,2}\.[\s-]?){1,3}")


@dataclass(frozen=True, slots=True)
class _Linked:
    """A mention with what it is taken for."""

    mention: NamedMention
    identity: Known
    evidence: LinkEvidence
    short: bool = False


class Linker:
    """Makes one entity of all mentions that mean one. Knows nothing of other texts; safe to share between threads."""

    def __init__(self, path_of_names: Path) -> None:
        self._names = Names(Gazetteer(path_of_names))

    def link(self, mentions: Sequence[NamedMention], text: str) -> tuple[Entity, ...]:
        """The entities of `text`, in the order of first mention; every mention is in exactly one of them.

        `mentions` are sorted by place and do not overlap.
        """
        agreed = _agreed(mentions)
        linked = []
        for mention in agreed:
            identity = self._names.identity(mention.name, mention.type, mention.language)
            linked.append(_Linked(mention, identity, identity.evidence))
        linked = self._with_short_names(linked)
        linked = _with_acronyms(linked, spelled_out([each.mention for each in linked], text))
        groups: dict[str, list[_Linked]] = defaultdict(list)
        for each in linked:
            groups[each.identity.id].append(each)
        return tuple(self._entity(group) for group in groups.values())

    def is_place(self, name: str, language: str) -> bool:
        """Whether a name, in its base form, is that of a place that is known."""
        return self._names.known(name, "LOC", language) is not None

    def search_keys(self, name: str) -> list[str]:
        """What to look up in `Entity.keys` for a name that a person types, in any language, script and spelling."""
        return self._names.search_keys(name)

    def _entity(self, group: Sequence[_Linked]) -> Entity:
        """The entity of mentions with one identity, named as the first that is no short form of it is."""
        named = next((each for each in group if not each.short), group[0]).mention
        identity = group[0].identity
        names = {
            (text, each.mention.type, each.mention.language): None
            for each in group
            for text in (each.mention.name, each.mention.mention.surface)
        }
        return Entity(
            id=identity.id,
            type=identity.type,
            name=named.name,
            mentions=tuple(each.mention.mention for each in group),
            language=named.language,
            keys=self._names.entity_keys(identity.id, names),
            evidence=max((each.evidence for each in group), key=_EVIDENCE.index),
            links=identity.links,
        )

    def _with_short_names(self, linked: Sequence[_Linked]) -> list[_Linked]:
        """Short names of persons («Галимова», «Р.Н. Минниханов») take the identity of the one full name they fit.

        Where two persons fit, the short name stays an entity of its own.
        """
        full: dict[tuple[str, ...], Known] = {}
        behind: dict[tuple[str, ...], tuple[str, ...]] = {}
        for each in linked:
            if each.mention.type == "PER" and not _INITIALS.match(each.mention.name):
                words = self._names.person(each.mention.name, each.mention.language)
                if len(words) > 1:
                    full.setdefault(words, each.identity)
                    behind[words] = self._behind(each.mention.name, each.mention.language)
        ending: dict[tuple[str, ...], dict[str, tuple[str, Known]]] = defaultdict(dict)
        for words, person in full.items():
            for start in range(1, len(words)):
                ending[words[start:]][person.id] = (words[0], person)
        # «фон дер Ляйен» has several words and is no full name beside «Урсула фон дер Ляйен».
        first_names = {words[0] for words in full if ending.keys().isdisjoint((words, behind[words]))}
        found = []
        for each in linked:
            identity = self._full_name(each.mention, ending, first_names) if each.mention.type == "PER" else None
            is_short = identity is not None and identity.id != each.identity.id
            found.append(
                replace(each, identity=identity, evidence=_stronger("short", identity.evidence), short=True)
                if identity is not None and is_short
                else each
            )
        return found

    def _behind(self, name: str, language: str) -> tuple[str, ...]:
        """The words of a name as they are behind a first name: there, `Pekarová` is Pekar, too."""
        return self._names.person(f"x {name}", language)[1:]

    def _full_name(
        self,
        mention: NamedMention,
        ending: Mapping[tuple[str, ...], Mapping[str, tuple[str, Known]]],
        first_names: set[str],
    ) -> Known | None:
        """The person that a short name stands for, None where there is none or more than one.

        `ending` has, for the words with which full names end, the persons of those names and their first words.
        """
        initials = _INITIALS.match(mention.name)
        rest = mention.name[initials.end() :] if initials else mention.name
        words = self._names.person(rest, mention.language)
        # «Александр» alone is somebody's first name where a person in the text is called so.
        if not words or (words[0] in first_names and not initials):
            return None
        # A single word is as it is written, a full name has the form that all languages share.
        tails = {words, self._behind(rest, mention.language)}
        initial = initial_of(mention.name[: mention.name.index(".")], mention.language) if initials else ""
        fitting = {
            person: identity
            for tail in tails
            for person, (first, identity) in ending.get(tail, {}).items()
            if first.startswith(initial)
        }
        return next(iter(fitting.values())) if len(fitting) == 1 else None


def _agreed(mentions: Sequence[NamedMention]) -> list[NamedMention]:
    """The mentions, of each name all with one type where one clearly dominates: others are the model's noise."""
    types: dict[str, Counter[EntityType]] = defaultdict(Counter)
    keys = [name_key(each.name, each.language) for each in mentions]
    for key, each in zip(keys, mentions, strict=True):
        types[key][each.type] += 1
    found = []
    for key, each in zip(keys, mentions, strict=True):
        kind, number = types[key].most_common(1)[0]
        others = types[key].total() - number
        agree = types[key].total() >= _LEAST and number >= _DOMINANCE * others
        found.append(replace(each, type=kind) if agree and kind != each.type else each)
    return found


def _with_acronyms(linked: Sequence[_Linked], spelled: dict[int, int]) -> list[_Linked]:
    """Acronyms with the identity of the names that spell them out in this text, wherever in it they stand.

    Which of both gives the identity: the one that is known, else the full name. An acronym that is spelled out in two
    ways is left alone.
    """
    targets: dict[str, set[str]] = defaultdict(set)
    identities: dict[str, Known] = {}
    shorts: set[str] = set()
    for short, full in spelled.items():
        one, other = linked[short].identity, linked[full].identity
        if one.id == other.id or "PER" in {one.type, other.type} or _is_known(one) is _is_known(other) is True:
            continue
        source, target = (other, one) if _is_known(one) else (one, other)
        targets[source.id].add(target.id)
        identities[target.id] = target
        if source is one:
            shorts.add(source.id)
    found = []
    for each in linked:
        target_ids = targets.get(each.identity.id, set())
        if len(target_ids) == 1 and not (target_ids & targets.keys()):
            identity = identities[next(iter(target_ids))]
            is_short = each.identity.id in shorts
            evidence = _stronger("acronym", identity.evidence)
            found.append(replace(each, identity=identity, evidence=evidence, short=is_short))
        else:
            found.append(each)
    return found


def _is_known(identity: Known) -> bool:
    return identity.evidence in {"territory", "place", "known"}


def _stronger(one: LinkEvidence, other: LinkEvidence) -> LinkEvidence:
    return max(one, other, key=_EVIDENCE.index)
