"""The core types, nothing else.

Every offset counts Unicode code points; every time is aware UTC; every value is frozen.
"""

from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from operator import add
from typing import Final, Literal

from transforms.origins import NOWHERE
from transforms.origins import Origin as Origin  # noqa: PLC0414 - others take it from here
from transforms.origins import Origins as Origins  # noqa: PLC0414

EntityType = Literal["PER", "ORG", "LOC", "EVT", "PRO"]
"""Person, organisation, place, event, product."""
LinkEvidence = Literal["name", "form", "territory", "place", "known", "acronym", "short"]
"""Why mentions share an entity id, and why it is this one (see transforms.entities.linker).

`name`: the name itself, in any script. `form`: forms of one name (Володимир, Владимир). `territory`, `place`: a country
or region, a city. `known`: known in several languages. `acronym`, `short`: spelled out, in full in the same text.
"""
GivenId = str | int
"""The `id` under which a sender knows an item, as the sender wrote it."""

# Of a rejected item: enough to recognise it by; the whole of it stays in the drop.
EXCERPT_CHARACTERS = 500


class Step(StrEnum):
    """The step of the way at which an item or a drop was rejected."""

    DISCOVER = "discover"
    READ = "read"
    DECODE = "decode"
    TRANSFORM = "transform"
    WRITE = "write"


class Reason(StrEnum):
    """Why an item or a drop is in quarantine: a closed list.

    Each with what happened and what to do about it, for `dropwire quarantine reasons` and docs/operations.md.
    """

    happened: str
    to_do: str

    def __new__(cls, code: str, happened: str = "", to_do: str = "") -> "Reason":
        """A reason code and its sentences, which must not be empty; `Reason(code)` looks one up."""
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.happened = happened
        reason.to_do = to_do
        return reason

    UNREADABLE = (
        "unreadable",
        "the file or folder cannot be opened: permission, a broken link, it vanished, its name is no UTF-8",
        "mend that; the next run picks it up without `--reread`",
    )
    EMPTY = "empty", "no text in it at all", "ask the sender, or discard it"
    BINARY = "binary", "no text: an image, a program, random bytes", "take it out of the location, and discard it"
    UNDECODABLE = (
        "undecodable",
        "broken UTF-8, or no encoding gives a plausible text",
        "get it again; the detail names the first bad byte",
    )
    BROKEN_ARCHIVE = (
        "broken-archive",
        "an archive, or a member of one, is cut short or corrupt; items before the break were stored",
        "get it again",
    )
    UNSAFE_MEMBER = (
        "unsafe-member",
        "a member of an archive is a link, a device, or has an absolute path or `..` in its name; the others were read",
        "nothing, or ask the sender what it was for",
    )
    ARCHIVE_LIMIT = (
        "archive-limit",
        "an archive has more members, is nested deeper or unpacks to more than the limits allow",
        "look at it; where it is honest, raise the limit that the detail names, and replay it",
    )
    ENCRYPTED = "encrypted", "a member of an archive is encrypted", "unpack it, and drop it again"
    BROKEN_FORMAT = (
        "broken-format",
        "a row of a table, a feed or a mail is not what its format asks for; items before it were stored",
        "the detail says where; ask the sender",
    )
    BROKEN_JSON = "broken-json", "the line, or the element of a list, is no JSON", "the detail says where"
    MISSING_TEXT = (
        "missing-text",
        "a record has neither a text nor a page under a name that we know",
        "mend the sender's field names, or name them (docs/formats.md), and replay it",
    )
    NOTHING_LEFT = (
        "nothing-left",
        "every line of the item was boilerplate",
        "look at it with `preview`; if it was an article, tell us",
    )
    TOO_LARGE = (
        "too-large",
        "the item, its document (16 MiB) or the drop exceeds its limit",
        "split it, or raise the limit that the detail names, and replay it",
    )
    OUT_OF_TIME = (
        "out-of-time",
        "an item took longer to read or to process than the time limit",
        "look at it; where it is honest, raise the limit, and replay it",
    )
    WORKER_DIED = (
        "worker-died",
        "the worker died over this drop again and again, without getting any further",
        "look at the drop, tell us, and replay it after an upgrade",
    )
    INVALID_DOCUMENT = "invalid-document", "the store's validator refused the document", "tell us, with the detail"
    TRANSFORM_FAILED = (
        "transform-failed",
        "our code or a library failed on this item",
        "tell us, with the detail, and replay it after an upgrade",
    )
    ERASED = (
        "erased",
        "the item, its source or a person it names was erased for good (docs/operations.md, Erasing)",
        "nothing; `dropwire erase --undo` lifts an erasure",
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A file at a drop location: where, how many bytes, and when it was last modified (aware UTC)."""

    location: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding a text was decoded from, and the evidence for it.

    `evidence` says which kind of proof decided: `bom`, `utf-8` (valid multi-byte UTF-8 or pure ASCII),
    `utf-16-pattern`, `utf-32-pattern`, `html-meta`, `score` (the best scored decoding), `given` (it came as
    Unicode, as in JSON) or `repaired` (it was in Unicode, but had been decoded wrongly before that, which was
    undone). `detail` is for people: the candidates and their scores, what was declared, what was undone.
    """

    name: str
    evidence: Literal["bom", "utf-8", "utf-16-pattern", "utf-32-pattern", "html-meta", "score", "given", "repaired"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One article inside a drop, decoded and not yet cleaned.

    `original` is the decoded text (for HTML: the visible text, linearised, one line a block). `html` is
    the decoded markup where there was any; the HTML boilerplate rule reads it. `given_id` is the `id`
    under which the sender of a JSONL line knows the item. `age_rating` is the youngest age it is for, in years.
    """

    drop_id: str
    index: int
    source: str
    original: str
    encoding: Encoding
    url: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    declared_language: str | None = None
    published_raw: str | None = None
    html: str | None = None
    given_id: GivenId | None = None
    section: str | None = None
    updated_raw: str | None = None
    age_rating: int | None = None
    origins: Origins = NOWHERE
    published_origin: Origin = "metadata"
    updated_origin: Origin = "metadata"


@dataclass(frozen=True, slots=True)
class Rejection:
    """An item or a drop that cannot be processed: where, at which step, why.

    `index` is the item's place in the drop, or None when the whole drop is rejected. `detail` says what
    happened in words; `excerpt` holds the beginning of the item, for whoever looks at it later. `source` is that of the
    item, else of the drop, or None where neither is known (a place that cannot be read).
    """

    drop_id: str
    index: int | None
    step: Step
    reason: Reason
    detail: str
    excerpt: str = ""
    given_id: GivenId | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class BoilerplateSpan:
    """A stretch of the original, [start, end), that was cut, with the reason (see transforms.boilerplate)."""

    start: int
    end: int
    reason: str


# In the place of a language tag: no language can be told (too short, a name, a mixture, a language that we do not
# serve); there is no language in it (numbers, addresses, code).
UNDETERMINED: Final = "und"
NO_LANGUAGE: Final = "zxx"
WITHOUT_LANGUAGE: Final = frozenset({UNDETERMINED, NO_LANGUAGE})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A language tag that was considered, and its probability, 0 to 1."""

    tag: str
    probability: float


@dataclass(frozen=True, slots=True)
class Language:
    """A language tag and its probability, 0 to 1, with the tags that came next, likeliest first.

    The tag is BCP 47: the language, and the script where it is not the usual one (`sr-Latn`). `und` where no
    answer is honest, with the probability of not being in the language that comes nearest; `zxx` where there is
    no language in it (numbers, code).
    """

    tag: str
    probability: float
    runners_up: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A maximal stretch of the text, [start, end), whose sentences are in one language.

    `evidence` says what decided: the `text` of the segment itself, or its `context`, where the segment alone
    (a headline, a name, a short caption) would not have been enough.
    """

    start: int
    end: int
    tag: str
    probability: float
    evidence: Literal["text", "context"] = "text"


@dataclass(frozen=True, slots=True)
class Dateline:
    """Place, date, agency and reporter as the text itself gives them; what it does not give is None.

    `date` is EDTF (ISO 8601-2): `2019-11-18`, or `XXXX-05-17` where the text names no year.
    """

    place: str | None = None
    date: str | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    agency: str | None = None
    reporter: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """When the article was published or updated, as aware UTC, how exactly that is known, from where, in which zone."""

    at: datetime
    precision: Literal["second", "day"]
    origin: Origin
    zone: str | None = None  # as it was written: `+03:00`


@dataclass(frozen=True, slots=True)
class Mention:
    """One occurrence of a name: `text[start:end] == surface`."""

    start: int
    end: int
    surface: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, organisation, place, event or product, with its normalised name and its mentions in one text.

    `id` is the same in all languages and spellings. `language` is that of `name`. `keys` are what it is found by, in
    whatever script it is asked for (see transforms.entities.keys). `evidence` says why it has this id, the strongest of
    its mentions. `links` are its identifiers elsewhere: `iso-3166:KZ`, `geonames:1526273`. `linked_id` is the id that
    linking gave it where a person has corrected that, else empty.
    """

    id: str
    type: EntityType
    name: str
    mentions: tuple[Mention, ...]
    language: str = UNDETERMINED
    keys: tuple[str, ...] = ()
    evidence: LinkEvidence = "name"
    links: tuple[str, ...] = ()
    linked_id: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a document came from and what made it.

    `entity_model` is None where no model serves the document's language: the empty list of entities then means "nobody
    looked", not "nobody is named". `line_model` is None in documents from before there was one.
    """

    drop_id: str
    index: int
    encoding: Encoding
    pipeline: str
    language_model: str
    entity_model: str | None
    line_model: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The cleaned, enriched item as stored. `original` minus `boilerplate` is `text`, exactly.

    `fingerprint` is the SHA-256 of everything that makes the content (see transforms.fingerprint):
    two documents with equal fingerprints are stored once and written once. `content` is the SHA-256 of what was
    delivered, whatever templates of its source are cut. `section` is as the source names it.
    """

    doc_id: str
    source: str
    url: str | None
    title: str | None
    text: str
    language: Language
    segments: tuple[Segment, ...]
    published: Publication | None
    dateline: Dateline | None
    authors: tuple[str, ...]
    entities: tuple[Entity, ...]
    boilerplate: tuple[BoilerplateSpan, ...]
    fingerprint: str
    provenance: Provenance
    section: str | None = None
    updated: Publication | None = None
    age_rating: int | None = None
    origins: Origins = NOWHERE
    content: str = ""

    @property
    def published_at(self) -> datetime | None:
        """The time of publication, aware UTC, or None where it is not known."""
        return self.published.at if self.published else None


@dataclass(frozen=True, slots=True)
class Version:
    """Where an item stands in the order of arrival; of two items for one document the later one wins.

    The order is that of the tuple (arrived_at, drop_id, index). It does not depend on who processes what
    when, so every rerun by any number of workers ends in the same store.
    """

    arrived_at: datetime
    drop_id: str
    index: int

    @property
    def key(self) -> str:
        """The version as a string that sorts like the tuple."""
        moment = self.arrived_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return f"{moment} {self.drop_id} {self.index:09d}"


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of the items read; the five outcomes sum to the items read, `failed` must be 0."""

    inserted: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicate: int = 0
    quarantined: int = 0
    failed: int = 0

    def __add__(self, other: "WriteReport") -> "WriteReport":
        return WriteReport(*map(add, astuple(self), astuple(other)))

    @property
    def accounted(self) -> int:
        """The number of items whose outcome is known."""
        return self.inserted + self.revised + self.unchanged + self.duplicate + self.quarantined
