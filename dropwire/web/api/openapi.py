"""The description of the API, OpenAPI 3.1: what FastAPI makes of the handlers, with the errors as they are answered."""

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from dropwire.web.api import models
from dropwire.web.problems import MEDIA_TYPE
from store.descriptions import FIELDS

VERSION = "1.0.0"
_ABOUT = """Read-only access to the documents of a Dropwire store.

Lists are paged by key: ask again with the answer's `next` as `after`, or follow the `Link` header. Every answer has an
`ETag`; with `If-None-Match`, what did not change is not sent again. Times are UTC. Errors are problems of RFC 9457.
"""
_EXAMPLE = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "Some values are not what is asked for.",
    "errors": [{"parameter": "limit", "detail": "Input should be less than or equal to 100"}],
}
_HEADERS = {
    "ETag": {"description": "Another one when the answer is another one.", "schema": {"type": "string"}},
    "Link": {"description": 'The next page, as `<…>; rel="next"`.', "schema": {"type": "string"}},
}
# Which part of which collection a schema shows: its fields have the words of the data model.
_SHOWN = {
    "DocumentRecord": ("documents", ""),
    "Summary": ("documents", ""),
    "Candidate": ("documents", "language_runners_up."),
    "Segment": ("documents", "segments."),
    "Dateline": ("documents", "dateline."),
    "Origins": ("documents", "origins."),
    "DocumentEntity": ("documents", "entities."),
    "Mention": ("documents", "entities.mentions."),
    "BoilerplateSpan": ("documents", "boilerplate."),
    "Provenance": ("documents", "provenance."),
    "Encoding": ("documents", "provenance.encoding."),
    "KnownEntity": ("entities", ""),
    "Run": ("runs", ""),
}


def description(routes: Sequence[BaseRoute], *, keys_required: bool) -> dict[str, Any]:
    """The description of these routes."""
    described = get_openapi(
        title="Dropwire", version=VERSION, openapi_version="3.1.0", description=_ABOUT, routes=list(routes)
    )
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _, problem = models_json_schema([(models.Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas |= problem["$defs"]
    for name, (collection, path) in _SHOWN.items():
        for field, shown in schemas[name]["properties"].items():
            if text := FIELDS[collection].get(f"{path}{field}"):
                shown.setdefault("description", text)
    components["responses"] = {
        "Problem": {
            "description": "What went wrong, and what to do.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _EXAMPLE}},
        }
    }
    for methods in described["paths"].values():
        for operation in methods.values():
            _complete(operation)
    if keys_required:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"key": []}]
    return described


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses["200"]["headers"] = _HEADERS
    responses["304"] = {"description": "What `If-None-Match` names is still what there is."}
    for status in ("401", "404", "422", "429", "503", "504", "default"):
        responses[status] = {"$ref": "#/components/responses/Problem"}
