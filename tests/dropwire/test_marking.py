"""The original in a terminal and in a pipe: what was cut, names, and the languages in the margin."""

import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dropwire.marking import language_styles, pieces_of
from dropwire.render import document_table, languages_of, print_document
from tests.builders import a_document, an_entity
from transforms.boilerplate import cut
from transforms.document import BoilerplateSpan, Candidate, Document, Language, Origins, Publication, Segment

RUSSIAN = "Выставку посетил Рустам Минниханов."
BELARUSIAN = "«Мы заўсёды будзем шанаваць родную мову», — сказаў ён."
CAPTION = "Гости в зале."
AD = "news_header_top\n"
ORIGINAL = f"{AD}{RUSSIAN} {BELARUSIAN} {CAPTION}\n\nСледующий день.\n"
TEXT = ORIGINAL.removeprefix(AD)
QUOTED = len(RUSSIAN) + 1
SHOWN = QUOTED + len(BELARUSIAN) + 1


def quoting() -> Document:
    """A Russian article with a Belarusian quotation inside a paragraph, and a caption that only its context decides."""
    return a_document(
        text=TEXT,
        title="Выставка",
        language=Language("ru", 0.74, (Candidate("be", 0.2512), Candidate("uk", 0.004))),
        segments=(
            Segment(0, QUOTED - 1, "ru", 0.99),
            Segment(QUOTED, SHOWN - 1, "be", 0.97),
            Segment(SHOWN, len(TEXT) - 1, "ru", 0.8, "context"),
        ),
        entities=(an_entity("Рустам Минниханов", (17, "Рустам Минниханов")),),
        boilerplate=(BoilerplateSpan(0, len(AD), "ad-slot"),),
    )


def printed(document: Document, original: str, *, terminal: bool, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None, highlight=False
    )
    print_document(console, document, original)
    return out.getvalue()


def uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_in_a_pipe_each_language_has_its_tag_in_the_margin() -> None:
    shown = printed(quoting(), ORIGINAL, terminal=False)
    original = shown.split("\n\n", 1)[1].split("\n\nPersons")[0]
    assert [line.rstrip() for line in original.splitlines()] == [
        "    │ [-news_header_top-]{ad-slot}",
        f"ru  │ {RUSSIAN}",
        f"be  ┊ {BELARUSIAN}",
        f"ru* ┊ {CAPTION}",
        "    │",
        "ru* │ Следующий день.",
    ]


def test_the_legend_says_what_the_margin_means() -> None:
    shown = printed(quoting(), ORIGINAL, terminal=False)
    facts = [line.split() for line in shown.split("\n\n", 1)[0].splitlines()]
    share = round(100 * len(BELARUSIAN) / (len(TEXT) - 3))
    assert ["language", "ru", "(0.74),", "or", "be", "(0.25)"] in facts
    assert ["be", "0.97", f"{share}%", "1", "segment"] in facts
    assert next(row for row in facts if row[0] == "parts")[:2] == ["parts", "ru"]
    assert "* decided by the context" in shown


def test_a_terminal_has_the_same_margin_and_colours() -> None:
    shown = printed(quoting(), ORIGINAL, terminal=True)
    assert f"\x1b[35m{BELARUSIAN}" in shown
    assert "\x1b[1;32mРустам Минниханов" in shown
    assert "be      ┊ «Мы" in uncoloured(shown)
    assert "ad-slot │ news_header_top\n" in uncoloured(shown)


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_terminal_wraps_beside_the_margin(width: int) -> None:
    shown = uncoloured(printed(quoting(), ORIGINAL, terminal=True, width=width)).split("\n\n", 1)[1]
    rows = [line for line in shown.split("Persons")[0].splitlines() if line.strip()]
    edge = min(len("ad-slot"), width // 3) + 1
    assert all(len(row) <= width and row[edge] in "│┊" for row in rows)
    assert rows[0].startswith("ad-slot" if width > 20 else "ad-sl…")
    words = " ".join(row[edge + 2 :].strip() for row in rows if not row.startswith("ad-sl"))
    assert BELARUSIAN in " ".join(words.split())


def cutting() -> tuple[Document, str]:
    """An article in one language with cuts of whole lines, of lines in a row, and inside a paragraph."""
    slot, other, caption = "top_970_100\n", "bottom_970_100\n\n", f"{CAPTION} "
    original = f"{slot}{other}{RUSSIAN} {caption}Ещё день.\nИ ещё один.\nИТАР-ТАСС"
    at = original.index(caption)
    document = a_document(
        text=original.replace(slot, "").replace(other, "").replace(caption, "").removesuffix("\nИТАР-ТАСС"),
        boilerplate=(
            BoilerplateSpan(0, len(slot), "ad-slot"),
            BoilerplateSpan(len(slot), len(slot) + len(other), "ad-slot"),
            BoilerplateSpan(at, at + len(caption), "repeated-caption"),
            BoilerplateSpan(len(original) - 10, len(original), "agency-signature"),
        ),
    )
    assert cut(original, document.boilerplate) == document.text
    return document, original


def test_in_a_terminal_the_reason_of_a_cut_stands_in_the_margin() -> None:
    shown = printed(*cutting(), terminal=True)
    original = shown.split("\n\n", 1)[1].rsplit("\n\n", 1)[0]
    assert [line.rstrip() for line in uncoloured(original).splitlines()] == [
        "ad-slot          │ top_970_100",
        "                 │ bottom_970_100",
        "                 │",
        f"                 │ {RUSSIAN}",
        f"repeated-caption ┊ {CAPTION}",
        "                 ┊ Ещё день.",
        "                 │ И ещё один.",
        "agency-signature │ ИТАР-ТАСС",
    ]
    for gone in ("top_970_100", "bottom_970_100", CAPTION, "ИТАР-ТАСС"):
        (style,) = re.findall(rf"\x1b\[([0-9;]*)m{re.escape(gone)}", shown)
        assert "9" in style.split(";"), "9 is struck out"
    (kept,) = [line for line in original.splitlines() if RUSSIAN in line]
    assert not re.search(r"\x1b\[[0-9;]*\b9\b", kept)


def test_in_a_pipe_what_is_cut_stands_in_brackets_with_the_reason_behind_it() -> None:
    shown = printed(*cutting(), terminal=False)
    assert shown.split("\n\n", 1)[1].rsplit("\n\n", 1)[0].splitlines() == [
        "[-top_970_100-]{ad-slot}",
        "[-bottom_970_100-]{ad-slot}",
        "",
        f"{RUSSIAN} [-{CAPTION} -]{{repeated-caption}}Ещё день.",
        "И ещё один.",
        "[-ИТАР-ТАСС-]{agency-signature}",
    ]


def test_one_language_needs_no_margin() -> None:
    document = a_document(text=TEXT, segments=(Segment(0, len(TEXT) - 1, "be", 0.9),))
    for terminal in (False, True):
        shown = uncoloured(printed(document, TEXT, terminal=terminal, width=200))
        assert f"\n\n{RUSSIAN} {BELARUSIAN}" in shown
        assert "parts" not in shown


def test_styles_of_languages() -> None:
    tags = ["tt", "ru", "und", "be", "uk", "en", "de"]
    document = a_document(language=Language("ru", 1.0), segments=tuple(Segment(0, 1, tag, 1.0) for tag in tags))
    styles = language_styles(document)
    assert list(styles) == ["ru", "tt", "und", "be", "uk", "en", "de"]
    assert (styles["ru"], styles["und"]) == ("", "dim")
    assert len({styles[tag] for tag in ("ru", "tt", "be", "uk", "en")}) == 5


def test_languages_in_a_table_are_the_documents_own_and_then_the_largest() -> None:
    def of(*sizes: tuple[str, int]) -> str:
        segments = tuple(Segment(0, size, tag, 1.0) for tag, size in sizes)
        return languages_of(a_document(language=Language("ru", 0.9), segments=segments))

    assert of() == of(("ru", 9)) == of(("ru", 9), ("und", 3), ("zxx", 4)) == "ru"
    assert of(("be", 3), ("tt", 4), ("ru", 9), ("be", 2)) == "ru, be, tt"
    assert of(("be", 3), ("tt", 4), ("uk", 1)) == "ru, tt, be …"


def test_the_table_of_documents_in_three_languages_fits() -> None:
    segments = tuple(Segment(0, 9, tag, 1.0) for tag in ("be", "tt", "uk", "en"))
    document = a_document(language=Language("ru", 0.9), segments=segments, title="Долгий заголовок " * 9)
    out = io.StringIO()
    Console(file=out, width=80).print(document_table([document], 80))
    assert all(len(line) <= 80 for line in out.getvalue().splitlines())
    assert "ru, be, tt …" in out.getvalue()


_edges = st.lists(st.integers(0, 60), max_size=8, unique=True).map(sorted)


@given(st.text("аб \n", min_size=61, max_size=80), _edges, _edges, _edges)
def test_pieces_are_the_original(original: str, cuts: list[int], parts: list[int], names: list[int]) -> None:
    boilerplate = tuple(BoilerplateSpan(a, b, "r") for a, b in zip(cuts[::2], cuts[1::2], strict=False))
    text = cut(original, boilerplate)
    spans = [(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False) if b <= len(text)]
    mentions = [(a, text[a:b]) for a, b in zip(names[::2], names[1::2], strict=False) if b <= len(text)]
    segments = tuple(Segment(a, b, "tt", 1.0) for a, b in spans)
    document = a_document(text=text, segments=segments, entities=(an_entity("X", *mentions),), boilerplate=boilerplate)
    pieces = list(pieces_of(document, original))
    assert "".join(piece.text for piece in pieces) == original
    assert "".join(piece.text for piece in pieces if not piece.reason) == text
    for segment in segments:
        kept = "".join(piece.text for piece in pieces if piece.segment == segment)
        assert kept == text[segment.start : segment.end]
    assert "".join(piece.text for piece in pieces if piece.style) == "".join(surface for _, surface in mentions)


def test_each_fact_is_shown_with_where_it_came_from() -> None:
    moment = datetime(2019, 11, 18, 7, 30, tzinfo=UTC)
    document = a_document(
        text=TEXT,
        title="Выставка",
        published=Publication(moment, "second", "json-ld", "+03:00"),
        updated=Publication(moment, "day", "date-line"),
        section="Культура",
        age_rating=0,
        authors=("Иван Петров",),
        origins=Origins("heading", "byline", "breadcrumb", "mark"),
    )
    shown = [" ".join(line.split()) for line in printed(document, TEXT, terminal=False).splitlines()]
    assert "published 2019-11-18 07:30Z (from the json-ld, written in +03:00)" in shown
    assert "updated 2019-11-18 (from the date-line)" in shown
    assert "section Культура (from the breadcrumb)" in shown
    assert "age rating 0+ (from the mark)" in shown
    assert "authors Иван Петров (from the byline)" in shown
    assert "title from the heading" in shown
