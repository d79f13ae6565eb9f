"""Documents as pages show them: nothing is lost, nothing is doubled, and what is cut is exactly what was cut."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropwire.web import charts, marking
from dropwire.web.marking import PART_CHARACTERS, Part, excerpt, part_of, places_of_words, tints
from dropwire.web.pages.start import panel
from store.queries import Point, Timeline
from tests.builders import a_document, an_entity
from transforms.boilerplate import cut
from transforms.document import BoilerplateSpan, Document, Language, Mention, Segment

LETTERS = "аб \n"


@st.composite
def documents(draw: st.DrawFn) -> tuple[Document, str]:
    """A document and its original: spans, segments and mentions wherever they may be."""
    original = draw(st.text(LETTERS, max_size=60))
    ends = sorted(draw(st.sets(st.integers(0, len(original)), max_size=6)))
    spans = tuple(
        BoilerplateSpan(start, end, draw(st.sampled_from(["ad-slot", "aside"])))
        for number, (start, end) in enumerate(pairwise(ends))
        if number % 2 == 0
    )
    text = cut(original, spans)
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    segments = tuple(Segment(a, b, draw(st.sampled_from(["be", "tt", "und"])), 1.0) for a, b in pairwise(places))
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    named = [(a, b) for number, (a, b) in enumerate(pairwise(places)) if number % 2]
    entity = replace(an_entity("Аб"), mentions=tuple(Mention(a, b, text[a:b]) for a, b in named))
    document = a_document(text=text, segments=segments, entities=(entity,) if named else (), boilerplate=spans)
    return document, original


def shown(part: Part, *, cut_too: bool) -> str:
    stretches = (stretch for block in part.blocks for stretch in (block.stretches if cut_too else block.kept))
    return "".join(run.text for stretch in stretches for run in stretch.runs)


def without_space(text: str) -> str:
    return "".join(text.split())


@given(documents())
def test_the_original_is_shown_whole_and_the_rest_without_what_was_cut(given_one: tuple[Document, str]) -> None:
    document, original = given_one
    part = part_of(document, original, document.boilerplate, 1)
    assert without_space(shown(part, cut_too=True)) == without_space(original)
    assert without_space(shown(part, cut_too=False)) == without_space(document.text)
    assert without_space(shown(part_of(document, document.text, (), 1), cut_too=True)) == without_space(document.text)


@given(documents())
def test_names_are_marked_exactly(given_one: tuple[Document, str]) -> None:
    document, original = given_one
    part = part_of(document, original, document.boilerplate, 1)
    marked = [run.text for block in part.blocks for stretch in block.stretches for run in stretch.runs if run.entity]
    surfaces = [mention.surface for entity in document.entities for mention in entity.mentions]
    assert without_space("".join(marked)) == without_space("".join(surfaces))


def test_cut_lines_of_one_reason_stand_together() -> None:
    original = "Рэклама\n\nЯшчэ рэклама\n16+\nТэкст меню."
    spans = (BoilerplateSpan(0, 22, "ad-slot"), BoilerplateSpan(22, 26, "age-mark"), BoilerplateSpan(31, 36, "aside"))
    document = a_document(text=cut(original, spans), boilerplate=spans)
    blocks = part_of(document, original, spans, 1).blocks
    assert [(block.reason, block.text) for block in blocks] == [
        ("ad-slot", "Рэклама\nЯшчэ рэклама"),
        ("age-mark", "16+"),
        ("", "Тэкст меню."),
    ]
    assert [run.reason for run in blocks[2].stretches[0].runs if run.reason] == ["aside"]


def test_the_documents_own_language_has_no_tint() -> None:
    segments = (Segment(0, 1, "tt", 1.0), Segment(1, 2, "be", 1.0), Segment(2, 3, "und", 0.5), Segment(3, 4, "ru", 1.0))
    document = a_document(text="абвг", language=Language("be", 0.9), segments=segments)
    assert tints(document) == {"be": 0, "und": 0, "tt": 1, "ru": 2}


@pytest.mark.parametrize("line", ["Радок тэксту.\n", "без канца "])
def test_a_long_text_comes_in_parts_that_are_all_of_it(line: str) -> None:
    text = line * (3 * PART_CHARACTERS // len(line))
    document = a_document(text=text)
    first = part_of(document, text, (), 1)
    assert first.parts > 1
    parts = [part_of(document, text, (), number) for number in range(1, first.parts + 1)]
    assert without_space("".join(shown(part, cut_too=True) for part in parts)) == without_space(text)
    assert all(sum(len(block.text) for block in part.blocks) < 2 * PART_CHARACTERS for part in parts)
    assert part_of(document, text, (), 999) == parts[-1]


@given(st.text("аб вг.", max_size=700), st.data())
def test_an_excerpt_is_a_part_of_the_text_around_the_first_find(text: str, data: st.DataObject) -> None:
    ends = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    places = [(a, b) for number, (a, b) in enumerate(pairwise(ends)) if number % 2 == 0]
    bits = excerpt(text, places)
    whole = "".join(bit.text for bit in bits).removeprefix("… ").removesuffix(" …")
    assert " ".join(whole.split()) in " ".join(text.split())
    found = [bit.text for bit in bits if bit.found]
    if places:
        assert found[0] == re.sub(r"\s+", " ", text[slice(*places[0])])


def test_an_excerpt_marks_what_was_found() -> None:
    text = "Пачатак. " + "слова " * 40 + "Нур-Султан стаў сталіцай."
    bits = excerpt(text, places_of_words(text, ["НУР-СУЛТАН"]))
    assert [bit.text for bit in bits if bit.found] == ["Нур-Султан"]
    assert bits[0].text == "… "


def test_words_are_found_whole_and_in_any_case() -> None:
    assert places_of_words("Мінск, мінскі, МІНСК", ["мінск"]) == [(0, 5), (15, 20)]
    assert places_of_words("a.b ab", ["a.b"]) == [(0, 3)]
    assert not places_of_words("што", [])


@given(
    st.lists(st.lists(st.integers(0, 10_000), min_size=3, max_size=3), max_size=40),
    st.booleans(),
)
def test_a_chart_is_to_scale_and_inside_its_frame(values: list[list[int]], has_others: bool) -> None:
    columns = [charts.Column(date(2026, 1, 1) + timedelta(days=i), tuple(row)) for i, row in enumerate(values)]
    chart = charts.stacked(columns, has_others=has_others)
    assert sum(box.value for box in chart.boxes) == sum(map(sum, values))
    assert all(box.x >= chart.left and box.x + box.width <= 100 for box in chart.boxes)
    assert all(box.y >= 0 and box.y + box.height <= chart.base + 0.02 for box in chart.boxes)
    most = max((box for box in chart.boxes), key=lambda box: box.value, default=None)
    if most is not None:
        scale = most.height / most.value
        assert all(abs(box.height - box.value * scale) < 0.5 for box in chart.boxes)
    assert chart.ticks[-1].value >= max(map(sum, values), default=0)


def test_all_other_values_of_a_chart_are_one_series() -> None:
    points = (Point(date(2026, 1, 1), 5, (("be", 3), ("", 2))), Point(date(2026, 1, 2), 1, (("be", 1),)))
    shown_panel = panel("language", Timeline("day", points, ("be",), 7, 1, complete=True))
    assert shown_panel.values == ("be", "")
    assert [counts for _, counts in shown_panel.rows] == [(3, 2), (1, 0)]
    assert (shown_panel.documents, shown_panel.undated) == (6, 1)
    assert shown_panel.chart.series == (0, 8)


def test_lines_of_stretches_keep_their_order() -> None:
    document = a_document(text="аб вг", segments=(Segment(0, 2, "be", 1.0), Segment(3, 5, "tt", 0.6, "context")))
    (block,) = marking.part_of(document, document.text, (), 1).blocks
    assert [(each.language, each.tint, each.by_context) for each in block.stretches] == [
        ("be", 0, False),
        ("tt", 1, True),
    ]
    assert block.text == "аб вг"
