"""Errors as RFC 9457 has them: what went wrong, for programs and for people, and nothing of our insides."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pymongo.errors import AutoReconnect, ExecutionTimeout, PyMongoError
from starlette.exceptions import HTTPException

from store.asking import QueryError
from store.connection import StoreError, is_transient

MEDIA_TYPE = "application/problem+json"
# Whoever asks again at once would find the store as busy as it was.
RETRY_AFTER_S = 5
_log = logging.getLogger("dropwire.web")


class Problem(Exception):  # noqa: N818 - the RFC's word
    """An answer that is an error. `detail` says what to do; it must name nothing of the store or of this machine."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def as_json(self) -> dict[str, Any]:
        """The members of the RFC, and those of the problem's own."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            **self.members,
        }


def not_found(detail: str) -> Problem:
    """There is no such thing."""
    return Problem(404, detail)


def as_response(problem: Problem) -> JSONResponse:
    """The problem as an answer for programs."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    return JSONResponse(problem.as_json(), problem.status.value, headers, MEDIA_TYPE)


def of_error(error: Exception) -> Problem:
    """The problem behind an exception of ours, of the store or of the framework."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, QueryError):
        return Problem(422, str(error))
    if isinstance(error, HTTPException):
        headers = error.headers or {}
        return Problem(error.status_code, _SENTENCES.get(error.status_code, str(error.detail)), headers=headers)
    if isinstance(error, RequestValidationError):
        return Problem(422, "Some values are not what is asked for.", errors=[_said(each) for each in error.errors()])
    if isinstance(error, PyMongoError | StoreError):
        return _of_store(error)
    _log.error("a request failed", exc_info=error)
    return Problem(500, "We failed at this. What happened is in our log.")


def _of_store(error: PyMongoError | StoreError) -> Problem:
    retry = {"Retry-After": str(RETRY_AFTER_S)}
    if isinstance(error, ExecutionTimeout) or (isinstance(error, PyMongoError) and error.timeout):
        return Problem(
            504, "The store did not answer in time. Ask for less: fewer words, a shorter time.", headers=retry
        )
    if isinstance(error, AutoReconnect | StoreError) or is_transient(error):
        _log.warning("the store: %s", type(error).__name__)
        return Problem(503, "The store cannot be asked at the moment. Try again in a while.", headers=retry)
    _log.error("the store refused a question", exc_info=error)
    return Problem(500, "We failed at this. What happened is in our log.")


_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address is not for this method.",
}


def _said(error: Mapping[str, Any]) -> dict[str, str]:
    """Where a value is wrong, and how: never the value itself, which may be long or hostile."""
    place = [str(part) for part in error["loc"]]
    return {"parameter": ".".join(place[1:]) or place[0], "detail": str(error["msg"])[:300]}


def add_handlers(app: FastAPI) -> None:
    """Have every error answered as a problem; as a page, where a person asks for one."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer(request, of_error(error))

    for kind in (Problem, QueryError, HTTPException, RequestValidationError, PyMongoError, StoreError):
        app.add_exception_handler(kind, handle)


def answer(request: Request, problem: Problem) -> Response:
    """The problem as a page for a browser, else as JSON."""
    if wants_page(request):
        from dropwire.web.pages import error_page  # noqa: PLC0415 - pages know of problems

        try:
            return error_page(request, problem)
        except Exception:  # noqa: BLE001 - an error in the page of errors must not hide the first one
            _log.exception("the page of errors failed")
    return as_response(problem)


def wants_page(request: Request) -> bool:
    """Whether a person with a browser asks, and not for the API."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
