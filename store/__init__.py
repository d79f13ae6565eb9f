"""MongoDB: connection, schemas, indexes, upserts, ledger, quarantine, runs, queries.

Layer rule: knows nothing of Prefect; of our own packages it imports transforms.document only.
"""

from store.connection import StoreError, open_store, uri_from_environment
from store.layout import ensure
from store.queries import Criteria, QueryError, changes_since, find_documents, get_document

__all__ = [
    "Criteria",
    "QueryError",
    "StoreError",
    "changes_since",
    "ensure",
    "find_documents",
    "get_document",
    "open_store",
    "uri_from_environment",
]
