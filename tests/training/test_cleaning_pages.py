"""Pages to train on: the labels of HTML pages, by gold text found again in the lines, and pages that were written."""

import re
from pathlib import Path

import pytest

from benchmarks.cleaning_data import Kind, is_held_out, read_written
from training.cleaning.pages import find_again, fold_of, written_pages

GOLD = "The headline of it\nFirst of all, there was a long sentence.\nShort\nThen another one came after that."


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        (["Home", "First of all, there was a long sentence.", "Share"], [False, True, False]),
        # A word changed does not hide a line; half of its runs must be there.
        (["First of all, there was a very long sentence."], [True]),
        (["First of all the readers of this page should subscribe."], [False]),
        # A short line counts where the gold text has it between its neighbours; above them as a whole line, a headline.
        (
            ["Of it", "First of all, there was a long sentence.", "Short", "Then another one came after that."],
            [False, True, True, True],
        ),
        (["The headline of it", "Of it", "Then another one came after that."], [True, False, True]),
        ([], []),
    ],
)
def test_find_again(lines: list[str], labels: list[bool]) -> None:
    assert list(find_again([line.lower().replace(",", "").replace(".", "").split() for line in lines], GOLD)) == labels


def test_sites_are_kept_apart_by_their_names() -> None:
    sites = [f"site{number}.example" for number in range(1000)]
    assert 150 < sum(map(is_held_out, sites)) < 250
    assert {fold_of(site, 4) for site in sites} == {0, 1, 2, 3}


def test_written_pages_are_read() -> None:
    pages = written_pages()
    assert len(pages) > 100
    assert {page.name[:2] for page in pages} >= set("ba be bg cs en kk mk pl ru sl sr tt uk".split())
    for page in pages:
        assert 0 < sum(page.labels) < len(page.labels) == len(page.texts)
        assert page.gold
        assert all(text == text.strip() != "" for text in page.texts)
    # Each site has several pages, and repeats something on nearly all.
    assert all(page.is_template is not None for page in pages)
    assert sum(any(page.is_template or ()) for page in pages) > 0.9 * len(pages)
    assert 0.1 < sum(is_held_out(page.site) for page in pages) / len(pages) < 0.4


def test_the_first_line_is_open_where_it_has_the_headline(tmp_path: Path) -> None:
    (tmp_path / "be_a_1.txt").write_text(
        "- Мост адкрылі | Весткі\n- Меню\n+ Мост адкрылі\n+ Рамонт скончаны.\n", "utf-8"
    )
    (tmp_path / "be_b_1.txt").write_text("- Весткі\n- Меню\n+ Мост адкрылі\n+ Рамонт скончаны.\n", "utf-8")
    with_title, without = written_pages(tmp_path)
    assert (with_title.is_open, without.is_open) == (True, False)
    assert with_title.texts[2:] == ("Мост адкрылі", "Рамонт скончаны.")
    assert with_title.is_template is None


def test_a_line_without_a_mark_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "be_a_1.txt").write_text("- Меню\nМост адкрылі\n", "utf-8")
    with pytest.raises(ValueError, match=r"be_a_1\.txt.*'Мост адкрылі'"):
        written_pages(tmp_path)


JUDGED = Path(__file__).parents[2] / "benchmarks" / "written_pages"


def test_the_pages_that_were_written_to_judge_by_are_whole() -> None:
    pages = list(read_written(JUDGED, "html"))
    assert len(pages) == 48
    assert {page.language for page in pages} >= set("ba be bg cs kk pl ru sr tt uk".split())
    for page in pages:
        assert "data-main" not in page.html
        assert len(page.gold.split()) < len(re.sub(r"<[^>]*>", " ", page.html).split())
    assert not {page.site for page in pages} & {page.site for page in written_pages()}


@pytest.mark.parametrize(
    ("judged", "kind"), [(JUDGED, "html"), (Path(__file__).parents[1] / "quality" / "pages" / "plain", "plain")]
)
def test_no_written_page_is_one_that_judges(judged: Path, kind: Kind) -> None:
    # Of main text: the notices of licences and the like are the same on many sites.
    known = {line for page in read_written(judged, kind) for line in page.gold.splitlines() if len(line) > 60}
    assert known
    assert not known & {line for page in written_pages() for line in page.gold.splitlines()}
