"""The cleaning benchmark: data, baselines and methods on tiny pages, the program on a tiny folder (own writing)."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import cleaning, cleaning_methods
from benchmarks.cleaning_baselines import BASELINES, best_run, ends_a_sentence
from benchmarks.cleaning_data import DataError, Page, PageSet, belongs, drawn, find_sets, is_written, read_set
from benchmarks.cleaning_errors import report
from benchmarks.cleaning_methods import OURS, OURS_WITH_SITE, Answer, kept_lines, methods
from benchmarks.cleaning_scores import measure, score
from benchmarks.cleaning_tables import quality_tables
from transforms.document import BoilerplateSpan

# As `int(hashlib.sha256(name.encode()).hexdigest(), 16) % 5` says: 0, and 4 and 2.
HELD_OUT, OTHERS = "neman.example", ("vilija.example", "prypiac.example")
MENU = "Галоўная"
FEET = "Усе правы абаронены, пры цытаванні спасылка на сайт абавязковая."
BODIES = (
    ("Мост праз Дзвіну адкрылі для пешаходаў у суботу раніцай.", "Рамонт доўжыўся два гады і каштаваў шэсць мільёнаў."),
    ("У школе на ўскраіне горада пачалі вучыць дзяцей ткацтву.", "Першыя паясы яны выткалі ўжо праз тры тыдні."),
)


def a_page(*lines: str, labels: tuple[bool, ...] = (), gold: str = "", **other: Any) -> Page:
    known: dict[str, Any] = {"id": "1", "language": "be", "site": "a.example", "kind": "article"}
    return Page(lines=lines, labels=labels or (True,) * len(lines), gold=gold, **{**known, **other})


def write(path: Path, records: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plain, html = [], []
    for site in (HELD_OUT, *OTHERS):
        for number, body in enumerate(BODIES):
            kind = "article" if site == HELD_OUT else "forum"
            facts = {"id": f"{site}-{number}", "lang": "be" if number else "ru", "site": site, "kind": kind}
            gold = "\n".join(body)
            plain.append(facts | {"lines": [MENU, *body, FEET], "labels": [0, 1, 1, 0], "gold": gold})
            paragraphs = "".join(f"<p>{text}</p>" for text in body)
            markup = (
                f"<html><body><nav>{MENU}</nav><article>{paragraphs}</article><footer>{FEET}</footer></body></html>"
            )
            html.append(facts | {"html": markup, "gold": gold})
    write(tmp_path / "both_plain.jsonl.gz", plain)
    write(tmp_path / "both_html.jsonl.gz", html)
    write(tmp_path / "lines_plain.jsonl.gz", plain[:2])
    return tmp_path


def test_sets_are_what_is_found(folder: Path) -> None:
    assert find_sets(folder, "plain") == ["both", "lines"]
    assert find_sets(folder, "html") == ["both"]


def test_held_out_sites(folder: Path) -> None:
    assert belongs(HELD_OUT, "held-out")
    assert not any(belongs(site, "held-out") for site in OTHERS)
    parts = {part: read_set(folder, "both", "plain", part) for part in ("all", "held-out", "development")}
    assert [len(each.pages) for each in parts.values()] == [6, 2, 4]
    assert set(parts["held-out"].sites) == {HELD_OUT}


def test_a_folder_of_pages_that_are_written_line_by_line_is_a_set(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "be_mast_1.txt").write_text("- Галоўная\n\n+ Мост адкрылі.\n+ Рамонт скончаны.\n", "utf-8")
    (folder / "be_mast_2.txt").write_text("+ Мост зноў закрылі.\n- Усе навіны\n", "utf-8")
    assert is_written(folder)
    assert (find_sets(folder, "plain"), find_sets(folder, "html")) == (["ours"], [])
    found = read_set(folder, "ours", "plain", "all")
    first, second = found.pages
    assert (first.language, first.site) == ("be", "be_mast")
    assert first.lines == ("Галоўная", "", "Мост адкрылі.", "Рамонт скончаны.")
    assert first.labels == (False, False, True, True)
    assert second.gold == "Мост зноў закрылі."
    assert found.sites == {"be_mast": (first, second)}

    (folder / "be_mast_2.txt").write_text("+ Мост.\nУсе навіны\n", "utf-8")
    with pytest.raises(DataError, match=r"be_mast_2\.txt, line 2"):
        read_set(folder, "ours", "plain", "all")


def test_the_main_text_of_html_pages_that_are_written_is_marked(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "be_mast_1.html").write_text(
        '<body class="data-main"><h1 data-main>Мост адкрылі</h1><div data-main="" id=a>Рамонт<br>скончаны <b>сё</b>ння.'
        "</div><p><span data-main>Рух — з панядзелка.</span> <a href=/b>Чытайце data-main таксама</a></p></body>",
        "utf-8",
    )
    assert is_written(folder)
    assert (find_sets(folder, "plain"), find_sets(folder, "html")) == ([], ["ours"])
    (page,) = read_set(folder, "ours", "html", "all").pages
    assert (page.id, page.language, page.site) == ("be_mast_1", "be", "be_mast")
    assert page.gold == "Мост адкрылі\nРамонт скончаны сёння.\nРух — з панядзелка."
    assert page.html == (
        '<body class="data-main"><h1>Мост адкрылі</h1><div id=a>Рамонт<br>скончаны <b>сё</b>ння.'
        "</div><p><span>Рух — з панядзелка.</span> <a href=/b>Чытайце data-main таксама</a></p></body>"
    )

    (folder / "be_mast_2.html").write_text("<p>Мост</p>", "utf-8")
    with pytest.raises(DataError, match=r"be_mast_2\.html: no element"):
        read_set(folder, "ours", "html", "all")


@given(st.text(max_size=20))
def test_a_site_is_on_one_side(site: str) -> None:
    assert belongs(site, "held-out") != belongs(site, "development")
    assert belongs(site, "all")


def test_a_sample_is_the_same_each_time_and_its_sites_are_whole(folder: Path) -> None:
    sample = read_set(folder, "both", "plain", "all", sample=2)
    assert len(sample.pages) == 2
    assert sample.pages == read_set(folder, "both", "plain", "all", sample=2).pages
    assert all(len(pages) == 2 for pages in sample.sites.values())
    assert drawn(sample.pages, 5) == list(sample.pages)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"labels": [1]}, "4 lines, but 1 labels"), ({"html": "<p>", "lines": None}, "TypeError")],
)
def test_another_format_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    good = {"id": 1, "lang": "be", "site": "a", "kind": "x", "gold": "", "lines": ["a"] * 4, "labels": [1] * 4}
    write(tmp_path / "odd_plain.jsonl.gz", [good, good | change])
    with pytest.raises(DataError, match=r"odd_plain\.jsonl\.gz, line 2") as error:
        read_set(tmp_path, "odd", "plain", "all")
    assert said in str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        "Так.",
        "Так!",
        "Так?!",
        "Так…",
        "«Так».",
        "(Так.)",
        "„Tak”",
        '"Yes"',
        "这是。",
        "是吗？",
        "Այո՞",
        "هل؟",
        "हाँ।",
        "Так. ",
    ],
)
def test_sentences_end_in_every_script(line: str) -> None:
    assert ends_a_sentence(line)


@pytest.mark.parametrize("line", ["Галоўная", "Читать далее »»×", "12:30", "a, b,", "Ещё:", "(фото)", ""])
def test_other_lines_end_no_sentence(line: str) -> None:
    assert not ends_a_sentence(line)


def test_baselines() -> None:
    menu, short, body = "Навіны і грамадства горада Полацка", "Так і было.", "Мост адкрылі ў суботу раніцай."
    pages = [a_page(menu, short, body, FEET, "他今天回来。"), a_page(menu, "Іншы тэкст, другая старонка тут.", FEET)]
    assert {name: prepare(pages)(pages[0]) for name, prepare in BASELINES.items()} == {
        "keep everything": [True] * 5,
        "C4": [False, False, True, True, True],
        "not seen twice": [False, True, True, False, True],
        "not seen twice, then C4": [False, False, True, False, True],
        # What lies between costs as much as the last line gives.
        "contiguous run with both": [False, False, True, False, False],
    }


def test_the_contiguous_run_bridges_a_heading_and_drops_what_stands_apart() -> None:
    prose = "Адзін два тры чатыры пяць шэсць сем восем дзевяць дзесяць."
    page = a_page("Меню", prose, "Падзагаловак", prose, *["Спасылка"] * 9, "Далёка адсюль яшчэ адзін сказ.")
    kept = BASELINES["contiguous run with both"]([page])(page)
    assert kept == [False, True, True, True, *[False] * 10]


@given(st.lists(st.integers(-9, 9), max_size=12))
def test_the_best_run_is_the_best_of_all(scores: list[int]) -> None:
    begin, end = best_run(scores)
    sums = [sum(scores[i:j]) for i in range(len(scores)) for j in range(i + 1, len(scores) + 1)]
    assert sum(scores[begin:end]) == max([0, *sums])


def test_spans_are_mapped_back_to_lines() -> None:
    lines = ("abcd", "efgh", "ijkl", "mnop")
    original = "\n".join(lines)
    # All of the first with its line end, one character of the second, three of the third, into the fourth.
    spans = (BoilerplateSpan(0, 5, "x"), BoilerplateSpan(8, 9, "x"), BoilerplateSpan(11, 16, "y"))
    assert kept_lines(lines, spans) == (False, True, False, True)
    assert kept_lines(lines, ()) == (True,) * 4
    assert kept_lines(lines, (BoilerplateSpan(0, len(original), "x"),)) == (False,) * 4


def test_one_that_raises_has_found_nothing_and_is_counted() -> None:
    def prepare(_pages: Any) -> Any:
        def clean(page: Page) -> Answer:
            if page.id == "bad":
                raise RuntimeError
            return Answer("Так было.", (True,))

        return clean

    pages = (a_page("Так было.", gold="Так было."), a_page("Так было.", gold="Так было.", id="bad"))
    scored = score(PageSet("tiny", "plain", pages, {"a.example": pages}), {"other": prepare})
    assert scored.column("other", "token F1").tolist() == [1.0, 0.0]
    assert scored.column("other", "line F1").tolist() == [1.0, 0.0]
    assert scored.failures == {"other": 1}
    means = quality_tables([scored])[0]
    assert means.rows[0][:2] == ("other", ".500")
    assert means.rows[0][-1] == "1"


def test_ours_learns_from_the_site(folder: Path) -> None:
    pages = read_set(folder, "both", "plain", "all")
    compared = methods("plain")[0]
    scored = score(pages, {name: compared[name] for name in (OURS, OURS_WITH_SITE, "keep everything")})
    # Two of four lines are the article's: F1 of keeping all is 2 · 2 / (4 + 2).
    assert scored.column("keep everything", "line F1").tolist() == pytest.approx([2 / 3] * 6)
    assert list(scored.answers) == [OURS, OURS_WITH_SITE]
    (worst,) = [line for line in report(scored, 1) if "worst pages" in line and "ours, lone" in line]
    assert worst.strip() == "both, plain, ours, lone: the worst pages by line F1"


def test_errors_name_lost_and_wrong_lines() -> None:
    page = a_page("меню", "Страчаны радок.", labels=(False, True), gold="Страчаны радок.")
    spans = (BoilerplateSpan(5, 20, "ad-slot"),)

    def prepare(_pages: Any) -> Any:
        return lambda page: Answer("меню", (True, False), "\n".join(page.lines), spans)

    pages = PageSet("tiny", "plain", (page,), {"a.example": (page,)})
    lines = list(report(score(pages, {OURS: prepare}), 3))
    assert lines[-4:] == [
        "  lost: 1 lines",
        "    {ad-slot} Страчаны радок.",
        "  kept wrongly: 1 lines",
        "    меню",
    ]


def test_speed_has_a_rate_for_each_pass(folder: Path) -> None:
    pages = read_set(folder, "both", "plain", "all")
    compared = {name: prepare for name, prepare in methods("plain")[0].items() if name in {OURS, "C4"}}
    speeds, number = measure([pages], compared, passes=2)
    assert number == 6
    assert {name: len(speed.rates) for name, speed in speeds.items()} == {OURS: 2, "C4": 2}


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise ImportError

    monkeypatch.setitem(cleaning_methods._LOADERS, "resiliparse", missing)
    compared, remarks = methods("html")
    assert "resiliparse" not in compared
    assert "resiliparse is not installed: pip install -r benchmarks/requirements.txt" in remarks


def test_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = folder / "quality.md"
    page.write_text("before\n<!-- cleaning:begin -->\nof last time\n<!-- cleaning:end -->\nafter\n", encoding="utf-8")
    assert cleaning.main([str(folder), "--errors", "1", "--write", str(page)]) == 0
    printed, written = capsys.readouterr().out, page.read_text(encoding="utf-8")
    assert printed.startswith("Measured on part `all`: all sites")
    for title in (
        "Plain text, token F1",
        "Plain text, line F1",
        "Plain text, ours beside the best other method of each set",
        "Plain text, token F1, by language",
        "Plain text, token F1, by kind of page",
        "Plain text, documents a second on one core",
        "HTML, token F1",
        "HTML, documents a second on one core",
    ):
        assert f"\n{title}\n" in printed
        assert f"\n### {title}\n" in written
    assert "both, html, ours, lone: the worst pages by token F1" in printed
    assert "the worst pages" not in written
    assert "of last time" not in written


def test_program_on_a_part_and_a_kind(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(folder), "--only", "plain", "--part", "development", "--sample", "3", "--no-speed", "--markdown"]
    assert cleaning.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "Measured on part `development`, at most 3 pages a set" in printed
    assert "lines, plain: no page in this part." in printed
    assert "### Plain text, token F1" in printed
    assert "HTML" not in printed
    assert "documents a second" not in printed


def test_program_without_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cleaning.main([str(tmp_path)])
    assert "has no NAME_plain.jsonl.gz or NAME_html.jsonl.gz" in capsys.readouterr().err
    (tmp_path / "broken_plain.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(SystemExit, match="2"):
        cleaning.main([str(tmp_path)])
    assert "a set cannot be read" in capsys.readouterr().err
