"""Tables for the terminal and for Markdown."""

from pathlib import Path

import pytest

from benchmarks.tables import Table, difference, number, rewrite

TABLE = Table("Title", ("a|b", "number"), (("x", ".5"), ("longer", "1.000")), "A note.")


def test_plain() -> None:
    assert TABLE.plain() == "Title\na|b     number\nx           .5\nlonger   1.000\nA note."


def test_markdown() -> None:
    assert TABLE.markdown() == (
        "### Title\n\n| a\\|b   | number |\n|--------|-------:|\n| x      |     .5 |\n| longer |  1.000 |\n\nA note."
    )


def test_number() -> None:
    assert [number(0.98849), number(1.0), number(0), number(None)] == [".988", "1.000", ".000", "–"]


def test_difference_shows_its_side_of_zero() -> None:
    assert [difference(value) for value in (0.0042, -0.0003, 1)] == ["+.0042", "−.0003", "+1.0000"]


def test_rewrite_keeps_the_rest_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("head\n<!-- x:begin -->\n<!-- x:end -->\n<!-- y:begin -->\ny\n<!-- y:end -->\n", encoding="utf-8")
    for content in ("first", "second"):
        rewrite(page, "x", content)
    assert page.read_text(encoding="utf-8") == (
        "head\n<!-- x:begin -->\n\nsecond\n\n<!-- x:end -->\n<!-- y:begin -->\ny\n<!-- y:end -->\n"
    )


@pytest.mark.parametrize("text", ["", "<!-- x:begin -->", "<!-- x:end --><!-- x:begin -->"])
def test_rewrite_needs_the_marks(text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="x:begin"):
        rewrite(page, "x", "content")
    assert page.read_text(encoding="utf-8") == text
