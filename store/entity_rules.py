"""Where entities lead by the corrections that hold, and records corrected by that. Pure: it knows no database."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from store.codec import fold_name
from store.connection import Record

_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class Given:
    """A name that a person gave an entity, and what it is looked up by."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Where entities lead, by the corrections that hold: `merges` by id, `splits` by id and folded name.

    `keys` are those of the names that were split off, by the id that they became. `names` are given by a person, by id.
    """

    merges: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, Given] = field(default_factory=dict)

    def touch(self, ids: Iterable[str]) -> bool:
        """Whether any of these entities, under some name, is another one."""
        return any(entity in self.merges or entity in self.splits for entity in ids)

    def follow(self, entity: str, name: str) -> tuple[str, bool]:
        """Which entity this is under a folded name, and whether it was split off on the way."""
        split = False
        while True:
            if name in self.splits.get(entity, ()):
                entity, split = self.splits[entity][name], True
            elif entity in self.merges:
                entity = self.merges[entity]
            else:
                return entity, split

    def called(self, record: Record) -> Record:
        """A record of `entities`, as the documents say, under the name that a person gave it."""
        given = self.names.get(record["_id"])
        if given is None:
            return record
        return {**record, "name": given.name, "keys": sorted({*record["keys"], *given.keys})}

    def name(self, entity: str, said: str) -> str:
        """What an entity is called: as a person says, else as is `said` of it."""
        return self.names[entity].name if entity in self.names else said

    def given(self, keys: Iterable[str]) -> list[str]:
        """The entities that were given a name with any of these keys, by id: documents do not call them so."""
        asked = set(keys)
        return sorted(entity for entity, given in self.names.items() if not asked.isdisjoint(given.keys))

    def circle(self) -> tuple[str, ...]:
        """The ids of a circle that some name would be led round in; empty where there is none."""
        names = {name for those in self.splits.values() for name in those}
        for name in ("", *sorted(names)):
            for start in (*self.merges, *self.splits):
                way = [start]
                while (then := self.splits.get(way[-1], {}).get(name) or self.merges.get(way[-1])) is not None:
                    if then in way:
                        return (*way[way.index(then) :], then)
                    way.append(then)
        return ()

    def correct(self, record: Record) -> Record:
        """A record of `documents` or `revisions` with its entities corrected, from what linking gave.

        Where nothing is corrected, `linked` and `corrected` are not there.
        """
        linked: list[Record] = record["linked"] if "linked" in record else record["entities"]
        plain = {name: value for name, value in record.items() if name not in {"linked", "corrected"}}
        if not self.touch(entity["id"] for entity in linked):
            return {**plain, "entities": linked}
        entities = self._corrected(linked)
        if entities == linked:
            return {**plain, "entities": linked}
        return {**plain, "entities": entities, "linked": linked, "corrected": digest_of(entities)}

    def _corrected(self, linked: Sequence[Record]) -> list[Record]:
        parts: dict[str, list[Record]] = {}
        for entity in linked:
            for part in self._parts(entity):
                parts.setdefault(part["id"], []).append(part)
        return sorted(map(_joined, parts.values()), key=_first_start)

    def _parts(self, entity: Record) -> Iterator[Record]:
        """An entity of one document as the entities that it is: as a whole by its name, else mention by mention."""
        whole, was_split = self.follow(entity["id"], fold_name(entity["name"]))
        mentions: dict[str, list[Record]] = {}
        for mention in entity["mentions"]:
            mentions.setdefault(self.follow(whole, fold_name(mention["surface"]))[0], []).append(mention)
        for final, those in mentions.items():
            part = {**entity, "mentions": those}
            if final != entity["id"]:
                part = {**part, "id": final, "linked_id": entity["id"]}
            if final == whole != entity["id"]:
                # A merged entity is still found by the id that it had.
                left = {entity["id"]} if was_split else set()
                part["keys"] = sorted({*entity["keys"], final, entity["id"]} - left)
            elif final != whole:
                names = {fold_name(mention["surface"]) for mention in those}
                part["name"] = those[0]["surface"]
                part["keys"] = sorted({final, *self.keys.get(final, ()), *filter(None, names)})
            if was_split or final != whole:
                # They are those of the entity that it is not.
                part["links"] = []
            yield part


def _joined(parts: Sequence[Record]) -> Record:
    """Entities of one document that are one: named as the one with the most mentions."""
    if len(parts) == 1:
        return parts[0]
    main = max(parts, key=lambda part: len(part["mentions"]))
    joined = {
        **main,
        "keys": sorted({key for part in parts for key in part["keys"]}),
        "links": list(dict.fromkeys(link for part in (main, *parts) for link in part.get("links", ()))),
        "mentions": sorted(
            (mention for part in parts for mention in part["mentions"]), key=lambda mention: int(mention["start"])
        ),
    }
    linked_ids = [part["linked_id"] for part in parts if "linked_id" in part]
    return {**joined, "linked_id": linked_ids[0]} if linked_ids else joined


def _first_start(entity: Record) -> int:
    return min((mention["start"] for mention in entity["mentions"]), default=0)


def digest_of(entities: Sequence[Record]) -> str:
    """What tells corrected entities from others: which ids are where."""
    places = [[entity["id"], [mention["start"] for mention in entity["mentions"]]] for entity in entities]
    text = json.dumps(places, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()


def leaving(old: Record, record: Record) -> Record:
    """The record that replaces `old`, with the ids that are named no more (`former`), until `entities` is told."""
    now = {entity["id"] for entity in record["entities"]}
    former = {entity["id"] for entity in old["entities"]}.union(old.get("former", ())) - now
    plain = {name: value for name, value in record.items() if name != "former"}
    return {**plain, "former": sorted(former)} if former else plain
