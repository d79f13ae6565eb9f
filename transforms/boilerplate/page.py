"""A page as a boilerplate rule sees it, and the spans that cutting some of its lines makes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from transforms.document import BoilerplateSpan
from transforms.lines import Line


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of an item's source: the keys (see templates.line_keys) of lines that recur on its pages."""

    templates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """What a boilerplate rule sees: the lines that earlier rules left, and what is known besides.

    `title` is the title that came with the item, if one did; `html` its markup, if it had any; `site` what is
    known of its source; `judged` has for each reason that the model of the lines gives the starts of the lines.
    """

    lines: tuple[Line, ...]
    title: str | None = None
    html: str | None = None
    site: Site | None = None
    judged: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def without(self, cut: Iterable[int]) -> "Page":
        """The same page without the lines at the given positions."""
        gone = set(cut)
        if not gone:
            return self
        return replace(self, lines=tuple(line for i, line in enumerate(self.lines) if i not in gone))


def spans_of(original: str, lines: tuple[Line, ...], reasons: Mapping[int, str]) -> tuple[BoilerplateSpan, ...]:
    """The spans that cut the lines at the keys of `reasons`, each with its reason.

    A cut line takes along the blank lines that follow it; a cut that reaches the end of the original takes
    the ones before it instead, so that no gap is left behind. A line that is part of a line of the original takes
    along the spaces that follow it; at the end of that line, the ones before it instead. Neighbours with one reason
    make one span.
    """
    if not reasons:
        return ()
    beside = [original.find("\n", before.end, line.start) < 0 for before, line in pairwise(lines)]

    def start(i: int) -> int:
        """Where what is cut with line `i` begins."""
        place = lines[i].start
        return place if i and beside[i - 1] else original.rfind("\n", 0, place) + 1

    last_kept = next((i for i in range(len(lines) - 1, -1, -1) if i not in reasons), -1)
    # On most pages each line is one of the original.
    at_end = _at_end_of_kept(beside, reasons) if any(beside) else set()
    found: list[tuple[int, int, str]] = []
    place, following = 0, 0
    for i in sorted(reasons):
        reason = reasons[i]
        begin = following if i == place else start(i)
        after = following = start(i + 1) if i + 1 < len(lines) else len(original)
        place = i + 1
        if i < last_kept and i in at_end:
            begin, after = lines[i - 1].end, lines[i].end
        if i == last_kept + 1 and i:
            begin = lines[last_kept].end
        if found and found[-1][1:] == (begin, reason):
            begin = found.pop()[0]
        found.append((begin, after, reason))
    return tuple(BoilerplateSpan(*span) for span in found)


def _at_end_of_kept(beside: Sequence[bool], cut: Collection[int]) -> set[int]:
    """The cut lines behind which nothing is kept on their line of the original, though something is before them.

    `beside` says of each line but the last whether the next one is on the same line of the original.
    """
    found: set[int] = set()
    tail: list[int] = []
    for i in range(len(beside) + 1):
        if i in cut:
            tail.append(i)
        else:
            tail = []
        if i == len(beside) or not beside[i]:
            if tail and tail[0] and beside[tail[0] - 1]:
                found.update(tail)
            tail = []
    return found


def kept_lines(lines: Iterable[Line], spans: Iterable[BoilerplateSpan], *, but: str) -> list[Line]:
    """The lines outside the spans (sorted), and those inside spans with the reason `but`."""
    gone = iter([span for span in spans if span.reason != but])
    span = next(gone, None)
    kept = []
    for line in lines:
        while span and span.end <= line.start:
            span = next(gone, None)
        if not span or line.start < span.start:
            kept.append(line)
    return kept


def kept_places(lines: Sequence[Line], spans: Iterable[BoilerplateSpan], *, but: str) -> set[int]:
    """The places of the kept lines among the lines, see kept_lines."""
    starts = {line.start for line in kept_lines(lines, spans, but=but)}
    return {place for place, line in enumerate(lines) if line.start in starts}


def cut(original: str, spans: Iterable[BoilerplateSpan]) -> str:
    """`original` without the spans (sorted, not overlapping)."""
    kept = []
    position = 0
    for span in spans:
        kept.append(original[position : span.start])
        position = span.end
    kept.append(original[position:])
    return "".join(kept)
