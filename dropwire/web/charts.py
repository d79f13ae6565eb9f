"""Charts as geometry: what a template draws as SVG. Widths in per cent of the chart, heights in pixels.

So texts keep their size on a phone, and nothing needs a script or an inline style.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

HEIGHT: Final = 150
_TOP, _BOTTOM = 16, 22
# Of the place that a bar has; the rest is the gap.
_BAR_SHARE: Final = 0.72
# Per cent, for the numbers of the axis.
_LEFT: Final = 7.0
# So that a bar stays one, and does not fill the chart.
_LEAST_COLUMNS: Final = 10
# Colours of static/explorer.css, s0 to s8; the last is that of all others.
_SERIES: Final = 8


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one day, week or month: by series, in the order of the legend."""

    start: date
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One value as a rectangle: `x` and `width` in per cent, `y` and `height` in pixels."""

    x: float
    y: float
    width: float
    height: float
    series: int
    value: int
    start: date


@dataclass(frozen=True, slots=True)
class Tick:
    """A label: `at` in per cent or pixels."""

    at: float
    value: int


@dataclass(frozen=True, slots=True)
class Label:
    """The date under a column."""

    x: float
    start: date
    anchor: Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked columns. `series` are colours in the order of the legend."""

    height: int
    base: float
    left: float
    boxes: tuple[Box, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    series: tuple[int, ...]


def stacked(columns: Sequence[Column], *, has_others: bool = False) -> Chart:
    """Columns with their values on top of each other; with `has_others` the last value of each is of all others."""
    count = max((len(column.values) for column in columns), default=0)
    series = tuple(_SERIES if has_others and i == count - 1 else i % _SERIES for i in range(count))
    top = _round_up(max((sum(column.values) for column in columns), default=0))
    base = HEIGHT - _BOTTOM
    scale = (base - _TOP) / top
    step = (100 - _LEFT) / max(len(columns), _LEAST_COLUMNS)
    boxes: list[Box] = []
    for i, column in enumerate(columns):
        y = float(base)
        for colour, value in zip(series, column.values, strict=False):
            height = value * scale
            y -= height
            if value:
                x = _LEFT + step * (i + (1 - _BAR_SHARE) / 2)
                boxes.append(
                    Box(
                        round(x, 3),
                        round(y, 2),
                        round(step * _BAR_SHARE, 3),
                        round(height, 2),
                        colour,
                        value,
                        column.start,
                    )
                )
    half = [top // 2] if top >= 2 else []
    ticks = tuple(Tick(round(base - value * scale, 2), value) for value in (0, *half, top))
    return Chart(HEIGHT, base, _LEFT, tuple(boxes), ticks, tuple(_labels(columns, step)), series)


def _labels(columns: Sequence[Column], step: float) -> list[Label]:
    """The first, the middle and the last date: more would not fit on a phone. Of few columns the first."""
    last = len(columns) - 1
    if last < 0:
        return []
    places: list[tuple[int, Literal["start", "middle", "end"]]] = [(0, "start")]
    if last >= _LEAST_COLUMNS - 1:
        places += [(last // 2, "middle"), (last, "end")]
    offset = {"start": 0.0, "middle": 0.5, "end": 1.0}
    return [Label(round(_LEFT + step * (i + offset[anchor]), 3), columns[i].start, anchor) for i, anchor in places]


def _round_up(most: int) -> int:
    """The end of an axis: 1, 2, 4, 6, 8 or 10 times a power of ten, so that its half is a whole number, too."""
    power = 1
    while True:
        for factor in (1, 2, 4, 6, 8):
            if most <= factor * power:
                return factor * power
        power *= 10
