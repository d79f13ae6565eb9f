"""Questions to the store, one function each: typed results, bounded, paged by key, never by offset.

All take `db` and return frozen dataclasses. Lists are bounded, and a result that rests on a part of what there is says
so (`complete` is False). A caller that must not wait longer than some seconds wraps the call in
`with pymongo.timeout(seconds):`, which bounds every operation inside it, and catches PyMongoError with `.timeout`.

| question | function |
|---|---|
| documents that meet criteria | `find_documents`, `get_document` |
| how many, by language, source, month and entity | `facets` |
| how many over time | `timeline` |
| an entity whole | `entity_profile`, `coverage` (see store.entity_queries for finding one) |
| what is named together with an entity | `neighbourhood` |
| a document whole | `whole_document` |
| articles that were edited, silently or not | `edits` |
| what is new | `changes_since`, `latest_token` |
| how the store stands | `overview`, `arrivals` |

How two states of a text differ, word by word, is not the store's to say: `dropwire.difference`, `dropwire.history`.
"""

from store.asking import QueryError, counts_by, has_text_index
from store.flags import FLAGS, Flag, flags_of
from store.queries.changes import Change, ChangeKind, ChangePage, changes_since, latest_token
from store.queries.documents import Page, find_documents, get_document
from store.queries.edits import EditedPage, EditedState, edits, edits_of, same_dates
from store.queries.facets import Count, Facets, facets
from store.queries.graph import Edge, Graph, Node, neighbourhood
from store.queries.overview import Arrivals, Overview, arrivals, overview
from store.queries.profiles import Coverage, EntityProfile, coverage, entity_profile
from store.queries.timelines import Period, Point, Split, Timeline, timeline
from store.queries.wanted import Criteria
from store.queries.whole import Cut, Delivery, WholeDocument, whole_document

__all__ = [
    "FLAGS",
    "Arrivals",
    "Change",
    "ChangeKind",
    "ChangePage",
    "Count",
    "Coverage",
    "Criteria",
    "Cut",
    "Delivery",
    "Edge",
    "EditedPage",
    "EditedState",
    "EntityProfile",
    "Facets",
    "Flag",
    "Graph",
    "Node",
    "Overview",
    "Page",
    "Period",
    "Point",
    "QueryError",
    "Split",
    "Timeline",
    "WholeDocument",
    "arrivals",
    "changes_since",
    "counts_by",
    "coverage",
    "edits",
    "edits_of",
    "entity_profile",
    "facets",
    "find_documents",
    "flags_of",
    "get_document",
    "has_text_index",
    "latest_token",
    "neighbourhood",
    "overview",
    "same_dates",
    "timeline",
    "whole_document",
]
