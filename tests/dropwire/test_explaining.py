"""`preview --explain`: the table of lines in a terminal, and the same for programs."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from dropwire.cli import app
from dropwire.explaining import explanation_as_json, print_explanation
from tests.builders import RUSSIAN_SEED
from transforms.boilerplate.evidence import Evidence, LineEvidence
from transforms.lines import Line

LONG = "Мост праз Дзвіну адкрылі ў суботу раніцай, і першымі па ім прайшлі школьнікі з двух гарадскіх раёнаў. " * 2


def lines() -> tuple[LineEvidence, ...]:
    texts = ("Меню", LONG.strip(), "Чытайце таксама")
    starts = (0, 6, 300)
    menu, body, more = (Line(start, start + len(text), text) for start, text in zip(starts, texts, strict=True))
    return (
        LineEvidence(menu, False, "ad-slot", (Evidence("rule", detail="the name of a slot"),)),
        LineEvidence(body, True, None, (Evidence("form", 2.31), Evidence("site", -0.4, "on 2 pages")), 0.93),
        LineEvidence(more, False, "menu", (Evidence("vocabulary", -3.0),), 0.04),
    )


def printed(explanation: tuple[LineEvidence, ...], width: int) -> list[str]:
    out = io.StringIO()
    print_explanation(Console(file=out, width=width, highlight=False), explanation)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 120, 160])
def test_a_row_says_verdict_probability_reason_evidence_and_text(width: int) -> None:
    shown = printed(lines(), width)
    assert all(len(line) <= width for line in shown)
    rows = " ".join(" ".join(shown).split())
    assert "1 cut ad-slot: the name of a slot" in rows
    assert "2 kept 0.93 form +2.3; site −0.4" in rows
    assert "3 cut 0.04 menu: vocabulary −3.0" in rows
    assert "1 of 3 lines kept." in shown
    # The text keeps two fifths of the width, and says that it goes on.
    (body,) = [line for line in shown if "Мост" in line]
    assert len(body[body.index("Мост") :]) >= width * 0.4
    assert body.rstrip().endswith("…")


def test_without_weighed_evidence_there_is_no_column_for_it() -> None:
    shown = printed((lines()[0], LineEvidence(Line(6, 9, "Так"), True)), 80)
    assert "main" not in shown[0]
    assert "no rule" in " ".join(shown)
    assert "log-odds" not in " ".join(shown)


def test_for_programs() -> None:
    menu, body, _ = explanation_as_json(lines())
    assert menu == {
        "line": 1,
        "start": 0,
        "end": 4,
        "kept": False,
        "reason": "ad-slot",
        "probability": None,
        "evidence": [{"group": "rule", "weight": None, "detail": "the name of a slot"}],
        "text": "Меню",
    }
    assert body["evidence"][1] == {"group": "site", "weight": -0.4, "detail": "on 2 pages"}


def test_the_command(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["preview", "--explain", str(RUSSIAN_SEED)])
    assert shown.exit_code == 0, shown.output
    assert "ad-slot: names an advertising slot" in shown.output
    answer = CliRunner().invoke(app, ["preview", "--explain", "--json", str(RUSSIAN_SEED)])
    record = json.loads(answer.stdout)
    original = RUSSIAN_SEED.read_text(encoding="utf-8")
    assert record["title"]
    assert all(original[line["start"] : line["end"]] == line["text"] for line in record["lines"])
    assert {line["reason"] for line in record["lines"]} == {span["reason"] for span in record["boilerplate"]} | {None}
    assert "lines" not in json.loads(CliRunner().invoke(app, ["preview", "--json", str(RUSSIAN_SEED)]).stdout)


def test_an_item_that_is_all_boilerplate_is_explained(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("news_top_970_100\n16+\n", encoding="utf-8")
    shown = CliRunner().invoke(app, ["preview", "--explain", str(page)])
    assert "0 of 2 lines kept." in shown.output
