"""Where the bytes of a drop lie now, of all places where the ledger has seen it, and how they were read there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo.database import Database

from locations import DropChangedError, Entry, Location, Target, as_location, opened, target_of
from store import ledger, runs
from store.connection import Record
from store.quarantine import Case
from transforms.document import Found


@dataclass(frozen=True, slots=True)
class Bytes:
    """A place that holds the bytes of a drop, and how they are read there."""

    location: Location
    file: Found
    target: Target


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The places where a drop was seen, each with what is there now; `holding` is the first that has its bytes."""

    places: Mapping[str, str]
    holding: Bytes | None

    @property
    def told(self) -> str:
        """All places, in words."""
        return "; ".join(f"{place} ({what})" for place, what in self.places.items()) or "none is recorded"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a drop was read: at which place, by a run that was asked to read these locations, under which source."""

    place: str
    asked: tuple[Location, ...]
    source: str | None

    @classmethod
    def by_run(cls, db: Database[Record], run_id: str, place: str) -> "Reading":
        """As the run did."""
        parameters = runs.parameters(db, run_id)
        asked = []
        for location in parameters.get("locations") or ():
            try:
                asked.append(as_location(location) if isinstance(location, str) else _location(location))
            except (TypeError, ValueError):
                continue  # recorded by another version: the place alone must do
        return cls(place, tuple(asked), parameters.get("source"))

    def at(self, place: str) -> Location:
        """A place alone as a location, with the source and the field names with which the drop was read.

        Read with others, its items would be other documents.
        """
        source, fields = self.source, {}
        for location in self.asked:
            try:
                relative = target_of(location).relative(self.place)
            except (OSError, ValueError):
                continue
            if relative is not None:
                source, fields = location.source_of(relative) or source, location.fields
                break
        # By default the name of the folder, as it was when the drop was read.
        return Location(place, source=source or Path(self.place).parent.name or None, settle_seconds=0, fields=fields)


def _location(recorded: Mapping[str, Any]) -> Location:
    lists = {"include", "exclude"}
    values: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in recorded.items()}
    return Location(**values)


def of_case(db: Database[Record], case: Case) -> Whereabouts:
    """Where the drop of a case in quarantine was seen, and which of these places holds the same bytes still."""
    return _look(db, case.rejection.drop_id, Reading.by_run(db, case.run_id, case.location))


def of_drop(db: Database[Record], drop_id: str) -> Whereabouts:
    """Where a drop that was processed was seen, and which of these places holds the same bytes still."""
    last = ledger.last_reading(db, drop_id)
    return _look(db, drop_id, Reading.by_run(db, *last)) if last else Whereabouts({}, None)


def _look(db: Database[Record], drop_id: str, reading: Reading) -> Whereabouts:
    places: dict[str, str] = {}
    for seen in ledger.sightings(db, drop_id):
        if seen.location in places:
            continue
        location = reading.at(seen.location)
        try:
            target = target_of(location)
            entry = target.look_again(Entry(seen.location, "", seen.size, 0, 0))
            if entry is None:
                places[seen.location] = "gone"
                continue
            with opened(entry.found, target) as content:
                same = content.drop_id == drop_id
        except DropChangedError:
            places[seen.location] = "being written"
        except (OSError, ValueError) as error:
            places[seen.location] = (isinstance(error, OSError) and error.strerror) or str(error)
        else:
            places[seen.location] = "there" if same else "another file now"
            if same:
                return Whereabouts(places, Bytes(location, entry.found, target))
    return Whereabouts(places, None)
