"""How the API is asked: parameters with their limits, and where the next page is.

Whatever is not named here is refused, operators of MongoDB (`source[$ne]=`) among it. Values are strings, numbers and
words of closed lists; none of them reaches the store as anything else.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import urlencode

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dropwire.web.problems import Problem
from store.flags import Flag
from store.queries import Criteria, QueryError
from transforms.document import EntityType

MOST_ON_A_PAGE = 100
MOST_WORDS = 8
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?\d{1,9}")
# Characters that no name and no text has; the store's regular expressions refuse some of them.
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
_WORDS = rf"^ *[^\x00-\x20\x7f]+( +[^\x00-\x20\x7f]+){{0,{MOST_WORDS - 1}}} *$"

Answer = TypeVar("Answer")


def _exactly(pattern: re.Pattern[str], what: str) -> Callable[[Any], Any]:
    """Take what the description says and nothing that Python takes besides: `1_0`, ` 5`, `+5`, 20191118 for a day."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and not (pattern.fullmatch(value) and value.isascii()):
            raise ValueError(f"give {what}")
        return value

    return check


def _true_or_false(value: Any) -> Any:
    words = {"true": True, "false": False}
    if isinstance(value, str):
        if value not in words:
            raise ValueError("give true or false")
        return words[value]
    return value


Day = Annotated[date, BeforeValidator(_exactly(_DAY, "a day as 2019-11-18"))]
Switch = Annotated[bool, BeforeValidator(_true_or_false)]
_Number = BeforeValidator(_exactly(_NUMBER, "a whole number"))
Limit = Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE, description="How many on a page."), _Number]
Top = Annotated[int, Field(ge=1, le=50, description="How many values of each kind; the most frequent."), _Number]
After = Annotated[
    str | None,
    Field(max_length=300, min_length=1, pattern=_PRINTABLE, description="The `next` of the page before; opaque."),
]
Tag = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$",
        description="A BCP 47 tag: `be`, or `sr-Latn` for one script. `und`: could not be told; `zxx`: no language.",
        examples=["be"],
    ),
]
Name = Annotated[str, Field(max_length=200, min_length=1, pattern=_PRINTABLE)]
DocId = Annotated[
    str,
    Path(pattern=r"^[0-9a-f]{32}$", description="The document's `_id`.", examples=["d3f519cd0a51e2f1a9a2c5b1e7f8a9b0"]),
]
EntityId = Annotated[
    str,
    Path(
        max_length=300, min_length=1, pattern=_PRINTABLE, description="The entity's id.", examples=["loc:iso-3166:kz"]
    ),
]


class Asked(BaseModel):
    """Parameters of a question; others are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AboutDocuments(Asked):
    """Which documents: everything given must hold."""

    language: Tag | None = Field(None, description="The language of the document or of a part of it, as a BCP 47 tag.")
    whole: Switch = Field(False, description="With `language`: no part of the document is in another one.")
    source: Name | None = Field(None, description="The source, exactly as `/sources` has it.", examples=["belta"])
    since: Day | None = Field(None, description="Published on this day (UTC) or later.", examples=["2019-11-01"])
    until: Day | None = Field(None, description="Published on this day (UTC) or before.", examples=["2019-11-30"])
    entity: Name | None = Field(
        None, description="A name, or a word of it, in any language and script.", examples=["Нур-Султан"]
    )
    entity_id: Name | None = Field(None, description="The id of an entity, from `/entities`.")
    words: str | None = Field(
        None,
        max_length=200,
        pattern=_WORDS,
        description=f"Words, at most {MOST_WORDS}, that all occur in title or text; any case.",
        examples=["Казахстан"],
    )
    near: str | None = Field(
        None, pattern=r"^[0-9a-f]{32}$", description="The id of a document: this one and its near-copies."
    )
    flag: list[Flag] = Field(
        default_factory=list, max_length=len(get_args(Flag)), description="Quality flags, which all must hold."
    )

    def criteria(self) -> Criteria:
        """The question as the store takes it."""
        # Loads a model the first time; only who asks for a name waits for it.
        from dropwire.entities import search_keys  # noqa: PLC0415

        return Criteria(
            language=self.language,
            whole=self.whole and self.language is not None,
            source=self.source,
            since=_midnight(self.since) if self.since else None,
            until=_end(self.until) if self.until else None,
            entity=search_keys(self.entity) if self.entity else (),
            words=tuple(self.words.split()) if self.words else (),
            entity_id=self.entity_id,
            cluster=self.near,
            flags=tuple(dict.fromkeys(self.flag)),
        )


class Documents(AboutDocuments):
    """A page of documents."""

    limit: Limit = 20
    after: After = None


class FacetsOf(AboutDocuments):
    """Counts of documents."""

    top: Top = 10


class TimelineOf(AboutDocuments):
    """Documents over time."""

    period: Literal["day", "week", "month"] = Field("day", description="The length of a period.")
    split: Literal["language", "source"] | None = Field(None, description="Count each value of this apart, too.")
    top: Top = 8


class Edits(Asked):
    """A page of edits."""

    source: Name | None = Field(None, description="Only articles of this source.")
    silent: Switch = Field(False, description="Only edits under dates that did not change.")
    limit: Limit = 20
    after: After = None


class Changes(Asked):
    """A page of what is new."""

    since: After = Field(
        None, description="The `next` of the answer before: what came after it. Without it, from the beginning."
    )
    latest: Switch = Field(False, description="Only tell the token of now, to begin with.")
    limit: Limit = 100


class Entities(Asked):
    """A page of entities."""

    name: Name | None = Field(
        None, description="A name, or a word of it, in any language and script.", examples=["Astana"]
    )
    type: EntityType | None = Field(None, description="Person, organisation, place, event, product.")
    language: Tag | None = Field(None, description="Only those with a name in this language.")
    limit: Limit = 20
    after: After = None


class GraphOf(Asked):
    """The surroundings of an entity."""

    entity: Annotated[Name, Field(description="The entity's id.", examples=["loc:iso-3166:kz"])]
    nodes: Annotated[int, Field(ge=1, le=20, description="How many neighbours, the nearest first."), _Number] = 20
    least: Annotated[int, Field(ge=1, le=10_000, description="In how many documents together, at least."), _Number] = 1


class Limited(Asked):
    """A list that is cut."""

    limit: Limit = 20


class Cases(Limited):
    """Cases in quarantine."""

    reason: Annotated[str | None, Field(max_length=40, pattern=r"^[a-z-]+$", description="A reason code.")] = None
    source: Annotated[Name | None, Field(description="Only those of this source.")] = None


class Runs(Limited):
    """The latest runs."""

    flow: Annotated[
        str | None,
        Field(max_length=60, pattern=r"^[a-z-]+$", description="Only of this flow.", examples=["ingest-drops"]),
    ] = None


class Days(Asked):
    """How far the overview looks back."""

    days: Annotated[int, Field(ge=1, le=90, description="For how many days."), _Number] = 14


def without_parameters(request: Request) -> None:
    """Refuse parameters where there are none: they would be ignored."""
    if request.query_params:
        raise Problem(422, "There are no parameters here.")


NoParameters = Depends(without_parameters)


def page(ask: Callable[[], Answer]) -> Answer:
    """The answer to a question whose values are right one by one. A cursor that is none leads nowhere: 404."""
    try:
        return ask()
    except QueryError as error:
        raise Problem(404, str(error)) from None


def link(request: Request, response: Response, name: str, token: str | None) -> None:
    """Say where the next page is (RFC 8288), as a path on this host."""
    if token is not None:
        pairs = [(key, value) for key, value in request.query_params.multi_items() if key != name]
        response.headers["Link"] = f'<{request.url.path}?{urlencode([*pairs, (name, token)])}>; rel="next"'


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _end(day: date) -> datetime:
    """The end of a day, which it does not include; there is none after the last day there is."""
    return _midnight(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=UTC)


Asking = Query
