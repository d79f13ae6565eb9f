"""How a JSON-like record becomes an item, by the names of transforms.readers.mapping."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from transforms.age_rating import parse_age
from transforms.decode import is_blank, normalise_newlines
from transforms.document import Encoding, GivenId, Item, Origin, Origins, Reason, Rejection
from transforms.mojibake import repair
from transforms.readers.drop import Drop
from transforms.readers.html import Page, read_page
from transforms.readers.html_metadata import MAX_SECTION_CHARACTERS, Metadata, source_of
from transforms.readers.mapping import DEFAULT_FIELDS, Field, FieldMapping

# What stands under this name is text; under the others feeds and content management systems have markup, too.
_PLAIN_TEXT = "text"
_NAME_OF_A_PERSON = Field(("name",))
# Markup: a tag at the beginning and a closing one.
_MARKUP = re.compile(r"\s*<(?:!doctype|[a-z][a-z0-9]*[\s>/]).*</[a-z]", re.IGNORECASE | re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Longer numbers and fractions stay as written: readers of JSON differ about them.
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")


class Number(str):
    """A number as the record writes it: ids keep their digits, and no number is too large."""

    __slots__ = ()


class _FieldError(Exception):
    """A field of a record that is not of its type."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a drop a record stands: its index, and for people, its place in words and its beginning."""

    drop: Drop
    index: int
    where: str
    excerpt: str | bytes

    def reject(self, reason: Reason, detail: str, given_id: GivenId | None = None) -> Rejection:
        """Make the rejection of the record."""
        return self.drop.rejection(
            reason, f"{self.where}: {detail}", index=self.index, excerpt=self.excerpt, given_id=given_id
        )


def read_record(
    record: object,
    place: Place,
    encoding: Encoding,
    fields: FieldMapping = DEFAULT_FIELDS,
    *,
    mended: bool = False,
    origin: Origin = "record",
) -> Item | Rejection:
    """Make the item of a record by the mapping of fields, or say why it is none.

    With `mended`, its text comes from `decode`, which has undone what wrong decoding had done before. `origin` is what
    kind of record it is.
    """
    if not isinstance(record, Mapping):
        return place.reject(Reason.MISSING_TEXT, f"{_kind(record)}, not an object")
    given_id: GivenId | None = None
    try:
        given_id = _given_id(record, fields)
        item = _item(record, place, given_id, encoding, fields, mended=mended, origin=origin)
    except _FieldError as error:
        return place.reject(Reason.MISSING_TEXT, str(error), given_id)
    if item is None:
        return place.reject(Reason.MISSING_TEXT, "neither text nor html", given_id)
    if is_blank(item.original):
        return place.reject(Reason.EMPTY, "the text is blank", given_id)
    return item


def is_markup(text: str) -> bool:
    """Say whether a text is HTML: it begins with a tag and holds a closing one."""
    return _MARKUP.match(text) is not None


def one_line(text: str | None) -> str | None:
    """Return a text in one line, or None where it is blank."""
    return " ".join(text.split()) or None if text else None


def _item(
    record: Mapping[str, object],
    place: Place,
    given_id: GivenId | None,
    encoding: Encoding,
    fields: FieldMapping,
    *,
    mended: bool,
    origin: Origin,
) -> Item | None:
    """Make the item of a record; None if it has no text. What the record says goes before what its page says."""
    name, text = _given(record, fields.text)
    markup = _value(record, fields.html)
    if text is not None and markup is None and name != _PLAIN_TEXT and is_markup(text):
        text, markup = None, text
    if text is None and markup is None:
        return None
    if not mended:
        text, encoding = _mended(text, encoding)
        markup, encoding = _mended(markup, encoding)
    title, _ = _mended(_value(record, fields.title, numbers=True), encoding)
    url = (_value(record, fields.url) or "").strip() or None
    page = read_page(markup, url) if markup is not None else Page("", Metadata(url=url))
    # A text beside the page is the sender's own reading of it; the page then serves for its metadata only.
    from_page = text is None or is_blank(text)
    url = page.metadata.url or url
    said = page.metadata
    title = one_line(title)
    authors = _authors(record, fields.authors)
    section = _section(record, fields.section)
    published = one_line(_value(record, fields.published, numbers=True))
    updated = one_line(_value(record, fields.updated, numbers=True))
    age_rating = parse_age(_value(record, fields.age_rating, numbers=True) or "")
    return Item(
        drop_id=place.drop.drop_id,
        index=place.index,
        source=one_line(_value(record, fields.source)) or source_of(url) or place.drop.source,
        original=page.text if from_page else normalise_newlines(text or ""),
        encoding=encoding,
        url=url,
        title=title or said.title,
        authors=authors or said.authors,
        declared_language=one_line(_value(record, fields.language)) or said.language,
        published_raw=published or said.published_raw,
        html=normalise_newlines(markup) if markup is not None and from_page else None,
        given_id=given_id,
        section=section or said.section,
        updated_raw=updated or said.updated_raw,
        age_rating=said.age_rating if age_rating is None else age_rating,
        origins=Origins(
            title=origin if title else said.origins.title,
            authors=origin if authors else said.origins.authors,
            section=origin if section else said.origins.section,
            age_rating=said.origins.age_rating if age_rating is None else origin,
        ),
        published_origin=origin if published else said.published_origin,
        updated_origin=origin if updated else said.updated_origin,
    )


def _section(record: Mapping[str, object], field: Field) -> str | None:
    """The name of the section, where it is one: `section` and `category` may as well be a list of keywords."""
    section = one_line(_value(record, field))
    return section if section and len(section) <= MAX_SECTION_CHARACTERS else None


def _mended(text: str | None, encoding: Encoding) -> tuple[str | None, Encoding]:
    """Undo wrong decoding that happened before the text was put into the record; only in Unicode can it be seen."""
    repaired = repair(text) if text and encoding.name.startswith("utf-") else None
    if repaired is None:
        return text, encoding
    return repaired.text, Encoding(encoding.name, "repaired", repaired.detail)


def _value(record: Mapping[str, object], field: Field, *, numbers: bool = False) -> str | None:
    return _given(record, field, numbers=numbers)[1]


def _given(record: Mapping[str, object], field: Field, *, numbers: bool = False) -> tuple[str, str | None]:
    """Return the field with the first of its names under which it is given and not null.

    Raises _FieldError if it is no string (nor a number, where `numbers` are taken too).
    """
    for name in field.all_names:
        value = _under(record, name)
        if value is None:
            continue
        if isinstance(value, str) and (numbers or not isinstance(value, Number)):
            return name, storable(value)
        if name in field.names:
            raise _FieldError(f"`{name}` is {_kind(value)}, not a string")
    return "", None


def _under(record: Mapping[str, object], name: str) -> object:
    """Return what a record has under a name; where it has no such name with dots in it, inside of its objects."""
    value: object = record.get(name)
    if value is None and "." in name:
        value = record
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _given_id(record: Mapping[str, object], fields: FieldMapping) -> GivenId | None:
    """The sender's `id`: a whole number stays one, so that answers can be joined on it."""
    name, written = _given(record, fields.id, numbers=True)
    is_number = written is not None and isinstance(_under(record, name), Number) and _WHOLE_NUMBER.fullmatch(written)
    return int(written) if is_number and written is not None else written


def _authors(record: Mapping[str, object], field: Field) -> tuple[str, ...]:
    """Return the authors of a record: a string, an object with a name, or a list of these."""
    for name in field.all_names:
        given = _under(record, name)
        if given is None:
            continue
        try:
            lines = [_author(author, name) for author in (given if isinstance(given, list) else [given])]
        except _FieldError:
            if name in field.names:
                raise
            continue
        return tuple(dict.fromkeys(author for line in lines if (author := one_line(line))))
    return ()


def _author(given: object, name: str) -> str | None:
    if isinstance(given, dict):
        return _value(given, _NAME_OF_A_PERSON)
    return _value({name: given}, Field((name,)))


def storable(text: str) -> str:
    """Replace lone surrogates, which JSON can write and UTF-8 cannot."""
    return _LONE_SURROGATE.sub("\ufffd", str(text))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, Number):
        return "a number"
    names = {str: "a string", bool: "a boolean", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")
