"""Which language a text is in, and which languages its parts are in.

A text is taken apart into sentences (transforms.language.sentences), each scored by the n-gram model
(transforms.language.model); neighbours and the text as a whole help the short ones
(transforms.language.segments).
"""

from typing import Final

from transforms.document import NO_LANGUAGE, UNDETERMINED
from transforms.language.model import LanguageModel
from transforms.language.segments import Tagged, analyse
from transforms.language.tags import SERVED
from transforms.model_files import ModelFile

__all__ = ["FILE", "MODEL", "NO_LANGUAGE", "SERVED", "UNDETERMINED", "Tagged", "analyse", "load_model"]

MODEL: Final = "dropwire-language-1"
# Made by training/language, where its card is.
FILE: Final = ModelFile(
    "transforms.language",
    "language.npz",
    "df6002854905a5afd9ea6be38c65f60a0f8e53395b912e509ad3dda24561fdcc",
)


def load_model() -> LanguageModel:
    """The model that comes with Dropwire. Raises ModelError where its file is missing or damaged."""
    return LanguageModel(FILE.locate())
