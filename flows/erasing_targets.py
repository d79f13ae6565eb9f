"""What a person asks to have erased, as the marks by which it is told (see store.erasures)."""

from collections.abc import Iterable
from dataclasses import dataclass

from pymongo.database import Database

from store import corrections
from store.connection import Record
from store.entity_queries import EntityCriteria, KnownEntity, find_entities, get_entity
from store.erasures import Kind, mark
from store.queries import QueryError
from transforms import fingerprint
from transforms.entities import naming
from transforms.models import shared_models

# Entities that one name may lead to; more is no name of a person.
_MAX_PERSONS = 50
_PERSON = "per:"


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be erased: its kind, in which words it was asked for, its marks; of a person, who is meant."""

    kind: Kind
    value: str
    marks: tuple[str, ...]
    persons: tuple[KnownEntity, ...] = ()


def of_url(url: str) -> Target:
    """All documents with this address, of whatever source."""
    address = fingerprint.canonical_url(url)
    return Target("url", address, (mark("url", address),))


def of_document(doc_id: str) -> Target:
    """One document, by its whole id. It need not be there."""
    return Target("document", doc_id, (mark("document", doc_id),))


def of_source(source: str) -> Target:
    """All documents of a source."""
    return Target("source", source, (mark("source", source),))


def of_person(db: Database[Record], asked: str) -> Target:
    """All documents that name a person, by the entity's id or by a full name in any language and spelling.

    The person is each entity that the name leads to, and what corrections say is the same. The names that are looked
    for in texts are those that documents write for these entities and that are full names; of a person with none of
    these, all. Raises QueryError where that is nobody, or far too many.
    """
    persons = {one.id: one for one in _meant(db, asked)}
    named = asked if not asked.startswith(_PERSON) else ""
    ids = set(persons) | ({asked} if not named else _ids_of(named))
    fresh = set(ids)
    entries = [one for one in corrections.log(db) if one.kind == "merge" and one.undone_by is None]
    while fresh:
        fresh = {other for one in entries for other in _same_as(one.entity, one.into, ids)} - ids
        ids |= fresh
        persons |= {one: known for one in fresh if (known := get_entity(db, one))}
    if named and not persons and not naming.is_full(named):
        raise QueryError(
            f"nobody who is stored is called {asked!r}, and to refuse whoever may come it takes a full name, or the id "
            "of an entity (`dropwire entities NAME --type PER`)"
        )
    spelled = [named, *(name for one in persons.values() for name in _names_of(one))]
    full = [name for name in spelled if naming.is_full(name)]
    runs = {run for name in full or spelled for run in _orders(naming.run_of(name))}
    marks = [*(mark("entity", one) for one in sorted(ids)), *(mark("name", run) for run in sorted(runs))]
    return Target("person", asked, tuple(marks), tuple(sorted(persons.values(), key=lambda one: one.id)))


def _meant(db: Database[Record], asked: str) -> Iterable[KnownEntity]:
    """The stored persons with this id or name."""
    if asked.startswith(_PERSON):
        return filter(None, [get_entity(db, asked)])
    keys = shared_models().linker.search_keys(asked)
    # A surname alone is a key of everybody who has it, and the id of those of whom no more is known.
    page = find_entities(db, EntityCriteria(tuple(keys), "PER"), limit=_MAX_PERSONS)
    if page.next_token:
        raise QueryError(f"more than {_MAX_PERSONS} persons are called {asked!r}: give a full name, or an entity's id")
    return [one for one in page.entities if naming.is_full(asked) or one.id in keys]


def _ids_of(name: str) -> set[str]:
    """The ids that linking may give a person of this name."""
    return {key for key in shared_models().linker.search_keys(name) if key.startswith(_PERSON)}


def _same_as(entity: str, into: str, ids: set[str]) -> set[str]:
    return {entity, into} if ids & {entity, into} else set()


def _names_of(person: KnownEntity) -> list[str]:
    return [*(name.name for name in person.names), *(alias.surface for alias in person.aliases)]


def _orders(run: str) -> set[str]:
    """A run; of two words also the other way round, as surnames come first in lists."""
    keys = run.split()
    return {run, " ".join(reversed(keys))} - {""} if len(keys) == 2 else {run} - {""}
