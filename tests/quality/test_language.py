"""Quality floors for language tags: on hand-written texts always, on the development data where it is there."""

from typing import Final

import pytest

from benchmarks.language import answer
from benchmarks.language_data import SETS, digests, file_of
from benchmarks.language_detectors import OURS
from benchmarks.language_metrics import mean_f1
from benchmarks.language_tables import Answers
from tests.builders import DEVELOPMENT_DATA
from tests.quality.sentences import SENTENCES, SHORT_LINES, pairs, tags
from transforms.language import analyse, load_model
from transforms.language.model import LanguageModel

FOLDER: Final = DEVELOPMENT_DATA

# The corpus that the floors were measured on.
DIGESTS: Final = {
    "sentences": "0c073bdfee7b636c9ab14749a7c14c5a41240c1b8db7a269f7fce3a3cb9778de",
    "short lines": "641f2bc33ce6550a0964d8443391fe559d575a3999ee561dd67013c53ab07eac",
    "documents": "9878e81b2441d10584ae2f20cf92c5d1c79e0737a8bba7a24965d398b6fec55d",
}

# Mean F1 on the reported half, rounded down: rows of languages that every detector knows, and all rows (see
# docs/quality.md). Never lowered silently: a change that needs a lower floor says why in the changelog.
FLOORS_KNOWN_TO_ALL: Final = {"sentences": 0.994, "short lines": 0.947, "documents": 0.999}
FLOORS_ALL_ROWS: Final = {"sentences": 0.994, "short lines": 0.947, "documents": 0.999}


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_model()


@pytest.fixture(scope="module")
def answers() -> dict[str, Answers]:
    missing = [path for name in SETS if not (path := file_of(FOLDER, name)).exists()]
    if missing:
        pytest.skip(f"no development data: {missing[0]} is not there (DROPWIRE_DEVELOPMENT_DATA names its folder)")
    assert digests(FOLDER) == DIGESTS, f"{FOLDER} holds another corpus than the one the floors were measured on"
    return {each.name: each for each in answer(FOLDER, "report", {})}


@pytest.mark.parametrize(("tag", "text"), pairs(SENTENCES), ids=tags(SENTENCES))
def test_sentence(tag: str, text: str, model: LanguageModel) -> None:
    (found,) = analyse([text], model)
    assert found.language.tag == tag, found.language


@pytest.mark.parametrize(("tag", "text"), pairs(SHORT_LINES), ids=tags(SHORT_LINES))
def test_short_line(tag: str, text: str, model: LanguageModel) -> None:
    (found,) = analyse([text], model)
    assert found.language.tag == tag, found.language


@pytest.mark.xfail(reason="`on` and `homme` are French words too, and Estonian has no counted words to learn from")
def test_a_line_that_is_known_to_be_wrong(model: LanguageModel) -> None:
    (found,) = analyse(["Milline ilm on homme"], model)
    assert found.language.tag == "et", found.language


@pytest.mark.parametrize("name", SETS)
def test_floor_where_every_detector_knows_the_language(name: str, answers: dict[str, Answers]) -> None:
    known = answers[name].known_to_all()
    assert mean_f1(known.labels, known.tags[OURS]) >= FLOORS_KNOWN_TO_ALL[name]


@pytest.mark.parametrize("name", SETS)
def test_floor_with_look_alikes(name: str, answers: dict[str, Answers]) -> None:
    assert mean_f1(answers[name].labels, answers[name].tags[OURS]) >= FLOORS_ALL_ROWS[name]
