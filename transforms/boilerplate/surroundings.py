"""What is around the lines of a page: sums and means over the lines near each, and the values of those a step away.

A page has few lines, so a call of NumPy costs more than what it computes: the values are padded once, at both ends, and
every window is then two slices.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Of the windows, in lines.
_MOST_REACH = 20
_MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Around:
    """Sums over the lines around each, of one value a line; of no line farther than 20.

    `sums` has what the lines above an edge sum up to: at _MOST_REACH that of the first line, and at the ends the sum of
    nothing and that of all lines as often as windows reach out.
    """

    sums: npt.NDArray[np.float64]
    number: int

    @classmethod
    def of(cls, values: npt.NDArray[np.floating]) -> "Around":
        """Prepare the sums of the values."""
        number = len(values)
        sums = np.zeros(number + 1 + 2 * _MOST_REACH)
        within = sums[_MOST_REACH + 1 : _MOST_REACH + 1 + number]
        np.cumsum(values, dtype=np.float64, out=within)
        sums[_MOST_REACH + 1 + number :] = within[-1] if number else 0
        return cls(sums, number)

    def after(self, reach: int) -> Floats:
        """The sum over the next `reach` lines, divided by `reach`."""
        return ((self._edge(1 + reach) - self._edge(1)) / reach).astype(np.float32)

    def before(self, reach: int) -> Floats:
        """The sum over the `reach` lines before, divided by `reach`."""
        return ((self._edge(0) - self._edge(-reach)) / reach).astype(np.float32)

    def both(self, *reaches: int) -> list[Floats]:
        """For each reach what is after, then what is before."""
        return [side for reach in reaches for side in (self.after(reach), self.before(reach))]

    def within(self, reach: int) -> Floats:
        """The mean over the lines at most `reach` away, itself among them."""
        here = np.arange(self.number)
        size = np.minimum(here + (reach + 1), self.number) - np.maximum(here - reach, 0)
        return np.asarray((self._edge(1 + reach) - self._edge(-reach)) / size, np.float32)

    def _edge(self, offset: int) -> npt.NDArray[np.float64]:
        """For each line the sum over all lines above the edge that is `offset` lines below its upper one."""
        return self.sums[_MOST_REACH + offset :][: self.number]


def steps(values: Floats, missing: float, *by: int) -> list[Floats]:
    """For each of `by` (at most 3, up or down) the value of the line so much farther down; `missing` where none is."""
    number = len(values)
    padded = np.full(number + 2 * _MOST_STEPS, missing, np.float32)
    padded[_MOST_STEPS : _MOST_STEPS + number] = values
    return [padded[_MOST_STEPS + step :][:number] for step in by]
