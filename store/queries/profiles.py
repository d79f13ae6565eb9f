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


def entity_profile(
    db: Database[Record], entity: str, *, latest: int = 10, top: int = 20, most: int | None = None
) -> EntityProfile | None:
    """The profile of the entity with this id: `latest` documents, `top` sources and languages; None without one.

    Over the newest `most` documents, as for `facets`.
    """
    found = get_entity(db, entity)
    if found is None:
        return None
    records, complete = matching(db, Criteria(entity_id=entity), ("language", "source"), most=most)
    months = Counter(f"{record['published_at']:%Y-%m}" for record in records if record["published_at"])
    documents = {
        record["_id"]: record
        for record in db.documents.find({"_id": {"$in": [record["_id"] for record in records[:latest]]}})
    }
    return EntityProfile(
        entity=found,
        months=tuple(Month(month, months[month]) for month in sorted(months)),
        sources=counts([record["source"] for record in records], top),
        languages=counts([record["language"] for record in records], top),
        latest=tuple(
            codec.from_record(documents[record["_id"]]) for record in records[:latest] if record["_id"] in documents
        ),
        counted=len(records),
        complete=complete,
    )
