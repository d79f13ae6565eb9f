"""The models of the pipeline, each loaded once. Loading never downloads."""

from functools import cache, cached_property

from transforms import language
from transforms.boilerplate.line_model import LineModel
from transforms.entities import EntityFinder
from transforms.entities.linker import Linker
from transforms.entities.model import EntityModel
from transforms.entities.normal import Normaliser
from transforms.language.model import LanguageModel
from transforms.versions import CLEANING, ENTITIES, NAMES, PARADIGMS


class Models:
    """The models of the pipeline, each loaded when it is first needed and kept.

    One per process is enough (see shared_models).
    """

    @cached_property
    def language(self) -> LanguageModel:
        """The language model."""
        return language.load_model()

    @cached_property
    def lines(self) -> LineModel:
        """The model of the lines of a page: which are main text."""
        return LineModel(CLEANING.locate())

    @cached_property
    def entities(self) -> EntityFinder:
        """What finds, names and links the entities of a text."""
        return EntityFinder(EntityModel(ENTITIES.locate()), Normaliser(PARADIGMS.locate()), self.linker)

    @cached_property
    def linker(self) -> Linker:
        """What knows by which id a name goes."""
        return Linker(NAMES.locate())


@cache
def shared_models() -> Models:
    """The models of this process."""
    return Models()
