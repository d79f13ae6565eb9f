"""All collections of the store. A new collection is one line here."""

from pymongo.database import Database

from store import (
    api_keys,
    changes,
    consumers,
    copies,
    corrections,
    documents,
    due,
    entities,
    erasures,
    ledger,
    listings,
    observations,
    originals,
    quarantine,
    revisions,
    runs,
    templates,
)
from store.connection import Record
from store.schema import Collection, ensure_collection

COLLECTIONS: tuple[Collection, ...] = (
    documents.COLLECTION,
    originals.COLLECTION,
    changes.COLLECTION,
    revisions.COLLECTION,
    copies.COLLECTION,
    corrections.COLLECTION,
    due.COLLECTION,
    entities.COLLECTION,
    templates.COLLECTION,
    templates.UNLEARNED,
    ledger.COLLECTION,
    listings.COLLECTION,
    quarantine.COLLECTION,
    erasures.COLLECTION,
    erasures.TOMBSTONES,
    erasures.KEY,
    runs.COLLECTION,
    observations.COLLECTION,
    observations.DRIFT,
    api_keys.COLLECTION,
    consumers.COLLECTION,
)


def ensure(db: Database[Record]) -> None:
    """Make every collection exist with its validator and indexes. Idempotent, safe to run concurrently."""
    existing = {info["name"]: info for info in db.list_collections()}
    for collection in COLLECTIONS:
        ensure_collection(db, collection, existing)
