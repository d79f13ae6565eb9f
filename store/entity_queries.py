"""Questions about entities: which there are, and what is known of one. Typed results, paged by key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from store import corrections
from store.asking import QueryError
from store.connection import Record
from store.entity_rules import Rules
from transforms.document import UNDETERMINED, EntityType

# A token names the last entity of a page: how many documents, and its id.
_TOKEN = re.compile(r"(?P<documents>\d{1,15})~(?P<id>.+)")
_BEYOND = "\U0010ffff"
# Of a name that is not found: so many letters of it may lead to another one.
_SHARED_SHARE = 0.6
_MIN_SHARED = 3


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a language, and how many documents have it. `language` is a BCP 47 tag."""

    language: str
    name: str
    documents: int


@dataclass(frozen=True, slots=True)
class Alias:
    """A spelling or form of a name as the texts have it, and how many mentions do."""

    surface: str
    mentions: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entity that is named in the same documents, by its name (the most frequent there), and in how many."""

    id: str
    name: str
    documents: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why mentions are this entity (see transforms.document.LinkEvidence), and in how many documents."""

    evidence: str
    documents: int


@dataclass(frozen=True, slots=True)
class KnownEntity:
    """What all documents say of an entity (see store.entities); the most frequent first, times aware UTC or None."""

    id: str
    type: EntityType
    name: str
    names: tuple[Name, ...]
    aliases: tuple[Alias, ...]
    links: tuple[str, ...]
    evidence: tuple[Reason, ...]
    documents: int
    mentions: int
    first_seen: datetime | None
    last_seen: datetime | None
    neighbours: tuple[Neighbour, ...]

    @property
    def language(self) -> str:
        """The language of its name; `und` where no document calls it so, as a person may have given the name."""
        return next((name.language for name in self.names if name.name == self.name), UNDETERMINED)


@dataclass(frozen=True, slots=True)
class EntityCriteria:
    """What entities are asked for; everything given must hold.

    `keys` are those of a name, of which the entity must have any (see transforms.entities.keys); `language` is that of
    any of its names.
    """

    keys: tuple[str, ...] = ()
    type: EntityType | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class EntityPage:
    """One page of entities, those with the most documents first, and the token of the next page."""

    entities: tuple[KnownEntity, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month (`2019-11`), and how many documents of it name an entity."""

    month: str
    documents: int


def find_entities(
    db: Database[Record], criteria: EntityCriteria, *, limit: int = 20, after: str | None = None
) -> EntityPage:
    """The entities that meet the criteria, `limit` at a time; `after` is the `next_token` of the page before.

    Raises QueryError for a token that is none.
    """
    query: dict[str, Any] = {}
    if criteria.type:
        query["type"] = criteria.type
    if criteria.language:
        query["names.language"] = criteria.language
    # Those that nobody has counted yet, or that no document names any more, have no documents.
    counts: list[dict[str, Any]] = [{"documents": {"$gt": 0}}]
    if after:
        match = _TOKEN.fullmatch(after)
        if not match:
            raise QueryError(f"{after!r} is no page token: give the one that the page before ended with")
        documents = int(match["documents"])
        counts = [{"documents": documents, "_id": {"$gt": match["id"]}}, {"documents": {"$gt": 0, "$lt": documents}}]
    order = [("documents", DESCENDING), ("_id", ASCENDING)]
    read: dict[str, Record] = {}
    # A question for each key and start: for `$in` and `$or` beside other conditions the embedded store uses no index.
    for each in [{"keys": key} for key in criteria.keys] or [{}]:
        for count in counts:
            asked = {**query, **each, **count}
            read |= {record["_id"]: record for record in db.entities.find(asked).sort(order).limit(limit + 1)}
    records = sorted(read.values(), key=lambda record: (-record["documents"], record["_id"]))[: limit + 1]
    found = _known(db, records[:limit])
    more = len(records) > limit
    return EntityPage(found, f"{found[-1].documents}~{found[-1].id}" if more else None)


def get_entity(db: Database[Record], entity: str) -> KnownEntity | None:
    """The entity with this id, or None."""
    record = db.entities.find_one({"_id": entity, "documents": {"$gt": 0}})
    return _known(db, [record])[0] if record else None


def nearest(db: Database[Record], keys: Sequence[str], *, limit: int = 5) -> list[KnownEntity]:
    """Entities with a key that begins like one of these, for a name that is not found; the most documents first."""
    beginnings = {key[: max(int(len(key) * _SHARED_SHARE), _MIN_SHARED)] for key in keys}
    found: dict[str, Record] = {}
    for beginning in sorted(one for one in beginnings if len(one) >= _MIN_SHARED):
        query = {"keys": {"$gte": beginning, "$lt": beginning + _BEYOND}, "documents": {"$gt": 0}}
        found |= {record["_id"]: record for record in db.entities.find(query).limit(limit * 4)}
    return sorted(_known(db, list(found.values())), key=lambda one: (-one.documents, one.id))[:limit]


def timeline(db: Database[Record], entity: str) -> list[Month]:
    """How many dated documents name an entity, by month, the earliest first; months without any are left out."""
    month = {"$dateToString": {"format": "%Y-%m", "date": "$published_at"}}
    rows = db.documents.aggregate(
        [
            {"$match": {"entities.id": entity, "published_at": {"$ne": None}}},
            {"$group": {"_id": month, "documents": {"$sum": 1}}},
            {"$sort": {"_id": 1}},
        ]
    )
    return [Month(row["_id"], row["documents"]) for row in rows]


def _known(db: Database[Record], records: Sequence[Record]) -> tuple[KnownEntity, ...]:
    rules = corrections.rules(db) if records else Rules()
    return tuple(_as_known(record, rules) for record in records)


def _as_known(record: Record, rules: Rules) -> KnownEntity:
    # A record is made anew when what it is about changes, and not when a neighbour of it is given another name.
    neighbours = [{**each, "name": rules.name(each["id"], each["name"])} for each in record["neighbours"]]
    return KnownEntity(
        id=record["_id"],
        type=record["type"],
        name=record["name"],
        names=tuple(Name(**name) for name in record["names"]),
        aliases=tuple(Alias(**alias) for alias in record["aliases"]),
        links=tuple(record["links"]),
        evidence=tuple(Reason(**reason) for reason in record["evidence"]),
        documents=record["documents"],
        mentions=record["mentions"],
        first_seen=record["first_seen"],
        last_seen=record["last_seen"],
        neighbours=tuple(Neighbour(**neighbour) for neighbour in neighbours),
    )
