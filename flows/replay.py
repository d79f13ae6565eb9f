"""The drops of cases in quarantine by the ordinary ingest again, each from a place that holds the very same bytes."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymongo.database import Database

from flows import whereabouts
from flows.whereabouts import Reading
from locations import Location
from store import quarantine
from store.connection import Record
from store.quarantine import STANDING, Case, Selection, find_cases
from store.queries import QueryError
from transforms.document import Reason

# Drops of one run: their places are its parameters, and Prefect holds 512 kB of these.
DROPS_AT_ONCE = 500
# A case that somebody names is replayed even if it was discarded.
_REPLAYED = frozenset({"open", "discarded"})


@dataclass(slots=True)
class Replay:
    """What became of cases that were replayed: `remaining` were rejected again, of `nowhere` the drop is gone."""

    resolved: int = 0
    remaining: list[Case] = field(default_factory=list)
    nowhere: list[tuple[Case, str]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many cases stand in quarantine still."""
        return len(self.remaining) + len(self.nowhere)

    @property
    def counts(self) -> dict[str, int]:
        """The cases by what became of them."""
        remaining, nowhere = len(self.remaining), len(self.nowhere)
        return {
            "cases": self.resolved + remaining + nowhere,
            "resolved": self.resolved,
            "remaining": remaining,
            "nowhere": nowhere,
        }


def chosen(
    db: Database[Record],
    names: list[str] | None = None,
    *,
    reason: Reason | None = None,
    source: str | None = None,
    all_open: bool = False,
) -> list[Case]:
    """The cases that are named, each once; without names the open ones of a reason, of a source, or all.

    Raises QueryError where there is no case of a name, or nothing says which cases.
    """
    if names:
        found: dict[str, Case] = {}
        for name in names:
            cases = quarantine.named(db, name)
            if not cases:
                raise QueryError(f"no case is called {name}: `dropwire quarantine list` names them")
            found.update({case.id: case for case in cases if case.state in _REPLAYED})
        return list(found.values())
    if reason is None and source is None and not all_open:
        raise QueryError("replay which cases? Name them, or give a reason or a source, or say all")
    return find_cases(db, Selection(reason=reason, source=source))


def replay(db: Database[Record], cases: list[Case], ingest: Callable[[list[Location], bool], Any]) -> Replay:
    """Process the drops of cases again; `ingest(locations, reread)` is the ordinary one. Raises what it raises."""
    done = Replay()
    again: dict[str, Location] = {}
    places: dict[str, Location] = {}
    tried: list[Case] = []
    lost: dict[str, str] = {}
    for case in cases:
        drop_id = case.rejection.drop_id
        if case.is_place:
            places[case.location] = _place(db, case)
        elif drop_id not in again and drop_id not in lost:
            found = whereabouts.of_case(db, case)
            if found.holding:
                again[drop_id] = found.holding.location
            else:
                lost[drop_id] = found.told
        if drop_id in lost:
            done.nowhere.append((case, lost[drop_id]))
        else:
            tried.append(case)
    for locations, reread in ((list(again.values()), True), (list(places.values()), False)):
        for start in range(0, len(locations), DROPS_AT_ONCE):
            ingest(locations[start : start + DROPS_AT_ONCE], reread)
    ids = tuple(case.id for case in tried)
    done.remaining = find_cases(db, Selection(ids=ids, states=STANDING))
    done.resolved = len(tried) - len(done.remaining)
    return done


def _place(db: Database[Record], case: Case) -> Location:
    """A place that could not be read: as it was asked for, or a file below what was."""
    reading = Reading.by_run(db, case.run_id, case.location)
    for location in reading.asked:
        if location.printable == case.location or os.path.abspath(location.path) == case.location:  # noqa: PTH100 - resolves no links
            return location
    return reading.at(case.location)
