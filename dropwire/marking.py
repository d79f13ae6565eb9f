"""A document's original with what was found in it: cut parts, names and, where there are several, its languages."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from transforms.document import WITHOUT_LANGUAGE, Document, Segment

NAMES = {"PER": "bold green", "ORG": "bold yellow", "LOC": "bold cyan"}
CUT = "strike dim red"
REASON = "dim red"
# The document's own language has the terminal's colour, the others these in turn: none is one of a name.
LANGUAGES = ("magenta", "bright_blue", "dark_orange", "bright_magenta")
CONTEXT_MARK = "*"
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
    """What stands beside one mark of the margin; `begins` a line of the original, or goes on in the one before."""

    text: Text
    segment: Segment | None
    begins: bool


def print_original(console: Console, document: Document, original: str) -> None:
    """Print the original. In a pipe what is cut stands in brackets, and lines are as long as they are."""
    render = _coloured if console.is_terminal else _plain
    styles = language_styles(document)
    pieces = list(pieces_of(document, original))
    if len(styles) < 2:
        text = Text().join(render(piece) for piece in pieces)
        console.print(text, soft_wrap=not console.is_terminal)
        return
    margin = max(len(marked_tag(segment)) for segment in document.segments)
    for row in rows_of((render(piece), piece.segment) for piece in pieces):
        style = styles[row.segment.tag] if row.segment else ""
        tag = marked_tag(row.segment) if row.segment else ""
        # The colour of a name wins over that of the language.
        row.text.stylize_before(style)
        width = max(console.width - margin - 3, 1)
        wrapped = row.text.wrap(console, width) if console.is_terminal else [row.text]
        for number, line in enumerate(wrapped or [row.text]):
            first = number == 0
            edge = BEGINS if first and row.begins else GOES_ON
            label = Text((tag if first else "").ljust(margin), f"bold {style}")
            console.print(Text.assemble(label, (f" {edge} ", "dim"), line), soft_wrap=True)


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
    """Cut parts struck out with their reason, names in colour."""
    if not piece.reason:
        return Text(piece.text, piece.style)
    # The reason stands at the end of what is cut, before the line breaks that are cut with it.
    cut = piece.text.rstrip("\n")
    return Text.assemble((cut, CUT), (f" ‹{piece.reason}›", REASON), piece.text[len(cut) :])


def _plain(piece: Piece) -> Text:
    """Cut parts as `[-…-]{reason}`, as wdiff marks deletions."""
    if not piece.reason:
        return Text(piece.text)
    cut = piece.text.lstrip("\n")
    before = piece.text[: len(piece.text) - len(cut)]
    after = cut[len(cut.rstrip("\n")) :]
    return Text(f"{before}[-{cut.rstrip(chr(10))}-]{{{piece.reason}}}{after}")


def rows_of(rendered: Iterable[tuple[Text, Segment | None]]) -> Iterator[Row]:
    """The rows of a text with a margin: a new one for each line, and for each segment that begins inside a line."""
    row = Row(Text(), None, begins=True)
    for text, segment in rendered:
        for number, part in enumerate(text.split("\n", allow_blank=True)):
            begins = number > 0
            if begins or (part and segment and row.segment and segment != row.segment):
                row.text.rstrip()
                yield row
                row = Row(Text(), None, begins)
            row.text.append_text(part)
            row.segment = row.segment or (segment if part else None)
    if row.text:
        yield row
