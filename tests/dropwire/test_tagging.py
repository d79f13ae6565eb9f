"""`dropwire language`: an answer for every line, in order, at once."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from dropwire import tagging
from dropwire.cli import app
from dropwire.console import Exit
from dropwire.tagging import BATCH_LINES, batches_of_lines, tag_lines
from transforms.document import Candidate, Language, Segment
from transforms.language import Tagged
from transforms.model_files import ModelFile

RUSSIAN = "Сегодня в городе открылась большая выставка, посвящённая истории книгопечатания и газет."
TATAR = "Бүген шәһәрдә татар матбугаты тарихына багышланган зур күргәзмә ачылды, анда китаплар бар."


def stub(texts: Sequence[str]) -> list[Tagged]:
    """Of each text: its length as the probability that it is Tatar, in hundredths."""
    return [Tagged(Language("tt", len(text) / 100), (Segment(0, len(text), "tt", 0.5),)) for text in texts]


class Slow(io.BytesIO):
    """A stream that gives what was written piece by piece, as a pipe does."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__()
        self.pieces = list(pieces)

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def answers(data: bytes, *, as_json: bool = False, analyse: Callable[..., Any] = stub) -> list[str]:
    out = io.StringIO()
    tag_lines(batches_of_lines(io.BytesIO(data)), out, analyse, as_json=as_json)
    return out.getvalue().removesuffix("\n").split("\n")


def run(*arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["language", *arguments], input=stdin)


# Lines


@given(st.lists(st.binary(max_size=8), max_size=6))
def test_lines_come_out_as_they_went_in_however_the_stream_is_cut(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    expected = whole.split(b"\n")
    last = expected.pop()
    lines = [line.removesuffix(b"\r") for line in expected] + ([last] if last else [])
    assert [line for batch in batches_of_lines(Slow(*filter(None, pieces))) for line in batch] == lines


def test_only_lf_ends_a_line() -> None:
    text = "adna\u2028linija\x0cі\x85другая\r"
    assert [batch[0].decode() for batch in batches_of_lines(io.BytesIO(f"{text}\r\n".encode()))] == [text]


def test_a_line_is_answered_before_the_next_one_is_there() -> None:
    batches = batches_of_lines(Slow(b"a\nb", b"c\n", b"d"))
    assert list(batches) == [[b"a"], [b"bc"], [b"d"]]


def test_batches_are_bounded() -> None:
    sizes = [len(batch) for batch in batches_of_lines(io.BytesIO(b"x\n" * (2 * BATCH_LINES + 1)))]
    assert sizes == [BATCH_LINES, BATCH_LINES, 1]


def test_an_endless_line_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging, "MAX_LINE_BYTES", 10)
    assert list(batches_of_lines(Slow(b"123456789", b"0123", b"456\nab\n"))) == [[b"12345678901", b"ab"]]
    assert answers(b"12345678901\nab\n")[0].endswith("error: longer than 10 bytes")
    assert answers(b"1234567890\nab\n")[0].startswith("tt\t")


# Answers


def test_fields_of_a_plain_answer() -> None:
    tagged = Tagged(
        Language("ru", 0.97134, (Candidate("uk", 0.0123), Candidate("be", 0.0042))),
        (Segment(0, 52, "ru", 0.99871), Segment(53, 80, "tt", 0.9712, "context")),
    )
    (line,) = answers(b"x\n", analyse=lambda _: [tagged])
    assert line == "ru\t0.9713\tuk:0.0123,be:0.0042\t0-52:ru:0.9987,53-80:tt*:0.9712"


def test_fields_of_a_json_answer() -> None:
    tagged = Tagged(Language("ru", 0.9, (Candidate("uk", 0.1),)), (Segment(0, 52, "ru", 0.9, "context"),))
    (line,) = answers(b'{"id": 7, "text": "x"}\n', as_json=True, analyse=lambda _: [tagged])
    assert json.loads(line) == {
        "id": 7,
        "tag": "ru",
        "probability": 0.9,
        "runners_up": [{"tag": "uk", "probability": 0.1}],
        "segments": [{"start": 0, "end": 52, "tag": "ru", "probability": 0.9, "evidence": "context"}],
    }


def test_the_text_is_taken_as_it_is() -> None:
    asked: list[str] = []

    def analyse(texts: Sequence[str]) -> list[Tagged]:
        asked.extend(texts)
        return stub(texts)

    answers("  16+ \t\u2028 a\r\r\n\n".encode(), analyse=analyse)
    assert asked == ["  16+ \t\u2028 a\r", ""]


def test_bad_bytes_do_not_shift_the_order() -> None:
    got = answers(b"a\n\xff\nabc\nab\xd0\n\nab\n")
    assert [line.split("\t")[:2] for line in got] == [
        ["tt", "0.0100"],
        ["und", "0.0000"],
        ["tt", "0.0300"],
        ["und", "0.0000"],
        ["tt", "0.0000"],
        ["tt", "0.0200"],
    ]
    assert got[3] == "und\t0.0000\t\terror: not UTF-8 at byte 2: unexpected end of data"


@pytest.mark.parametrize(
    ("line", "given_id", "error"),
    [
        (b"{broken", None, "broken JSON"),
        (b"", None, "broken JSON"),
        (b'"text"', None, "not a JSON object"),
        (b"\xff", None, "not UTF-8 at byte 0"),
        (b"[" * 100_000, None, "broken JSON"),
        (b'{"id": "a"}', "a", "no `text`"),
        (b'{"id": 3, "text": null}', 3, "`text` is not a string"),
        (b'{"id": 1.5, "text": "x"}', None, "`id` is neither"),
        (b'{"id": true, "text": "x"}', None, "`id` is neither"),
    ],
)
def test_a_bad_json_line_is_answered_with_its_error(line: bytes, given_id: object, error: str) -> None:
    before, got, after = answers(
        b'{"id": "before", "text": "x"}\n' + line + b'\n{"text": "xy", "more": 1}\n', as_json=True
    )
    assert json.loads(before)["id"] == "before"
    assert json.loads(got) == {"id": given_id, "error": json.loads(got)["error"]}
    assert error in json.loads(got)["error"]
    assert (json.loads(after)["id"], json.loads(after)["probability"]) == (None, 0.02)


def test_half_a_character_in_json_keeps_its_place() -> None:
    (line,) = answers(rb'{"text": "a\ud800b"}', as_json=True)
    assert json.loads(line)["segments"][0]["end"] == 3


def test_every_answer_is_flushed_with_its_batch() -> None:
    class Out(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed = self.getvalue().count("\n")

    out = Out()
    seen: list[int] = []

    def watched() -> Any:
        for batch in ([b"a", b"b"], [b"c"]):
            seen.append(out.flushed)
            yield batch
        seen.append(out.flushed)

    tally = tag_lines(watched(), out, stub, as_json=False)
    assert seen == [0, 2, 3]
    assert (tally.lines, tally.errors) == (3, 0)


# The command


def test_language_of_lines_and_of_their_parts() -> None:
    result = run(stdin=f"{RUSSIAN}\n{TATAR}\r\n\n{RUSSIAN} {TATAR}\n")
    assert result.exit_code == Exit.DONE
    rows = [line.split("\t") for line in result.stdout.split("\n")[:-1]]
    assert [len(row) for row in rows] == [4, 4, 4, 4]
    assert [row[0] for row in rows[:2]] == ["ru", "tt"]
    assert rows[2][0] in {"und", "zxx"}
    parts = [part.split(":") for part in rows[3][3].split(",")]
    assert [(span, tag) for span, tag, _ in parts] == [
        (f"0-{len(RUSSIAN)}", "ru"),
        (f"{len(RUSSIAN) + 1}-{len(RUSSIAN) + 1 + len(TATAR)}", "tt"),
    ]


def test_language_of_files_in_the_order_given(tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_text(TATAR, encoding="utf-8")  # no line end: the next file begins a new line all the same
    second.write_text(f"{RUSSIAN}\n", encoding="utf-8")
    result = run(str(second), "-", str(first), stdin=TATAR)
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["ru", "tt", "tt"]
    assert run("gone.txt").exit_code == Exit.NOT_FOUND
    result = run(str(tmp_path))
    assert result.exit_code == Exit.FAILED
    assert "Is a directory" in result.stderr.replace("\n", " ")


def test_errors_are_counted_and_the_exit_code_says_so() -> None:
    result = run("--json", stdin=json.dumps({"id": 1, "text": TATAR}) + "\n{broken\n")
    assert result.exit_code == Exit.FAILED
    assert [json.loads(line).get("tag") for line in result.stdout.splitlines()] == ["tt", None]
    assert "1 of 2 lines" in result.stderr


def test_a_damaged_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.language.FILE", ModelFile("transforms.language", "language.npz", "0" * 64))
    result = run(stdin="x\n")
    assert result.exit_code == Exit.FAILED
    assert "language.npz is damaged" in " ".join(result.stderr.split())


def test_the_example_of_the_readme() -> None:
    """Tags and segments; probabilities move with the model."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    match = re.search(r"\$ printf '(.*)' \|\n> .*dropwire language\n(.*?)```", readme, re.DOTALL)
    assert match
    given_lines, expected = match[1].replace("\\n", "\n"), match[2]
    got = run(stdin=given_lines).stdout

    def without_numbers(answer: str) -> list[list[str]]:
        fields = [line.split("\t") for line in answer.splitlines()]
        return [[tag, *re.findall(r"\d+-\d+:[^:]+", segments)] for tag, _, _, segments in fields]

    assert without_numbers(got) == without_numbers(expected)


def test_nothing_in_nothing_out() -> None:
    result = run(stdin="")
    assert (result.exit_code, result.output) == (Exit.DONE, "")


def test_in_a_pipe_that_pauses_each_line_is_answered() -> None:
    command = [sys.executable, "-m", "dropwire", "language", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for given_id in ("1", "ў\ud800"):
            process.stdin.write(json.dumps({"id": given_id, "text": TATAR}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == given_id
        process.stdin.close()
        assert process.wait() == 0


def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text(f"{RUSSIAN}\n" * 3000, encoding="utf-8")
    command = [sys.executable, "-m", "dropwire", "language", str(lines)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"ru\t")
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait()
