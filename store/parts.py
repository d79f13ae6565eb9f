"""Much in parts: what is held in memory, or sent to the store, at one time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_Any = TypeVar("_Any")


def parts(whole: Iterable[_Any], size: int) -> Iterator[list[_Any]]:
    """The elements in their order, in lists of at most `size`, each made when it is asked for."""
    rest = iter(whole)
    while part := list(islice(rest, size)):
        yield part
