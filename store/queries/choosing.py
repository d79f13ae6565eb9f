"""All documents that meet criteria, without order and pages: for exports and for those who follow changes."""

from collections.abc import Iterable, Iterator

from pymongo.database import Database

from store.connection import Record
from store.parts import parts
from store.queries.documents import with_looked_up
from store.queries.wanted import ANY, Criteria, Wanted

_AT_ONCE = 100


def all_ids(db: Database[Record], criteria: Criteria) -> Iterator[str]:
    """The ids of all documents that meet the criteria, in no order; one may come twice.

    Raises QueryError and StoreError as `find_documents` does.
    """
    wanted = Wanted.of(db, criteria)
    fields = {"_id": 1} if wanted.asks_all else dict.fromkeys(sorted(wanted.fields), 1)
    for query, holds in wanted.questions(wanted.within(None, None) or ANY):
        records = db.documents.find(query, fields)
        found = iter(records) if wanted.asks_all else filter(holds, records)
        for page in parts(found, _AT_ONCE):
            yield from (record["_id"] for record in with_looked_up(db, page, wanted.looked_up))


def meeting(db: Database[Record], criteria: Criteria, ids: Iterable[str]) -> set[str]:
    """Those of the ids whose documents meet the criteria, looked at one by one. Raises as `find_documents` does."""
    asked = list(ids)
    if criteria == Criteria():
        return set(asked)
    wanted = Wanted.of(db, criteria)
    records = db.documents.find({"_id": {"$in": asked}}, dict.fromkeys(sorted(wanted.fields), 1)) if asked else ()
    found = [record for record in records if wanted.holds(record)]
    return {record["_id"] for record in with_looked_up(db, found, wanted.looked_up)}
