"""Documents to records and back: the one place that knows what a document looks like on the wire."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from store.schema import SCHEMA_VERSION
from transforms.document import (
    BoilerplateSpan,
    Candidate,
    Dateline,
    Document,
    Encoding,
    Entity,
    Language,
    Mention,
    Provenance,
    Publication,
    Segment,
)

_QUOTES = re.compile(r"[«»\"“”„]")
_EDGES = ".,:;!?()[]'’"


def fold_name(name: str) -> str:
    """A name as names are compared: case folded, without punctuation but hyphens and dots inside words."""
    words = (word.strip(_EDGES) for word in _QUOTES.sub(" ", name.casefold()).split())
    return " ".join(filter(None, words))


def search_keys(entity: Entity) -> list[str]:
    """What an entity is found by: its name, its words, and its surfaces, all folded, sorted."""
    names = {fold_name(name) for name in (entity.name, *(mention.surface for mention in entity.mentions))}
    words = {word for name in names for word in name.split() if len(word) > 2}
    return sorted(filter(None, names | words))


def search_languages(tag: str, segment_tags: Iterable[str]) -> list[str]:
    """What a document is found by as to language, sorted: its own tag and those of its segments.

    Each tag also stands as its language alone: a document in `sr-Latn` is in `sr`, too.
    """
    tags = {tag, *segment_tags}
    return sorted(tags | {tag.partition("-")[0] for tag in tags})


def to_record(document: Document) -> dict[str, Any]:
    """The record of a document: nested values as they are, tuples as lists, language and publication flat."""
    published = document.published
    return {
        "_id": document.doc_id,
        "schema_version": SCHEMA_VERSION,
        "source": document.source,
        "url": document.url,
        "title": document.title,
        "text": document.text,
        "language": document.language.tag,
        "language_probability": document.language.probability,
        "language_runners_up": [asdict(candidate) for candidate in document.language.runners_up],
        "languages": search_languages(document.language.tag, (segment.tag for segment in document.segments)),
        "segments": [asdict(segment) for segment in document.segments],
        "published_at": published.at if published else None,
        "published_precision": published.precision if published else None,
        "published_origin": published.origin if published else None,
        "dateline": asdict(document.dateline) if document.dateline else None,
        "authors": list(document.authors),
        "entities": [
            {
                "id": entity.id,
                "type": entity.type,
                "name": entity.name,
                "keys": search_keys(entity),
                "mentions": [asdict(mention) for mention in entity.mentions],
            }
            for entity in document.entities
        ],
        "boilerplate": [asdict(span) for span in document.boilerplate],
        "fingerprint": document.fingerprint,
        "provenance": asdict(document.provenance),
    }


def from_record(record: Mapping[str, Any]) -> Document:
    """The document of a record; `from_record(to_record(d)) == d` up to the store's milliseconds.

    Records of pipeline 1 have no runners-up and no evidence of segments: no runner-up, then, and `text`, for each
    paragraph was decided by itself.
    """
    published_at = record["published_at"]
    provenance = record["provenance"]
    return Document(
        doc_id=record["_id"],
        source=record["source"],
        url=record["url"],
        title=record["title"],
        text=record["text"],
        language=Language(
            record["language"],
            record["language_probability"],
            tuple(Candidate(**candidate) for candidate in record.get("language_runners_up", ())),
        ),
        segments=tuple(Segment(**segment) for segment in record["segments"]),
        published=Publication(published_at, record["published_precision"], record["published_origin"])
        if published_at
        else None,
        dateline=Dateline(**record["dateline"]) if record["dateline"] else None,
        authors=tuple(record["authors"]),
        entities=tuple(
            Entity(
                entity["id"],
                entity["type"],
                entity["name"],
                tuple(Mention(**mention) for mention in entity["mentions"]),
            )
            for entity in record["entities"]
        ),
        boilerplate=tuple(BoilerplateSpan(**span) for span in record["boilerplate"]),
        fingerprint=record["fingerprint"],
        provenance=Provenance(**{**provenance, "encoding": Encoding(**provenance["encoding"])}),
    )
