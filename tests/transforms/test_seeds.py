"""The two seeds become what seeds/expected says (`python -m tests.golden` writes it anew)."""

import hashlib
import io
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED
from tests.golden import EXPECTED, document_of, render, seeds
from transforms import pipeline
from transforms.boilerplate import cut
from transforms.document import Dateline, Document, Item
from transforms.models import shared_models
from transforms.readers import read_items


@pytest.mark.parametrize("seed", seeds(), ids=lambda path: path.stem)
def test_golden(seed: Path) -> None:
    assert render(*document_of(seed)) == (EXPECTED / seed.name).read_text(encoding="utf-8")


def test_the_russian_seed_as_its_issue_asks() -> None:
    _, document = document_of(RUSSIAN_SEED)
    headline = "Рустам Минниханов пригласил Alibaba Group разместить производство в Татарстане"
    assert document.title == headline
    assert document.text.count(headline) == 1
    assert "16+" not in document.text
    assert not re.search(r"_\d", document.text)
    assert "Визит делегации" not in document.text
    assert document.dateline == Dateline("Казань", "XXXX-05-17", None, 5, 17, "Татар-информ", "Арсений Маврин")
    assert document.published_at is None
    assert document.language.tag == "ru"
    found = {(entity.type, entity.name) for entity in document.entities}
    persons = {("PER", name) for name in ("Рустам Минниханов", "Лилия Галимова", "Арсений Маврин")}
    organisations = {("ORG", name) for name in ("Alibaba Group", "Geely", "Hikvision", "King Long", "XGMA")}
    places = {("LOC", name) for name in ("Татарстан", "Ханчжоу", "Шанхай")}
    assert persons | organisations | places <= found
    assert {entity.name for entity in document.entities if entity.type == "PER"} == {name for _, name in persons}


def test_the_belarusian_seed_as_its_issue_asks() -> None:
    item, document = document_of(BELARUSIAN_SEED)
    assert document.text == item.original.removesuffix("\nБЕЛТА")
    assert document.dateline == Dateline("Мінск", "2019-11-18", 2019, 11, 18, "БЕЛТА")
    assert document.published_at
    assert document.published_at.isoformat() == "2019-11-18T00:00:00+00:00"
    assert document.language.tag == "be"
    found = {(entity.type, entity.name, entity.links) for entity in document.entities}
    assert found >= {
        ("PER", "Алтай Кульгінаў", ()),
        ("PER", "Андрэй Лаўрэнцьеў", ()),
        ("ORG", "Амкадор", ()),
        ("ORG", "ПВТ", ()),
        ("LOC", "Мінск", ("geonames:625144",)),
        ("LOC", "Нур-Султан", ("geonames:1526273",)),
        ("LOC", "Беларусь", ("iso-3166:BY",)),
        ("LOC", "Казахстан", ("iso-3166:KZ",)),
        ("LOC", "Кітай", ("iso-3166:CN",)),
    }
    assert {entity.name for entity in document.entities if entity.type == "PER"} == {
        "Алтай Кульгінаў",
        "Андрэй Лаўрэнцьеў",
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _wrapped(lines: list[str], width: int, end: str) -> str:
    """The lines as mail and terminals break them: at spaces, where the next word would not fit."""
    return end.join(
        "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)) for line in lines
    )


# Ways in which the same page arrives.
ARRIVALS: dict[str, Callable[[str], str]] = {
    "one paragraph": lambda text: " ".join(_lines(text)),
    "single newlines": lambda text: "\n".join(_lines(text)),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "doubly spaced": lambda text: "\n\n".join(_lines(text)),
    "two blank lines": lambda text: "\n\n\n".join(_lines(text)),
    "every line end doubled": lambda text: text.replace("\n", "\n\n"),
    "doubled spaces": lambda text: text.replace(" ", "  "),
    "trailing spaces": lambda text: text.replace("\n", "   \n") + "  ",
    "wrapped at 80": lambda text: _wrapped(text.split("\n"), 80, "\n"),
    "wrapped at 80, no blank lines": lambda text: _wrapped(_lines(text), 80, "\n"),
    "wrapped at 72, blank lines between": lambda text: _wrapped(_lines(text), 72, "\n\n"),
    "one paragraph, wrapped at 80": lambda text: _wrapped([" ".join(_lines(text))], 80, "\n"),
}


@pytest.mark.parametrize("arrival", ARRIVALS)
@pytest.mark.parametrize("seed", seeds(), ids=lambda path: path.stem)
def test_the_seeds_come_out_the_same_however_their_lines_arrive(seed: Path, arrival: str) -> None:
    _, golden = document_of(seed)
    content = ARRIVALS[arrival](seed.read_text(encoding="utf-8")).encode()
    (item,) = read_items(io.BytesIO(content), drop_id=hashlib.sha256(content).hexdigest(), name="a.txt", source="seeds")
    assert isinstance(item, Item)
    document = pipeline.process(item, shared_models())
    assert isinstance(document, Document)
    assert _facts(document) == _facts(golden)
    assert cut(item.original, document.boilerplate) == document.text
    for entity in document.entities:
        assert all(document.text[name.start : name.end] == name.surface for name in entity.mentions)


def _facts(document: Document) -> dict[str, object]:
    return {
        "title": document.title,
        "dateline": document.dateline,
        "published": document.published,
        "authors": document.authors,
        "age": document.age_rating,
        "language": document.language.tag,
        "entities": {(entity.type, entity.name, len(entity.mentions)) for entity in document.entities},
        "reasons": {span.reason for span in document.boilerplate},
        "text": " ".join(document.text.split()),
    }
