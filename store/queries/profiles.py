"""An entity whole: its names, its timeline, its neighbours, who writes of it, and what was written last."""

from collections import Counter
from dataclasses import dataclass

from pymongo.database import Database

from store import codec
from store.connection import Record
from store.entity_queries import KnownEntity, Month, get_entity
from store.queries.documents import matching
from store.queries.facets import Count, counts
from store.queries.wanted import Criteria
from transforms.document import Document


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where and when an entity was written of, counted over the newest `counted` documents that name it.

    `months` the earliest first; `sources` and `languages` the most frequent first; `newest` are ids, newest first.
    """

    months: tuple[Month, ...]
    sources: tuple[Count, ...]
    languages: tuple[Count, ...]
    newest: tuple[str, ...]
    counted: int
    complete: bool


@dataclass(frozen=True, slots=True)
class EntityProfile:
    """An entity (names by language, aliases, neighbours: `entity`), and what its documents say.

    `months` the earliest first, those without any left out; `sources` and `languages` (of the documents) the most
    frequent first; `latest` documents, newest first. Unless `complete`, months, sources and languages are counted over
    the newest `counted` documents.
    """

    entity: KnownEntity
    months: tuple[Month, ...]
    sources: tuple[Count, ...]
    languages: tuple[Count, ...]
    latest: tuple[Document, ...]
    counted: int
    complete: bool


def coverage(
    db: Database[Record], entity: str, *, latest: int = 10, top: int = 20, most: int | None = None
) -> Coverage:
    """The coverage of the entity with this id: `latest` ids, `top` sources and languages.

    Over the newest `most` documents, as for `facets`.
    """
    records, complete = matching(db, Criteria(entity_id=entity), ("language", "source"), most=most)
    months = Counter(f"{record['published_at']:%Y-%m}" for record in records if record["published_at"])
    return Coverage(
        months=tuple(Month(month, months[month]) for month in sorted(months)),
        sources=counts([record["source"] for record in records], top),
        languages=counts([record["language"] for record in records], top),
        newest=tuple(record["_id"] for record in records[:latest]),
        counted=len(records),
        complete=complete,
    )


def entity_profile(
    db: Database[Record],
    entity: str,
    *,
    latest: int = 10,
    top: int = 20,
    most: int | None = None,
    covered: Coverage | None = None,
) -> EntityProfile | None:
    """The profile of the entity with this id; None where there is none.

    `covered` is its `coverage`, where somebody has kept it: this costs most, and is the same as long as `latest_token`
    is. `latest`, `top` and `most` as there.
    """
    found = get_entity(db, entity)
    if found is None:
        return None
    covered = covered or coverage(db, entity, latest=latest, top=top, most=most)
    newest = covered.newest[:latest]
    records = {record["_id"]: record for record in db.documents.find({"_id": {"$in": list(newest)}})}
    return EntityProfile(
        entity=found,
        months=covered.months,
        sources=covered.sources,
        languages=covered.languages,
        latest=tuple(codec.from_record(records[one]) for one in newest if one in records),
        counted=covered.counted,
        complete=covered.complete,
    )
