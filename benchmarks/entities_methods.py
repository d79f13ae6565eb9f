"""What finds names: ours, and slovnet, which knows Russian."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from training.entities.corpora import Span
from transforms.entities.model import EntityModel

FOLDER: Final = Path(__file__).parent.parent / "transforms" / "entities"
MODEL: Final = FOLDER / "entities.npz"
_NATASHA: Final = "natasha"
_EMBEDDINGS: Final = "data/emb/navec_news_v1_1B_250K_300d_100q.tar"
_NER: Final = "data/model/slovnet_ner_news_v1.tar"


@dataclass(frozen=True, slots=True)
class Method:
    """A program that finds names, and the languages it knows; empty: all."""

    name: str
    languages: frozenset[str]
    load: Callable[[], Callable[[str], list[Span]]]


def _ours() -> Callable[[str], list[Span]]:
    model = EntityModel(MODEL)
    return lambda text: [(each.mention.start, each.mention.end, each.type) for each in model.find(text)]


def _slovnet() -> Callable[[str], list[Span]]:
    from navec import Navec  # noqa: PLC0415
    from slovnet import NER  # noqa: PLC0415

    # natasha is installed for the models in its wheel; importing it would need what setuptools no longer has.
    found_at = find_spec(_NATASHA)
    if found_at is None or not found_at.submodule_search_locations:
        raise ModuleNotFoundError(f"{_NATASHA} is not installed")
    folder = Path(found_at.submodule_search_locations[0])
    model = NER.load(str(folder / _NER))
    model.navec(Navec.load(str(folder / _EMBEDDINGS)))

    def find(text: str) -> list[Span]:
        # It is made for one paragraph at a time: a name over a line break would be its error, not ours to provoke.
        found: list[Span] = []
        start = 0
        for line in text.split("\n"):
            if line.strip():
                found += [(start + span.start, start + span.stop, span.type) for span in model(line).spans]
            start += len(line) + 1
        return found

    return find


OURS: Final = Method("ours", frozenset(), _ours)
SLOVNET: Final = Method("slovnet", frozenset({"ru"}), _slovnet)


def loaded() -> Iterator[tuple[Method, Callable[[str], list[Span]] | None]]:
    """Each method with what it finds names by, None where it is not installed."""
    for method in (OURS, SLOVNET):
        try:
            yield method, method.load()
        except ModuleNotFoundError:
            yield method, None
