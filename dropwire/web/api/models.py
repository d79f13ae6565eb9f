"""What the API answers: the records as the data model has them, and what was counted over them.

Answers are made of the frozen classes of `store` and `transforms` where these are fit for it. What would name a place
on this machine (folders, hosts, parameters of runs) is left out.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from dropwire.history import edit_as_json, edit_of
from store import codec
from store.clusters import Copy
from store.entity_queries import KnownEntity, Month
from store.flags import Flag
from store.queries import Change, ChangeKind, Count, Cut, Delivery, EditedState, EntityProfile, WholeDocument
from store.revisions import State
from transforms.document import (
    BoilerplateSpan,
    Candidate,
    Dateline,
    Document,
    EntityType,
    LinkEvidence,
    Mention,
    Origins,
    Provenance,
    Segment,
)

# The beginning of a text, in a list.
BEGINNING = 300
Next = Field(None, description="Ask with this as `after` for the next page; null where there is none.")


class Model(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class NamedEntity(Model):
    """An entity in a list of documents."""

    id: str
    type: EntityType
    name: str


_SUMMARY: JsonDict = {
    "_id": "74272b4143a0e5c1d8f1a5f6f3b2c9d0",
    "source": "belta",
    "url": "https://www.belta.by/president/view/123",
    "title": "Сустрэча ў Мінску",
    "beginning": "Сустрэча ў Мінску адбылася ў развіццё дамоўленасцей …",
    "characters": 1874,
    "language": "be",
    "published_at": "2019-11-18T00:00:00Z",
    "published_precision": "day",
    "section": "Прэзідэнт",
    "place": "Мінск",
    "entities": [{"id": "loc:iso-3166:kz", "type": "LOC", "name": "Казахстан"}],
    "fingerprint": "9f0c2ab1" * 8,
}


class Summary(Model):
    """A document in a list: `/documents/{_id}` has the whole of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMARY]})

    id: str = Field(alias="_id")
    source: str
    url: str | None
    title: str | None
    beginning: str = Field(description=f"The first {BEGINNING} characters of the text.")
    characters: int = Field(description="How long the text is.")
    language: str
    published_at: datetime | None
    published_precision: Literal["second", "day"] | None
    section: str | None
    place: str | None = Field(description="The place that the dateline names.")
    entities: list[NamedEntity]
    fingerprint: str = Field(description="SHA-256 of the content: another one means that the document changed.")

    @classmethod
    def of(cls, document: Document) -> "Summary":
        """What a list shows of a document."""
        published = document.published
        return cls(
            _id=document.doc_id,
            source=document.source,
            url=document.url,
            title=document.title,
            beginning=document.text[:BEGINNING],
            characters=len(document.text),
            language=document.language.tag,
            published_at=published.at if published else None,
            published_precision=published.precision if published else None,
            section=document.section,
            place=document.dateline.place if document.dateline else None,
            entities=[NamedEntity(id=each.id, type=each.type, name=each.name) for each in document.entities],
            fingerprint=document.fingerprint,
        )


class DocumentEntity(Model):
    """An entity of a document, with its mentions."""

    id: str
    type: EntityType
    name: str
    language: str
    keys: list[str]
    evidence: LinkEvidence
    links: list[str]
    mentions: list[Mention]
    linked_id: str | None = Field(None, description="The id before a person corrected it.")


class DocumentRecord(Model):
    """A document as docs/data-model.md has it. Offsets count code points, in `text` or (`boilerplate`) the original."""

    id: str = Field(alias="_id")
    schema_version: int
    source: str
    url: str | None
    title: str | None
    text: str
    language: str
    language_probability: float
    language_runners_up: list[Candidate]
    languages: list[str]
    segments: list[Segment]
    published_at: datetime | None
    published_precision: Literal["second", "day"] | None
    published_origin: str | None
    published_zone: str | None
    updated_at: datetime | None
    updated_precision: Literal["second", "day"] | None
    updated_origin: str | None
    updated_zone: str | None
    section: str | None
    age_rating: int | None
    origins: Origins
    dateline: Dateline | None
    authors: list[str]
    entities: list[DocumentEntity]
    boilerplate: list[BoilerplateSpan]
    fingerprint: str
    content: str | None = None
    flags: list[Flag]
    provenance: Provenance

    @classmethod
    def of(cls, document: Document) -> "DocumentRecord":
        """The record of a document."""
        return cls.model_validate(codec.to_record(document))


class DocumentPage(Model):
    """A page of documents, newest first; those without a date last."""

    documents: list[Summary]
    next: str | None = Next
    word_search: Literal["text index", "scan"] | None = Field(
        description="How words were looked for: by the store's index (word forms alike), or by reading the texts."
    )


class StateOf(Model):
    """A state of a document: from which delivery on it was so."""

    version: str
    arrived_at: datetime
    last_arrived_at: datetime
    drop_id: str
    index: int
    title: str | None
    fingerprint: str

    @classmethod
    def of(cls, state: State) -> "StateOf":
        """What names a state."""
        facts = {
            name: getattr(state, name) for name in ("version", "arrived_at", "last_arrived_at", "drop_id", "index")
        }
        return cls(**facts, title=state.document.title, fingerprint=state.document.fingerprint)


class Copies(Model):
    """The cluster of near-copies that a document is in, the earliest first, itself among them."""

    name: str
    members: list[Copy]
    more: bool = Field(description="There are further ones that were not read.")


class Whole(Model):
    """A document with all that is known of it."""

    document: DocumentRecord
    original: str | None = Field(description="The text before it was cleaned; null where the store has none.")
    cuts: list[Cut]
    states: list[StateOf] = Field(description="All contents it had, oldest first: the last one is the document.")
    copies: Copies | None = Field(description="Null where nobody has looked for copies yet.")
    delivery: Delivery
    flags: list[Flag]

    @classmethod
    def of(cls, whole: WholeDocument) -> "Whole":
        """The answer."""
        delivery = asdict(whole.delivery) | {"locations": tuple(map(shown_place, whole.delivery.locations))}
        cluster = whole.cluster
        return cls(
            document=DocumentRecord.of(whole.document),
            original=whole.original,
            cuts=list(whole.cuts),
            states=[StateOf.of(state) for state in whole.states],
            copies=Copies(name=cluster.name, members=list(cluster.members), more=cluster.more) if cluster else None,
            delivery=Delivery(**delivery),
            flags=list(whole.flags),
        )


class Fact(Model):
    """A fact that differs between two states."""

    name: str
    old: str
    new: str


class LinePart(Model):
    """A stretch of a line."""

    operation: Literal["equal", "removed", "added"]
    text: str


class Line(Model):
    """A line that was removed, added or changed; lines count from 1."""

    kind: Literal["removed", "added", "changed"]
    old_line: int | None
    new_line: int | None
    parts: list[LinePart]


class Difference(Model):
    """What changed from one state to the next."""

    silent: bool = Field(description="The text changed, and the date of publication did not.")
    other_pipeline: bool = Field(description="Another Dropwire read the new state: some differences may be its own.")
    only_white_space: bool
    facts: list[Fact]
    text: list[Line]


class Revision(Model):
    """A state of a document, whole, and how it differs from the one before."""

    state: StateOf
    document: DocumentRecord
    difference: Difference | None = Field(description="Null for the first state.")


class Revisions(Model):
    """The states of a document, oldest first; the last one is the document."""

    revisions: list[Revision]


class Edit(Model):
    """An article whose text was edited: two states, one after the other."""

    doc_id: str
    silent: bool = Field(description="No date that the article states changed.")
    before: StateOf
    after: StateOf
    difference: Difference

    @classmethod
    def of(cls, edited: EditedState) -> "Edit":
        """The answer."""
        return cls(
            doc_id=edited.doc_id,
            silent=edited.silent,
            before=StateOf.of(edited.before),
            after=StateOf.of(edited.after),
            difference=difference(edited.before.document, edited.after.document),
        )


class EditPage(Model):
    """A page of edits. It may have less than was asked for, or none, and still a next one."""

    edits: list[Edit]
    next: str | None = Next


class ChangeOf(Model):
    """A document that changed, as it is now; of one that was erased, the id alone."""

    doc_id: str
    kind: ChangeKind
    document: DocumentRecord | None
    token: str = Field(description="The position of this change: ask with it as `since`.")

    @classmethod
    def of(cls, change: Change) -> "ChangeOf":
        """The answer."""
        document = DocumentRecord.of(change.document) if change.document else None
        return cls(doc_id=change.doc_id, kind=change.kind, document=document, token=change.token)


class ChangePage(Model):
    """Changes, oldest first. Apply them all (replace by id, delete what is erased), and you have the documents."""

    changes: list[ChangeOf]
    next: str = Field(description="Ask with this as `since`, also when there were no changes.")
    more: bool = Field(description="There are more now.")


class EntityPage(Model):
    """A page of entities, those in the most documents first."""

    entities: list[KnownEntity]
    next: str | None = Next


class Profile(Model):
    """An entity, and what the documents that name it say."""

    entity: KnownEntity
    months: list[Month]
    sources: list[Count]
    languages: list[Count]
    latest: list[Summary]
    counted: int = Field(description="Over how many documents months, sources and languages were counted.")
    complete: bool = Field(description="These are all documents that name it.")

    @classmethod
    def of(cls, profile: EntityProfile) -> "Profile":
        """The answer."""
        return cls(
            entity=profile.entity,
            months=list(profile.months),
            sources=list(profile.sources),
            languages=list(profile.languages),
            latest=[Summary.of(document) for document in profile.latest],
            counted=profile.counted,
            complete=profile.complete,
        )


class Problem(Model):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = Field(None, description="Of a 422: `parameter` and `detail` of each.")


def difference(old: Document, new: Document) -> Difference:
    """What changed from one state to the next."""
    return Difference.model_validate(edit_as_json(edit_of(old, new)))


def shown_place(location: str) -> str:
    """Where a drop lay, without what is nobody's business: the folders of a machine, credentials in a URL."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return ""
    if "://" in location and parts.scheme != "file":
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return location.replace("\\", "/").rstrip("/").rpartition("/")[2]
