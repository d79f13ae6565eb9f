"""Questions about sources: which there are, and one whole: how much is cut, what recurs on it, what it brought when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.database import Database

from store import observations, templates
from store.connection import Record
from store.drift import Kind, Moments, Observation, Verdict, judge
from store.observations import MAX_DAYS, Alarm
from store.sources import Source, look_at
from store.templates import Line

# In a list, what is new of the last weeks counts.
LATELY = timedelta(days=28)
# Ids are 128 bits of a hash, so as many as there are lie evenly between 0 and this.
_IDS = 1 << 128


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source in a list: its new documents LATELY and of all days that are kept, its templates, and what has drifted.

    `cut_share` is the mean share of a new document that was cut; None where no day is kept. `heard_at` is when a run
    found something new of it last; None before runs noted that.
    """

    name: str
    lately: int
    observed: int
    cut_share: float | None
    templates: int
    heard_at: datetime | None
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class SourceSample:
    """A source by those of its documents that have the smallest ids.

    `about` says that the number of its documents is an estimate: from how near to each other the ids of the first 200
    are, which is within 7 % two times out of three. To count them, a store reads all of them, or an index over them.
    """

    source: Source
    about: bool


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """A source whole; `source` and `about` as in SourceSample.

    `days` is what was new by day, the earliest first, at most MAX_DAYS.

    `verdicts` are those on its last period (store.drift): the usual ranges; empty while its past is too short.
    `silent_at` is from when on its silence is an alarm; None while that is not known, or it is silent already.
    `lines` are its templates, the most frequent first, learned from `sample` documents.
    """

    source: Source
    about: bool
    lines: tuple[Line, ...]
    sample: int
    days: Mapping[datetime, Observation]
    verdicts: tuple[Verdict, ...]
    heard_at: datetime | None
    silent_at: datetime | None
    alarms: tuple[Alarm, ...]


def list_sources(db: Database[Record], now: datetime) -> list[SourceLine]:
    """All sources, the one with the most new documents first; `now` is aware UTC.

    Whoever writes documents marks their source (store.templates), and so it is known; no document is read. To count
    those of each source would take the embedded store 36 µs a document.
    """
    lately: Counter[str] = Counter()
    observed: Counter[str] = Counter()
    cut: dict[str, Moments] = {}
    since = now - LATELY
    for record in db.observations.find({}, {"source": 1, "day": 1, "documents": 1, f"means.{Kind.CUT}": 1}):
        name = record["source"]
        observed[name] += record["documents"]
        lately[name] += record["documents"] if record["day"] >= since else 0
        if seen := record.get("means", {}).get(Kind.CUT):
            cut[name] = cut.get(name, Moments()) + Moments(**seen)
    states = observations.states(db)
    known = templates.line_counts(db)
    nothing = observations.State()
    lines = [
        SourceLine(
            name,
            lately[name],
            observed[name],
            cut[name].mean if name in cut else None,
            known.get(name, 0),
            states.get(name, nothing).heard_at,
            states.get(name, nothing).alarms,
        )
        for name in {*known, *states, *templates.unlearned(db)}
    ]
    return sorted(lines, key=lambda line: (-line.lately, -line.observed, line.name))


def sample(db: Database[Record], name: str) -> SourceSample:
    """What some documents of a source say of all of them."""
    ids = templates.smallest_ids(db, name, templates.SAMPLE)
    about = len(ids) == templates.SAMPLE
    lines = templates.lines_of(db, name)
    return SourceSample(look_at(db, name, estimate(ids) if about else len(ids), ids, lines), about)


def source_profile(db: Database[Record], name: str, sampled: SourceSample | None = None) -> SourceProfile | None:
    """The profile of a source; None where it has neither documents nor observations.

    `sampled` is its `sample`, where somebody has kept it: it costs most, and is the same until a document changes.
    """
    sampled = sampled or sample(db, name)
    days = observations.days_of(db, name)
    if not sampled.source.documents and not days:
        return None
    state = observations.state_of(db, name)
    kept = dict(list(days.items())[-MAX_DAYS:])
    return SourceProfile(
        source=sampled.source,
        about=sampled.about,
        lines=tuple(templates.lines_of(db, name)),
        sample=templates.sample_size(db, name),
        days=kept,
        verdicts=tuple(judge(list(kept.values()))),
        heard_at=state.heard_at,
        silent_at=state.silent_at,
        alarms=state.alarms,
    )


def estimate(smallest: Sequence[str]) -> int:
    """How many documents there are about, of which these are the smallest ids, in order: two digits of it.

    Of k hashes the largest is at k / (n + 1) of all there can be, on average; (k - 1) / id is the estimate of n without
    bias (https://doi.org/10.1145/1247480.1247504, "KMV"). Its error is 1 / sqrt(k - 2) of it.
    """
    found = (len(smallest) - 1) * _IDS // max(int(smallest[-1], 16), 1)
    return max(len(smallest), int(float(f"{found:.1e}")))
