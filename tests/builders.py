"""Items and documents for tests, with everything a test does not care about filled in."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from transforms import fingerprint
from transforms.document import Document, Encoding, Entity, Item, Language, Mention, Provenance, Version

SEEDS = Path(__file__).parent.parent / "seeds"
RUSSIAN_SEED = SEEDS / "000_e50d1304cb08d1ee.txt"
# Corpora that are no part of the repository; tests that need them are skipped where they are not. Read at import,
# before a fixture takes the settings of the environment away.
DEVELOPMENT_DATA = Path(
    os.environ.get("DROPWIRE_DEVELOPMENT_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")
).resolve()
BELARUSIAN_SEED = SEEDS / "004_bda6d83aba95b141.txt"
UTF8 = Encoding("utf-8", "utf-8")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def an_item(original: str, **other: Any) -> Item:
    """An item with the given original."""
    known: dict[str, Any] = {"drop_id": "d" * 64, "index": 0, "source": "test", "encoding": UTF8}
    return Item(original=original, **{**known, **other})


def a_document(doc_id: str = "0" * 32, text: str = "Тэкст.", **other: Any) -> Document:
    """A document with the given text and a fingerprint that fits it."""
    known: dict[str, Any] = {
        "source": "test",
        "url": None,
        "title": None,
        "language": Language("be", 0.99),
        "segments": (),
        "published": None,
        "dateline": None,
        "authors": (),
        "entities": (),
        "boilerplate": (),
        "provenance": Provenance("d" * 64, 0, UTF8, "1", "test", "test"),
    }
    document = Document(doc_id=doc_id, text=text, fingerprint="", **{**known, **other})
    return replace(document, fingerprint=fingerprint.fingerprint(document))


def as_pipeline_1_wrote(record: dict[str, Any]) -> dict[str, Any]:
    """A record of a document without the fields that came with pipelines 2 and 3."""
    segments = [{key: value for key, value in segment.items() if key != "evidence"} for segment in record["segments"]]
    new = {"languages", "language_runners_up"}
    return {
        **as_pipeline_2_wrote({key: value for key, value in record.items() if key not in new}),
        "segments": segments,
    }


def as_pipeline_2_wrote(record: dict[str, Any]) -> dict[str, Any]:
    """A record of a document without the fields that came with pipeline 3."""
    new = {"published_zone", "section", "age_rating", "origins", *(key for key in record if key.startswith("updated_"))}
    return {key: value for key, value in record.items() if key not in new}


def an_entity(name: str, *surfaces: tuple[int, str]) -> Entity:
    """A person with mentions at the given offsets."""
    mentions = tuple(Mention(start, start + len(surface), surface) for start, surface in surfaces)
    return Entity(f"per:{name.casefold().replace(' ', '-')}", "PER", name, mentions)


def a_version(minutes: int = 0, drop: str = "d", index: int = 0) -> Version:
    """A place in the order of arrival."""
    return Version(EPOCH + timedelta(minutes=minutes), drop * 64, index)
