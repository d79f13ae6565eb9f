"""Names: the list of persons, organisations and places, and one of them whole, with who is named together with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pymongo.database import Database

from dropwire.entities import LINK_NAMES, search_keys
from dropwire.web import charts
from dropwire.web.kept import kept_of
from dropwire.web.network import network
from dropwire.web.pages.frame import render, url
from dropwire.web.problems import not_found
from dropwire.web.security import Store, form_token, may_edit
from store import corrections
from store.connection import Record
from store.entity_queries import EntityCriteria, KnownEntity, Month, Name, find_entities, get_entity, nearest
from store.queries import coverage, entity_profile, neighbourhood
from transforms.document import EntityType

router = APIRouter()

PAGE_ENTITIES: Final = 40
_NEIGHBOURS: Final = 20
_LATEST: Final = 8
_ALIASES: Final = 24
# More columns than that are no wider than a line: years then.
_MOST_MONTHS: Final = 72
_CANDIDATES: Final = 8
# Columns are as narrow as if there were so many; two names of months need so many columns between them.
_FEW: Final = 10
_APART: Final = 3
_TYPES: Final[tuple[EntityType, ...]] = ("PER", "ORG", "LOC", "EVT", "PRO")
# Where an identifier leads.
_ADDRESSES: Final = {
    "geonames": "https://www.geonames.org/{}",
    "wikidata": "https://www.wikidata.org/wiki/{}",
}

Typed = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class NamesIn:
    """The names of an entity in one language, the most frequent first, and how many documents have them."""

    language: str
    names: tuple[Name, ...]
    documents: int


@dataclass(frozen=True, slots=True)
class Link:
    """An identifier elsewhere: `system` for people, and its address where there is one."""

    system: str
    value: str
    address: str | None


@dataclass(frozen=True, slots=True)
class History:
    """How many documents name an entity, by month, or by year where there are many."""

    by_year: bool
    chart: charts.Chart
    rows: tuple[tuple[date, int], ...]


@router.get("/entities")
def entities(
    request: Request,
    db: Store,
    q: Typed = "",
    kind: Annotated[str, Query(alias="type", max_length=3)] = "",
    language: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> HTMLResponse:
    """Names, those in the most documents first."""
    chosen = next((each for each in _TYPES if each == kind), None)
    keys = search_keys(q) if q.strip() else ()
    criteria = EntityCriteria(keys, chosen, language.strip() or None)
    page = find_entities(db, criteria, limit=PAGE_ENTITIES, after=after or None)
    asked = {"q": q.strip(), "type": chosen, "language": language.strip()}
    return render(
        request,
        "entities.html",
        asked=asked,
        types=_TYPES,
        entities=[(entity, names_by_language(entity)) for entity in page.entities],
        near=nearest(db, keys) if keys and not page.entities else [],
        type_links={each: url("/entities", **{**asked, "type": each}) for each in (None, *_TYPES)},
        next_link=url("/entities", **asked, after=page.next_token) if page.next_token else None,
        first_link=url("/entities", **asked) if after else None,
        may_edit=may_edit(request),
    )


@router.get("/entities/{entity:path}")
def entity_page(
    request: Request,
    db: Store,
    entity: str,
    who: Typed = "",
    done: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """All that is known of one. `who` is a name that somebody may be merged into, `done` a correction just made."""
    if get_entity(db, entity) is None:
        now, _ = corrections.rules(db).follow(entity, "")
        if now != entity and get_entity(db, now):
            return RedirectResponse(url("/entities", now, done=done), 303)
        raise not_found("No document names such an entity any more, or none ever did.")
    return entity_answer(request, db, entity, who=who, done=done)


def entity_answer(
    request: Request,
    db: Database[Record],
    entity: str,
    *,
    who: str = "",
    done: int | None = None,
    refused: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The page of an entity that there is. `refused` says why a correction could not be."""
    covered = kept_of(request).of(("name", entity), lambda: coverage(db, entity, latest=_LATEST))
    profile = entity_profile(db, entity, latest=_LATEST, covered=covered)
    if profile is None:
        raise not_found("No document names such an entity any more, or none ever did.")
    known = profile.entity
    graph = neighbourhood(db, entity, nodes=_NEIGHBOURS)
    log = corrections.log(db)
    about = [one for one in log if one.undone_by is None and entity in (one.entity, one.into)]
    values: dict[str, Any] = {
        "profile": profile,
        "known": known,
        "names": names_by_language(known),
        "aliases": known.aliases[:_ALIASES],
        "more_aliases": max(len(known.aliases) - _ALIASES, 0),
        "links": [_link(each) for each in known.links],
        "history": _history(profile.months),
        "graph": graph,
        "drawing": network(graph) if graph and graph.nodes else None,
        "corrections": about,
        "done": next((one for one in log if one.number == done), None),
        "refused": refused,
        "may_edit": may_edit(request),
        "who": who,
        "candidates": _candidates(db, known, who) if who.strip() and may_edit(request) else [],
        "form_token": form_token(request) if may_edit(request) else "",
    }
    return render(request, "entity.html", status=status, **values)


def names_by_language(entity: KnownEntity) -> list[NamesIn]:
    """The names of each language, the language with the most documents first."""
    found: dict[str, list[Name]] = {}
    for name in entity.names:
        found.setdefault(name.language, []).append(name)
    made = [NamesIn(language, tuple(names), sum(name.documents for name in names)) for language, names in found.items()]
    return sorted(made, key=lambda each: (-each.documents, each.language))


def _link(identifier: str) -> Link:
    system, _, value = identifier.partition(":")
    address = _ADDRESSES[system].format(value) if system in _ADDRESSES and value.isalnum() else None
    return Link(LINK_NAMES.get(system, system), value, address)


def _history(months: Sequence[Month]) -> History | None:
    """The months, those without a document included."""
    if not months:
        return None
    counts = {_month(each.month): each.documents for each in months}
    first, last = min(counts), max(counts)
    length = (last.year - first.year) * 12 + last.month - first.month + 1
    by_year = length > _MOST_MONTHS
    if by_year:
        starts = [date(year, 1, 1) for year in range(first.year, last.year + 1)]
        years: dict[date, int] = {}
        for month, count in counts.items():
            years[month.replace(month=1)] = years.get(month.replace(month=1), 0) + count
        counts = years
    else:
        place = first.year * 12 + first.month - 1
        starts = [date(*_year_and_month(place + i), 1) for i in range(length)]
    rows = tuple((start, counts.get(start, 0)) for start in starts)
    chart = charts.stacked([charts.Column(start, (count,)) for start, count in rows])
    if len(rows) < _FEW:
        # There is room for more than the first date: for every other year on a phone, or for the last month.
        step = (100 - chart.left) / _FEW
        end = len(rows) - 1
        named = range(end % 2, len(rows), 2) if by_year else sorted({0, end} if len(rows) > _APART else {0})
        labels = tuple(charts.Label(round(chart.left + step * (i + 0.5), 3), rows[i][0], "middle") for i in named)
        chart = replace(chart, labels=labels)
    return History(by_year, chart, rows)


def _month(text: str) -> date:
    return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()


def _year_and_month(place: int) -> tuple[int, int]:
    return place // 12, place % 12 + 1


def _candidates(db: Database[Record], known: KnownEntity, who: str) -> list[KnownEntity]:
    """Who may be meant by a name or an id that somebody typed: of the same type, and not this one."""
    keys = search_keys(who)
    exact = get_entity(db, who.strip())
    found = {exact.id: exact} if exact else {}
    criteria = EntityCriteria(keys, known.type)
    found |= {each.id: each for each in find_entities(db, criteria, limit=_CANDIDATES).entities} if keys else {}
    if len(found) < _CANDIDATES and keys:
        found = {each.id: each for each in nearest(db, keys, limit=_CANDIDATES)} | found
    return [each for each in found.values() if each.type == known.type and each.id != known.id][:_CANDIDATES]
