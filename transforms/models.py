"""The models of the pipeline, each loaded once. Loading never downloads."""

from functools import cache, cached_property

from transforms import language
from transforms.boilerplate.line_model import LineModel
from transforms.entities import Recogniser
from transforms.entities.russian import RussianRecogniser
from transforms.language.model import LanguageModel
from transforms.model_files import ModelFile

# Natasha's news models (MIT), trained on Russian news.
NAVEC = ModelFile(
    "natasha",
    "data/emb/navec_news_v1_1B_250K_300d_100q.tar",
    "f07270833d78523edc5781538d67038e95b43975e4a7ae757c693b687f9cbfca",
)
SLOVNET_NER = ModelFile(
    "natasha",
    "data/model/slovnet_ner_news_v1.tar",
    "16c3343a6572ddf0e2b2fc1923113de15a7f5ca5bde90e780dd590418665603e",
)
SLOVNET_MORPH = ModelFile(
    "natasha",
    "data/model/slovnet_morph_news_v1.tar",
    "54812762a641c742dbfa9c950c4b53bbb469301983077ed01b9f074643d540d3",
)

# Our own: training/cleaning/README.md is its card.
CLEANING = ModelFile(
    "transforms", "boilerplate/cleaning.npz", "66e017e0b94b8630f75af5accc7684d8a57d472f4c256db74ac99e71aedde21b"
)


class Models:
    """The models of the pipeline, each loaded when it is first needed and kept.

    One per process is enough (see shared_models): loading takes about 2 s, and 200 MB of memory with Russian.
    """

    @cached_property
    def language(self) -> LanguageModel:
        """The language model."""
        return language.load_model()

    @cached_property
    def lines(self) -> LineModel:
        """The model of the lines of a page: which are main text."""
        return LineModel(CLEANING.locate())

    def recogniser(self, tag: str) -> Recogniser | None:
        """The recogniser of names for a language, None where no model serves it."""
        return self._russian if tag == "ru" else None

    @cached_property
    def _russian(self) -> Recogniser:
        return RussianRecogniser(NAVEC.locate(), SLOVNET_NER.locate(), SLOVNET_MORPH.locate())


@cache
def shared_models() -> Models:
    """The models of this process."""
    return Models()
