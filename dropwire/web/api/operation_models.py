"""What the API answers about how the store is kept: status, sources, runs, quarantine."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from dropwire.web.api.models import Model, shown_place
from store.connection import Record
from store.drift import Kind
from store.observations import Alarm
from store.quarantine import Case, Group
from store.queries import Timeline
from store.source_queries import SourceLine
from transforms.document import Step


class AlarmOf(Model):
    """A source that is not as it was: what, since when, and what to do."""

    source: str
    kind: Kind
    since: datetime
    value: float
    low: float
    high: float
    what: str
    to_do: str

    @classmethod
    def of(cls, alarm: Alarm) -> "AlarmOf":
        """The answer."""
        facts = {name: getattr(alarm, name) for name in ("source", "kind", "since", "value", "low", "high", "what")}
        return cls(**facts, to_do=alarm.kind.to_do)


class SourceOf(Model):
    """A source, by what was new of it day by day."""

    name: str
    lately: int = Field(description="New documents of the last four weeks.")
    observed: int = Field(description="New documents of the days that are kept: the last 90 with news.")
    cut_share: float | None = Field(description="Of a new document of these days, the share that was cut, on average.")
    templates: int = Field(description="Lines that are known to recur on it.")
    heard_at: datetime | None = Field(description="When something new came last.")
    alarms: list[AlarmOf] = Field(description="Those that stand.")

    @classmethod
    def of(cls, source: SourceLine) -> "SourceOf":
        """The answer."""
        facts = {name: getattr(source, name) for name in ("name", "lately", "observed", "templates", "heard_at")}
        standing = [AlarmOf.of(alarm) for alarm in source.alarms if alarm.over_at is None]
        return cls(**facts, cut_share=source.cut_share, alarms=standing)


class Sources(Model):
    """The sources with the most news of the last weeks."""

    sources: list[SourceOf]


class Run(Model):
    """An execution of a flow, with its accounting. `dropwire runs ID` has its parameters and, if it failed, why."""

    id: str = Field(alias="_id")
    flow: str
    state: Literal["running", "completed", "failed"]
    started_at: datetime
    finished_at: datetime | None
    drops: int
    drops_done: int
    items: int
    counts: dict[str, int]
    reasons: dict[str, int]
    seconds: dict[str, float]
    learned: dict[str, int] = Field(default_factory=dict)
    outcome: dict[str, int] = Field(default_factory=dict)
    left: dict[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, record: Record) -> "Run":
        """The answer."""
        return cls.model_validate({name: value for name, value in record.items() if name not in {"error", "holder"}})


class RunPage(Model):
    """The latest runs, newest first."""

    runs: list[Run]


class QuarantineGroup(Model):
    """Open cases of one reason and one source."""

    reason: str = Field(description="A reason code (docs/operations.md).", examples=["undecodable"])
    happened: str
    to_do: str
    source: str | None
    count: int
    oldest: datetime
    newest: datetime

    @classmethod
    def of(cls, group: Group) -> "QuarantineGroup":
        """The answer."""
        return cls(
            reason=group.reason.value,
            happened=group.reason.happened,
            to_do=group.reason.to_do,
            source=group.source,
            count=group.count,
            oldest=group.oldest,
            newest=group.newest,
        )


class CaseOf(Model):
    """What could not be processed, why, and what to do about it."""

    case: str = Field(description="Its name: `dropwire quarantine show` takes it.")
    drop_id: str
    index: int | None = Field(description="The item's place in the drop; null for the drop as a whole.")
    step: Step
    reason: str = Field(description="A reason code (docs/operations.md).", examples=["undecodable"])
    to_do: str
    detail: str
    excerpt: str
    given_id: str | None
    source: str | None
    location: str
    since: datetime
    state: str
    run_id: str

    @classmethod
    def of(cls, case: Case) -> "CaseOf":
        """The answer."""
        rejection, location = case.rejection, shown_place(case.location)
        return cls(
            case=case.name,
            # Of a place that could not be read, the id of a drop is made of its path; that is no secret.
            drop_id=rejection.drop_id,
            index=rejection.index,
            step=rejection.step,
            reason=rejection.reason.value,
            to_do=rejection.reason.to_do,
            detail=rejection.detail.replace(case.location, location) if case.location else rejection.detail,
            excerpt=rejection.excerpt,
            given_id=None if rejection.given_id is None else str(rejection.given_id),
            source=rejection.source,
            location=location,
            since=case.since,
            state=case.state,
            run_id=case.run_id,
        )


class Quarantine(Model):
    """What is in quarantine: all by reason and source, and the newest cases."""

    groups: list[QuarantineGroup]
    cases: list[CaseOf]


class Status(Model):
    """How the store stands."""

    documents: int
    by_language: Timeline
    by_source: Timeline
    quarantine: Mapping[str, int] = Field(description="Open cases by reason.")
    alarms: list[AlarmOf]
    runs: list[Run]
