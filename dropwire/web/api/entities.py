"""People, organisations, places, events, products: found, whole, and what is named together with them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from dropwire.web.api import asking, models
from dropwire.web.api.asking import Asking, EntityId, NoParameters, link, page
from dropwire.web.kept import KeptAnswers
from dropwire.web.problems import not_found
from dropwire.web.security import Store
from store import queries
from store.entity_queries import EntityCriteria, find_entities

router = APIRouter(tags=["entities"], generate_unique_id_function=lambda route: route.name)
_NO_ENTITY = "No document names an entity with this id. `/entities?name=` finds ids."


@router.get("/entities", summary="Find entities")
def entities(
    request: Request, response: Response, db: Store, asked: Annotated[asking.Entities, Asking()]
) -> models.EntityPage:
    """Entities, those in the most documents first; by a name in whatever language and script."""
    # Loads a model the first time; only who asks for a name waits for it.
    from dropwire.entities import search_keys  # noqa: PLC0415

    keys = search_keys(asked.name) if asked.name else ()
    criteria = EntityCriteria(keys, asked.type, asked.language)
    found = page(lambda: find_entities(db, criteria, limit=asked.limit, after=asked.after))
    link(request, response, "after", found.next_token)
    return models.EntityPage(entities=list(found.entities), next=found.next_token)


# An id is made of a name, and names may hold a slash.
@router.get("/entities/{entity_id:path}", summary="An entity whole", dependencies=[NoParameters])
def entity(db: Store, kept: KeptAnswers, entity_id: EntityId) -> models.Profile:
    """An entity: its names in each language, its months, sources, neighbours, and the latest documents."""
    covered = kept.of(("entity", entity_id), lambda: queries.coverage(db, entity_id))
    profile = queries.entity_profile(db, entity_id, covered=covered)
    if profile is None:
        raise not_found(_NO_ENTITY)
    return models.Profile.of(profile)


@router.get("/graph", summary="What is named together")
def graph(db: Store, asked: Annotated[asking.GraphOf, Asking()]) -> queries.Graph:
    """The neighbours of an entity, and which of these are named together with each other."""
    found = queries.neighbourhood(db, asked.entity, nodes=asked.nodes, least=asked.least)
    if found is None:
        raise not_found(_NO_ENTITY)
    return found
