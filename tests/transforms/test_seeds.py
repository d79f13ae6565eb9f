"""The two seeds become what seeds/expected says (`python -m tests.golden` writes it anew)."""

import re
from pathlib import Path

import pytest

from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED
from tests.golden import EXPECTED, document_of, render, seeds
from transforms.document import Dateline


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
    assert document.entities == ()
    assert document.provenance.entity_model is None
