"""Pages to train on: the labels of HTML pages, by gold text found again in the lines, and pages that were written."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cleaning_data import is_held_out, read_written
from training.cleaning.brief import brief_lines, without_blocks
from training.cleaning.pages import WRITTEN, find_again, fold_of, written_html_pages, written_pages
from transforms.boilerplate.markup import read_markup

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


def test_written_html_pages_are_whole() -> None:
    pages = list(read_written(WRITTEN, "html"))
    assert len(pages) > 40
    assert len({page.language for page in pages}) >= 10
    for page in pages:
        assert "data-main" not in page.html
        assert len(page.gold.split()) < len(re.sub(r"<[^>]*>", " ", page.html).split())
    plain = {page.site for page in read_written(WRITTEN, "plain")}
    assert not plain & {page.site for page in pages}


def test_the_labels_of_a_written_html_page_are_those_of_its_marks(tmp_path: Path) -> None:
    folder, cache = tmp_path / "pages", tmp_path / "cache"
    folder.mkdir()
    cache.mkdir()
    (folder / "be_a_1.html").write_text(
        "<html><body><ul><li>Навіны</li><li>Спорт</li></ul><h1 data-main>Мост праз раку адкрылі</h1>"
        "<p data-main>Рамонт скончаны на месяц раней, чым чакалі, сказалі ў горадзе.</p>"
        "<p>Чытайце таксама: дарогі раёна зноў закрылі на рамонт.</p></body></html>",
        "utf-8",
    )
    for _ in range(2):  # The second time with what is kept in the cache.
        (page,) = written_html_pages(cache, folder)
        assert [text for text, label in zip(page.texts, page.labels, strict=True) if label] == [
            "Мост праз раку адкрылі",
            "Рамонт скончаны на месяц раней, чым чакалі, сказалі ў горадзе.",
        ]
        assert page.votes
        assert (page.collection, page.site) == ("written", "be_a")


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


def test_no_written_page_is_one_that_judges() -> None:
    judged = Path(__file__).parents[1] / "quality" / "pages" / "plain"
    known = {line for path in judged.glob("*.txt") for line in path.read_text("utf-8").splitlines() if len(line) > 60}
    assert known
    assert not known & {
        f"{'+' if label else '-'} {text}"
        for page in written_pages()
        for text, label in zip(page.texts, page.labels, strict=True)
    }


@given(st.lists(st.booleans(), max_size=30), st.text(max_size=5))
def test_of_a_brief_page_all_that_is_around_and_the_first_lines_stay(labels: list[bool], name: str) -> None:
    stays = brief_lines(name, labels)
    assert stays == sorted(set(stays)) == brief_lines(name, labels)
    main = [i for i, label in enumerate(labels) if label]
    kept = [i for i in stays if labels[i]]
    assert kept == main[: len(kept)]
    assert min(len(main), 1) <= len(kept) <= 4
    outside = [i for i in range(len(labels)) if not main or i < main[0] or i > main[-1]]
    assert set(outside) <= set(stays)


def test_blocks_are_left_out_of_a_page_by_their_text() -> None:
    html = (
        "<body><p>First.</p><div><p>Second <b>of</b>\n them.</p></div> tail <ul><li>Third.<li>Fourth.</ul>Fifth.</body>"
    )
    shorter = without_blocks(html, ["Second of them.", "Third."])
    assert shorter is not None
    assert [line.text for line in read_markup(shorter) if line.text] == ["First.", "tail", "Fourth.", "Fifth."]
    # Text that no block has for itself cannot be left out.
    assert without_blocks(html, ["Third.", "Fifth."]) is None


def test_a_brief_html_page_is_asked_anew(tmp_path: Path) -> None:
    paragraphs = [
        f"Paragraph {number} of an article about the bridge that the town repaired in spring." for number in range(9)
    ]
    body = "".join(f"<p data-main>{text}</p>" for text in paragraphs)
    (tmp_path / "en_a_1.html").write_text(f"<body><ul><li>Home<li>News</ul>{body}<p>Read also</p></body>", "utf-8")
    (page,) = written_html_pages(tmp_path, tmp_path)
    assert page.brief is not None
    kept = [text for text, label in zip(page.brief.texts, page.brief.labels, strict=True) if label]
    assert 1 <= len(kept) <= 4
    assert kept == paragraphs[: len(kept)]
    assert set(page.texts) - set(page.brief.texts) == set(paragraphs[len(kept) :])
    assert page.brief.gold == "\n".join(kept)
    assert page.brief.votes is not None
    assert {len(votes) for votes in page.brief.votes.values()} == {len(page.brief.texts)}
