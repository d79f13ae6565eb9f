"""A store of thousands of documents without running a model: the two seeds, varied. For benchmarks and browser tests.

The seeds are processed once; then each document is a few of their paragraphs with other words and other names in them,
and goes through the same functions of `store` as in an ingest: with originals and cut parts, revisions, near-copies,
entities, templates, observations by day, drift, runs and quarantine. The words are drawn from the seeds' own and from
syllables of these, so the texts have the right letters and lengths, and no sense. From the same random numbers comes
the same store.
"""

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from pymongo.database import Database

from benchmarks.web_operations import Day, record_operations
from store import copies, documents, ensure, entities, ledger
from store.connection import Record
from store.documents import Entry
from store.ledger import Holder
from transforms import fingerprint, near_copies, pipeline
from transforms.boilerplate import Site
from transforms.boilerplate.main_text import AFTER, NAVIGATION
from transforms.boilerplate.templates import REASON as TEMPLATE
from transforms.document import (
    BoilerplateSpan,
    Document,
    Entity,
    EntityType,
    Found,
    Item,
    Language,
    Mention,
    Publication,
    Segment,
    Version,
    WriteReport,
)
from transforms.models import shared_models
from transforms.readers import read_items

SEEDS: Final = Path(__file__).parents[1] / "seeds"
DAYS: Final = 120
# By how much they publish; the last one falls silent, the first one's pages change.
SOURCES: Final = (
    "belta", "tatar-inform", "zviazda", "nasha-niva", "kazinform", "bashinform", "vesti-minsk", "realnoe-vremya",
    "svaboda", "regional-desk", "kultura", "telegram-export",
)  # fmt: skip
CHANGED, SILENT, SILENT_DAYS, CHANGED_DAYS = SOURCES[0], SOURCES[8], 20, 6
_LABELS: Final = (("ru", 50), ("be", 30), ("uk", 6), ("tt", 5), ("kk", 4), ("ba", 2), ("en", 2), ("und", 1))
_LINES: Final = (
    "Читайте также: {0}", "Подписывайтесь на наш канал", "Фото: {0}", "Поделиться", "Все новости раздела «{0}»",
    "Наш адрас: г. Мінск, вул. Кірава, 26", "Перепечатка только со ссылкой на источник", "Рэклама",
)  # fmt: skip
_TOKEN: Final = re.compile(r"\w+|\W+")
_COMMUNITIES, _CAST = 40, 18
_CHUNK: Final = 250
_REVISED, _COPIED, _MIXED = 0.04, 0.06, 0.05


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph of a seed: its words, and where a name of which type stands."""

    parts: tuple[tuple[str, EntityType | None], ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    """What a seed gives: its document, its item, its paragraphs, and words to draw from."""

    document: Document
    item: Item
    paragraphs: tuple[_Paragraph, ...]
    words: tuple[str, ...]


def fill(db: Database[Record], count: int, *, now: datetime, folder: Path, seed: int = 8) -> None:
    """Fill an empty store with the seeds and `count` documents of the days before `now`; drops that failed in `folder`.

    Takes some 20 ms a document.
    """
    ensure(db)
    draw = random.Random(seed)  # noqa: S311 - no secret
    voices = [_voice(draw, path) for path in sorted(SEEDS.glob("*.txt"))]
    casts = _casts(draw, voices)
    for voice in voices:
        version = Version(now - timedelta(days=1), voice.item.drop_id, 0)
        _store(db, [Entry(voice.document, voice.item.original, version, item=voice.item)])
    days: dict[int, Day] = {}
    earlier: list[Entry] = []
    made = _entries(draw, voices, casts, count, now)
    while chunk := list(islice(made, _CHUNK)):
        _store(db, chunk)
        for entry in chunk:
            day = days.setdefault((now - entry.version.arrived_at).days, Day())
            day.add(entry.document, entry.version.arrived_at)
        earlier += draw.sample(chunk, max(int(len(chunk) * _REVISED), 1))
    for start in range(0, len(earlier), _CHUNK):
        _store(db, [_edited(draw, entry) for entry in earlier[start : start + _CHUNK]])
    entities.refresh(db)
    lines = {source: _templates(source) for source in SOURCES}
    record_operations(db, days, lines, now=now, folder=folder, draw=draw)


def _store(db: Database[Record], entries: Sequence[Entry]) -> None:
    """As flows.load_drops does, without its templates."""
    holder = Holder.this_process()
    for drop_id, at in {entry.version.drop_id: entry.version.arrived_at for entry in entries}.items():
        size = sum(len(entry.original.encode()) for entry in entries if entry.version.drop_id == drop_id)
        ledger.claim(db, drop_id, Found(f"/srv/drops/{drop_id[:8]}.jsonl", size, at), holder, again=True)
        report = WriteReport(inserted=sum(entry.version.drop_id == drop_id for entry in entries))
        ledger.finish(db, drop_id, holder, report=report, pipeline=pipeline.VERSION, run_id=_run_of(drop_id), now=at)
    documents.upsert(db, entries)
    ids = [entry.document.doc_id for entry in entries]
    copies.follow(db, ids, near_copies)
    entities.settle(db, ids)


def _run_of(drop_id: str) -> str:
    return hashlib.sha256(drop_id.encode()).hexdigest()[:32]


def _voice(draw: random.Random, path: Path) -> _Voice:
    content = path.read_bytes()
    with path.open("rb") as stream:
        read = read_items(stream, drop_id=hashlib.sha256(content).hexdigest(), name=path.name, source="seeds")
        item = next(each for each in read if isinstance(each, Item))
    document = pipeline.process(item, shared_models(), Site())
    if not isinstance(document, Document):
        raise TypeError(f"{path.name} was rejected: {document.detail}")
    words = sorted({word for word in re.findall(r"\w+", document.text) if word.isalpha() and word.islower()})
    made = {draw.choice(words)[: draw.randint(2, 5)] + draw.choice(words)[-draw.randint(2, 5) :] for _ in range(4000)}
    return _Voice(document, item, tuple(_paragraphs(document)), (*words, *sorted(made)))


def _paragraphs(document: Document) -> Iterator[_Paragraph]:
    mentions = sorted((m.start, m.end, entity.type) for entity in document.entities for m in entity.mentions)
    offset = 0
    for line in document.text.splitlines(keepends=True):
        parts: list[tuple[str, EntityType | None]] = []
        at = offset
        for start, end, kind in mentions:
            if at <= start and end <= offset + len(line):
                parts += [(token, None) for token in _TOKEN.findall(document.text[at:start])]
                parts.append((document.text[start:end], kind))
                at = end
        parts += [(token, None) for token in _TOKEN.findall(document.text[at : offset + len(line)].rstrip("\n"))]
        offset += len(line)
        if line.strip():
            yield _Paragraph(tuple(parts))


def _casts(draw: random.Random, voices: Sequence[_Voice]) -> list[list[Entity]]:
    """Who is named together: communities of names, the seeds' own among them."""
    own = [entity for voice in voices for entity in voice.document.entities]
    casts = []
    for number in range(_COMMUNITIES):
        words = voices[number % len(voices)].words
        cast = draw.sample(own, 4)
        for _ in range(_CAST):
            kind: EntityType = draw.choices(("PER", "ORG", "LOC"), (5, 3, 3))[0]
            name = " ".join(draw.choice(words).title() for _ in range(2 if kind == "PER" else 1))
            slug = hashlib.sha256(name.encode()).hexdigest()[:6]
            cast.append(
                Entity(
                    f"{kind.lower()}:made-{slug}", kind, name, (), voices[number % len(voices)].document.language.tag
                )
            )
        casts.append(cast)
    return casts


def _entries(
    draw: random.Random, voices: Sequence[_Voice], casts: Sequence[list[Entity]], count: int, now: datetime
) -> Iterator[Entry]:
    weights = [1 / (place + 1) for place in range(len(SOURCES))]
    last: Entry | None = None
    for number in range(count):
        drop_id = hashlib.sha256(f"drop {number // 25}".encode()).hexdigest()
        source = draw.choices(SOURCES, weights)[0]
        age = timedelta(days=draw.uniform(SILENT_DAYS if source == SILENT else 0, DAYS))
        arrived_at = (now - age).replace(microsecond=0)
        version = Version(arrived_at, drop_id, number % 25)
        if last and draw.random() < _COPIED:
            entry = _reprint(last, source, version, number)
        else:
            tag = draw.choices([tag for tag, _ in _LABELS], [weight for _, weight in _LABELS])[0]
            voice, other = draw.sample(list(voices), 2) if tag not in {"be", "ru"} else _own_voice(voices, tag)
            mixed = other if draw.random() < _MIXED else None
            entry = _entry(draw, voice, mixed, draw.choice(casts), source, tag, version, number, now - arrived_at)
        last = entry
        yield entry


def _own_voice(voices: Sequence[_Voice], tag: str) -> list[_Voice]:
    return sorted(voices, key=lambda voice: voice.document.language.tag != tag)


def _entry(
    draw: random.Random,
    voice: _Voice,
    mixed: _Voice | None,
    cast: Sequence[Entity],
    source: str,
    tag: str,
    version: Version,
    number: int,
    age: timedelta,
) -> Entry:
    text, original = "", ""
    mentions: dict[str, list[Mention]] = {}
    spans: list[BoilerplateSpan] = []
    segments: list[Segment] = []

    def cut(line: str, reason: str) -> None:
        nonlocal original
        spans.append(BoilerplateSpan(len(original), len(original) + len(line) + 1, reason))
        original += line + "\n"

    lines = _templates(source)
    for line in draw.sample(lines, 2):
        cut(line, TEMPLATE)
    if source == CHANGED and age < timedelta(days=CHANGED_DAYS):
        for _ in range(12):
            cut(" · ".join(draw.choice(voice.words) for _ in range(14)), NAVIGATION)
    chosen = draw.sample(cast, 8)
    parts = [(voice, tag)] * draw.randint(3, 9) + ([(mixed, mixed.document.language.tag)] if mixed else [])
    for each, language in parts:
        begin = len(text)
        for token, kind in draw.choice(each.paragraphs).parts:
            named = next((entity for entity in draw.sample(chosen, len(chosen)) if entity.type == kind), None)
            if kind and named:
                mentions.setdefault(named.id, []).append(Mention(len(text), len(text) + len(named.name), named.name))
                word = named.name
            elif token.isalpha() and draw.random() < 0.8:
                word = draw.choice(each.words)
                word = word.capitalize() if token[0].isupper() else word
            else:
                word = token
            text += word
            original += word
        text, original = text + "\n", original + "\n"
        if segments and segments[-1].tag == language:
            begin = segments.pop().start
        segments.append(Segment(begin, len(text), language, 0.97))
    cut(draw.choice(lines), AFTER)
    by_id = {entity.id: entity for entity in cast}
    day = version.arrived_at - timedelta(hours=draw.randint(1, 30))
    dated = draw.random() < 0.93
    title = " ".join(text.split()[: draw.randint(5, 12)]).strip(' ,.:;—-«»"')
    url = f"https://{source}.example/news/{number}"
    item = replace(
        voice.item, drop_id=version.drop_id, index=version.index, source=source, original=original, url=url, title=title
    )
    document = replace(
        voice.document,
        doc_id=fingerprint.doc_id(item),
        source=source,
        url=url,
        title=title,
        text=text,
        language=Language(tag, 0.97),
        segments=tuple(segments),
        published=Publication(day.replace(second=0), "second", "json-ld", "+03:00") if dated else None,
        authors=(),
        entities=tuple(replace(by_id[each], mentions=tuple(found)) for each, found in sorted(mentions.items())),
        boilerplate=tuple(spans),
        provenance=replace(voice.document.provenance, drop_id=version.drop_id, index=version.index),
        content="",
    )
    return Entry(_fingerprinted(document), original, version, item=item)


def _reprint(entry: Entry, source: str, version: Version, number: int) -> Entry:
    """The same text at another source."""
    url = f"https://{source}.example/reprint/{number}"
    item = (
        replace(entry.item, source=source, url=url, drop_id=version.drop_id, index=version.index)
        if entry.item
        else None
    )
    if item is None:
        raise TypeError("an entry without its item")
    document = replace(
        entry.document,
        doc_id=fingerprint.doc_id(item),
        source=source,
        url=url,
        provenance=replace(entry.document.provenance, drop_id=version.drop_id, index=version.index),
    )
    return Entry(_fingerprinted(document), entry.original, version, item=item)


def _edited(draw: random.Random, entry: Entry) -> Entry:
    """The article as it was delivered an hour later, with one word more at its end."""
    word = draw.choice(entry.document.text.split())
    document, original = entry.document, entry.original
    at = next((span.start for span in document.boilerplate if span.start > len(original) // 2), len(original))
    line = f"{word} — {word}.\n"
    spans = tuple(
        replace(span, start=span.start + len(line), end=span.end + len(line)) if span.start >= at else span
        for span in document.boilerplate
    )
    changed = replace(document, text=document.text + line, boilerplate=spans)
    drop_id = hashlib.sha256(f"edit {entry.version.key}".encode()).hexdigest()
    version = Version(entry.version.arrived_at + timedelta(hours=1), drop_id, 0)
    changed = replace(changed, provenance=replace(document.provenance, drop_id=drop_id, index=0))
    return Entry(_fingerprinted(changed), original[:at] + line + original[at:], version, item=entry.item)


def _fingerprinted(document: Document) -> Document:
    made = replace(document, fingerprint=fingerprint.fingerprint(document))
    return replace(made, content=fingerprint.content(made))


def _templates(source: str) -> list[str]:
    return [line.format(source) for line in _LINES]


def utc_today(hour: int = 12) -> datetime:
    """Today at that hour, UTC: what came before is then shown as of the last days."""
    return datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
