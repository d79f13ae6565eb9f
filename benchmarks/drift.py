"""How often a source is said to drift that does not, and how soon one is that does, on simulated sources.

    python -m benchmarks.drift [--sources 40] [--days 120] [--seed 1] [--markdown]

A source is simulated day by day, at the sizes of real ones, as the store would hold it: lengths are log-normal, days
differ among each other (a factor of their own), the weekend is different, some days are odd. The judgement is made four
times a day, over what has come by then, as by a schedule; an alarm is an alarm once. After MIN_PERIODS to MAX_PERIODS
days of past the drift sets in, on another copy of the same source.

No text and no store take part: these are the statistics alone (store/drift.py), minutes on one core.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from benchmarks.tables import Table, show
from store.drift import MAX_PERIODS, MEANS, MIXES, Kind, Moments, Observation, judge, longest_pause

LOOKS_A_DAY = 4
# Past before a source drifts, and days for which it then is looked at.
BEFORE = 60
AFTER = 30
# What a store keeps of a source (store.observations).
KEPT = 90


@dataclass(frozen=True, slots=True)
class Source:
    """A simulated source: documents a day, and how they are. `rhythm` is how different days and weekends are."""

    name: str
    documents: float
    log_length: float = 7.5
    length_sigma: float = 0.7
    cut: float = 0.3
    names: float = 9.0
    delay_log_hours: float = 1.0
    undated: float = 0.03
    rejected: float = 0.01
    languages: tuple[tuple[str, float], ...] = (("be", 0.9), ("ru", 0.1))
    encodings: tuple[tuple[str, float], ...] = (("utf-8", 0.98), ("windows-1251", 0.02))
    rhythm: float = 0.08
    odd_days: float = 0.02


SOURCES = (
    Source("3 articles a day", 3),
    Source("20 articles a day", 20),
    Source("200 articles a day", 200),
    Source("200 a day, two languages, wild", 200, languages=(("be", 0.55), ("ru", 0.45)), rhythm=0.2, odd_days=0.05),
    Source("1,000 a day, dull", 1000, rhythm=0.02, odd_days=0.0),
)

DRIFTS: dict[str, Callable[[Source], Source]] = {
    "texts half as long": lambda source: replace(source, log_length=source.log_length - 0.69),
    "texts 1.25 times as long": lambda source: replace(source, log_length=source.log_length + 0.22),
    "a menu is left in (cut .3 to .15)": lambda source: replace(source, cut=0.15),
    "names missed (9 to 5 a 1,000)": lambda source: replace(source, names=5.0),
    "dates 8 times as old": lambda source: replace(source, delay_log_hours=source.delay_log_hours + 2.1),
    "half of it without a date": lambda source: replace(source, undated=0.5),
    "a quarter rejected": lambda source: replace(source, rejected=0.25),
    "a third in another language": lambda source: replace(
        source, languages=(("pl", 0.33), *((tag, share * 0.67) for tag, share in source.languages))
    ),
    "all in another encoding": lambda source: replace(source, encodings=(("koi8-r", 1.0),)),
}


def a_day(source: Source, day: int, chance: random.Random) -> Iterator[Observation]:
    """The parts of a day, as they come."""
    weekend = 1.0 if day % 7 > 4 else 0.0
    tilt = chance.gauss(0, source.rhythm) + 1.5 * source.rhythm * weekend
    if chance.random() < source.odd_days:
        tilt += chance.choice((-1, 1)) * 4 * source.rhythm
    expected = source.documents * (0.5 if weekend else 1.2) / LOOKS_A_DAY
    for _ in range(LOOKS_A_DAY):
        yield _some(source, _poisson(expected, chance), tilt, chance)


def _some(source: Source, items: int, tilt: float, chance: random.Random) -> Observation:
    rejected = _binomial(items, source.rejected, chance)
    documents = items - rejected
    undated = _binomial(documents, source.undated, chance)
    means = {
        Kind.LENGTH: _gauss(documents, source.log_length + tilt, source.length_sigma, chance),
        Kind.CUT: _gauss(documents, source.cut * (1 + tilt), 0.12, chance),
        Kind.NAMES: _gauss(documents, source.names * (1 + tilt), 5.0, chance),
        Kind.DELAY: _gauss(documents - undated, source.delay_log_hours * (1 + tilt), 0.6, chance),
        Kind.UNDATED: Moments(documents, undated, undated),
        Kind.REJECTED: Moments(items, rejected, rejected),
    }
    mixes = {
        kind: _counts(documents, shares, tilt, chance)
        for kind, shares in zip(MIXES, (source.languages, source.encodings), strict=True)
    }
    return Observation(
        documents,
        rejected,
        {kind: moments for kind, moments in means.items() if moments.count},
        {kind: mix for kind, mix in mixes.items() if mix},
    )


def _gauss(count: int, mean: float, sigma: float, chance: random.Random) -> Moments:
    """The moments of so many normal values, drawn at once: their mean is normal, their variance is chi-squared."""
    if not count:
        return Moments()
    middle = chance.gauss(mean, sigma / count**0.5)
    spread = sigma**2 * 2 * chance.gammavariate((count - 1) / 2, 1) if count > 1 else 0.0
    return Moments(count, count * middle, count * middle**2 + spread)


def _binomial(count: int, share: float, chance: random.Random) -> int:
    return sum(chance.random() < share for _ in range(count))


def _counts(count: int, shares: Sequence[tuple[str, float]], tilt: float, chance: random.Random) -> dict[str, int]:
    weights = [share * (1 + tilt if place == 0 else 1.0) for place, (_, share) in enumerate(shares)]
    counts: dict[str, int] = {}
    for name in chance.choices([name for name, _ in shares], [max(0.0, weight) for weight in weights], k=count):
        counts[name] = counts.get(name, 0) + 1
    return counts


def _poisson(mean: float, chance: random.Random) -> int:
    if mean > 50:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, sum_of_waits = 0, chance.expovariate(1.0)
    while sum_of_waits < mean:
        count += 1
        sum_of_waits += chance.expovariate(1.0)
    return count


def alarms(days: Sequence[Sequence[Observation]], start: int) -> Iterator[tuple[int, Kind]]:
    """The days on which alarms begin, from `start` on, at any of the looks at them; with their kinds."""
    standing: set[Kind] = set()
    whole = [sum(parts, Observation()) for parts in days]
    for day in range(start, len(days)):
        before = [each for each in whole[max(0, day - KEPT) : day] if each.items]
        so_far = Observation()
        for part in days[day]:
            so_far += part
            if not part.items:
                continue
            for verdict in judge([*before, so_far]):
                if verdict.drifted and verdict.kind not in standing:
                    standing.add(verdict.kind)
                    yield day, verdict.kind
                elif verdict.usual:
                    standing.discard(verdict.kind)


def false_alarms(sources: int, days: int, chance: random.Random) -> Table:
    """Alarms of sources that do not drift, a 1,000 days of a source."""
    rows = []
    for source in SOURCES:
        counts = dict.fromkeys((*MEANS, *MIXES), 0)
        for _ in range(sources):
            simulated = [list(a_day(source, day, chance)) for day in range(days)]
            for _, kind in alarms(simulated, 0):
                counts[kind] += 1
        thousands = sources * days / 1000
        numbers = [sum(counts.values()), *counts.values()]
        rows.append((source.name, *(f"{number / thousands:.2f}" for number in numbers)))
    return Table("False alarms in 1,000 days of a source", ("source", "all", *MEANS, *MIXES), tuple(rows))


def delays(sources: int, chance: random.Random) -> Table:
    """After how many days a drift is noticed."""
    rows = []
    for name, drift in DRIFTS.items():
        cells = []
        for source in SOURCES:
            found = []
            for _ in range(sources):
                before = [list(a_day(source, day, chance)) for day in range(BEFORE)]
                after = [list(a_day(drift(source), day, chance)) for day in range(BEFORE, BEFORE + AFTER)]
                first = next(alarms(before + after, BEFORE), None)
                found.append(AFTER + 1 if first is None else first[0] - BEFORE + 1)
            noticed = sum(days <= AFTER for days in found)
            cells.append("–" if noticed * 2 < sources else f"{median(found):.0f} ({noticed / sources:.0%})")
        rows.append((name, *cells))
    columns = ("drift", *(source.name for source in SOURCES))
    return Table(
        f"Days until it is noticed: median (share noticed in {AFTER} days)",
        columns,
        tuple(rows),
        "By an alarm of any kind. 1: on the first day. –: in less than half of the sources",
    )


# Arrivals of a source: the pause before each, in days.
PAUSES: dict[str, Callable[[int, random.Random], float]] = {
    "each day, a little late": lambda _, chance: max(0.1, chance.gauss(1, 0.05)),
    "each day but Sunday": lambda count, chance: max(0.1, chance.gauss(2 if count % 6 == 5 else 1, 0.05)),
    "on working days": lambda count, chance: max(0.1, chance.gauss(3 if count % 5 == 4 else 1, 0.05)),
    "no rhythm, twice a day": lambda _, chance: chance.expovariate(2),
    "no rhythm, every third day": lambda _, chance: chance.expovariate(1 / 3),
}


def silences(sources: int, days: int, chance: random.Random) -> Table:
    """False alarms of silence, and after how many days a source that ends is noticed."""
    rows = []
    for name, pause in PAUSES.items():
        wrong, simulated_days, limits = 0, 0.0, []
        for _ in range(sources * 4):
            seen: list[float] = []
            time = 0.0
            while time < days * 4:
                next_pause = pause(len(seen), chance)
                limit = longest_pause(seen[-60:])
                wrong += limit is not None and next_pause > limit
                seen.append(next_pause)
                time += next_pause
            simulated_days += time
            limits.append(longest_pause(seen[-60:]) or float("nan"))
        rows.append((name, f"{wrong / simulated_days * 1000:.2f}", f"{median(limits):.1f}"))
    return Table("Silence", ("arrivals", "false alarms in 1,000 days", "days until it is noticed"), tuple(rows))


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift", description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=int, default=40, help="copies of each simulated source")
    parser.add_argument("--days", type=int, default=120, help="days of a source that does not drift")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311 - a simulation that can be repeated
    remark = f"{arguments.sources} copies of each source, {arguments.days} days, past of {BEFORE} days before a drift"
    remark += f" (at most {MAX_PERIODS} periods are compared), seed {arguments.seed}"
    tables = [
        false_alarms(arguments.sources, arguments.days, chance),
        delays(max(1, arguments.sources // 4), chance),
        silences(arguments.sources, arguments.days, chance),
    ]
    return show("drift", [remark], tables, as_markdown=arguments.markdown, page=None, mark="")


if __name__ == "__main__":
    sys.exit(main())
