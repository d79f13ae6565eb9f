"""A document's original with what was found in it: cut parts, names and, where there are several, its languages."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from transforms.document import WITHOUT_LANGUAGE, Document, Segment

NAMES = {"PER": "bold green", "ORG": "bold yellow", "LOC": "bold cyan", "EVT": "bold blue", "PRO": "bold white"}
CUT = "strike dim"
REASON = "red"
# The document's own language has the terminal's colour, the others these in turn: none is one of a name.
LANGUAGES = ("magenta", "bright_blue", "dark_orange", "bright_magenta")
CONTEXT_MARK = "*"
# In a narrow terminal a reason is shortened to one part in so many of the width.
REASON_PART = 3
BEGINS, GOES_ON = "│", "┊"
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the original: cut for a `reason`, or kept; then in the `style` of a name, part of a `segment`."""

    text: str
    reason: str = ""
    style: str = ""
    segment: Segment | None = None


@dataclass(slots=True)
class Row:
    """What stands beside one mark of the margin; `begins` a line of the original, or goes on in the one before.

    `reason` is that of the cut where the row was cut, else empty.
    """

    text: Text
    segment: Segment | None
    begins: bool
    reason: str = ""


def print_original(console: Console, document: Document, original: str) -> None:
    """Print the original. In a terminal what is cut is struck out, with the reason in the margin.

    In a pipe it stands in brackets, with the reason behind it, and lines are as long as they are.
    """
    in_terminal = console.is_terminal
    styles = language_styles(document)
    pieces = list(pieces_of(document, original))
    shown = [(_coloured(piece) if in_terminal else _plain(piece), piece) for piece in pieces]
    reasons = {piece.reason for piece in pieces if piece.reason} if in_terminal else set()
    tags = {marked_tag(segment) for segment in document.segments} if len(styles) > 1 else set()
    if not reasons and not tags:
        console.print(Text().join(text for text, _ in shown), soft_wrap=not in_terminal)
        return
    widest = max(map(len, reasons), default=0)
    margin = max(min(widest, console.width // REASON_PART), *map(len, tags), 1)
    last = ""
    for row in rows_of((text, piece.segment, piece.reason if in_terminal else "") for text, piece in shown):
        style = styles[row.segment.tag] if row.segment else ""
        label = Text()
        if row.reason:
            # Of cut lines in a row with one reason, the first one has it.
            label = Text(row.reason if row.reason != last else "", REASON)
        elif row.segment and tags:
            label = Text(marked_tag(row.segment), f"bold {style}")
        last = row.reason if row.text else last
        # The colour of a name wins over that of the language.
        row.text.stylize_before(style)
        _print_row(console, row, label, margin)


def _print_row(console: Console, row: Row, label: Text, margin: int) -> None:
    """A row beside its margin; in a terminal in as many lines as it takes."""
    width = max(console.width - margin - 3, 1)
    wrapped = row.text.wrap(console, width) if console.is_terminal else [row.text]
    label.truncate(margin, overflow="ellipsis", pad=True)
    for number, line in enumerate(wrapped or [row.text]):
        first = number == 0
        line.rstrip()
        edge = BEGINS if first and row.begins else GOES_ON
        shown = label if first else Text(" " * margin)
        console.print(Text.assemble(shown, (f" {edge} ", REASON if row.reason else "dim"), line), soft_wrap=True)


def language_styles(document: Document) -> dict[str, str]:
    """A style for each language of the segments, the document's own first, then in order of appearance."""
    own = document.language.tag
    tags = sorted(dict.fromkeys(segment.tag for segment in document.segments), key=lambda tag: tag != own)
    styles = {tag: "dim" if tag in WITHOUT_LANGUAGE else "" for tag in tags}
    others = [tag for tag in tags if tag != own and not styles[tag]]
    return {**styles, **{tag: LANGUAGES[i % len(LANGUAGES)] for i, tag in enumerate(others)}}


def marked_tag(segment: Segment) -> str:
    """The tag of a segment, with a mark where its context decides."""
    return segment.tag + (CONTEXT_MARK if segment.evidence == "context" else "")


def pieces_of(document: Document, original: str) -> Iterator[Piece]:
    """The original in pieces; together they are the original."""
    names = sorted(
        (mention.start, mention.end, NAMES[entity.type]) for entity in document.entities for mention in entity.mentions
    )
    segments = [(segment.start, segment.end, segment) for segment in document.segments]
    edges = sorted({edge for start, end, _ in (*names, *segments) for edge in (start, end)})

    def kept(start: int, end: int, shift: int) -> Iterator[Piece]:
        inner = edges[bisect_right(edges, start) : bisect_right(edges, end - 1)]
        for begin, stop in pairwise([start, *inner, end]):
            style, segment = _at(begin, names), _at(begin, segments)
            yield Piece(original[begin + shift : stop + shift], style=style or "", segment=segment)

    position = 0
    shift = 0
    for span in document.boilerplate:
        if position < span.start:
            yield from kept(position - shift, span.start - shift, shift)
        yield Piece(original[span.start : span.end], reason=span.reason)
        position = span.end
        shift += span.end - span.start
    if position < len(original):
        yield from kept(position - shift, len(original) - shift, shift)


def _at(offset: int, spans: list[tuple[int, int, _Value]]) -> _Value | None:
    """The value of the span, of those sorted ones, in which the offset lies."""
    place = bisect_right(spans, offset, key=lambda span: span[0]) - 1
    return spans[place][2] if place >= 0 and offset < spans[place][1] else None


def _coloured(piece: Piece) -> Text:
    """Cut parts struck out, names in colour."""
    return Text(piece.text, CUT if piece.reason else piece.style)


def _plain(piece: Piece) -> Text:
    """Cut parts as `[-…-]{reason}`, as wdiff marks deletions."""
    if not piece.reason:
        return Text(piece.text)
    cut = piece.text.lstrip("\n")
    before = piece.text[: len(piece.text) - len(cut)]
    after = cut[len(cut.rstrip("\n")) :]
    return Text(f"{before}[-{cut.rstrip(chr(10))}-]{{{piece.reason}}}{after}")


def rows_of(rendered: Iterable[tuple[Text, Segment | None, str]]) -> Iterator[Row]:
    """The rows of a text with a margin, from its stretches, each with its segment and the reason where it was cut.

    A new one for each line, and for each segment and each cut that begins or ends inside a line.
    """
    row = Row(Text(), None, begins=True)
    for text, segment, reason in rendered:
        for number, part in enumerate(text.split("\n", allow_blank=True)):
            begins = number > 0
            other = (segment and row.segment and segment != row.segment) or reason != row.reason
            if begins or (part and row.text and other):
                row.text.rstrip()
                yield row
                row = Row(Text(), None, begins)
            if part:
                # The space before a cut inside a line is cut with it, but does not stand at its margin.
                row.text.append_text(
                    part if row.text or row.begins else part[len(part.plain) - len(part.plain.lstrip()) :]
                )
                row.segment = row.segment or segment
                row.reason = reason
    if row.text:
        yield row
