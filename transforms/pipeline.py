"""The steps from an item to a document, in order."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from transforms import facts, fingerprint, language, versions
from transforms.boilerplate import Site, cut, find_boilerplate
from transforms.boilerplate.collapsed import laid_out, lines_of
from transforms.boilerplate.line_model import MODEL as LINE_MODEL
from transforms.boilerplate.overlay import with_templates, without_templates
from transforms.document import (
    EXCERPT_CHARACTERS,
    BoilerplateSpan,
    Document,
    Entity,
    Item,
    Provenance,
    Reason,
    Rejection,
    Step,
)
from transforms.entities import are_found_in, find_entities
from transforms.model_files import ModelError
from transforms.models import Models

VERSION: Final = versions.PIPELINE


def process(
    item: Item, models: Models, site: Site | None = None, lap: Callable[[str], None] | None = None
) -> Document | Rejection:
    """The document that `item` becomes, or why it becomes none. Never raises for what an item holds.

    `site` is what is known of the item's source, if anything is. `lap` is told of each step that is done (`clean`,
    `language`, `names`, `facts`), for whoever has a clock.

    Raises ModelError where a model cannot be loaded.
    """
    return _process(item, models, site, lap=lap)


def reclean(
    item: Item, document: Document, models: Models, site: Site | None, *, was_html: bool
) -> Document | Rejection:
    """The document that `item` becomes now that `site` is known of its source.

    `document` is what it became before, and comes back where nothing changes. `was_html` says that the item had markup,
    which is kept nowhere: the other cuts stand then as they are, for they do not depend on the source. Raises
    ModelError where a model cannot be loaded.
    """
    cuts = without_templates(item.original, document.boilerplate) if was_html else None
    return _process(item, models, site, cuts, document)


def process_visible(item: Item, document: Document, models: Models, site: Site | None) -> Document | Rejection:
    """The document that the visible text of an HTML page becomes, whose markup is kept nowhere.

    What it takes the markup to cut stays cut as it is in `document`, which the page became before, and so the model of
    the lines that cut it. All else is done anew. Raises ModelError where a model cannot be loaded.
    """
    made = _process(item, models, site, without_templates(item.original, document.boilerplate))
    if isinstance(made, Rejection):
        return made
    return replace(made, provenance=replace(made.provenance, line_model=document.provenance.line_model))


def _process(
    item: Item,
    models: Models,
    site: Site | None,
    cuts: Sequence[BoilerplateSpan] | None = None,
    before: Document | None = None,
    lap: Callable[[str], None] | None = None,
) -> Document | Rejection:
    try:
        return _transform(item, models, site, cuts, before, lap or _untimed)
    except ModelError:
        raise  # the installation is at fault, not the item
    except Exception as error:  # noqa: BLE001 - whatever a library does with one item, the run goes on
        return reject(item, Reason.TRANSFORM_FAILED, f"{type(error).__name__}: {error}")


def _transform(
    item: Item,
    models: Models,
    site: Site | None,
    cuts: Sequence[BoilerplateSpan] | None,
    before: Document | None,
    lap: Callable[[str], None],
) -> Document | Rejection:
    """`cuts` are those that need the markup of an HTML page, where the page was cut before."""
    from_html = item.html is not None or cuts is not None
    without_site = find_boilerplate(item, model=models.lines) if cuts is None else tuple(cuts)
    if site is None or not site.templates:
        boilerplate = without_site
    elif from_html:
        boilerplate = with_templates(item.original, without_site, item.title, site)
    else:
        boilerplate = find_boilerplate(item, site, models.lines)
    text = cut(item.original, boilerplate)
    if not text.strip() and boilerplate != without_site:
        # What is known of other documents takes none away.
        boilerplate, text = without_site, cut(item.original, without_site)
    if before is not None and boilerplate == before.boilerplate:
        return before
    lap("clean")
    if not text.strip():
        return reject(item, Reason.NOTHING_LEFT, "every line of the item is boilerplate")

    # A page may have come wrapped, or in one paragraph: sentences and names go over no line end of its own.
    flowing = cut(laid_out(item.original, lines_of(item.original)), boilerplate)
    tagged = language.analyse([flowing], models.language)[0]
    lap("language")
    tag = tagged.language.tag
    finder = models.entities if are_found_in(tag) else None
    entities = _entities_in(text, find_entities(flowing, tag, tagged.segments, finder)) if finder else ()
    lap("names")
    known = facts.gather(item, boilerplate)

    document = Document(
        doc_id=fingerprint.doc_id(item),
        source=item.source,
        url=fingerprint.canonical_url(item.url) if item.url else None,
        title=known.title,
        text=text,
        language=tagged.language,
        segments=tagged.segments,
        published=known.published,
        dateline=known.dateline,
        authors=known.authors,
        entities=entities,
        boilerplate=boilerplate,
        fingerprint="",
        provenance=Provenance(
            drop_id=item.drop_id,
            index=item.index,
            encoding=item.encoding,
            pipeline=VERSION,
            line_model=LINE_MODEL,
            language_model=language.MODEL,
            entity_model=finder.name if finder else None,
        ),
        section=known.section,
        updated=known.updated,
        age_rating=known.age_rating,
        origins=known.origins,
    )
    made = replace(
        document, fingerprint=fingerprint.fingerprint(document), content=_content(document, item, without_site)
    )
    lap("facts")
    return made


def _untimed(_: str) -> None:
    """Nobody times the steps."""


def _content(document: Document, item: Item, boilerplate: tuple[BoilerplateSpan, ...]) -> str:
    """What was delivered: the same whatever is known of the source, which `boilerplate` is cut without."""
    if document.boilerplate == boilerplate:
        return fingerprint.content(document)
    known = facts.gather(item, boilerplate)
    return fingerprint.content(
        replace(
            document,
            text=cut(item.original, boilerplate),
            boilerplate=boilerplate,
            title=known.title,
            authors=known.authors,
            section=known.section,
            published=known.published,
            age_rating=known.age_rating,
            dateline=known.dateline,
        )
    )


def _entities_in(text: str, entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """The entities with their surfaces as `text` has them, with its line ends."""
    return tuple(
        replace(
            entity,
            mentions=tuple(replace(mention, surface=text[mention.start : mention.end]) for mention in entity.mentions),
        )
        for entity in entities
    )


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
