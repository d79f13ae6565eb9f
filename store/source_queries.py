"""Questions about sources: which there are, and one whole: how much is cut, what recurs on it, what it brought when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.database import Database

from store import observations, templates
from store.connection import Record
from store.drift import Observation, Verdict, judge
from store.observations import MAX_DAYS, Alarm
from store.sources import Source, look_at
from store.templates import Line

# In a list, what is new of the last weeks counts.
LATELY = timedelta(days=28)
# Beyond it a page says "or more": the embedded store takes 36 µs for each.
COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source in a list: its new documents LATELY and of all days that are kept, its templates, and what has drifted.

    `heard_at` is when a run found something new of it last; None before runs noted that.
    """

    name: str
    lately: int
    observed: int
    templates: int
    heard_at: datetime | None
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """A source whole; COUNTED of its documents are counted at most.

    `days` is what was new by day, the earliest first, at most MAX_DAYS.

    `verdicts` are those on its last period (store.drift): the usual ranges; empty while its past is too short.
    `silent_at` is from when on its silence is an alarm; None while that is not known, or it is silent already.
    `lines` are its templates, the most frequent first, learned from `sample` documents.
    """

    source: Source
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
    lately: dict[str, int] = {}
    observed: dict[str, int] = {}
    since = now - LATELY
    for record in db.observations.find({}, {"source": 1, "day": 1, "documents": 1}):
        name = record["source"]
        observed[name] = observed.get(name, 0) + record["documents"]
        lately[name] = lately.get(name, 0) + (record["documents"] if record["day"] >= since else 0)
    states = observations.states(db)
    known = templates.line_counts(db)
    nothing = observations.State()
    lines = [
        SourceLine(
            name,
            lately.get(name, 0),
            observed.get(name, 0),
            known.get(name, 0),
            states.get(name, nothing).heard_at,
            states.get(name, nothing).alarms,
        )
        for name in {*known, *states, *templates.unlearned(db)}
    ]
    return sorted(lines, key=lambda line: (-line.lately, -line.observed, line.name))


def source_profile(db: Database[Record], name: str) -> SourceProfile | None:
    """The profile of a source; None where it has neither documents nor observations."""
    count = db.documents.count_documents({"source": name}, limit=COUNTED)
    days = observations.days_of(db, name)
    if not count and not days:
        return None
    state = observations.state_of(db, name)
    kept = dict(list(days.items())[-MAX_DAYS:])
    return SourceProfile(
        source=look_at(db, name, count),
        lines=tuple(templates.lines_of(db, name)),
        sample=templates.sample_size(db, name),
        days=kept,
        verdicts=tuple(judge(list(kept.values()))),
        heard_at=state.heard_at,
        silent_at=state.silent_at,
        alarms=state.alarms,
    )
