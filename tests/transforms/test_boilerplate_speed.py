"""What was made faster gives what the plain definition gives, to the last bit."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.boilerplate import headline, marks
from transforms.boilerplate.line_model import Forest
from transforms.boilerplate.surroundings import Around, steps
from transforms.models import shared_models

values = st.lists(st.floats(0, 100, width=32), min_size=1, max_size=60).map(lambda each: np.array(each, np.float32))
WINDOWS = (1, 2, 3, 4, 5, 8, 12, 15, 20)


@given(values)
def test_windows_are_sums_over_the_lines_around(lines: np.ndarray) -> None:
    around, number = Around.of(lines), len(lines)
    sums = np.concatenate(([0.0], np.cumsum(lines, dtype=np.float64)))
    for reach in WINDOWS:
        after = [(sums[min(i + 1 + reach, number)] - sums[i + 1]) / reach for i in range(number)]
        before = [(sums[i] - sums[max(i - reach, 0)]) / reach for i in range(number)]
        edges = [(max(i - reach, 0), min(i + reach + 1, number)) for i in range(number)]
        within = [(sums[high] - sums[low]) / (high - low) for low, high in edges]
        assert np.array_equal(around.after(reach), np.array(after, np.float32))
        assert np.array_equal(around.before(reach), np.array(before, np.float32))
        assert np.array_equal(around.within(reach), np.array(within, np.float32))


@given(values)
def test_steps_are_the_values_of_other_lines(lines: np.ndarray) -> None:
    for by, found in zip((-3, -2, -1, 1, 2, 3), steps(lines, -1, -3, -2, -1, 1, 2, 3), strict=True):
        assert found.tolist() == [lines[i + by] if 0 <= i + by < len(lines) else -1 for i in range(len(lines))]


def test_a_forest_is_the_sum_of_its_trees() -> None:
    draw = np.random.default_rng(6)
    model = shared_models().lines
    for forest in (model._of_lines["plain"], model._of_cuts["plain"]):
        features = draw.normal(scale=3, size=(forest.features.max() + 1, 50)).astype(np.float32)
        assert np.array_equal(forest.values(features), _tree_by_tree(forest, features))


def _tree_by_tree(forest: Forest, features: np.ndarray) -> np.ndarray:
    total = np.zeros(features.shape[1], np.float32)
    for questions, borders, leaves in zip(forest.features, forest.borders, forest.leaves, strict=True):
        asked = enumerate(zip(questions, borders, strict=True))
        bits = [(features[feature] > border) << level for level, (feature, border) in asked]
        total = total + leaves[np.sum(bits, axis=0)]
    return np.asarray(total + forest.bias, np.float32)


line = st.text(st.sampled_from("рРеклама рэadvertisementSſ—-_ .!?…»a1\u0301"), max_size=12) | st.sampled_from(
    ["Реклама", "— РЭКЛАМА —", "sponſored", "a-d_ads", "banner_top"]
)


@given(line)
def test_a_line_is_known_by_its_first_and_last_character_as_by_the_whole_pattern(text: str) -> None:
    assert headline.is_prose(text) == (re.search(r"[.!?…]\W*$", text) is not None)
    if re.fullmatch(r"\W*(?:реклама|рэклама|advertisement|sponsored)\W*", text, re.IGNORECASE):
        assert marks.is_ad_slot(text)
