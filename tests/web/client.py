"""A client of the web application, in this process."""

import warnings
from typing import Any

from dropwire.web.app import create_app
from dropwire.web.settings import WebSettings

with warnings.catch_warnings():
    # Starlette would rather have httpx2, its fork; httpx is what Prefect brings.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

__all__ = ["HERE", "TestClient", "client_of"]

# Other hosts are refused.
HERE = "http://127.0.0.1:8420"


def client_of(db: Any, settings: WebSettings | None = None, base_url: str = HERE) -> TestClient:
    """A client of the application over this database. As a context manager it runs what goes on beside the answers."""
    return TestClient(create_app(db, settings or WebSettings()), base_url=base_url)
