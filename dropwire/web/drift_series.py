"""What a source brought over time as series: periods as store.drift joins them, with their dates. Pure geometry.

Across is in per cent of the drawing, down is in pixels, as in dropwire.web.charts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from store.drift import MEANS, MIN_ITEMS, MIXES, Kind, Observation, Verdict

HEIGHT: Final = 96
_TOP, _BOTTOM = 8, 8
# A mix has more values than can be told apart; the rest is "other".
_MOST_VALUES: Final = 5
_MIN_PERIODS: Final = 2


@dataclass(frozen=True, slots=True)
class Span:
    """A period: from its first to its last day (both included), and what it had."""

    first: date
    last: date
    seen: Observation


@dataclass(frozen=True, slots=True)
class Dot:
    """The value of one period, and where it stands."""

    x: float
    y: float
    value: float
    span: Span


@dataclass(frozen=True, slots=True)
class MeanSeries:
    """A mean over time, with the usual range as a band (`band_y`, `band_height` in pixels; None while none is known).

    `path` joins the dots in a drawing that is 100 wide and HEIGHT high.
    """

    kind: Kind
    dots: tuple[Dot, ...]
    path: str
    verdict: Verdict | None
    band_y: float
    band_height: float


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a mix in one period: `series` is its colour, None the rest."""

    name: str
    share: float
    series: int | None
    x: float
    y: float
    width: float
    height: float
    span: Span


@dataclass(frozen=True, slots=True)
class MixSeries:
    """A mix over time: `names` are the values told apart, the most frequent first."""

    kind: Kind
    names: tuple[str, ...]
    parts: tuple[Part, ...]
    spans: tuple[Span, ...]
    verdict: Verdict | None


def spans(days: Mapping[datetime, Observation]) -> list[Span]:
    """Days joined until there are enough items, as store.drift.periods does; what is left at the end stays alone."""
    joined: list[Span] = []
    first: date | None = None
    seen = Observation()
    last = date.min
    for day, observation in days.items():
        first, last = first or day.date(), day.date()
        seen += observation
        if seen.items >= MIN_ITEMS:
            joined.append(Span(first, last, seen))
            first, seen = None, Observation()
    return [*joined, Span(first, last, seen)] if first else joined


def mean_series(joined: Sequence[Span], verdicts: Sequence[Verdict]) -> list[MeanSeries]:
    """A series for each mean that two periods have at least."""
    known = {verdict.kind: verdict for verdict in verdicts}
    made = []
    for kind in MEANS:
        values = [(place, span, span.seen.means[kind].mean) for place, span in enumerate(joined) if _has(span, kind)]
        if len(values) < _MIN_PERIODS:
            continue
        verdict = known.get(kind)
        every = [value for _, _, value in values] + ([max(verdict.low, 0.0), verdict.high] if verdict else [])
        low, high = min(every), max(every)
        # What hardly moves must not look as if it did.
        room = max(high - low, 2 * kind.floor, 1e-9)
        low = (low + high - room) / 2
        scale = (HEIGHT - _TOP - _BOTTOM) / room
        step = 100 / len(joined)

        def down(value: float, low: float = low, scale: float = scale) -> float:
            return round(HEIGHT - _BOTTOM - (value - low) * scale, 2)

        dots = tuple(Dot(round(step * (place + 0.5), 3), down(value), value, span) for place, span, value in values)
        path = "M" + "L".join(f"{dot.x:g} {dot.y:g}" for dot in dots)
        top, bottom = (down(verdict.high), down(max(verdict.low, 0.0))) if verdict else (0.0, 0.0)
        made.append(MeanSeries(kind, dots, path, verdict, top, max(round(bottom - top, 2), 0.0)))
    return made


def _has(span: Span, kind: Kind) -> bool:
    return kind in span.seen.means and span.seen.means[kind].count > 0


def mix_series(joined: Sequence[Span], verdicts: Sequence[Verdict]) -> list[MixSeries]:
    """A series for each mix that has two values at least, over two periods."""
    known = {verdict.kind: verdict for verdict in verdicts}
    made = []
    for kind in MIXES:
        having = [span for span in joined if sum(span.seen.mixes.get(kind, {}).values())]
        totals: dict[str, int] = {}
        for span in having:
            for name, count in span.seen.mixes[kind].items():
                totals[name] = totals.get(name, 0) + count
        if len(having) < _MIN_PERIODS or len(totals) < 2:
            continue
        names = tuple(sorted(totals, key=lambda name: (-totals[name], name))[:_MOST_VALUES])
        parts = [part for place, span in enumerate(having) for part in _parts(kind, span, names, place, len(having))]
        made.append(MixSeries(kind, names, tuple(parts), tuple(having), known.get(kind)))
    return made


def _parts(kind: Kind, span: Span, names: Sequence[str], place: int, count: int) -> list[Part]:
    mix = span.seen.mixes[kind]
    whole = sum(mix.values())
    rest = whole - sum(mix.get(name, 0) for name in names)
    step = 100 / count
    y = 0.0
    parts = []
    shares = [(name, series, mix.get(name, 0)) for series, name in enumerate(names)]
    for name, series, number in [*shares, ("", None, rest)]:
        if number:
            height = HEIGHT * number / whole
            x = round(step * place, 3)
            parts.append(
                Part(name, number / whole, series, x, round(y, 2), round(step * 0.86, 3), round(height, 2), span)
            )
            y += height
    return parts
