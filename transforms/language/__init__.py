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
from transforms.versions import LANGUAGE

__all__ = ["FILE", "MODEL", "NO_LANGUAGE", "SERVED", "UNDETERMINED", "Tagged", "analyse", "load_model"]

MODEL: Final = "dropwire-language-1"
FILE: Final = LANGUAGE


def load_model() -> LanguageModel:
    """The model that comes with Dropwire. Raises ModelError where its file is missing or damaged."""
    return LanguageModel(FILE.locate())
