"""Whose names are ours: the one table in which senders' names of fields are mapped, and how a source overrides it.

docs/formats.md shows the table to people; a test compares the two.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

# Header cells and columns are spelled in many ways: `Published At`, `pubDate`, `published-at`.
_NOT_LETTERS = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Field:
    """The names of a field, the first that is given counts.

    A value of the wrong type under one of `names` is the sender's mistake. Under one of `others` it is another
    thing than we mean (`article` holds a number, `created` an object), and is not read.
    """

    names: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every name, in the order they are asked for."""
        return self.names + self.others


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Under which names the fields of an article are looked for. A dot in a name reaches into an object.

    `description` and `summary` are no text: beside a text they are its abstract, and alone they are a teaser that
    would stand in the store as if it were the article.
    """

    text: Field = Field(("text", "body", "content"), ("full_text", "article", "content_text"))
    html: Field = Field(("html",), ("content_html",))
    url: Field = Field(("url", "link"), ("permalink",))
    title: Field = Field(("title",), ("headline",))
    published: Field = Field(
        ("published", "published_at", "date"), ("pubDate", "date_published", "created", "created_at")
    )
    language: Field = Field(("language", "lang"))
    authors: Field = Field(("authors", "author"), ("creator", "byline"))
    section: Field = Field((), ("section", "rubric", "category", "articleSection"))
    updated: Field = Field((), ("updated", "updated_at", "modified", "date_modified", "dateModified"))
    age_rating: Field = Field((), ("age_rating", "ageRating", "contentRating"))
    id: Field = Field(("id",))
    source: Field = Field(("source",))
    # Not of an article but of the document around: the list that holds them, in JSON.
    items: Field = Field(("items", "articles", "data", "results", "documents"))

    @classmethod
    def of(cls, names: Mapping[str, Sequence[str]]) -> "FieldMapping":
        """Make the mapping of a source that uses other names: our field → its names, the first that is given counts.

        A field that is named here is looked for under these names and no others; the other fields stay as they are.
        Raises ValueError for a field that we do not have, and for what is no list of names.
        """
        ours = [each.name for each in fields(cls)]
        changed: dict[str, Field] = {}
        for field, given in names.items():
            if field not in ours:
                raise ValueError(f"no field is named {field!r}; there are {', '.join(ours)}")
            if isinstance(given, str) or not given or not all(name.strip() for name in given):
                raise ValueError(f"the field {field!r} needs a list of names, not {given!r}")
            changed[field] = Field(tuple(name.strip() for name in given))
        return replace(DEFAULT_FIELDS, **changed)

    @property
    def of_article(self) -> tuple[Field, ...]:
        """The fields of an article, without that of the document around it."""
        return tuple(getattr(self, each.name) for each in fields(self) if each.name != "items")

    @property
    def text_names(self) -> frozenset[str]:
        """Every name under which a text or a page is looked for: without one of them there is no article."""
        return frozenset(self.text.all_names + self.html.all_names)

    @property
    def spellings(self) -> dict[str, str]:
        """The name by its spelling in a table (see `spelling`); the first name of two that are spelled alike."""
        names = [name for field in self.of_article for name in field.all_names]
        return {spelling(name): name for name in reversed(names)}


def spelling(name: str) -> str:
    """Return a name as names of columns are compared: `Published At` is `published_at`."""
    return _NOT_LETTERS.sub("", name).lower()


DEFAULT_FIELDS: Final = FieldMapping()
