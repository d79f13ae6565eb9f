"""MongoDB: connection, schemas, indexes, upserts, ledger, quarantine, runs, queries.

Layer rule: knows nothing of Prefect; of our own packages it imports transforms.document only.
"""

from store.connection import StoreError, open_store, uri_from_environment
from store.layout import ensure

__all__ = ["StoreError", "ensure", "open_store", "uri_from_environment"]
