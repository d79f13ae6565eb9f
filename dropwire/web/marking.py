"""A document as a page shows it: lines of stretches in one language, with names marked and what was cut.

Pure: no HTML, no store. Offsets count code points.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Final, TypeVar

from transforms.document import WITHOUT_LANGUAGE, BoilerplateSpan, Document, Entity, Segment

# Of a page: some 30 printed pages, which a browser lays out in a tenth of a second.
PART_CHARACTERS: Final = 60_000
# A text without line breaks is broken at a word, so that a part has an end.
_LINE_CHARACTERS: Final = 20_000
# Colours of languages; the document's own has none.
_TINTS: Final = 7
EXCERPT_CHARACTERS: Final = 260
_BEFORE: Final = 70
_SPACE: Final = re.compile(r"\s+")
# Marked in one excerpt; it is shorter than that.
_MOST_PLACES: Final = 50
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one line: of a name, if there is an `entity`; cut, if there is a `reason`."""

    text: str
    entity: Entity | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs in one language. `tint` counts the languages of the document, 0 for its own; `by_context`: see Segment."""

    language: str
    tint: int
    by_context: bool
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together: one kept line, or cut lines in a row that have one `reason`."""

    reason: str
    stretches: tuple[Stretch, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(run.text for stretch in self.stretches for run in stretch.runs)

    @property
    def kept(self) -> tuple[Stretch, ...]:
        """What is left of it in the clean text."""
        left = (
            Stretch(each.language, each.tint, each.by_context, tuple(run for run in each.runs if not run.reason))
            for each in self.stretches
        )
        return tuple(each for each in left if each.runs)


@dataclass(frozen=True, slots=True)
class Part:
    """The blocks of one part of a long document; parts count from 1."""

    blocks: tuple[Block, ...]
    number: int
    parts: int


def tints(document: Document) -> dict[str, int]:
    """A number for each language of the segments: 0 the document's own and what is in none, then by appearance."""
    own = document.language.tag
    tags = dict.fromkeys(segment.tag for segment in document.segments)
    others = [tag for tag in tags if tag != own and tag not in WITHOUT_LANGUAGE]
    plain = dict.fromkeys([own, *(tag for tag in tags if tag in WITHOUT_LANGUAGE)], 0)
    return {**plain, **{tag: 1 + i % _TINTS for i, tag in enumerate(others)}}


def part_of(document: Document, original: str, spans: Sequence[BoilerplateSpan], number: int) -> Part:
    """One part of the original with what was cut marked; of the clean text, with itself as original and no spans.

    A number beyond the last part gives the last one.
    """
    bounds = _bounds(original)
    number = max(1, min(number, len(bounds) - 1))
    start, end = bounds[number - 1], bounds[number]
    pieces = _pieces(document, original, spans, start, end)
    return Part(tuple(_blocks(pieces, tints(document))), number, len(bounds) - 1)


def _bounds(text: str) -> list[int]:
    """Where the parts of a text begin and end: at line breaks, or at words where a line is endless."""
    bounds = [0]
    while len(text) - bounds[-1] > PART_CHARACTERS:
        wanted = bounds[-1] + PART_CHARACTERS
        at = text.find("\n", wanted, wanted + _LINE_CHARACTERS) + 1 or text.find(" ", wanted) + 1 or len(text)
        bounds.append(at)
    if bounds[-1] < len(text) or len(bounds) == 1:
        bounds.append(len(text))
    return bounds


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    reason: str
    entity: Entity | None
    segment: Segment | None


def _pieces(
    document: Document, original: str, spans: Sequence[BoilerplateSpan], start: int, end: int
) -> Iterator[_Piece]:
    """The original from `start` to `end` in pieces, each of which is in one segment, one name and one cut at most."""
    names = sorted(
        ((mention.start, mention.end, entity) for entity in document.entities for mention in entity.mentions),
        key=lambda name: (name[0], -name[1]),
    )
    segments = sorted(((each.start, each.end, each) for each in document.segments), key=lambda each: each[0])
    edges = sorted({edge for begin, stop, _ in (*names, *segments) for edge in (begin, stop)})
    position = shift = 0
    for span in (*spans, BoilerplateSpan(len(original), len(original), "")):
        low, high = max(position, start), min(span.start, end)
        if low < high:
            inner = edges[bisect_right(edges, low - shift) : bisect_right(edges, high - shift - 1)]
            for begin, stop in pairwise([low - shift, *inner, high - shift]):
                text = original[begin + shift : stop + shift]
                yield _Piece(text, "", _at(begin, names), _at(begin, segments))
        low, high = max(span.start, start), min(span.end, end)
        if low < high:
            yield _Piece(original[low:high], span.reason, None, None)
        position = span.end
        shift += span.end - span.start


def _at(offset: int, spans: Sequence[tuple[int, int, _Value]]) -> _Value | None:
    """The value of the span, of those sorted ones, in which the offset lies."""
    place = bisect_right(spans, offset, key=lambda span: span[0]) - 1
    return spans[place][2] if place >= 0 and offset < spans[place][1] else None


def _blocks(pieces: Iterable[_Piece], tint: Mapping[str, int]) -> Iterator[Block]:
    """Lines as blocks. Blank lines are the space between blocks; between cut lines of one reason they go with these."""
    cut: list[str] = []
    reason = ""
    for line in _lines(pieces):
        reasons = {piece.reason for piece in line if piece.text.strip()}
        if not reasons:
            continue
        whole = reasons.pop() if len(reasons) == 1 else ""
        if cut and whole != reason:
            yield _cut_block(cut, reason)
            cut = []
        reason = whole
        if whole:
            cut.append("".join(piece.text for piece in line))
        else:
            yield Block("", tuple(_by_language(line, tint)))
    if cut:
        yield _cut_block(cut, reason)


def _lines(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    line: list[_Piece] = []
    for piece in pieces:
        first, *rest = piece.text.split("\n")
        line.append(replace(piece, text=first))
        for text in rest:
            yield line
            line = [replace(piece, text=text)]
    yield line


def _cut_block(lines: Sequence[str], reason: str) -> Block:
    return Block(reason, (Stretch("", 0, False, (Run("\n".join(lines), None, reason),)),))


def _by_language(line: Iterable[_Piece], tint: Mapping[str, int]) -> Iterator[Stretch]:
    """A line as stretches; what is cut inside of it, and white space between segments, goes with what is before it."""
    segment: Segment | None = None
    runs: list[Run] = []
    for piece in line:
        if not piece.text:
            continue
        if piece.segment is not None and piece.segment is not segment:
            if segment is not None:
                yield _stretch(segment, runs, tint)
                runs = []
            segment = piece.segment
        runs.append(Run(piece.text, piece.entity, piece.reason))
    if runs:
        yield _stretch(segment, runs, tint)


def _stretch(segment: Segment | None, runs: Sequence[Run], tint: Mapping[str, int]) -> Stretch:
    if segment is None:
        return Stretch("", 0, False, tuple(runs))
    return Stretch(segment.tag, tint.get(segment.tag, 0), segment.evidence == "context", tuple(runs))


@dataclass(frozen=True, slots=True)
class Bit:
    """A stretch of an excerpt, `found` where it is what was searched for."""

    text: str
    found: bool = False


def excerpt(text: str, places: Sequence[tuple[int, int]]) -> tuple[Bit, ...]:
    """Some words of a text around the first of the places that were found, all of these marked; else its beginning."""
    first = min(places)[0] if places else 0
    start = max(0, first - _BEFORE)
    if start:
        start = text.find(" ", start, first) + 1 or first
    end = min(len(text), start + EXCERPT_CHARACTERS)
    if end < len(text):
        end = max(text.rfind(" ", start, end), *(stop for begin, stop in places if begin < end), start + 1)
    bits = [Bit("… ")] if start else []
    position = start
    for begin, stop in sorted(places):
        if begin < position or stop > end:
            continue
        bits += [Bit(_one_line(text[position:begin])), Bit(_one_line(text[begin:stop]), found=True)]
        position = stop
    bits.append(Bit(_one_line(text[position:end]) + (" …" if end < len(text) else "")))
    return tuple(bit for bit in bits if bit.text)


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text)


def places_of_words(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where words stand in a text, whole and in any case."""
    known = [re.escape(word) for word in words if word]
    if not known:
        return []
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)", re.IGNORECASE)
    return [match.span() for match in islice(pattern.finditer(text), _MOST_PLACES)]


def places_of_entities(document: Document, wanted: Callable[[Entity], bool]) -> list[tuple[int, int]]:
    """Where the wanted entities are named."""
    return sorted((each.start, each.end) for entity in document.entities if wanted(entity) for each in entity.mentions)
