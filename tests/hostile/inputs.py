"""What a bad input is: how to make it, and what must become of it."""

import io
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO, cast

DOCUMENT = "document"
# Articles that every run must store, whatever lies beside them.
GOOD = "Сёння ў Мінску сонечна, а заўтра сіноптыкі абяцаюць дождж."
OTHER = "Учора на вуліцах горада ляжаў першы снег, і дзеці ляпілі бабу."


@dataclass(frozen=True, slots=True)
class Hostile:
    """A bad input. `name` is that of its file; what `make` returns as a string is to be in UTF-8.

    `expected` has the outcomes in any order: `document`, or the reason of a rejection; `*3` says that there are three
    of them, `+` one or more. `stored` has what differs once the store has seen it, too.
    """

    name: str
    make: Callable[[], str | bytes | io.RawIOBase]
    expected: str
    stored: str = ""

    def open(self) -> BinaryIO:
        """The input from its beginning."""
        made = self.make()
        made = made.encode() if isinstance(made, str) else made
        return io.BytesIO(made) if isinstance(made, bytes) else cast("BinaryIO", made)


def mismatch(expected: str, outcomes: Iterable[str]) -> str | None:
    """Say how the outcomes differ from what is expected; None where they do not."""
    counts = Counter(outcomes)
    left = counts.copy()
    for word in expected.split():
        name, _, number = word.removesuffix("+").partition("*")
        found = left.pop(name, 0)
        if not found or (not word.endswith("+") and found != int(number or 1)):
            return f"expected {expected}, not {dict(counts)}"
    return f"expected {expected}, not {dict(counts)}" if left else None


def lines(*texts: str) -> bytes:
    """JSON Lines of these texts, none of which needs escaping."""
    return "".join(f'{{"text": "{text}"}}\n' for text in texts).encode()


def numbered(count: int) -> list[str]:
    """As many different articles."""
    return [f"Навіна нумар {number}: {GOOD}" for number in range(count)]


class Long(io.RawIOBase):
    """A long file of one byte repeated, made while it is read: a beginning, the filling, an end."""

    def __init__(self, begin: bytes, fill: bytes, size: int, end: bytes = b"") -> None:
        """`size` bytes of filling."""
        super().__init__()
        self._begin, self._end = begin, end
        self._block = fill * (1024 * 1024 // len(fill))
        self._size = size
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        head, body = len(self._begin), len(self._begin) + self._size
        if self._at < head:
            piece = self._begin[self._at : self._at + size]
        elif self._at < body:
            piece = self._block[: min(size, body - self._at, len(self._block))]
        else:
            piece = self._end[self._at - body : self._at - body + size]
        self._at += len(piece)
        return piece
