"""The metric of the cleaning benchmark against cases worked out by hand, and its resampling of sites."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cleaning_metrics import Score, bootstrap, interval, line_score, token_score, tokens

LABELS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Мінск, 18 лістапада — БЕЛТА!", ["мінск", "18", "лістапада", "белта"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("snake_case don't", ["snake_case", "don", "t"]),
        # Each CJK character is a token, also beside letters.
        ("日本GDPは2%", ["日", "本", "gdp", "は", "2"]),
        ("𠮷野", ["𠮷", "野"]),
        ("대한민국 정부", ["대한민국", "정부"]),
        ("—…!", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_token_score_is_the_overlap_of_multisets() -> None:
    # Found a a b c, wanted a b b d: a and b are right, 2 of 4 either way.
    assert token_score("a a b c", "A b b d") == Score(0.5, 0.5, 0.5)
    # Found two of the four and nothing else: 2 / (2 + 4) * 2.
    assert token_score("a b", "b a d e") == Score(1.0, 0.5, 2 * 2 / (2 + 4))
    assert token_score("", "a") == Score(0.0, 0.0, 0.0)
    assert token_score("a", "") == Score(0.0, 0.0, 0.0)
    assert token_score("", "") == Score(1.0, 1.0, 1.0)


def test_line_score() -> None:
    # Kept three, wanted three, two of them the same.
    assert line_score([True, True, False, True], [True, False, True, True]) == Score(2 / 3, 2 / 3, 2 * 2 / (3 + 3))
    assert line_score([False, False], [False, False]).f1 == 1.0
    assert line_score([True, False], [False, False]).f1 == 0.0


@given(LABELS)
def test_f1_is_the_harmonic_mean(pairs: list[tuple[bool, bool]]) -> None:
    score = line_score([kept for kept, _ in pairs], [label for _, label in pairs])
    assert 0 <= score.f1 <= 1
    if score.precision + score.recall:
        assert score.f1 == pytest.approx(2 * score.precision * score.recall / (score.precision + score.recall))
    else:
        assert score.f1 == 0


def test_bootstrap_draws_sites_not_pages() -> None:
    # One site with three pages at 0, one with one page at 1: the mean of two drawn sites is 0, 1/4 or 1.
    values = np.array([[0.0], [0.0], [0.0], [1.0]])
    means = bootstrap(values, ["a", "a", "a", "b"], resamples=400)
    assert {round(float(mean), 6) for mean in means[:, 0]} == {0.0, 0.25, 1.0}


def test_bootstrap_draws_the_same_sites_for_all_columns() -> None:
    values = np.random.default_rng(1).random((30, 2))
    values[:, 1] = values[:, 0] + 0.125
    means = bootstrap(values, [f"site {i % 7}" for i in range(30)], resamples=50)
    assert np.allclose(means[:, 1] - means[:, 0], 0.125)


def test_interval() -> None:
    assert interval(np.arange(0.0, 1001.0)) == (25.0, 975.0)
