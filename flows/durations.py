"""How long the stages and steps of a run take, s.

They are summed as measured, and rounded to milliseconds only where a record is written: rounded at each sum, what
takes less than half a millisecond a batch would never be seen, and the steps of a stage could be more than the stage.
"""

import time
from collections.abc import Mapping


def added(seconds: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
    """The time of each stage in both, s."""
    return {stage: seconds.get(stage, 0.0) + others.get(stage, 0.0) for stage in {**seconds, **others}}


class StopWatch:
    """Says how long the steps of making documents took, s; `seconds` sums them up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def start(self) -> None:
        """Begin with a document."""
        self._since = time.perf_counter()

    def lap(self, step: str) -> None:
        """Note that a step is done."""
        now = time.perf_counter()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._since
        self._since = now
