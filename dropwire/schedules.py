"""When to run: a cron line, an interval or an RRULE, in a time zone.

Prefect keeps the schedule; this says what it is, refuses one that can never work, and tells what was missed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from prefect.schedules import Schedule

DEFAULT_CRON: Final = "*/15 * * * *"
# A run takes seconds to start; what must be faster than this is watched (`serve --watch`).
SHORTEST: Final = timedelta(minutes=1)
# Intervals are counted from here, in the schedule's time zone: a restart does not shift them.
_ANCHOR: Final = datetime(2020, 1, 1)  # noqa: DTZ001 - the zone is added where it is known
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL: Final = re.compile(r"(?:\d+[smhd])+")
# Prefect counts these up from 2020 each time that it looks; an interval says the same.
_TOO_FINE: Final = re.compile(r"FREQ=(?:SECONDLY|MINUTELY)", re.IGNORECASE)


class ScheduleError(ValueError):
    """The schedule makes no sense; the message says what would."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """A schedule: exactly one of `cron`, `every` and `rrule`, in an IANA time zone."""

    cron: str | None = None
    every: timedelta | None = None
    rrule: str | None = None
    timezone: str = "UTC"

    def __str__(self) -> str:
        rule = f"every {self.every}" if self.every else self.cron or self.rrule
        return f"{rule} ({self.timezone})"

    def for_prefect(self) -> "Schedule":
        """The schedule as Prefect takes it."""
        from prefect.schedules import Cron, Interval, RRule  # noqa: PLC0415 - imports Prefect

        if self.cron:
            return Cron(self.cron, timezone=self.timezone)
        if self.rrule:
            return RRule(self.rrule, timezone=self.timezone)
        return Interval(self._every, anchor_date=self._anchor, timezone=self.timezone)

    async def dates(self, start: datetime, *, end: datetime | None = None, most: int = 1) -> list[datetime]:
        """The first due times from `start` on, reckoned by Prefect as its scheduler does."""
        return list(await self._model().get_dates(n=most, start=start, end=end))

    @property
    def _every(self) -> timedelta:
        return self.every or SHORTEST

    @property
    def _anchor(self) -> datetime:
        return _ANCHOR.replace(tzinfo=ZoneInfo(self.timezone))

    def _model(self) -> Any:
        from prefect.server.schemas.schedules import (  # noqa: PLC0415 - imports Prefect
            CronSchedule,
            IntervalSchedule,
            RRuleSchedule,
        )

        if self.cron:
            return CronSchedule(cron=self.cron, timezone=self.timezone)
        if self.rrule:
            return RRuleSchedule(rrule=self.rrule, timezone=self.timezone)
        # Prefect's own types are those of pendulum, which a datetime becomes when it is validated.
        return IntervalSchedule.model_validate(
            {"interval": self._every, "anchor_date": self._anchor, "timezone": self.timezone}
        )


async def timetable(cron: str | None, every: str | None, rrule: str | None, timezone: str) -> Timetable:
    """The schedule that was asked for; every fifteen minutes where none was.

    Raises ScheduleError where it is no schedule, never comes due, or comes due more than once a minute.
    """
    given = {"--cron": cron, "--every": every, "--rrule": rrule}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise ScheduleError(f"{' and '.join(named)}: give one of them")
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):
        raise ScheduleError(f"--timezone: there is no zone {timezone!r}; they are called Europe/Minsk, UTC") from None
    if not named:
        asked, value, found = "--cron", DEFAULT_CRON, Timetable(cron=DEFAULT_CRON, timezone=timezone)
    else:
        asked, value = named[0], given[named[0]] or ""
        interval = _interval(value) if every is not None else None
        found = Timetable(cron=cron, every=interval, rrule=rrule, timezone=timezone)
    if _TOO_FINE.search(rrule or ""):
        raise ScheduleError(f"--rrule: {value!r} is finer than a schedule should be; `--every 5m` says so in minutes")
    if rrule == "" or cron == "":
        raise ScheduleError(f"{asked}: is empty")
    try:
        dates = await found.dates(datetime.now(UTC), most=2)
    except Exception as error:  # noqa: BLE001 - croniter and dateutil raise what they like
        raise ScheduleError(f"{asked}: {value!r} is no schedule: {_reason(error)}") from None
    if not dates:
        raise ScheduleError(f"{asked}: {value!r} never comes due again")
    if len(dates) == 2 and dates[1] - dates[0] < SHORTEST:
        raise ScheduleError(
            f"{asked}: {value!r} comes due more than once a minute; --watch picks up what arrives at once"
        )
    return found


def _interval(text: str) -> timedelta:
    """A length of time such as 90s, 10m, 1h30m, 1d."""
    if not _INTERVAL.fullmatch(text):
        raise ScheduleError(f"--every: {text!r} is no interval; write it as 10m, 1h30m, 1d")
    parts = re.findall(r"(\d+)([smhd])", text)
    try:
        interval = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        raise ScheduleError(f"--every: {text!r} is longer than anybody waits") from None
    if interval < SHORTEST:
        raise ScheduleError(f"--every: {text!r} is less than a minute; --watch picks up what arrives at once")
    return interval


def _reason(error: Exception) -> str:
    """What is wrong, in a line: of a validation its first message."""
    errors = getattr(error, "errors", None)
    if callable(errors):
        first: str = errors()[0]["msg"]
        return first.removeprefix("Value error, ")
    return str(error) or type(error).__name__
