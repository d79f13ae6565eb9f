"""Documents to records and back: the one place that knows what a document looks like on the wire."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from store.flags import flags_of
from store.schema import SCHEMA_VERSION
from transforms.document import (
    UNDETERMINED,
    BoilerplateSpan,
    Candidate,
    Dateline,
    Document,
    Encoding,
    Entity,
    Language,
    Mention,
    Origins,
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
    return {
        "_id": document.doc_id,
        "schema_version": SCHEMA_VERSION,
        "source": document.source,
        "url": document.url,
        "title": document.title,
        "text": document.text,
        "language": document.language.tag,
        "language_probability": document.language.probability,
        "language_runners_up": [_flat_record(candidate) for candidate in document.language.runners_up],
        "languages": search_languages(document.language.tag, (segment.tag for segment in document.segments)),
        "segments": [_flat_record(segment) for segment in document.segments],
        **_flat("published", document.published),
        **_flat("updated", document.updated),
        "section": document.section,
        "age_rating": document.age_rating,
        "origins": asdict(document.origins),
        "dateline": asdict(document.dateline) if document.dateline else None,
        "authors": list(document.authors),
        "entities": [_entity_record(entity) for entity in document.entities],
        "boilerplate": [_flat_record(span) for span in document.boilerplate],
        "fingerprint": document.fingerprint,
        **({"content": document.content} if document.content else {}),
        "provenance": asdict(document.provenance),
        "flags": list(flags_of(document)),
    }


def from_record(record: Mapping[str, Any]) -> Document:
    """The document of a record; `from_record(to_record(d)) == d` up to the store's milliseconds.

    Records of pipeline 1 have no runners-up and no evidence of segments: no runner-up, then, and `text`, for each
    paragraph was decided by itself. Those of pipelines 1 and 2 have neither section, time of update nor age rating, and
    do not say where their facts came from. Entities are as a person has corrected them (see `as_linked`).
    """
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
        published=_publication("published", record),
        dateline=Dateline(**record["dateline"]) if record["dateline"] else None,
        authors=tuple(record["authors"]),
        entities=tuple(map(_entity, record["entities"])),
        boilerplate=tuple(BoilerplateSpan(**span) for span in record["boilerplate"]),
        fingerprint=record["fingerprint"],
        provenance=Provenance(**{**provenance, "encoding": Encoding(**provenance["encoding"])}),
        section=record.get("section"),
        updated=_publication("updated", record),
        age_rating=record.get("age_rating"),
        origins=Origins(**record.get("origins", {})),
        content=record.get("content", ""),
    )


# What corrections by a person add to a record (see store.corrections), and notes of what is to be done for it.
_OF_CORRECTIONS = frozenset({"linked", "corrected", "former", "unsettled"})


def as_linked(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its entities as linking gave them, without a person's corrections: what was fingerprinted."""
    plain = {name: value for name, value in record.items() if name not in _OF_CORRECTIONS}
    return {**plain, "entities": record.get("linked", record["entities"])}


def _entity_record(entity: Entity) -> dict[str, Any]:
    return {
        "id": entity.id,
        "type": entity.type,
        "name": entity.name,
        "language": entity.language,
        "keys": list(entity.keys) or search_keys(entity),
        "evidence": entity.evidence,
        "links": list(entity.links),
        "mentions": [_flat_record(mention) for mention in entity.mentions],
        **({"linked_id": entity.linked_id} if entity.linked_id else {}),
    }


def _entity(record: Mapping[str, Any]) -> Entity:
    """The entity of a record; those of pipelines before 4 have neither language nor evidence nor links."""
    mentions = tuple(Mention(**mention) for mention in record["mentions"])
    entity = Entity(
        record["id"],
        record["type"],
        record["name"],
        mentions,
        language=record.get("language", UNDETERMINED),
        evidence=record.get("evidence", "name"),
        links=tuple(record.get("links", ())),
        linked_id=record.get("linked_id", ""),
    )
    # Keys that follow from the entity were written for want of others.
    return entity if record["keys"] == search_keys(entity) else replace(entity, keys=tuple(record["keys"]))


def _flat_record(one: Any) -> dict[str, Any]:
    """The record of a class that holds plain values alone; `asdict` would copy each value, at ten times the price."""
    return {name: getattr(one, name) for name in one.__slots__}


def _flat(name: str, publication: Publication | None) -> dict[str, Any]:
    """The fields of a time of publication or update, each null where there is none."""
    return {
        f"{name}_at": publication.at if publication else None,
        f"{name}_precision": publication.precision if publication else None,
        f"{name}_origin": publication.origin if publication else None,
        f"{name}_zone": publication.zone if publication else None,
    }


def _publication(name: str, record: Mapping[str, Any]) -> Publication | None:
    at = record.get(f"{name}_at")
    if not at:
        return None
    return Publication(at, record[f"{name}_precision"], record[f"{name}_origin"], record.get(f"{name}_zone"))
