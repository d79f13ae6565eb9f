"""The options that say which documents: the same for every command that asks for some."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

# Who asks for counts waits for seconds, if it must be: the embedded store reads 10,000 documents a second.
MOST_COUNTED = 100_000

WordsArgument = Annotated[list[str] | None, typer.Argument(help="Words that all occur in title or text.")]
LanguageOption = Annotated[
    str | None, typer.Option(help="Language of the document or a part: `be`, or `sr-Latn` for one script.")
]
WholeOption = Annotated[bool, typer.Option("--whole", help="Only documents that are in this language as a whole.")]
OfSourceOption = Annotated[str | None, typer.Option("--source", help="Source, as `status` lists them.")]
PublishedSinceOption = Annotated[
    datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Published on this day or later.")
]
PublishedUntilOption = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Published on this day or before.")
]
EntityOption = Annotated[
    str | None, typer.Option(help="A person, organisation or place, by id, name or a word of it, in any script.")
]
CopiesOfOption = Annotated[str | None, typer.Option(metavar="DOC", help="This document and its near-copies.")]
FlagOption = Annotated[list[str] | None, typer.Option(help="A flag that must hold: see docs/queries.md. Repeatable.")]


def criteria_of(
    words: list[str] | None = None,
    language: str | None = None,
    whole: bool = False,
    source: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    entity: str | None = None,
    cluster: str | None = None,
    flags: list[str] | None = None,
) -> Any:
    """The `Criteria` that these options are; days are whole ones, UTC."""
    from dropwire.entities import search_keys
    from store.queries import Criteria

    return Criteria(
        language=language,
        whole=whole,
        source=source,
        since=since.replace(tzinfo=UTC) if since else None,
        until=until.replace(tzinfo=UTC) + timedelta(days=1) if until else None,
        entity=search_keys(entity) if entity else (),
        words=tuple(words or ()),
        cluster=cluster,
        flags=tuple(flags or ()),  # type: ignore[arg-type]  # the query refuses those that there are not
    )
