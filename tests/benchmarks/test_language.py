"""The language benchmark's rows, detectors and tables, on a corpus of a few lines."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks import language
from benchmarks.language_data import SETS, Row, belongs, digests, file_of, read_rows
from benchmarks.language_detectors import OTHERS, OURS, VOTE, Detect, vote, with_script
from benchmarks.language_speed import Speed
from benchmarks.language_tables import Answers, quality_tables, speed_table
from transforms.document import Language

LINES = [
    "be\tby hand\tУчора ўвечары на плошчы сабраліся сотні гараджан, каб паслухаць аркестр.",
    "ru\tby hand\tВчера вечером на площади собрались сотни горожан, чтобы послушать оркестр.",
    "uk\tby hand\tУчора ввечері на площі зібралися сотні містян, щоб послухати оркестр.",
    "sr_Latn\tby hand\tProšle nedelje je voz iz Beograda kasnio više od dva sata\tzbog snega na pruzi.",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "language").mkdir()
    for name in SETS:
        with gzip.open(file_of(tmp_path, name), "wt", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in LINES)
    return tmp_path


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other detector, and in place of ours one that takes everything for Belarusian."""

    def load(name: str) -> Detect:
        raise ImportError(name)

    def load_analyser() -> Callable[[Sequence[str]], list[Language]]:
        return lambda texts: [Language("be", 0.9)] * len(texts)

    monkeypatch.setattr(language, "load", load)
    monkeypatch.setattr(language, "load_analyser", load_analyser)


def answers() -> Answers:
    rows = [Row("be", "а"), Row("kaa", "б"), Row("kaa", "в"), Row("hr", "g")]
    ours = [Language("be", 0.97), Language("kk", 0.85), Language("und", 0.9), Language("sr-Latn", 0.55)]
    given = [language.tag for language in ours]
    return Answers("sentences", rows, {OURS: given, VOTE: ["ru", "kk", "kk", "hr"]}, ours)


def test_rows_have_our_tags_and_all_of_the_text(folder: Path) -> None:
    rows = read_rows(folder, "sentences", "all")
    assert [row.label for row in rows] == ["be", "ru", "uk", "sr-Latn"]
    assert rows[3].text.endswith("dva sata\tzbog snega na pruzi.")


def test_the_halves_make_the_whole(folder: Path) -> None:
    tuned, reported = read_rows(folder, "sentences", "tune"), read_rows(folder, "sentences", "report")
    assert sorted(row.text for row in tuned + reported) == sorted(
        row.text for row in read_rows(folder, "sentences", "all")
    )
    # crc32 of "123456789" is the check value 0xCBF43926 of the algorithm's catalogue: even, so tuned on.
    assert belongs("123456789", "tune")
    assert not belongs("123456789", "report")
    assert belongs("123456789", "all")


def test_digests_are_of_the_files(folder: Path) -> None:
    before = digests(folder)
    assert list(before) == list(SETS)
    file_of(folder, "documents").write_bytes(b"")
    after = digests(folder)
    assert after["documents"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert after["sentences"] == before["sentences"]


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("sr", "Шта ће бити сутра", "sr"),
        ("sr", "Šta će biti sutra", "sr-Latn"),
        ("uz", "Ertaga ob-havo qanday", "uz"),
        ("uz", "Эртага об-ҳаво қандай", "uz-Cyrl"),
        ("sr", "2019", "sr"),
        ("kk", "PepsiHalftime сахнасында", "kk"),
    ],
)
def test_script_is_added_where_the_labels_tell_it(tag: str, text: str, expected: str) -> None:
    assert with_script(tag, text) == expected


def test_vote_is_the_majority_and_else_the_first() -> None:
    assert vote(["be", "be", "ru", "be"], ["be", "ru", "be", "ru"], ["ru", "be", "be", "uk"]) == [
        "be",
        "be",
        "be",
        "be",
    ]


def test_tables() -> None:
    means, all_rows, unanswered, languages, beside, confused, lookalikes, reliability, thresholds = quality_tables(
        [answers()]
    )
    assert [row[:2] for row in means.rows] == [(OURS, "1.000"), (VOTE, ".000"), ("ours − vote", "+1.0000")]
    assert [row[:2] for row in all_rows.rows] == [(OURS, ".500"), (VOTE, ".000"), ("ours − vote", "+.5000")]
    assert unanswered.rows == ((OURS, ".250"), (VOTE, ".000"))
    assert languages.rows[0] == ("be", "1", "1.000", "1.000", "1.000")
    assert languages.rows[-1] == ("hr", "1", ".000", ".000", ".000")
    assert beside.rows == (("be", "1.000", ".000"), ("hr", ".000", "1.000"))
    # und is right for a look-alike, so it is no mistake.
    assert [row[1] for row in confused.rows[:3]] == ["kaa → kk  1", "hr → sr-Latn  1", "–"]
    assert lookalikes.rows == (("sentences", "kaa", "2", "1", "1", "1", "0", "kk 1"),)
    assert [row[0] for row in reliability.rows] == ["0.5–0.6", "0.8–0.9", "0.9–1.0"]
    assert thresholds.rows[1] == ("0.5", ".750", ".333")
    assert thresholds.rows[-1] == ("0.99", ".000", "–")


def test_speed_table_compares_with_ours() -> None:
    def speed(rate: float) -> Speed:
        return Speed({"sentences": (rate, rate * 2, rate * 3), "short lines": (rate,)}, 0.5, 40, 60)

    ours, other = speed_table({OURS: speed(1000), "pycld2": speed(4000)}).rows
    assert ours == (OURS, "2,000", "1,000–3,000", "1.00", "1,000", "1,000–1,000", "1.00", "0.50", "40", "60")
    assert other[3] == "4.00"


@pytest.mark.usefixtures("nothing_installed")
def test_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = folder / "quality.md"
    page.write_text("before\n<!-- language:begin -->\nof last time\n<!-- language:end -->\nafter\n", encoding="utf-8")
    assert language.main([str(folder), "--part", "all", "--no-speed", "--write", str(page)]) == 0
    printed, written = capsys.readouterr().out, page.read_text(encoding="utf-8")
    for name in OTHERS:
        assert f"{name} is not installed: pip install -r benchmarks/requirements.txt" in printed
    assert "Mean F1, languages that every detector knows\ndetector" in printed
    assert "### Mean F1, languages that every detector knows\n\n| detector" in written
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "of last time" not in written


@pytest.mark.usefixtures("nothing_installed")
def test_program_without_data_or_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        language.main([str(folder / "elsewhere")])
    assert "sent.tsv.gz is not there" in capsys.readouterr().err
    page = folder / "quality.md"
    page.write_text("no marks", encoding="utf-8")
    assert language.main([str(folder), "--part", "all", "--no-speed", "--write", str(page)]) == 2
    assert "<!-- language:begin -->" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "no marks"
