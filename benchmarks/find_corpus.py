"""Documents that are made, not read: as many as are asked for, in minutes, with fields spread as in a news archive.

Questions find documents by their fields, and what a page costs depends on how many documents have a value and on how
large a document is. So fields are drawn from uneven distributions and documents have the size of articles; what their
texts say does not matter. All is drawn from one seed: two stores of the same size are the same.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, islice
from typing import Final

from pymongo.database import Database

from store import codec, ensure
from store.connection import Record
from transforms.document import (
    Document,
    Encoding,
    Entity,
    Language,
    Mention,
    Provenance,
    Publication,
    Segment,
    Version,
)

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
DAYS: Final = 1000
SOURCES: Final = 200
ENTITIES: Final = 20_000
# How many documents of a hundred are in each, about: one language has a third of them, one has one.
LANGUAGES: Final = {"ru": 34, "be": 20, "uk": 15, "pl": 8, "cs": 6, "bg": 5, "en": 5, "kk": 4, "tt": 2, "ba": 1}
# Who publishes in one language has other texts, too; texts have parts in another language; some have no date, and of
# many only the day is known, so that a day's documents have the same time.
_OWN_LANGUAGE, _WITH_PART, _UNDATED, _DAY_ONLY = 0.85, 0.06, 0.05, 0.4
_WORDS, _NAMES, _MENTIONS = 220, 10, 3
_AT_ONCE: Final = 500
_SYLLABLES: Final = (
    "ма",
    "рын",
    "ка",
    "ле",
    "віч",
    "да",
    "ро",
    "тай",
    "ку",
    "сен",
    "бя",
    "ст",
    "но",
    "ўскі",
    "ге",
    "а",
)
_TYPES: Final = ("PER", "LOC", "ORG")
_PROVENANCE: Final = Provenance("0" * 64, 0, Encoding("utf-8", "utf-8", ""), "9", "made", "made", "made")


@dataclass(frozen=True)
class Archive:
    """What documents are drawn from. The first source and the first entity are the most frequent."""

    seed: int = 1

    @cached_property
    def sources(self) -> Sequence[tuple[str, str]]:
        """Each source with the language that most of its documents are in."""
        draw = random.Random(self.seed)  # noqa: S311 - drawn again alike, not secret
        own = draw.choices(list(LANGUAGES), list(LANGUAGES.values()), k=SOURCES)
        return [(f"site{number:03}.example", language) for number, language in enumerate(own)]

    @cached_property
    def entities(self) -> Sequence[Entity]:
        """Entities by frequency, each with the keys that its name is found by."""
        draw = random.Random(self.seed + 1)  # noqa: S311
        found = []
        for number in range(ENTITIES):
            name = " ".join(_word(draw).capitalize() for _ in range(2))
            keys = tuple(sorted({name.casefold(), *name.casefold().split()}))
            found.append(Entity(f"x:{number:05}", draw.choice(_TYPES), name, (), "be", keys))
        return found

    def documents(self) -> Iterator[Document]:
        """Documents without end."""
        draw = random.Random(self.seed + 2)  # noqa: S311
        words = [_word(draw) for _ in range(5000)]
        # The hundredth source has a fiftieth of what the first one has, the thousandth entity a hundredth.
        of_sources = list(accumulate(1 / (place + 2) for place in range(SOURCES)))
        of_entities = list(accumulate(1 / (place + 10) for place in range(ENTITIES)))
        while True:
            ((source, own),) = draw.choices(self.sources, cum_weights=of_sources)
            language = own if draw.random() < _OWN_LANGUAGE else _one_of(draw, LANGUAGES)
            text = " ".join(draw.choices(words, k=_WORDS))
            third = len(text) // 3
            tags = [language, language, _one_of(draw, LANGUAGES) if draw.random() < _WITH_PART else language]
            starts = (0, third, 2 * third)
            segments = tuple(Segment(start, start + third, tag, 0.99) for start, tag in zip(starts, tags, strict=True))
            named = dict.fromkeys(draw.choices(range(ENTITIES), cum_weights=of_entities, k=_NAMES))
            digits = f"{draw.getrandbits(128):032x}"
            yield Document(
                doc_id=digits,
                source=source,
                url=f"https://{source}/{digits}",
                title=" ".join(draw.choices(words, k=7)),
                text=text,
                language=Language(language, 0.99),
                segments=segments,
                published=_published(draw),
                dateline=None,
                authors=(),
                entities=tuple(_mentioned(draw, self.entities[number], len(text)) for number in named),
                boilerplate=(),
                fingerprint=digits,
                provenance=_PROVENANCE,
                content=digits,
            )


def fill(db: Database[Record], number: int) -> None:
    """Have so many documents in the collection of that name, with its validator and indexes; nothing where it has."""
    ensure(db)
    done = sum(1 for _ in db.documents.find({}, {"_id": 1}))
    newest = None
    for start, documents in enumerate(_batches(Archive().documents(), number)):
        versions = (Version(NOW, "0" * 64, start * _AT_ONCE + place) for place in range(len(documents)))
        records = [
            {**codec.to_record(one), "version": version.key, "first_version": version.key}
            for one, version in zip(documents, versions, strict=True)
        ]
        newest = max(filter(None, (newest, *(one["published_at"] for one in records))))
        if start * _AT_ONCE >= done:
            db.documents.insert_many(records, ordered=False)
    # As is noted with each change (store.changes), which is left out here.
    db.changes.update_one({"_id": 0}, {"$set": {"newest": newest, "head": number}})


def _batches(documents: Iterator[Document], number: int) -> Iterator[list[Document]]:
    rest = islice(documents, number)
    while batch := list(islice(rest, _AT_ONCE)):
        yield batch


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4)))


def _one_of(draw: random.Random, shares: dict[str, int]) -> str:
    return draw.choices(list(shares), list(shares.values()))[0]


def _published(draw: random.Random) -> Publication | None:
    if draw.random() < _UNDATED:
        return None
    at = NOW - timedelta(seconds=draw.randrange(1, DAYS * 86_400))
    if draw.random() < _DAY_ONLY:
        return Publication(at.replace(hour=0, minute=0, second=0), "day", "dateline")
    return Publication(at, "second", "meta")


def _mentioned(draw: random.Random, entity: Entity, length: int) -> Entity:
    size = len(entity.name)
    starts = sorted(draw.randrange(length - size) for _ in range(draw.randint(1, _MENTIONS)))
    mentions = tuple(Mention(start, start + size, entity.name) for start in starts)
    return Entity(entity.id, entity.type, entity.name, mentions, entity.language, entity.keys)
