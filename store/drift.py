"""Whether what a source brings is still what it used to bring: pure statistics, without a store and without a clock.

The source is judged against its own past alone, by robust statistics, for its past is full of odd days itself. Days are
joined into periods of at least MIN_ITEMS items, so that a source of five articles a day can be judged, too. Of each
period there are means (of the logarithm of the length, say) and mixes (of languages, of encodings).

A mean is outside of its usual range where it is farther from the median of the past periods than all three of:
Student's quantile times their MAD (times 1.4826, which makes it estimate a standard deviation); the normal quantile
times the standard error of the period itself, which may be small; the normal quantile times a floor, below which nobody
cares. And it is beyond the middle 76 % of the past: what happens one day a week is usual. A mix is judged by its
distance (total variation) from the usual mix, against the distances that the past periods have.

It has *drifted* where two periods, one after the other, are outside on the same side, or one is so by twice the
distance: one odd day is no drift, and what is broken altogether need not wait for a second.

MAD, its factor and its efficiency of 37 %: P. J. Rousseeuw, C. Croux, "Alternatives to the Median Absolute Deviation",
JASA 88 (1993). How often that is wrong, and how soon it is right, benchmarks/drift.py measures.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, expm1, inf, sqrt
from statistics import NormalDist, median

# Fewer would make periods of noise; more would join so many days of a small source that drift is seen late.
MIN_ITEMS = 20
# Periods of the past that a period is compared with: eight weeks of days. Below ten, a MAD says nothing.
MAX_PERIODS = 56
MIN_PERIODS = 10
# A day a week, rounded up for the weekend of a short past: what is among the most extreme periods as often as that is
# usual. So a new level is the usual one after so many periods of it, at the latest.
_TRIMMED = 0.12
# The error that is accepted of one period, on both sides together. Two in a row make an alarm, so of periods that are
# independent and normal one in 80,000 would; benchmarks/drift.py says how it is where they are not.
_ERROR = 5e-3
_FAR = 2.0
_QUANTILE = NormalDist().inv_cdf(1 - _ERROR / 2)
_MAD_TO_SIGMA = 1.4826
_MAD_EFFICIENCY = 0.37
# An alarm is over only well inside the usual range, or it would come and go on its edge.
_INSIDE = 0.6

# The past pauses of a source that are looked at, one a day with news: what may be too long is told by the longest.
MAX_PAUSES = 60
MIN_PAUSES = 14
# From this many on the longest is left out: an outage of our own must not make us deaf for two months.
_FORGIVING = 30
_PAUSE_ERROR = 2e-4
# Where pauses are as regular as clockwork, the tail says nothing: holidays are half as long again.
_LONGER = 1.5


class Kind(StrEnum):
    """What may drift, with the least deviation that matters (in units of its statistic) and what to do about it."""

    floor: float
    to_do: str

    def __new__(cls, code: str, floor: float = 0.0, to_do: str = "") -> "Kind":
        """A kind and what belongs to it; `Kind(code)` looks one up."""
        kind = str.__new__(cls, code)
        kind._value_ = code
        kind.floor = floor
        kind.to_do = to_do
        return kind

    LENGTH = (
        "length",  # mean of the logarithm of the characters of a text; a tenth longer or shorter is nothing
        0.05,
        "compare a new document (`find --source`, `show`) with an old one: texts cut off, or another section?",
    )
    CUT = (
        "cut",  # mean share of an original that is cut as boilerplate
        0.02,
        "the pages look different now: `preview --explain` a drop, and see whether text is cut, or a menu left",
    )
    NAMES = (
        "names",  # mean number of mentions of entities in 1,000 characters of a text
        0.5,
        "`show` a new document: are lists of names in the text, or are names missed in broken text?",
    )
    DELAY = (
        "delay",  # mean of log(1 + hours) from publication to arrival
        0.1,
        "is it an archive that is delivered, are dates read wrongly (`show`), or is the sender late?",
    )
    UNDATED = (
        "undated",  # share of the documents without a date of publication
        0.03,
        "the date stands elsewhere now, or came with a field that is gone: `preview` a drop",
    )
    REJECTED = "rejected", 0.02, "`dropwire quarantine groups` says why"
    LANGUAGE = (
        "language",  # total variation of the mix of languages
        0.07,
        "`find --source --language`: is it really another language, or broken encoding?",
    )
    ENCODING = (
        "encoding",  # total variation of the mix of encodings
        0.07,
        "the sender changed how files are written: `show` a new document, and look for broken letters",
    )
    SILENCE = "silence", 0.0, "look whether drops still arrive there, and whether `ingest` reads that location"


MEANS = (Kind.LENGTH, Kind.CUT, Kind.NAMES, Kind.DELAY, Kind.UNDATED, Kind.REJECTED)
MIXES = (Kind.LANGUAGE, Kind.ENCODING)


@dataclass(frozen=True, slots=True)
class Moments:
    """Of some values: how many, their sum, the sum of their squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, value: float, count: int = 1) -> "Moments":
        """The same value, `count` times."""
        return cls(count, value * count, value * value * count)

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """The mean of the values, of which there must be one."""
        return self.total / self.count

    @property
    def error(self) -> float:
        """The standard error of the mean; infinite for less than two values."""
        if self.count < 2:
            return inf
        return sqrt(max(0.0, self.squares - self.total * self.mean) / (self.count - 1) / self.count)


@dataclass(frozen=True, slots=True)
class Observation:
    """What was new of a source: how many documents, and how they were on average; sums, so that `+` joins two.

    `rejected` counts the items of new drops that went to quarantine. `means` and `mixes` have only what there was.
    """

    documents: int = 0
    rejected: int = 0
    means: Mapping[Kind, Moments] = field(default_factory=dict)
    mixes: Mapping[Kind, Mapping[str, int]] = field(default_factory=dict)

    def __add__(self, other: "Observation") -> "Observation":
        return Observation(
            self.documents + other.documents,
            self.rejected + other.rejected,
            {
                kind: self.means.get(kind, Moments()) + other.means.get(kind, Moments())
                for kind in MEANS
                if kind in self.means or kind in other.means
            },
            {
                kind: Counter(self.mixes.get(kind, {})) + Counter(other.mixes.get(kind, {}))
                for kind in MIXES
                if kind in self.mixes or kind in other.mixes
            },
        )

    @property
    def items(self) -> int:
        """Documents and rejected items."""
        return self.documents + self.rejected


@dataclass(frozen=True, slots=True)
class Verdict:
    """A statistic of the last period: its value, the usual range, and what that means.

    `drifted`: outside of the range. `usual`: well inside. `what` is, of a mix, the share that changed the most.
    """

    kind: Kind
    value: float
    low: float
    high: float
    drifted: bool
    usual: bool
    what: str = ""

    def __str__(self) -> str:
        return self.what or f"{shown(self.kind, self.value)} (usually {span(self.kind, self.low, self.high)})"


def judge(days: Sequence[Observation]) -> list[Verdict]:
    """The verdicts on the last days of a source, by those before them; `days` are in order.

    Empty while the past is too short, or the last period has less than half the items that periods usually have: of a
    day that has just begun, the rest may be different.
    """
    joined = periods(days)[-MAX_PERIODS - 2 :]
    if len(joined) < MIN_PERIODS + 2:
        return []
    *past, before, last = joined
    if last.items * 2 < median(period.items for period in past):
        return []
    verdicts = [_of_mean(kind, past, before, last) for kind in MEANS]
    verdicts += [_of_mix(kind, past, before, last) for kind in MIXES]
    return [verdict for verdict in verdicts if verdict]


def periods(days: Sequence[Observation]) -> list[Observation]:
    """The days, joined until there are enough items; what is left over at the end is no period yet."""
    joined = []
    current = Observation()
    for day in days:
        current += day
        if current.items >= MIN_ITEMS:
            joined.append(current)
            current = Observation()
    return joined


def _of_mean(kind: Kind, past: Sequence[Observation], before: Observation, last: Observation) -> Verdict | None:
    def enough(period: Observation) -> bool:
        return kind in period.means and 2 * period.means[kind].count >= MIN_ITEMS

    values = [period.means[kind].mean for period in past if enough(period)]
    if not enough(last) or len(values) < MIN_PERIODS:
        return None
    now = last.means[kind]
    usual = _usual(values, kind.floor, now.error)
    outside = usual.outside(now.mean)
    if enough(before):
        earlier = _usual(values, kind.floor, before.means[kind].error).outside(before.means[kind].mean)
        twice = min(abs(outside), abs(earlier)) > 1 and outside * earlier > 0
    else:
        twice = False
    return Verdict(kind, now.mean, usual.low, usual.high, twice or abs(outside) > _FAR, usual=abs(outside) <= _INSIDE)


def _of_mix(kind: Kind, past: Sequence[Observation], before: Observation, last: Observation) -> Verdict | None:
    def enough(period: Observation) -> bool:
        return 2 * sum(period.mixes.get(kind, {}).values()) >= MIN_ITEMS

    mixes = [_shares(period.mixes[kind]) for period in past if enough(period)]
    if not enough(last) or len(mixes) < MIN_PERIODS:
        return None
    names = sorted({name for mix in mixes for name in mix} | set(last.mixes[kind]))
    usual = {name: median(mix.get(name, 0.0) for mix in mixes) for name in names}
    whole = sum(usual.values()) or 1.0
    usual = {name: share / whole for name, share in usual.items()}
    distances = [_distance(mix, usual) for mix in mixes]

    def outside(period: Observation) -> tuple[float, float, float]:
        size = sum(period.mixes[kind].values())
        # Of independent articles; each share errs by its binomial standard error.
        error = sum(sqrt(share * (1 - share) / size) for share in usual.values()) / 2
        allowed = _usual(distances, kind.floor, error)
        value = _distance(_shares(period.mixes[kind]), usual)
        return allowed.outside(value), value, allowed.high

    far, value, high = outside(last)
    twice = far > 1 and enough(before) and outside(before)[0] > 1
    now = _shares(last.mixes[kind])
    name = max(names, key=lambda name: abs(now.get(name, 0.0) - usual[name]))
    what = f"{name} {now.get(name, 0.0):.0%} (usually {usual[name]:.0%})"
    return Verdict(kind, value, 0.0, high, twice or far > _FAR, usual=far <= _INSIDE, what=what)


@dataclass(frozen=True, slots=True)
class _Range:
    """The usual range of a statistic, and the middle of it."""

    low: float
    center: float
    high: float

    def outside(self, value: float) -> float:
        """How far the value is from the middle, below (negative) or above; the edges are at -1 and 1."""
        edge = self.high if value > self.center else self.low
        return (value - self.center) / abs(edge - self.center)


def _usual(values: Sequence[float], floor: float, error: float) -> _Range:
    """The usual range of a statistic by its past values, for a value that errs by `error`."""
    center = median(values)
    spread = _MAD_TO_SIGMA * median(abs(value - center) for value in values)
    allowed = max(students_quantile(_MAD_EFFICIENCY * (len(values) - 1)) * spread, _QUANTILE * max(floor, error))
    in_order = sorted(values)
    trimmed = ceil(_TRIMMED * len(values))
    return _Range(min(center - allowed, in_order[trimmed]), center, max(center + allowed, in_order[-1 - trimmed]))


def students_quantile(freedom: float) -> float:
    """Student's quantile for the error that is accepted, by so many degrees of freedom.

    The expansion of Abramowitz and Stegun, 26.7.5, whose four terms are within 6 % from 5 degrees on. Below, it is too
    small, and the floor and the standard error do more.
    """
    z = _QUANTILE
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    whole = sum(counts.values())
    return {name: count / whole for name, count in counts.items()}


def _distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The total variation of two mixes, 0 to 1: the share that would have to change for them to be the same."""
    return sum(abs(one.get(name, 0.0) - other.get(name, 0.0)) for name in {*one, *other}) / 2


def longest_pause(pauses: Sequence[float]) -> float | None:
    """After how long without anything new a source is silent, by its past pauses, in the same unit.

    None while these are too few. Beyond the largest tenth of the pauses the tail is taken to be exponential, as that of
    a source without any rhythm is (a generalised Pareto tail of shape 0: J. Pickands, Annals of Statistics 3, 1975); a
    pause is too long where the chance of one as long is less than the error that is accepted, with what is not known of
    the tail's scale taken into account (the ratio of an exponential to the mean of k others).
    """
    if len(pauses) < MIN_PAUSES:
        return None
    in_order = sorted(pauses, reverse=True)
    if len(in_order) >= _FORGIVING:
        in_order = in_order[1:]
    k = max(3, len(in_order) // 10)
    threshold = in_order[k]
    scale = sum(pause - threshold for pause in in_order[:k]) / k
    chance = k / (len(in_order) * _PAUSE_ERROR)
    return max(_LONGER * in_order[0], threshold + k * scale * (float(chance ** (1 / k)) - 1))


def shown(kind: Kind, value: float) -> str:
    """A statistic in a unit that people know."""
    match kind:
        case Kind.LENGTH:
            return f"{expm1(value) + 1:,.0f} characters"
        case Kind.DELAY:
            return duration(expm1(value) * 3600)
        case Kind.SILENCE:
            return duration(value)
        case Kind.NAMES:
            return f"{value:.1f} a 1,000 characters"
        case _:
            return f"{value:.0%}"


def span(kind: Kind, low: float, high: float) -> str:
    """A usual range in the same unit; what can not be below 0 is not."""
    return f"{shown(kind, max(0.0, low))} to {shown(kind, high if kind in _UNBOUNDED else min(1.0, high))}"


_UNBOUNDED = frozenset({Kind.LENGTH, Kind.NAMES, Kind.DELAY, Kind.SILENCE})


def duration(seconds: float) -> str:
    """A length of time in its largest unit of which there are two."""
    for unit, size in (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
