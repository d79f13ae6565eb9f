"""The metric of the language benchmark, on tables small enough to check by hand."""

import numpy as np
import pytest

from benchmarks.language_metrics import (
    at_threshold,
    bootstrap,
    calibration_error,
    confusions,
    interval,
    mean_f1,
    reliability,
    scores,
)

LABELS = ["be", "be", "be", "ru", "kaa", "hr"]
ANSWERS = ["be", "ru", "und", "ru", "kk", "hr"]


def test_scores() -> None:
    found = scores(LABELS, ANSWERS, ["be", "ru", "kk", "uk"])
    assert (found["be"].rows, found["be"].precision, found["be"].recall, found["be"].f1) == (3, 1, 1 / 3, 0.5)
    assert (found["ru"].rows, found["ru"].precision, found["ru"].recall, found["ru"].f1) == (1, 0.5, 1, 2 / 3)
    assert found["kk"].f1 == 0
    assert found["uk"].f1 == 0


def test_mean_f1_counts_swallowed_strangers_and_leaves_other_languages_out() -> None:
    # be 1/2, ru 2/3, kk 0 (a Karakalpak row taken for it); hr is not one of the fifteen, the others do not occur.
    assert mean_f1(LABELS, ANSWERS) == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    assert mean_f1(["be", "ru"], ["be", "ru"]) == 1


def test_mean_f1_is_the_mean_of_the_scores() -> None:
    found = scores(LABELS, ANSWERS, ["be", "ru", "kk"])
    assert mean_f1(LABELS, ANSWERS) == pytest.approx(sum(score.f1 for score in found.values()) / 3)


def test_bootstrap_is_paired_and_repeatable() -> None:
    labels = ["be", "ru", "uk", "pl"] * 25
    good = labels[:-10] + ["und"] * 10
    poor = labels[:-40] + ["und"] * 40
    samples = bootstrap(labels, {"good": good, "same": good, "poor": poor})
    assert samples["good"].shape == (1000,)
    assert np.array_equal(samples["good"], samples["same"])
    assert np.array_equal(samples["good"], bootstrap(labels, {"good": good})["good"])
    low, high = interval(samples["good"])
    assert low < mean_f1(labels, good) < high
    low, _ = interval(samples["good"] - samples["poor"])
    assert low > 0


def test_bootstrap_of_perfect_answers_is_certain() -> None:
    labels = ["be", "ru"] * 3
    assert interval(bootstrap(labels, {"all right": labels}, resamples=250)["all right"]) == (1, 1)


def test_confusions_start_with_the_most_frequent() -> None:
    assert confusions(["hr", "hr", "sl", "be"], ["sr-Latn", "sr-Latn", "hr", "be"]) == [
        ("hr", "sr-Latn", 2),
        ("sl", "hr", 1),
    ]


def test_reliability() -> None:
    low, high = reliability([0.5, 0.58, 0.92, 1.0], [True, False, True, True])
    assert (low.low, low.high, low.rows, low.accuracy) == (0.5, 0.6, 2, 0.5)
    assert low.probability == pytest.approx(0.54)
    assert (high.low, high.high, high.rows, high.accuracy) == (0.9, 1, 2, 1)
    assert high.probability == pytest.approx(0.96)
    assert calibration_error([low, high]) == pytest.approx((2 * 0.04 + 2 * 0.04) / 4)


def test_nothing_to_calibrate() -> None:
    assert reliability([], []) == []
    assert calibration_error([]) == 0


def test_at_threshold() -> None:
    probabilities, right = [0.0, 0.6, 0.8, 0.9], [False, False, True, True]
    assert at_threshold(probabilities, right, 0.5) == (0.75, 2 / 3)
    assert at_threshold(probabilities, right, 0.8) == (0.5, 1)
    assert at_threshold(probabilities, right, 0.95) == (0, None)
