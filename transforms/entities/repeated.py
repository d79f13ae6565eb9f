"""Names that are found whole in one place, and in part in another: there they are whole as well."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from transforms.document import Mention
from transforms.entities.mentions import FoundMention

# How sure the model must be of a name to look for it elsewhere.
_SURE: Final = 0.8


def completed(text: str, found: Sequence[FoundMention]) -> list[FoundMention]:
    """The mentions, sorted, with names of several words wherever the text has these words and less of them was found.

    A mention that reaches beyond such a place stays, and so does one of another type. `found` is sorted and does not
    overlap.
    """
    names = {name.mention.surface: name for name in found if " " in name.mention.surface and name.probability >= _SURE}
    # By word: to look for each name everywhere takes the square of the time that a long list of names should.
    having: dict[str, list[FoundMention]] = defaultdict(list)
    for name in sorted(names.values(), key=lambda name: -len(name.mention.surface)):
        for word in set(name.mention.surface.split()):
            having[word].append(name)
    result: list[FoundMention] = []
    for at, one in enumerate(found):
        end = result[-1].mention.end if result else 0
        if one.mention.start >= end:
            wholes = _wholes(text, one, having.get(one.mention.surface.split()[0], ()))
            result.append(next((whole for whole in wholes if _has_room(whole, end, found, at)), one))
    return result


def _wholes(text: str, part: FoundMention, names: Sequence[FoundMention]) -> Iterator[FoundMention]:
    """The names of which a mention is a part where it stands, the longest first."""
    said = part.mention.surface
    for name in names:
        surface = name.mention.surface
        offset = surface.find(said) if name.type == part.type and len(surface) > len(said) else -1
        while offset >= 0:
            start = part.mention.start - offset
            end = start + len(surface)
            if start >= 0 and text.startswith(surface, start) and _is_of_whole_words(text, start, end):
                yield replace(name, mention=Mention(start, end, surface))
            offset = surface.find(said, offset + 1)


def _is_of_whole_words(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _has_room(whole: FoundMention, after: int, found: Sequence[FoundMention], at: int) -> bool:
    """Whether a name at the mention at `at` overlaps with nothing but parts of it."""
    if whole.mention.start < after:
        return False
    for place in range(at + 1, len(found)):
        other = found[place]
        if other.mention.start >= whole.mention.end:
            return True
        if other.type != whole.type or other.mention.end > whole.mention.end:
            return False
    return True
