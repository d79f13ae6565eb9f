"""Names in the texts that were written to judge by (benchmarks/written_names): floors below the measured scores."""

from pathlib import Path
from typing import Final

import pytest

from benchmarks.entities import score
from training.entities.corpora import Span
from training.entities.written import read_written
from transforms.models import shared_models

_TEXTS: Final = Path(__file__).parents[2] / "benchmarks" / "written_names"
_TYPES: Final = ("PER", "LOC", "ORG")
# F1 of spans, strict. Measured with dropwire-entities-5: docs/quality.md.
_FLOORS: Final = {"ba": 0.91, "be": 0.93, "en": 0.86, "kk": 0.89, "tt": 0.91, "uk": 0.93}


def _find(text: str) -> list[Span]:
    finder = shared_models().entities
    return [(found.mention.start, found.mention.end, found.type) for found in finder.model.find(text)]


@pytest.mark.parametrize("language", _FLOORS)
def test_names_are_found(language: str) -> None:
    texts = [text for text in read_written(_TEXTS) if text.language == language]
    _, _, f1 = score(texts, _find).of(_TYPES)
    assert f1 is not None
    assert f1 >= _FLOORS[language]
