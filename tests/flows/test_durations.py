"""How long stages and steps took, over many batches."""

from functools import reduce
from operator import add

import pytest

from flows.breakdown import Breakdown
from flows.durations import added
from flows.reprocess_report import ReprocessReport
from flows.run_report import RunReport
from flows.telemetry import timed

BATCHES = 1000
SHORT_S = 0.0002


def test_what_takes_little_a_batch_is_seen_in_the_sum() -> None:
    steps = reduce(add, [Breakdown(steps={"facts": SHORT_S, "clean": SHORT_S})] * BATCHES).to_record()["steps"]
    assert steps == {"clean": 0.2, "facts": 0.2}
    assert list(steps) == ["clean", "facts"]


@pytest.mark.parametrize("report", [RunReport, ReprocessReport])
def test_reports_sum_what_was_measured(report: type[RunReport] | type[ReprocessReport]) -> None:
    total = report()
    for _ in range(BATCHES):
        total = total + report(seconds={"write": SHORT_S})  # type: ignore[operator]
    assert total.seconds == {"write": pytest.approx(BATCHES * SHORT_S)}


def test_each_stage_of_either_is_in_the_sum() -> None:
    assert added({"read": 1.0, "write": 2.0}, {"write": 0.5, "watch": 4.0}) == {"read": 1.0, "write": 2.5, "watch": 4.0}


def test_a_stage_that_is_done_twice_is_timed_twice() -> None:
    seconds: dict[str, float] = {"read": 1.0}
    with timed(seconds, "read"):
        pass
    assert seconds["read"] > 1.0
