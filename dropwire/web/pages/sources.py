"""Sources: which there are, and one whole: how much is cut of it, what recurs on it, and whether it drifts."""

import re
from datetime import UTC, datetime
from math import expm1
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from dropwire.web.drift_series import HEIGHT, mean_series, mix_series, spans
from dropwire.web.kept import KeptAnswers
from dropwire.web.language import Catalogue
from dropwire.web.pages.frame import catalogue_for, render, url
from dropwire.web.problems import not_found
from dropwire.web.security import Store
from store.drift import Kind
from store.observations import Alarm
from store.queries import Criteria, find_documents
from store.source_queries import SourceLine, list_sources, sample, source_profile

router = APIRouter()

PAGE_SOURCES: Final = 100
_LATEST: Final = 5
_LINES: Final = 40
# As store.drift writes what changed most in a mix.
_MIX: Final = re.compile(r"(?P<name>.+) (?P<now>\d+)% \(usually (?P<usual>\d+)%\)")
_UNITS: Final = (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0))


@router.get("/sources")
def sources(request: Request, db: Store, after: Annotated[str, Query(max_length=300)] = "") -> HTMLResponse:
    """The sources, those with alarms first, then those with the most news; `after` is the last one seen."""
    found = list_sources(db, datetime.now(UTC))
    # All are counted in one go, so a page is a part of what was counted.
    ordered = sorted(found, key=lambda each: not _drifted(each))
    start = next((place + 1 for place, each in enumerate(ordered) if each.name == after), 0)
    page = ordered[start : start + PAGE_SOURCES]
    more = len(ordered) > start + PAGE_SOURCES
    return render(
        request,
        "sources.html",
        sources=page,
        number=len(found),
        drifted=sum(map(_drifted, found)),
        next_link=url("/sources", after=page[-1].name) if more else None,
    )


def _drifted(line: SourceLine) -> bool:
    return any(alarm.over_at is None for alarm in line.alarms)


@router.get("/sources/{name:path}")
def source(request: Request, db: Store, kept: KeptAnswers, name: str) -> HTMLResponse:
    """One source."""
    profile = source_profile(db, name, kept.of(("source", name), lambda: sample(db, name)))
    if profile is None:
        raise not_found("There is no such source.")
    t = catalogue_for(request)
    joined = spans(profile.days)
    latest = find_documents(db, Criteria(source=name), limit=_LATEST)
    languages: dict[str, int] = {}
    for seen in profile.days.values():
        for tag, count in seen.mixes.get(Kind.LANGUAGE, {}).items():
            languages[tag] = languages.get(tag, 0) + count
    return render(
        request,
        "source.html",
        name=name,
        profile=profile,
        standing=[(alarm, alarm_in_words(t, alarm)) for alarm in profile.alarms if alarm.over_at is None],
        lines=profile.lines[:_LINES],
        more_lines=max(len(profile.lines) - _LINES, 0),
        languages=sorted(languages.items(), key=lambda each: (-each[1], each[0])),
        means=mean_series(joined, profile.verdicts),
        mixes=mix_series(joined, profile.verdicts),
        height=HEIGHT,
        shown=lambda kind, value: in_words(t, kind, value),
        latest=latest.documents,
    )


def in_words(t: Catalogue, kind: Kind, value: float) -> str:
    """A statistic of store.drift in a unit that people know, as their language writes it."""
    match kind:
        case Kind.LENGTH:
            return t("sources.characters", n=round(expm1(value) + 1))
        case Kind.DELAY:
            return duration(t, expm1(value) * 3600)
        case Kind.SILENCE:
            return duration(t, value)
        case Kind.NAMES:
            return t("sources.names_in_1000", rate=t.number(max(value, 0.0), 1))
        case _:
            return t.share(min(max(value, 0.0), 1.0))


def duration(t: Catalogue, seconds: float) -> str:
    """A length of time in its largest unit of which there are two."""
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return t(f"sources.{unit}", n=round(seconds / size))
    return t("sources.seconds", n=round(max(seconds, 0.0)))


def alarm_in_words(t: Catalogue, alarm: Alarm) -> str:
    """How it is now, and how it usually is."""
    if match := _MIX.fullmatch(alarm.what):
        name = t.language_name(match["name"]) if alarm.kind is Kind.LANGUAGE else match["name"]
        now, usual = (t.share(int(match[part]) / 100) for part in ("now", "usual"))
        return t("sources.mix_now", name=name, now=now, usual=usual)
    now = in_words(t, alarm.kind, alarm.value)
    high = in_words(t, alarm.kind, alarm.high)
    if alarm.kind is Kind.SILENCE:
        return t("sources.silent_now", now=now, high=high)
    return t("sources.mean_now", now=now, low=in_words(t, alarm.kind, max(alarm.low, 0.0)), high=high)
