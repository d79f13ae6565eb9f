"""One document: its clean text, its original with what was cut, its history, its near-copies, where it came from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from dropwire.history import Edit, edit_of
from dropwire.render import cut_share
from dropwire.web import marking
from dropwire.web.pages.frame import is_fragment, render, title_of, url
from dropwire.web.problems import not_found
from dropwire.web.security import Store
from store import templates
from store.queries import WholeDocument, whole_document
from store.revisions import State
from transforms.boilerplate import Site
from transforms.document import BoilerplateSpan, Document, Entity, EntityType

router = APIRouter()

View = Literal["text", "original", "history", "copies"]
VIEWS: Final[tuple[View, ...]] = ("text", "original", "history", "copies")
_TYPES: Final[tuple[EntityType, ...]] = ("PER", "ORG", "LOC", "EVT", "PRO")
# Each is compared with the one before it, which takes a moment for long texts; further ones are a page further.
_STATES_ON_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class Cuts:
    """What was cut for one reason: how many stretches and characters."""

    reason: str
    spans: int
    characters: int


@dataclass(frozen=True, slots=True)
class Tint:
    """A language of the document: the number of its tint, and its share of the text, 0 to 1."""

    language: str
    number: int
    share: float


@dataclass(frozen=True, slots=True)
class Step:
    """A state in the history, `number` from 1, and what changed from the one before; None for the first."""

    number: int
    state: State
    edit: Edit | None
    names_gone: tuple[Entity, ...] = ()
    names_new: tuple[Entity, ...] = ()


@router.get("/documents/{doc_id}")
def document(
    request: Request,
    db: Store,
    doc_id: Annotated[str, Path(max_length=64)],
    view: View = "text",
    part: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """One document, in one of its views."""
    whole = whole_document(db, doc_id)
    if whole is None:
        raise not_found(f"There is no document {doc_id}.")
    found = whole.document
    if found.doc_id != doc_id:
        return RedirectResponse(url("/documents", found.doc_id, view=view if view != "text" else None), 302)
    values: dict[str, Any] = {
        "whole": whole,
        "document": found,
        "title": title_of(found),
        "view": view,
        "part": _part(whole, view, part),
        "headline": _headline(found) if view == "text" else "",
    }
    if is_fragment(request) and part > 1:
        return render(request, "document_part.html", **values)
    if view == "history":
        known = templates.known(db, [found.source], {})[found.source]
        values["steps"] = steps(whole.states, Site(known.keys))
    return render(
        request,
        "document.html",
        views=VIEWS,
        cuts=_cuts(found.boilerplate),
        cut_share=cut_share(found) if whole.original else 0.0,
        tints=_tints(found),
        names=_names(found),
        others=len(whole.cluster.members) - 1 if whole.cluster else 0,
        **values,
    )


def _part(whole: WholeDocument, view: View, number: int) -> marking.Part | None:
    """The blocks that a view shows; None where it shows no text."""
    found = whole.document
    if view == "text":
        return marking.part_of(found, found.text, (), number)
    if view == "original" and whole.original is not None:
        return marking.part_of(found, whole.original, found.boilerplate, number)
    return None


def _headline(found: Document) -> str:
    """The title, where the text begins with it: the page has it above the text already."""
    return found.title if found.title and found.text.lstrip().startswith(found.title) else ""


def _cuts(spans: Sequence[BoilerplateSpan]) -> list[Cuts]:
    counts, characters = Counter[str](), Counter[str]()
    for span in spans:
        counts[span.reason] += 1
        characters[span.reason] += span.end - span.start
    return [Cuts(reason, counts[reason], size) for reason, size in characters.most_common()]


def _tints(found: Document) -> list[Tint]:
    """The languages of the text by their share; one alone needs no legend."""
    sizes = Counter[str]()
    for segment in found.segments:
        sizes[segment.tag] += segment.end - segment.start
    numbers = marking.tints(found)
    total = sum(sizes.values())
    return [Tint(tag, numbers[tag], size / total) for tag, size in sizes.most_common()] if len(sizes) > 1 else []


def _names(found: Document) -> list[tuple[EntityType, list[Entity]]]:
    """The entities by type, those with the most mentions first."""
    ordered = sorted(found.entities, key=lambda entity: -len(entity.mentions))
    by_type = [(kind, [entity for entity in ordered if entity.type == kind]) for kind in _TYPES]
    return [(kind, entities) for kind, entities in by_type if entities]


def steps(states: Sequence[State], site: Site | None) -> list[Step]:
    """The states, the latest first, each with what changed from the one before. Of many only the latest."""
    first = max(0, len(states) - _STATES_ON_PAGE)
    shown = [Step(1, states[0], None)] if first == 0 and states else []
    for number, (before, after) in enumerate(pairwise(states[max(0, first - 1) :]), max(first, 1) + 1):
        old, new = before.document.entities, after.document.entities
        shown.append(
            Step(
                number,
                after,
                edit_of(before.document, after.document, site),
                names_gone=_without(old, new),
                names_new=_without(new, old),
            )
        )
    return shown[::-1]


def _without(some: Sequence[Entity], others: Sequence[Entity]) -> tuple[Entity, ...]:
    known = {entity.id for entity in others}
    return tuple(entity for entity in some if entity.id not in known)
