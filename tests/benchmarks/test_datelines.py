"""The benchmark of datelines: it reads its own format, and counts what is right, missed and invented."""

import pytest

from benchmarks import datelines
from benchmarks.datelines import Example, Score, main, score

TEXT = "МОСКВА, 17 мая. /ТАСС/. Совет Федерации одобрил закон о северном завозе."
MARKED = {"place": "МОСКВА", "date": "XXXX-05-17", "agency": "ТАСС"}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (MARKED, Score(3, 3, 3, 0)),
        ({**MARKED, "place": "Москва", "reporter": "Иван Петров"}, Score(2, 3, 4, 0)),
        ({}, Score(0, 3, 0, 3)),
        ({"place": "МОСКВА"}, Score(1, 3, 1, 1)),
    ],
)
def test_scores(marked: dict[str, str], expected: Score) -> None:
    assert score(Example("ru", None, TEXT, marked)) == expected


def test_a_line_without_its_language_is_an_error(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datelines, "FOLDER", tmp_path)
    (datelines.FOLDER / "tuning.txt").write_text("МОСКВА\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no language in front of: МОСКВА"):
        datelines.read_half("tuning")


def test_the_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--half", "tuning", "--wrong"]) == 0
    printed = capsys.readouterr().out
    assert "Datelines, the half they were tuned on" in printed
    assert "sr-Latn" in printed
