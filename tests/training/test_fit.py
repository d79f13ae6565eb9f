"""Features, descent and export, on a handful of words."""

from pathlib import Path

import numpy as np
import pytest

from training.language.descent import descend
from training.language.fit import Recipe, Weights, export, learn, prepare, refine
from training.language.lexicon import LANGUAGES
from transforms.language.model import LanguageModel
from transforms.language.ngrams import features_of_words, words

MASK = np.uint32((1 << 26) - 1)
LEXICONS = {"be": {"ён": 0.5, "што": 0.5}, "ru": {"он": 0.6, "что": 0.4}}


def scores(learnt: Weights, text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    hashes = features_of_words(words(text)).hashes & MASK
    known = hashes[np.isin(hashes, learnt.keys)]
    summed: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = learnt.weights[np.searchsorted(learnt.keys, known)].sum(
        axis=0
    )
    return summed


def test_examples_have_the_features_of_the_run_time() -> None:
    examples = prepare(LEXICONS)
    assert list(examples.starts) == [0, 2, 4]
    assert list(examples.cumulative) == pytest.approx([0.5, 1, 0.6, 1])
    for place, word in enumerate(word for lexicon in LEXICONS.values() for word in lexicon):
        features = examples.features[examples.ends[place] : examples.ends[place + 1]]
        assert list(examples.keys[features]) == list(features_of_words([word]).hashes & MASK)


def test_rare_ngrams_and_those_not_asked_for_are_no_features() -> None:
    whole = prepare(LEXICONS)
    usual = prepare(LEXICONS, rarest=0.45)
    assert set(usual.keys) == {key for key, often in zip(whole.keys, whole.frequency, strict=True) if often >= 0.45}
    assert len(usual.features) < len(whole.features)
    kept = prepare(LEXICONS, keys=usual.keys)
    assert list(kept.features) == list(usual.features)
    assert list(kept.ends) == list(usual.ends)


def test_descent_tells_the_words_apart() -> None:
    examples = prepare(LEXICONS)
    learnt = Weights(
        examples.keys,
        np.zeros((len(examples.keys), 2), np.float32),
        np.zeros(len(examples.keys), np.float32),
        np.zeros(2, np.float32),
    )
    losses = [
        descend(
            learnt.weights,
            learnt.squares,
            learnt.bias,
            examples.features,
            examples.ends,
            examples.cumulative,
            examples.starts,
            np.array([1.0, 2.0]),
            np.array([True, True]),
            np.array([1]),
            100,
            0.5,
            np.random.default_rng(seed),
        )
        for seed in range(3)
    ]
    assert losses[2] < losses[0] < 0.7
    assert scores(learnt, "ён што").argmax() == 0
    assert scores(learnt, "он что").argmax() == 1


def test_weights_are_written_and_read(tmp_path: Path) -> None:
    weights = Weights(
        np.array([3], np.uint32), np.ones((1, 2), np.float32), np.ones(1, np.float32), np.zeros(2, np.float32)
    )
    weights.write(tmp_path / "weights.npz")
    read = Weights.read(tmp_path / "weights.npz")
    assert list(read.keys) == [3]
    assert read.weights.tolist() == [[1, 1]]
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]


def test_export_is_in_steps_without_what_says_nothing(tmp_path: Path) -> None:
    classes = len(LANGUAGES)
    rows = np.zeros((3, classes), np.float32)
    rows[0, 1], rows[1, 2], rows[2, 3] = 1.0, 0.1, -100.0
    keys = np.array([5, 9, 40_000], np.uint32)
    weights = Weights(keys, rows, np.zeros(3, np.float32), np.arange(classes, dtype=np.float32))
    export(weights, tmp_path / "model.npz", Recipe())
    with np.load(tmp_path / "model.npz") as file:
        assert np.cumsum(file["gaps"]).tolist() == [5, 40_000]
        assert file["weights"][0, 1] == round((1 - 1 / classes) / 0.45)
        assert file["weights"][1, 3] == -127
        assert file["classes"][3] == LANGUAGES[3].tag
        assert file["bias"].tolist() == list(range(classes))
        assert file["temper"].tolist() == [1, 0]
    assert LanguageModel(tmp_path / "model.npz").evidence(["слово"]).known.tolist() == [0]


def test_export_refuses_what_the_file_cannot_hold(tmp_path: Path) -> None:
    classes = len(LANGUAGES)
    row = np.eye(1, classes, dtype=np.float32) * 10
    weights = Weights(np.array([70_000], np.uint32), row, np.zeros(1, np.float32), np.zeros(classes, np.float32))
    with pytest.raises(ValueError, match="too far apart"):
        export(weights, tmp_path / "model.npz", Recipe())


def test_a_whole_run_is_the_same_twice() -> None:
    pytest.importorskip("numba", reason="numba is not installed: training/language/requirements.txt has it")
    lexicons = {
        language.tag: {f"слово{chr(0x430 + place)}": 0.6, f"слог{chr(0x430 + place % 7)}": 0.4}
        for place, language in enumerate(LANGUAGES)
    }
    recipe = Recipe(epochs=2, refining_epochs=1, samples=2000, ngrams=200)
    first, second = (refine(lexicons, learn(lexicons, recipe), recipe) for _ in range(2))
    assert len(first.keys) == 200
    assert np.array_equal(first.weights, second.weights)
    assert scores(first, "слово" + chr(0x430 + 11)).argmax() == 11
