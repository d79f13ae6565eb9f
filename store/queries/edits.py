"""Articles whose text was edited after it had been published."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pymongo import DESCENDING
from pymongo.database import Database

from store import revisions
from store.asking import QueryError
from store.connection import Record
from store.revisions import State
from transforms.document import Document

_VERSION = re.compile(r"[0-9T:.Z-]{20,40} [0-9a-f]+ \d+", re.ASCII)
# Revisions that are looked at for one page: each takes some questions.
_MOST_SCANNED = 100


@dataclass(frozen=True, slots=True)
class EditedState:
    """Two states of a document, one after the other, of which the texts differ.

    `silent`: the dates that the article states, of publication and of update, are the same in both, and there is one.
    How the texts differ says `dropwire.history.edit_of(before.document, after.document)`.
    """

    doc_id: str
    before: State
    after: State
    silent: bool


@dataclass(frozen=True, slots=True)
class EditedPage:
    """Edits, and the token of the next page. `scanned` revisions were looked at.

    A page may have fewer than were asked for, or none, and still a `next_token`: then so many revisions were looked at
    that the rest is for another page. Where one revision stands for several edits, it may have one or two more.
    """

    edits: tuple[EditedState, ...]
    scanned: int
    next_token: str | None


def edits(
    db: Database[Record],
    *,
    source: str | None = None,
    silent: bool = False,
    limit: int = 20,
    after: str | None = None,
) -> EditedPage:
    """Edits of texts, with `silent` only those under unchanged dates.

    First those of which the earlier text was delivered last. Other white space is no edit, nor is what
    another pipeline read otherwise. Raises QueryError for a token that is none.
    """
    query: dict[str, Any] = {"source": source} if source else {}
    if after:
        if not _VERSION.fullmatch(after):
            raise QueryError(f"{after!r} is no page token: give the one that the page before ended with")
        query["version"] = {"$lt": after}
    revised = list(
        db.revisions.find(query, dict.fromkeys(("doc_id", "version", "fingerprint"), 1))
        .sort("version", DESCENDING)
        .limit(_MOST_SCANNED + 1)
    )
    found: list[EditedState] = []
    histories: dict[str, list[State]] = {}
    for scanned, record in enumerate(revised[:_MOST_SCANNED], 1):
        if record["doc_id"] not in histories:
            # Mostly each is an edit, so these are as many as are wanted.
            ahead = {one["doc_id"] for one in revised[scanned - 1 : scanned - 1 + limit]} - histories.keys()
            found_ahead = revisions.histories(db, ahead)
            # Of a document that was erased meanwhile there is none.
            histories |= {one: found_ahead.get(one, []) for one in ahead}
        of_this = _edits_of(histories[record["doc_id"]], record["fingerprint"])
        found += [edit for edit in of_this if edit.silent or not silent]
        if len(found) >= limit:
            more = scanned < len(revised)
            return EditedPage(tuple(found), scanned, record["version"] if more else None)
    more = len(revised) > _MOST_SCANNED
    return EditedPage(
        tuple(found), min(len(revised), _MOST_SCANNED), revised[_MOST_SCANNED - 1]["version"] if more else None
    )


def edits_of(states: Sequence[State]) -> tuple[EditedState, ...]:
    """The edits of one document, oldest first, from all its states (see store.revisions.history)."""
    return tuple(
        EditedState(after.document.doc_id, before, after, same_dates(before.document, after.document))
        for before, after in pairwise(states)
        if _words(before) != _words(after) and before.document.provenance.pipeline == after.document.provenance.pipeline
    )


def _edits_of(states: Sequence[State], revision: str) -> list[EditedState]:
    """The edits that a revision stands for, latest first, by its fingerprint: each edit is of one revision.

    Of what it became; and how it came to be, where that was from what is the document now (X, Y, X: only Y is a
    revision).
    """
    current = states[-1].document.fingerprint if states else ""
    return [
        edit
        for edit in reversed(edits_of(states))
        for before, after in [(edit.before.document.fingerprint, edit.after.document.fingerprint)]
        if revision in (before, after if before == current else "")
    ]


def _words(state: State) -> list[str]:
    return state.document.text.split()


def same_dates(before: Document, after: Document) -> bool:
    """Whether an article states the same times of publication and update in both states, and states any."""
    dates = [(one.published_at, one.updated.at if one.updated else None) for one in (before, after)]
    return dates[0] == dates[1] and any(dates[0])
