"""Names that are found whole in one place, and in part in another: there they are whole as well."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from transforms.document import Mention
from transforms.entities.mentions import FoundMention

# How sure the model must be of a name to look for it elsewhere.
_SURE: Final = 0.8


def completed(text: str, found: Sequence[FoundMention]) -> list[FoundMention]:
    """The mentions, sorted, with names of several words wherever the text has these words and less of them was found.

    A mention that reaches beyond such a place stays, and so does one of another type.
    """
    result = list(found)
    names = {name.mention.surface: name for name in found if " " in name.mention.surface and name.probability >= _SURE}
    for surface, name in names.items():
        for start in _places(text, surface):
            end = start + len(surface)
            there = [one for one in result if one.mention.start < end and start < one.mention.end]
            parts = [
                one for one in there if one.type == name.type and start <= one.mention.start and one.mention.end <= end
            ]
            if there and len(parts) == len(there) and there != [name]:
                result = [one for one in result if one not in parts]
                result.append(replace(name, mention=Mention(start, end, surface)))
    return sorted(result, key=lambda one: one.mention.start)


def _places(text: str, surface: str) -> list[int]:
    """Where the text has these words, as whole words."""
    places = []
    start = text.find(surface)
    while start >= 0:
        end = start + len(surface)
        if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
            places.append(start)
        start = text.find(surface, end)
    return places
