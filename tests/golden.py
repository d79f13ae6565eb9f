"""Golden files a person can read: a document's facts, then its original with what was cut and found.

`[-…-]{reason}` is cut, `<PER …>` is a mention. `python -m tests.golden` writes the files of seeds/expected anew;
read the diff before you commit it.
"""

import hashlib
from dataclasses import asdict
from pathlib import Path

from tests.builders import SEEDS
from transforms import pipeline
from transforms.boilerplate import cut
from transforms.document import Document, Item, Publication
from transforms.models import shared_models
from transforms.readers import read_items

EXPECTED = SEEDS / "expected"


def document_of(path: Path) -> tuple[Item, Document]:
    """The one item of a drop and the document it becomes."""
    drop_id = hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("rb") as stream:
        (item,) = read_items(stream, drop_id=drop_id, name=path.name, source=path.parent.name)
    assert isinstance(item, Item), item
    document = pipeline.process(item, shared_models())
    assert isinstance(document, Document), document
    assert cut(item.original, document.boilerplate) == document.text
    return item, document


def render(item: Item, document: Document) -> str:
    """The golden file of a document."""
    dateline, provenance = document.dateline, document.provenance
    lines = [
        f"doc_id: {document.doc_id}",
        f"title: {document.title}",
        f"source: {document.source}",
        f"url: {document.url}",
        f"language: {document.language.tag} {document.language.probability:.2f}",
        *(f"segment: {s.start}-{s.end} {s.tag} {s.probability:.2f}" for s in document.segments),
        f"section: {document.section}",
        f"published: {_moment(document.published)}",
        f"updated: {_moment(document.updated)}",
        f"dateline: {dateline and (dateline.place, dateline.date, dateline.agency, dateline.reporter)}",
        f"authors: {', '.join(document.authors)}",
        f"age rating: {document.age_rating}",
        f"origins: {' '.join(f'{name}={origin}' for name, origin in asdict(document.origins).items() if origin)}",
        f"encoding: {provenance.encoding.name} by {provenance.encoding.evidence}",
        f"entity model: {provenance.entity_model}",
        *(
            f"entity: {entity.id} {entity.name}: {' | '.join(sorted({m.surface for m in entity.mentions}))}"
            for entity in document.entities
        ),
        "",
        _marked(item, document),
    ]
    return "\n".join(lines) + "\n"


def _moment(publication: Publication | None) -> tuple[str | None, ...] | None:
    if publication is None:
        return None
    return publication.at.isoformat(), publication.precision, publication.origin, publication.zone


def _marked(item: Item, document: Document) -> str:
    mentions = {m.start: (m.end, entity.type) for entity in document.entities for m in entity.mentions}
    parts: list[str] = []
    text_position = 0
    spans = iter(document.boilerplate)
    span = next(spans, None)
    position = 0
    while position < len(item.original):
        if span and position == span.start:
            parts.append(f"[-{item.original[span.start : span.end]}-]{{{span.reason}}}")
            position, span = span.end, next(spans, None)
        elif text_position in mentions:
            end, kind = mentions[text_position]
            surface = document.text[text_position:end]
            parts.append(f"<{kind} {surface}>")
            position, text_position = position + len(surface), end
        else:
            parts.append(item.original[position])
            position, text_position = position + 1, text_position + 1
    return "".join(parts)


def seeds() -> list[Path]:
    """The sample drops."""
    return sorted(path for path in SEEDS.iterdir() if path.is_file())


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for seed in seeds():
        (EXPECTED / seed.name).write_text(render(*document_of(seed)), encoding="utf-8")
