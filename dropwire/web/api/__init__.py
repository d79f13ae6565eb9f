"""The HTTP API: read-only JSON under `/api/v1/`, one module for each kind of thing, described by its OpenAPI."""

from fastapi import APIRouter

from dropwire.web.api import documents, entities, openapi, operations
from dropwire.web.settings import WebSettings

PREFIX = "/api/v1"
ROUTERS = (documents.router, entities.router, operations.router)


def router(settings: WebSettings) -> APIRouter:
    """All routes of the API, and its description."""
    whole = APIRouter(prefix=PREFIX)
    for each in ROUTERS:
        whole.include_router(each)
    described = openapi.description(list(whole.routes), keys_required=settings.keys_required)

    @whole.get("/openapi.json", include_in_schema=False)
    def describe() -> dict[str, object]:
        return described

    return whole
