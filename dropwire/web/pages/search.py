"""Documents that meet criteria: a form, facets to narrow it down, and pages by key. And suggestions while one types."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pymongo.database import Database
from pymongo.errors import PyMongoError

from dropwire.entities import search_keys
from dropwire.web import marking
from dropwire.web.kept import Kept, KeptAnswers
from dropwire.web.language import Catalogue
from dropwire.web.pages.frame import catalogue_for, is_fragment, render, url
from dropwire.web.security import PATIENCE_S, Store
from store.connection import Record
from store.entity_queries import EntityCriteria, KnownEntity, find_entities, get_entity, nearest
from store.flags import FLAGS, Flag
from store.queries import Criteria, Facets, find_documents
from store.queries import facets as count_facets
from transforms.document import Document, Entity

router = APIRouter()

PAGE_DOCUMENTS: Final = 20
# Each is looked up with two questions to the store; nobody reads more.
_MOST_SUGGESTIONS: Final = 7
# Beyond it nobody can have typed it, and the store would look for each word.
_MOST_WORDS: Final = 12
_FACET_VALUES: Final = 8
# Read for the counts beside a search: what the embedded store gives in the time a person does not notice.
FACET_DOCUMENTS: Final = 500
_LAST_DAY: Final = datetime(9999, 12, 30, tzinfo=UTC)

Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds, as it was typed. `q` is a name, else words; with `as_words` always words."""

    q: str = ""
    as_words: bool = False
    language: str = ""
    whole: bool = False
    source: str = ""
    since: str = ""
    until: str = ""
    entity: str = ""
    words: str = ""
    cluster: str = ""
    flag: tuple[Flag, ...] = ()

    def link(self, **changes: Any) -> str:
        """The address of this search with something changed; what is empty is left out."""
        return url("/search", **asdict(replace(self, **changes)))


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of it: the criteria, the entity or the name that is looked for, and what could not be understood.

    `wrong` are names of fields.
    """

    criteria: Criteria
    entity: KnownEntity | None = None
    names: tuple[KnownEntity, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A document of the list, with the words around what was found."""

    document: Document
    excerpt: tuple[marking.Bit, ...]


def asked_for(
    q: Text = "",
    as_words: bool = False,
    language: Annotated[str, Query(max_length=40)] = "",
    whole: bool = False,
    source: Annotated[str, Query(max_length=300)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    entity: Annotated[str, Query(max_length=300)] = "",
    words: Text = "",
    cluster: Annotated[str, Query(max_length=32)] = "",
    flag: Annotated[list[Flag] | None, Query(max_length=len(FLAGS))] = None,
) -> Asked:
    """The form, out of the address."""
    return Asked(
        q.strip(),
        as_words,
        language.strip(),
        whole and bool(language.strip()),
        source.strip(),
        since,
        until,
        entity.strip(),
        words.strip(),
        cluster,
        tuple(dict.fromkeys(flag or ())),
    )


AskedFor = Annotated[Asked, Depends(asked_for)]


@router.get("/search")
def search(
    request: Request,
    db: Store,
    asked: AskedFor,
    kept: KeptAnswers,
    after: Annotated[str, Query(max_length=100)] = "",
    counts: bool = False,
) -> HTMLResponse:
    """The documents that meet what is asked for, newest first; with `counts` what they can be narrowed down to, too.

    Counting takes longer than finding, so it comes behind the page where there is JavaScript.
    """
    found = understand(db, asked)
    page = find_documents(db, found.criteria, limit=PAGE_DOCUMENTS, after=after or None, patience_s=PATIENCE_S)
    values: dict[str, Any] = {
        "asked": asked,
        "found": found,
        "hits": [_hit(document, found) for document in page.documents],
        "next_link": url("/search", **asdict(asked), after=page.next_token) if page.next_token else None,
        "word_search": page.word_search,
        "after": after,
        # Else the search has stopped for want of time, and goes on by itself where there is JavaScript.
        "full": len(page.documents) == PAGE_DOCUMENTS,
    }
    if is_fragment(request):
        return render(request, "search_hits.html", **values)
    return render(
        request,
        "search.html",
        status=422 if found.wrong else 200,
        flags=FLAGS,
        counts=_counts(db, kept, found.criteria) if counts else None,
        counts_link=url("/search/counts", **asdict(asked)),
        counts_page=url("/search", **asdict(asked), counts=True),
        month_link=_month_link,
        filters=_filters(asked, found),
        languages=_languages(catalogue_for(request), asked.language),
        **values,
    )


@router.get("/search/counts")
def counts(request: Request, db: Store, kept: KeptAnswers, asked: AskedFor) -> HTMLResponse:
    """What a search can be narrowed down to, as a part of its page."""
    found = understand(db, asked)
    return render(
        request, "search_counts.html", asked=asked, counts=_counts(db, kept, found.criteria), month_link=_month_link
    )


def understand(db: Database[Record], asked: Asked) -> Understood:
    """What the form asks for, as criteria."""
    wrong: list[str] = []
    since, until = (_day(getattr(asked, name), name, wrong) for name in ("since", "until"))
    criteria = Criteria(
        language=asked.language or None,
        whole=asked.whole,
        source=asked.source or None,
        since=since,
        until=until + timedelta(days=1) if until else None,
        cluster=asked.cluster or None,
        flags=asked.flag,
    )
    words = asked.words.split()
    known = get_entity(db, asked.entity) if asked.entity else None
    if known:
        criteria = replace(criteria, entity_id=known.id)
    elif asked.entity:
        criteria = replace(criteria, entity=search_keys(asked.entity))
    names: tuple[KnownEntity, ...] = ()
    if asked.q and not asked.as_words and not criteria.entity:
        keys = search_keys(asked.q)
        names = find_entities(db, EntityCriteria(keys=keys), limit=5).entities if keys else ()
        # Of one entity its id says the same as its keys do, with one question to the store instead of one a key.
        if len(names) == 1 and not criteria.entity_id:
            criteria = replace(criteria, entity_id=names[0].id)
        elif names:
            criteria = replace(criteria, entity=keys)
    if asked.q and not names:
        words += asked.q.split()
    return Understood(replace(criteria, words=tuple(dict.fromkeys(words))[:_MOST_WORDS]), known, names, tuple(wrong))


def _day(text: str, name: str, wrong: list[str]) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        # The last day of the calendar has none after it.
        return min(day, _LAST_DAY)
    except ValueError:
        wrong.append(name)
        return None


def _hit(document: Document, found: Understood) -> Hit:
    """A document with the words around the name or the words that were looked for."""
    criteria = found.criteria
    keys = frozenset(criteria.entity)

    def wanted(entity: Entity) -> bool:
        return entity.id == criteria.entity_id or not keys.isdisjoint(entity.keys)

    places = marking.places_of_entities(document, wanted) if keys or criteria.entity_id else []
    places += marking.places_of_words(document.text, criteria.words)
    text, shift = document.text, 0
    if document.title and text.startswith(f"{document.title}\n"):
        # The title stands above already.
        shift = len(document.title)
        text = text[shift:]
        shift += len(text) - len(text.lstrip())
        text = text.lstrip()
    below = [(start - shift, end - shift) for start, end in _apart(places) if start >= shift]
    return Hit(document, marking.excerpt(text, below))


def _apart(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places in order, without those that begin inside of another."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart


def _counts(db: Database[Record], kept: Kept, criteria: Criteria) -> Facets | None:
    """What the search can be narrowed down to; None where the store cannot count in time: the list stands without."""
    try:
        return kept.about(
            criteria, "counts", lambda: count_facets(db, criteria, top=_FACET_VALUES, most=FACET_DOCUMENTS)
        )
    except PyMongoError as error:
        if error.timeout:
            return None
        raise


def _filters(asked: Asked, found: Understood) -> list[tuple[str, str, str]]:
    """What holds at the moment, as (field, value, address without it)."""
    shown: Mapping[str, str] = {
        "language": asked.language,
        "source": asked.source,
        "since": asked.since,
        "until": asked.until,
        "entity": found.entity.name if found.entity else asked.entity,
        "words": asked.words,
        "cluster": asked.cluster[:8],
    }
    filters = [(name, value, asked.link(**{name: ""})) for name, value in shown.items() if value]
    rest = [tuple(each for each in asked.flag if each != flag) for flag in asked.flag]
    return filters + [("flag", flag, asked.link(flag=others)) for flag, others in zip(asked.flag, rest, strict=True)]


def _languages(t: Catalogue, asked: str) -> list[tuple[str, str]]:
    """The languages to choose from, as (tag, name), by name; with the one that is asked for, whatever it is."""
    names = {tag: t.language_name(tag) for tag in (*t.codes("languages"), asked) if tag}
    return sorted(names.items(), key=lambda pair: pair[1])


def _month_link(asked: Asked, month: str) -> str:
    """The search narrowed down to a month, `2019-11`."""
    year, number = (int(part) for part in month.split("-"))
    return asked.link(since=f"{month}-01", until=f"{month}-{monthrange(year, number)[1]:02}")


@router.get("/suggestions")
def suggestions(request: Request, db: Store, q: Text = "") -> HTMLResponse:
    """Names that what is being typed may be the beginning of, in any script."""
    typed = q.strip()
    found: dict[str, KnownEntity] = {}
    if len(typed) > 1 and (keys := search_keys(typed)):
        exact = find_entities(db, EntityCriteria(keys=keys), limit=_MOST_SUGGESTIONS).entities
        found = {entity.id: entity for entity in exact}
        if len(found) < _MOST_SUGGESTIONS:
            found |= {entity.id: entity for entity in nearest(db, keys, limit=_MOST_SUGGESTIONS)} | found
    names = list(found.values())[:_MOST_SUGGESTIONS]
    return render(request, "suggestions.html", typed=typed, names=names)
