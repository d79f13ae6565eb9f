"""The web application: one ASGI app with the API under `/api/v1/` and pages at `/`.

For pages: `dropwire.web.pages.routers()` gives their routers, `error_page` there the page of an
error. Handlers are plain functions and take what they need from dropwire.web.security:

    @router.get("/sources")
    def sources(request: Request, db: Store) -> Response: ...

    @router.post("/entities/{entity}/merge")
    def merge(db: Store, who: Editor, form: PostedForm) -> Response: ...    # `form_token(request)` in the form

Raise `Problem` (or `not_found`) of dropwire.web.problems for errors; QueryError becomes a 422 by itself. Tests have
`client_of(db)` of tests.web.client.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from pymongo.database import Database
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from dropwire.web import api, pages
from dropwire.web.answers import Answers
from dropwire.web.kept import Kept
from dropwire.web.problems import add_handlers
from dropwire.web.security import Guard, KeyRing, write_uses_now_and_then
from dropwire.web.sessions import Sessions
from dropwire.web.settings import WebSettings
from store.connection import Record

STATIC = Path(__file__).parent / "static"
# A smaller answer fits into one packet anyway.
_COMPRESSED_FROM_BYTES = 1024
# A page of 100 changes takes 8 ms so; with level 9 it is a tenth smaller and takes 45 ms.
_COMPRESSION = 4


def create_app(db: Database[Record], settings: WebSettings) -> FastAPI:
    """The application over this database. It only reads, but for corrections of entities (`settings.editing`)."""
    keys, sessions = KeyRing(db), Sessions()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        noting = asyncio.create_task(write_uses_now_and_then(keys))
        try:
            yield
        finally:
            noting.cancel()
            with suppress(asyncio.CancelledError):
                await noting
            await run_in_threadpool(keys.write_uses)

    app = FastAPI(
        title="Dropwire",
        docs_url=None,  # its page takes scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.db = db
    app.state.settings = settings
    app.state.keys = keys
    app.state.sessions = sessions
    app.state.kept = Kept(db)
    add_handlers(app)
    # The last one added is the first one asked.
    app.add_middleware(Answers)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM_BYTES, compresslevel=_COMPRESSION)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "HEAD"],
            allow_headers=["Authorization", "If-None-Match"],
            expose_headers=["ETag", "Link", "Retry-After"],
        )
    app.add_middleware(Guard, settings=settings, keys=keys, sessions=sessions)
    app.include_router(api.router(settings))
    for router in pages.routers():
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
