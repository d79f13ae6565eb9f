"""Documents: found, whole, counted, over time, edited, changed."""

from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Request, Response

from dropwire.web.api import asking, models
from dropwire.web.api.asking import Asking, DocId, NoParameters, link, page
from dropwire.web.kept import KeptAnswers
from dropwire.web.problems import not_found
from dropwire.web.security import PATIENCE_S, Store
from store import queries, revisions

router = APIRouter(tags=["documents"], generate_unique_id_function=lambda route: route.name)
_NO_DOCUMENT = "There is no document with this id; perhaps it was erased."


@router.get("/documents", summary="Find documents")
def documents(
    request: Request, response: Response, db: Store, asked: Annotated[asking.Documents, Asking()]
) -> models.DocumentPage:
    """Documents that meet all that is asked for, newest first, those without a date last; paged by `next`.

    Where words are looked for by reading the texts, a page may have fewer than `limit`, or none, and still a `next`.
    """
    criteria = asked.criteria()
    found = page(
        lambda: queries.find_documents(db, criteria, limit=asked.limit, after=asked.after, patience_s=PATIENCE_S)
    )
    link(request, response, "after", found.next_token)
    return models.DocumentPage(
        documents=[models.Summary.of(document) for document in found.documents],
        next=found.next_token,
        word_search=found.word_search or None,
    )


@router.get("/documents/{doc_id}", summary="A document whole", dependencies=[NoParameters])
def document(db: Store, doc_id: DocId) -> models.Whole:
    """A document with its original, what was cut and why, its states, its near-copies, and the drop it came from."""
    whole = queries.whole_document(db, doc_id)
    if whole is None:
        raise not_found(_NO_DOCUMENT)
    return models.Whole.of(whole)


@router.get("/documents/{doc_id}/revisions", summary="What a document was", dependencies=[NoParameters])
def document_revisions(db: Store, doc_id: DocId) -> models.Revisions:
    """The states of a document, oldest first, each whole, and what changed from one to the next, word by word."""
    states = revisions.history(db, doc_id)
    if not states:
        raise not_found(_NO_DOCUMENT)
    differences = [None, *(models.difference(old.document, new.document) for old, new in pairwise(states))]
    return models.Revisions(
        revisions=[
            models.Revision(
                state=models.StateOf.of(state),
                document=models.DocumentRecord.of(state.document),
                difference=difference,
            )
            for state, difference in zip(states, differences, strict=True)
        ]
    )


@router.get("/facets", summary="Count documents")
def facets(db: Store, kept: KeptAnswers, asked: Annotated[asking.FacetsOf, Asking()]) -> queries.Facets:
    """How many documents that meet what is asked for are in each language and from each source, month and entity."""
    criteria = asked.criteria()
    return kept.about(criteria, ("facets", asked.top), lambda: queries.facets(db, criteria, top=asked.top))


@router.get("/timeline", summary="Documents over time")
def timeline(db: Store, kept: KeptAnswers, asked: Annotated[asking.TimelineOf, Asking()]) -> queries.Timeline:
    """How many documents that meet what is asked for were published in each day, week or month."""
    criteria = asked.criteria()
    question = ("timeline", asked.period, asked.split, asked.top)
    return kept.about(
        criteria,
        question,
        lambda: queries.timeline(db, criteria, period=asked.period, split=asked.split, top=asked.top),
    )


@router.get("/edits", summary="Articles that were edited")
def edits(request: Request, response: Response, db: Store, asked: Annotated[asking.Edits, Asking()]) -> models.EditPage:
    """Articles whose text changed after they had first arrived, those delivered last first."""
    found = page(
        lambda: queries.edits(db, source=asked.source, silent=asked.silent, limit=asked.limit, after=asked.after)
    )
    link(request, response, "after", found.next_token)
    return models.EditPage(edits=[models.Edit.of(edit) for edit in found.edits], next=found.next_token)


@router.get("/changes", summary="What is new")
def changes(
    request: Request, response: Response, db: Store, asked: Annotated[asking.Changes, Asking()]
) -> models.ChangePage:
    """What changed since a token, oldest first, erasures included: what a pipeline follows."""
    if asked.latest:
        return models.ChangePage(changes=[], next=queries.latest_token(db), more=False)
    found = page(lambda: queries.changes_since(db, asked.since, limit=asked.limit))
    link(request, response, "since", found.next_token if found.more else None)
    return models.ChangePage(
        changes=[models.ChangeOf.of(change) for change in found.changes], next=found.next_token, more=found.more
    )
