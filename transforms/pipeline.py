"""The steps from an item to a document, in order."""

from dataclasses import replace

from transforms import fingerprint, language
from transforms.boilerplate import Site, cut, find_boilerplate, headline, signature
from transforms.boilerplate.page import kept_lines
from transforms.dateline import find_dateline
from transforms.dates import parse_timestamp
from transforms.document import (
    EXCERPT_CHARACTERS,
    WITHOUT_LANGUAGE,
    Dateline,
    Document,
    Item,
    Provenance,
    Publication,
    Reason,
    Rejection,
    Step,
)
from transforms.entities import find_entities
from transforms.model_files import ModelError
from transforms.models import Models

# Raised with every change that makes other documents of the same items.
VERSION = "2"


def process(item: Item, models: Models, site: Site | None = None) -> Document | Rejection:
    """The document that `item` becomes, or why it becomes none. Never raises for what an item holds.

    `site` is what is known of the item's source, if anything is.

    Raises ModelError where a model cannot be loaded.
    """
    try:
        return _transform(item, models, site)
    except ModelError:
        raise  # the installation is at fault, not the item
    except Exception as error:  # noqa: BLE001 - whatever a library does with one item, the run goes on
        return reject(item, Reason.TRANSFORM_FAILED, f"{type(error).__name__}: {error}")


def _transform(item: Item, models: Models, site: Site | None) -> Document | Rejection:
    boilerplate = find_boilerplate(item, site)
    text = cut(item.original, boilerplate)
    if not text.strip():
        return reject(item, Reason.NOTHING_LEFT, "every line of the item is boilerplate")

    tagged = language.analyse([text], models.language)[0]
    recogniser = models.recogniser(tagged.language.tag)
    own = {tagged.language.tag, *WITHOUT_LANGUAGE}
    foreign = [segment for segment in tagged.segments if segment.tag not in own]
    # The agency's signature is cut from the text, but it is part of the dateline; so are the copies by which a
    # headline is known.
    dateline = find_dateline(kept_lines(item.original, boilerplate, but=signature.REASON))
    headline_lines = kept_lines(item.original, boilerplate, but=headline.REASON)

    document = Document(
        doc_id=fingerprint.doc_id(item),
        source=item.source,
        url=fingerprint.canonical_url(item.url) if item.url else None,
        title=item.title or headline.find_headline(headline_lines),
        text=text,
        language=tagged.language,
        segments=tagged.segments,
        published=_publication(item.published_raw, dateline),
        dateline=dateline,
        authors=item.authors,
        entities=find_entities(text, recogniser, foreign) if recogniser else (),
        boilerplate=boilerplate,
        fingerprint="",
        provenance=Provenance(
            drop_id=item.drop_id,
            index=item.index,
            encoding=item.encoding,
            pipeline=VERSION,
            language_model=language.MODEL,
            entity_model=recogniser.model if recogniser else None,
        ),
    )
    return replace(document, fingerprint=fingerprint.fingerprint(document))


def _publication(published_raw: str | None, dateline: Dateline | None) -> Publication | None:
    """When the item was published: from its metadata, else from a dateline that names the year."""
    stamp = parse_timestamp(published_raw) if published_raw else None
    if stamp:
        return Publication(stamp[0], "second" if stamp[1] else "day", "metadata")
    if dateline and dateline.date and dateline.year:
        day = parse_timestamp(dateline.date)
        return Publication(day[0], "day", "dateline") if day else None
    return None


def reject(item: Item, reason: Reason, detail: str) -> Rejection:
    """The rejection of an item that becomes no document."""
    return Rejection(
        drop_id=item.drop_id,
        index=item.index,
        step=Step.TRANSFORM,
        reason=reason,
        detail=detail,
        excerpt=item.original[:EXCERPT_CHARACTERS],
        given_id=item.given_id,
        source=item.source,
    )
