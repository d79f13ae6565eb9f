"""The models of the pipeline, each loaded once. Loading never downloads."""

from functools import cache, cached_property

from transforms import language
from transforms.boilerplate.line_model import LineModel
from transforms.entities import EntityFinder
from transforms.entities.linker import Linker
from transforms.entities.model import EntityModel
from transforms.entities.normal import Normaliser
from transforms.language.model import LanguageModel
from transforms.model_files import ModelFile

# Our own models. training/cleaning/README.md is the card of this one.
CLEANING = ModelFile(
    "transforms", "boilerplate/cleaning.npz", "66e017e0b94b8630f75af5accc7684d8a57d472f4c256db74ac99e71aedde21b"
)
# training/entities/README.md, PARADIGMS.md and gazetteer/README.md are their cards.
ENTITIES = ModelFile(
    "transforms", "entities/entities.npz", "42bd46440222385df625851571d9f8942fd16b20f7a2f277797c98f0758f7c9e"
)
PARADIGMS = ModelFile(
    "transforms", "entities/paradigms.npz", "3ae3689db9144b549b51f337087a8d082753c398dec3a4c26d08145c4d444aed"
)
NAMES = ModelFile(
    "transforms", "entities/names.npz", "a7880c0d11ac1b3336c4a7e4b0a2efc378f4889ceadfb7aff5c6b664077c89cf"
)


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


def versions() -> dict[str, str]:
    """The files of the models that this version was tested with: the first digits of their SHA-256, by model."""
    files = {
        "lines": CLEANING,
        "language": language.FILE,
        "entities": ENTITIES,
        "paradigms": PARADIGMS,
        "names": NAMES,
    }
    return {name: file.sha256[:12] for name, file in files.items()}


@cache
def shared_models() -> Models:
    """The models of this process."""
    return Models()
