"""What a document looks like in the store: in `documents` and, in its earlier states, in `revisions`."""

from dataclasses import fields
from typing import get_args

from store.flags import LOOKED_UP, Flag
from store.schema import (
    DATE_OR_NULL,
    INTEGER,
    INTEGER_OR_NULL,
    NUMBER,
    STRING,
    STRING_OR_NULL,
    VERSION,
    list_of,
    record_of,
)
from transforms.document import EntityType, LinkEvidence, Origin, Origins

_ORIGIN = {"enum": [*get_args(Origin), None]}
_PRECISION = {"enum": ["second", "day", None]}
_ENCODING = record_of({"name": STRING, "evidence": STRING, "detail": STRING})
_SPAN = {"start": INTEGER, "end": INTEGER}
_CANDIDATE = {"tag": STRING, "probability": NUMBER}

_ENTITIES = list_of(
    record_of(
        {
            "id": STRING,
            "type": {"enum": list(get_args(EntityType))},
            "name": STRING,
            "keys": list_of(STRING),
            "mentions": list_of(record_of({**_SPAN, "surface": STRING})),
        },
        # Records of pipelines before 4 lack these; the last is there only where a person has corrected something.
        optional={
            "language": STRING,
            "evidence": {"enum": list(get_args(LinkEvidence))},
            "links": list_of(STRING),
            "linked_id": STRING,
        },
    )
)

# All but the `_id`.
FIELDS = {
    "schema_version": VERSION,
    "version": STRING,
    "source": STRING,
    "url": STRING_OR_NULL,
    "title": STRING_OR_NULL,
    "text": STRING,
    "language": STRING,
    "language_probability": NUMBER,
    "segments": list_of(
        record_of({**_SPAN, **_CANDIDATE}, optional={"evidence": {"enum": ["text", "context"]}}),
    ),
    "published_at": DATE_OR_NULL,
    "published_precision": _PRECISION,
    "published_origin": _ORIGIN,
    "dateline": {
        "bsonType": ["object", "null"],
        "properties": {
            "place": STRING_OR_NULL,
            "date": STRING_OR_NULL,
            "year": INTEGER_OR_NULL,
            "month": INTEGER_OR_NULL,
            "day": INTEGER_OR_NULL,
            "agency": STRING_OR_NULL,
            "reporter": STRING_OR_NULL,
        },
    },
    "authors": list_of(STRING),
    "entities": _ENTITIES,
    "boilerplate": list_of(record_of({**_SPAN, "reason": STRING})),
    "fingerprint": STRING,
    "provenance": record_of(
        {
            "drop_id": STRING,
            "index": INTEGER,
            "encoding": _ENCODING,
            "pipeline": STRING,
            "language_model": STRING,
            "entity_model": STRING_OR_NULL,
        },
        # Records of pipelines 1 and 2 lack it.
        optional={"line_model": STRING_OR_NULL},
    ),
}
OPTIONAL_FIELDS = {
    # Records of pipeline 1 lack these (and the evidence of segments); they must stay writable.
    "language_runners_up": list_of(record_of(_CANDIDATE)),
    "languages": list_of(STRING),
    # Records of earlier versions lack it until `fill` gives it to them (store.documents).
    "flags": list_of({"enum": [flag for flag in get_args(Flag) if flag not in LOOKED_UP]}),
    # Records from before there were revisions lack it: it is their `version`, then.
    "first_version": STRING,
    # Records of pipelines 1 and 2 lack these.
    "content": STRING,
    "published_zone": STRING_OR_NULL,
    "updated_at": DATE_OR_NULL,
    "updated_precision": _PRECISION,
    "updated_origin": _ORIGIN,
    "updated_zone": STRING_OR_NULL,
    "section": STRING_OR_NULL,
    "age_rating": INTEGER_OR_NULL,
    "origins": record_of({}, optional={field.name: _ORIGIN for field in fields(Origins)}),
    # Where a person's corrections make a difference (store.corrections): the entities as linking gave them, and a
    # digest over the corrected ones.
    "linked": _ENTITIES,
    "corrected": STRING,
    # Ids of entities that the record named before, until `entities` is told (store.entities).
    "former": list_of(STRING),
    # That it was made anew from its item, and what follows from it does not follow yet (store.remade).
    "unsettled": {"bsonType": "objectId"},
}

# What another delivery of the same content may bring otherwise: outside the fingerprint, and always that of the
# delivery that the `version` names.
OF_DELIVERY = (
    "version",
    "provenance",
    "published_origin",
    "published_zone",
    "updated_at",
    "updated_precision",
    "updated_origin",
    "updated_zone",
    "origins",
)
