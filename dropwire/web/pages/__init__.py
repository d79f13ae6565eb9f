"""The pages for people: one module a page, and one line here."""

from importlib import import_module
from typing import Final

from fastapi import APIRouter

from dropwire.web.pages.frame import error_page

__all__ = ["PAGES", "error_page", "routers"]

PAGES: Final = ("frame", "start", "search", "document", "entity", "editing", "sources", "quarantine", "runs", "login")


def routers() -> list[APIRouter]:
    """The routers of all pages."""
    return [import_module(f"{__name__}.{page}").router for page in PAGES]
