"""A text as its lines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: [start, end) without its surrounding white space."""

    start: int
    end: int
    text: str


def split_lines(text: str) -> tuple[Line, ...]:
    """The lines of `text` that hold more than white space, in order.

    Only LF separates lines (transforms.decode leaves no other line end), so a form feed or a Unicode
    line separator inside a paragraph does not tear it apart.
    """
    lines = []
    start = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            begin = start if len(stripped) == len(raw) else start + raw.index(stripped)
            lines.append(Line(begin, begin + len(stripped), stripped))
        start += len(raw) + 1
    return tuple(lines)
