"""Where facts about an article stand. Part of the core types: others take it from transforms.document."""

from dataclasses import dataclass
from typing import Literal

# What the article came with (`metadata`, where nobody noted in what); its page; its text and the lines around it.
Origin = Literal[
    "metadata",
    "record",
    "feed",
    "mail",
    "json-ld",
    "open-graph",
    "meta",
    "heading",
    "time-element",
    "page-title",
    "headline",
    "byline",
    "breadcrumb",
    "date-line",
    "mark",
    "dateline",
]


@dataclass(frozen=True, slots=True)
class Origins:
    """Where facts about an article stand; None where there is no such fact. A Publication says it of itself."""

    title: Origin | None = None
    authors: Origin | None = None
    section: Origin | None = None
    age_rating: Origin | None = None


NOWHERE = Origins()
