"""Lines in, languages out: one answer a line, in the order read, whatever a line holds.

An answer in plain text is four fields with tabs between them:

    tag    probability    runners-up              segments
    ru     0.9713         uk:0.0123,be:0.0042     0-52:ru:0.9987,53-80:tt*:0.9712

Segments are [start, end) in Unicode code points; `*` marks one that only its context decides. A line that cannot be
read is answered `und`, `0.0000`, nothing, and `error: …`. In JSON, a line is `{"id": …, "text": …}` and so is its
answer: `id` as given, `tag`, `probability`, `runners_up`, `segments`; or `id` (null where it is not known) and `error`.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from dropwire.marking import marked_tag
from transforms import language
from transforms.document import GivenId
from transforms.language import UNDETERMINED, Tagged

STDIN: Final = "-"
# Many texts at once are analysed faster; beyond some hundreds nothing is gained, and answers come later.
BATCH_LINES: Final = 256
# What is read at once at most; a pipe gives less (64 KiB on Linux).
CHUNK_BYTES: Final = 1 << 20
# The bound for one item of a drop, too. A longer line is hardly a text, and a stream may be one endless line.
MAX_LINE_BYTES: Final = 16 << 20
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Analyse = Callable[[Sequence[str]], Sequence[Tagged]]


class TaggingError(RuntimeError):
    """A file cannot be read. The message says which."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines were answered, and how many of the answers are errors."""

    lines: int
    errors: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: its text, or what is wrong with it; and the `id` that it came with."""

    text: str = ""
    error: str = ""
    given_id: GivenId | None = None


def tag_files(files: Iterable[str], stdin: io.BufferedIOBase, out: TextIO, *, as_json: bool) -> Tally:
    """Answer each line of the files on `out`; `-` is `stdin`. Raises TaggingError and ModelError."""
    model = language.load_model()
    batches = (lines for file in files for lines in _lines_of(file, stdin))
    return tag_lines(batches, out, lambda texts: language.analyse(texts, model), as_json=as_json)


def tag_lines(batches: Iterable[Sequence[bytes]], out: TextIO, analyse: Analyse, *, as_json: bool) -> Tally:
    """Answer each line on `out`, and flush after each batch: whoever waits for an answer gets it."""
    read, answer, refuse = (
        (read_json, answer_json, refuse_json) if as_json else (read_plain, answer_plain, refuse_plain)
    )
    total = errors = 0
    for batch in batches:
        lines = [read(data) for data in batch]
        tagged = iter(analyse([line.text for line in lines if not line.error]))
        out.writelines((refuse(line) if line.error else answer(line, next(tagged))) + "\n" for line in lines)
        out.flush()
        total += len(lines)
        errors += sum(bool(line.error) for line in lines)
    return Tally(total, errors)


def _lines_of(file: str, stdin: io.BufferedIOBase) -> Iterator[list[bytes]]:
    try:
        with nullcontext(stdin) if file == STDIN else Path(file).open("rb") as stream:
            yield from batches_of_lines(stream)
    except OSError as error:
        raise TaggingError(f"cannot read {file}: {error.strerror}") from error


def batches_of_lines(stream: io.BufferedIOBase) -> Iterator[list[bytes]]:
    """Yield the lines that are there, at most BATCH_LINES at once, and wait only where there is none.

    Only LF ends a line; it is cut, with a CR before it. Of a line over the bound, one byte more than the bound is left.
    """
    begun = bytearray()

    def go_on(data: bytes) -> None:
        begun.extend(data[: MAX_LINE_BYTES + 1 - len(begun)])

    while chunk := stream.read1(CHUNK_BYTES):
        *ends, rest = chunk.split(b"\n")
        lines = []
        for end in ends:
            go_on(end)
            lines.append(bytes(begun.removesuffix(b"\r")))
            begun.clear()
        go_on(rest)
        for start in range(0, len(lines), BATCH_LINES):
            yield lines[start : start + BATCH_LINES]
    if begun:
        yield [bytes(begun)]


def read_plain(data: bytes) -> Line:
    """A line of text: the text as it is."""
    if len(data) > MAX_LINE_BYTES:
        return Line(error=f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        return Line(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Line(error=f"not UTF-8 at byte {error.start}: {error.reason}")


def read_json(data: bytes) -> Line:
    """A line of JSON: an object with `text`, and `id` if it likes (a string or a whole number)."""
    line = read_plain(data)
    if line.error:
        return line
    try:
        record = json.loads(line.text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        return Line(error=f"broken JSON: {error}")
    if not isinstance(record, dict):
        return Line(error="not a JSON object")
    given_id, text = record.get("id"), record.get("text")
    if given_id is not None and (isinstance(given_id, bool) or not isinstance(given_id, str | int)):
        return Line(error="`id` is neither a string nor a whole number")
    if not isinstance(text, str):
        return Line(error="`text` is not a string" if "text" in record else "no `text`", given_id=given_id)
    # JSON can write half a character, which is none; one for one, so that offsets are those of the sender.
    return Line(_LONE_SURROGATE.sub("\ufffd", text), given_id=given_id)


def answer_plain(_line: Line, tagged: Tagged) -> str:
    """The four fields of an answer."""
    found = tagged.language
    runners_up = ",".join(f"{candidate.tag}:{candidate.probability:.4f}" for candidate in found.runners_up)
    segments = ",".join(f"{s.start}-{s.end}:{marked_tag(s)}:{s.probability:.4f}" for s in tagged.segments)
    return f"{found.tag}\t{found.probability:.4f}\t{runners_up}\t{segments}"


def refuse_plain(line: Line) -> str:
    """The four fields of an answer to a line that cannot be read."""
    return f"{UNDETERMINED}\t0.0000\t\terror: {line.error}"


def answer_json(line: Line, tagged: Tagged) -> str:
    """An answer as JSON."""
    found = tagged.language
    return _json(
        {
            "id": line.given_id,
            "tag": found.tag,
            "probability": found.probability,
            "runners_up": [{"tag": c.tag, "probability": c.probability} for c in found.runners_up],
            "segments": [
                {"start": s.start, "end": s.end, "tag": s.tag, "probability": s.probability, "evidence": s.evidence}
                for s in tagged.segments
            ],
        }
    )


def refuse_json(line: Line) -> str:
    """The answer to a line that cannot be read, as JSON."""
    return _json({"id": line.given_id, "error": line.error})


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
