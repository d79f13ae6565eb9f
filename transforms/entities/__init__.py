"""People, organisations and places: found by one multilingual model, normalised, one entity a name, linked by id.

Mentions are found (model) and revised, their base forms (normal) and what they mean (linker) follow; each step sees the
whole text.
A new language needs paradigms, if its names are inflected (training/entities/paradigms.py), and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from transforms.document import UNDETERMINED, WITHOUT_LANGUAGE, Entity, Mention, Segment
from transforms.entities.keys import LEGAL_FORMS, words
from transforms.entities.linker import Linker
from transforms.entities.mentions import FoundMention
from transforms.entities.model import EntityModel
from transforms.entities.normal import Normaliser
from transforms.entities.revised import revised
from transforms.entities.trim import closed, is_project, proper
from transforms.language.tags import SERVED

__all__ = ["EntityFinder", "are_found_in", "find_entities"]

# Scripts that the model's vocabulary was cut down to.
_SCRIPTS: Final = frozenset({"Cyrl", "Latn"})

# Languages of the corpora in which events and products are annotated; elsewhere the model only guesses at them.
_EVENTS_AND_PRODUCTS_IN: Final = frozenset("be bg cs pl ru sk sl uk".split())
_RARE: Final = frozenset({"EVT", "PRO"})
# How sure the model must be of a mention: a wrong name is worse than a missed one. Of events and products, which other
# corpora than SlavicNER do not have, it is surer than it ought to be.
_SURE: Final = 0.5
# In a name of several words the doubt is often of what type it is, not whether it is one.
_SURE_OF_SEVERAL: Final = 0.4
# Of what is said to be a project, in quotation marks, it must be surer that it is an organisation.
_SURE_OF_PROJECT: Final = 0.7
_SURE_OF_RARE: Final = 0.7


@dataclass(frozen=True, slots=True)
class EntityFinder:
    """What finds, names and links the entities of a text. Safe to share between threads."""

    model: EntityModel
    normaliser: Normaliser
    linker: Linker

    @property
    def name(self) -> str:
        """The name of the model, as the provenance of documents has it."""
        return self.model.name


def are_found_in(language: str) -> bool:
    """Whether names can be found in a text with this language tag: in those that we serve in Cyrillic or Latin.

    Also where no language can be told: a list of names has none.
    """
    return language == UNDETERMINED or SERVED.get(language) in _SCRIPTS


def find_entities(text: str, language: str, segments: Sequence[Segment], finder: EntityFinder) -> tuple[Entity, ...]:
    """The entities of `text` in the order of their first mention.

    `language` is the tag of the text, `segments` are its parts in their languages.
    """
    found = [_in_language(mention, language, segments) for mention in finder.model.find(text)]
    trusted = [_closed(text, mention) for mention in found if _is_trusted(text, mention)]
    mentions = revised(text, trusted, finder.linker.is_place)
    return finder.linker.link(finder.normaliser.names(text, mentions), text)


def _in_language(found: FoundMention, language: str, segments: Sequence[Segment]) -> FoundMention:
    """The mention with the language of its segment, or of the text where that has none."""
    start = found.mention.start
    tag = next((part.tag for part in segments if part.start <= start < part.end), language)
    return replace(found, language=language if tag in WITHOUT_LANGUAGE else tag)


def _closed(text: str, found: FoundMention) -> FoundMention:
    """The mention, with the mark that closes a quotation in it, and without common nouns before one."""
    start, end = proper(text, *closed(text, found.mention.start, found.mention.end))
    return replace(found, mention=Mention(start, end, text[start:end]))


def _is_trusted(text: str, found: FoundMention) -> bool:
    mention = found.mention
    if found.type in _RARE:
        return found.probability >= _SURE_OF_RARE and found.language.partition("-")[0] in _EVENTS_AND_PRODUCTS_IN
    # SlavicNER has «американских» and «демократы» for names; a reader would underline neither, nor «АО» alone.
    if not any(map(str.isupper, mention.surface)) or LEGAL_FORMS.issuperset(words(mention.surface)):
        return False
    if is_project(text, mention.start, mention.end):
        return found.probability >= _SURE_OF_PROJECT
    return found.probability >= (_SURE_OF_SEVERAL if " " in mention.surface else _SURE)
