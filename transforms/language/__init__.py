"""Which language a text is in, and which languages its parts are in.

A text is taken apart into sentences (transforms.language.sentences), each scored by the n-gram model
(transforms.language.model); neighbours and the text as a whole help the short ones
(transforms.language.segments).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from transforms.document import Language, Segment
from transforms.language.model import LanguageModel
from transforms.language.segments import analyse_all
from transforms.language.tags import NO_LANGUAGE, SERVED, UNDETERMINED
from transforms.model_files import ModelFile

__all__ = ["MODEL", "NO_LANGUAGE", "SERVED", "UNDETERMINED", "Tagged", "analyse", "load_model"]

MODEL: Final = "dropwire-language-1"
# Made by training/language, where its card is.
FILE: Final = ModelFile(
    "transforms.language",
    "language.npz",
    "d7de2681f07a69882d69a730526bde237dbea1b08c0b21b6378438fdefaa74cd",
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """The language of a text as a whole, and its segments in order, covering every sentence."""

    language: Language
    segments: tuple[Segment, ...]


def load_model() -> LanguageModel:
    """The model that comes with Dropwire. Raises ModelError where its file is missing or damaged."""
    return LanguageModel(FILE.locate())


def analyse(texts: Sequence[str], model: LanguageModel) -> list[Tagged]:
    """The language and the segments of each text, taken as it is. Many texts at once are faster than one by one."""
    return [Tagged(language, segments) for language, segments in analyse_all(texts, model)]
