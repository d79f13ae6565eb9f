"""People, organisations and places: found by a model per language, normalised, one entity a name.

A recogniser finds mentions and their base forms; linking makes one entity of the mentions that mean one
person, organisation or place. A new language is one module with a recogniser, registered in transforms.models.
"""

from collections.abc import Sequence
from typing import Protocol

from transforms.document import Entity, Segment
from transforms.entities.link import NamedMention, link

__all__ = ["NamedMention", "Recogniser", "find_entities"]


class Recogniser(Protocol):
    """Finds the names in a text of one language."""

    model: str

    def mentions(self, text: str) -> list[NamedMention]:
        """All mentions in `text`, sorted, not overlapping, none over a line break."""
        ...


def find_entities(text: str, recogniser: Recogniser, foreign: Sequence[Segment] = ()) -> tuple[Entity, ...]:
    """The entities of `text` in the order of their first mention.

    `foreign` are the segments in other languages than the recogniser's, whose names it would get wrong.
    """
    own = [
        found
        for found in recogniser.mentions(text)
        if not any(part.start <= found.mention.start < part.end for part in foreign)
    ]
    return link(own)
