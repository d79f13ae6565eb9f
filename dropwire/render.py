"""How documents, runs and rejections look in a terminal."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dropwire.marking import BEGINS, CONTEXT_MARK, GOES_ON, NAMES, language_styles, print_original
from transforms.document import WITHOUT_LANGUAGE, Document, Entity, Origin, Publication, Rejection

_WORDS = {"PER": "Persons", "ORG": "Organisations", "LOC": "Places", "EVT": "Events", "PRO": "Products"}
# Enough digits to tell thousands of documents apart; `show` asks for more where they are not.
SHORT_ID = 8
TITLE = 1
MIN_TITLE_WIDTH = 12
MAX_WIDTH = 48
# In a table; more would leave no room for the title.
MOST_LANGUAGES = 3
GAP = 2


def date_of(document: Document) -> str:
    """The best date there is, as far as it is known: of publication, else of the dateline."""
    if document.published:
        return _shown(document.published)
    return (document.dateline.date if document.dateline else None) or ""


def _shown(publication: Publication) -> str:
    at = publication.at
    return f"{at:%Y-%m-%d}" if publication.precision == "day" else f"{at:%Y-%m-%d %H:%M}Z"


def cut_share(document: Document) -> float:
    """The share of the original, in characters, that was cut as boilerplate."""
    cut = sum(span.end - span.start for span in document.boilerplate)
    return cut / (cut + len(document.text))


def languages_of(document: Document) -> str:
    """The language of a document, then the others in it, by their share of the text."""
    sizes = Counter[str]()
    for segment in document.segments:
        sizes[segment.tag] += segment.end - segment.start
    own = document.language.tag
    tags = [own, *(tag for tag, _ in sizes.most_common() if tag not in {own, *WITHOUT_LANGUAGE})]
    return ", ".join(tags[:MOST_LANGUAGES]) + (" …" if len(tags) > MOST_LANGUAGES else "")


def names_found(document: Document) -> str:
    """How many entities were found, or a dash where no model serves the language."""
    return str(len(document.entities)) if document.provenance.entity_model else "–"


def document_table(documents: Iterable[Document], width: int) -> Table:
    """One row a document, `width` characters wide. In a narrow terminal the title gives way: `show` has all of it."""
    rows = [
        (
            document.doc_id[:SHORT_ID],
            document.title or first_words(document.text),
            document.source,
            languages_of(document),
            date_of(document),
            (document.dateline.place if document.dateline else None) or "",
            names_found(document),
            f"{cut_share(document):.0%}",
        )
        for document in documents
    ]
    names = ("id", "title", "source", "lang", "date", "place", "names", "cut")
    widths = [min(max(len(name), *(len(row[i]) for row in rows), 0), MAX_WIDTH) for i, name in enumerate(names)]
    others = sum(widths) - widths[TITLE] + GAP * (len(names) - 1)
    widths[TITLE] = max(min(widths[TITLE], width - others), MIN_TITLE_WIDTH)
    table = _table()
    for name, column_width in zip(names, widths, strict=True):
        table.add_column(
            name,
            width=column_width,
            justify="right" if name in {"names", "cut"} else "left",
            style="dim" if name == "id" else None,
            no_wrap=True,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold")


def first_words(text: str) -> str:
    """The beginning of a text that has no title: whole words, and an ellipsis."""
    return textwrap.shorten(text[:500], 100, placeholder=" …") if len(text) > 100 else " ".join(text.split())


def print_document(console: Console, document: Document, original: str) -> None:
    """Print a document as a person wants to check it: metadata, the original with what was cut, entities."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    for name, value in _facts(document):
        facts.add_row(name, Text(value))
        if name == "language" and len(language_styles(document)) > 1:
            facts.add_row("parts", _legend(document))
    console.print(Text(document.title or first_words(document.text), style="bold"))
    console.print(facts)
    console.print()
    print_original(console, document, original)
    console.print()
    console.print(_entities(document))


def _facts(document: Document) -> list[tuple[str, str]]:
    language = document.language
    origins = document.origins
    # Two decimals are shown: what would be 0.00 is no rival.
    rivals = [f"{rival.tag} ({rival.probability:.2f})" for rival in language.runners_up if rival.probability >= 0.005]
    facts = [
        ("id", document.doc_id),
        ("source", document.source),
        ("url", document.url or ""),
        (
            "language",
            f"{language.tag} ({language.probability:.2f})" + (f", or {', '.join(rivals)}" if rivals else ""),
        ),
        ("section", _with_origin(document.section, origins.section)),
        ("published", _moment(document.published)),
        ("updated", _moment(document.updated)),
        ("authors", _with_origin(", ".join(document.authors), origins.authors)),
        (
            "age rating",
            _with_origin(None if document.age_rating is None else f"{document.age_rating}+", origins.age_rating),
        ),
        ("title", f"from the {origins.title}" if origins.title else ""),
    ]
    dateline = document.dateline
    if dateline:
        parts = (dateline.place, dateline.date, dateline.agency, dateline.reporter)
        facts.append(("dateline", " · ".join(part for part in parts if part)))
    encoding = document.provenance.encoding
    facts += [
        ("cut", f"{cut_share(document):.1%} of the original"),
        ("encoding", f"{encoding.name} (by {encoding.evidence})"),
        ("drop", f"{document.provenance.drop_id[:SHORT_ID]}, item {document.provenance.index}"),
    ]
    return [(name, value) for name, value in facts if value]


def _with_origin(value: str | None, origin: Origin | None) -> str:
    if not value:
        return ""
    return f"{value} (from the {origin})" if origin else value


def _moment(publication: Publication | None) -> str:
    """A time as exactly as it is known, with the zone it was written in, and where it stands."""
    if publication is None:
        return ""
    written = f", written in {publication.zone}" if publication.zone not in (None, "+00:00") else ""
    return f"{_shown(publication)} (from the {publication.origin}{written})"


def _legend(document: Document) -> RenderableType:
    """What the margin of the original means: each language with its probability and its share of the text."""
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "right", "left"):
        table.add_column(justify=justify, no_wrap=True)
    total = sum(segment.end - segment.start for segment in document.segments)
    for tag, style in language_styles(document).items():
        segments = [segment for segment in document.segments if segment.tag == tag]
        sizes = [segment.end - segment.start for segment in segments]
        mean = sum(s.probability * size for s, size in zip(segments, sizes, strict=True)) / max(sum(sizes), 1)
        count = f"{len(segments)} segment{'s' if len(segments) > 1 else ''}"
        table.add_row(Text(tag, f"bold {style}"), f"{mean:.2f}", f"{sum(sizes) / max(total, 1):.0%}", count)
    marks = [f"{BEGINS} a line of the text", f"{GOES_ON} it goes on"]
    if any(segment.evidence == "context" for segment in document.segments):
        marks.append(f"{CONTEXT_MARK} decided by the context")
    return Group(table, Text("   ".join(marks), style="dim"))


def _entities(document: Document) -> RenderableType:
    if document.provenance.entity_model is None:
        return Text(f"No model finds names in {document.language.tag} yet.", style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    table.add_column(style="dim", overflow="fold")
    for kind, word in _WORDS.items():
        found = [entity for entity in document.entities if entity.type == kind]
        for number, entity in enumerate(found):
            table.add_row("" if number else word, _entity(entity), Text(_identity(entity)))
    return table


def _entity(entity: Entity) -> Text:
    text = Text(entity.name, style=NAMES[entity.type])
    if len(entity.mentions) > 1:
        text.append(f" {len(entity.mentions)}×", style="dim")
    return text


def _identity(entity: Entity) -> str:
    """The id, why it is that where it is not simply the name's, its links, and what a person has corrected."""
    corrected = f"corrected, was {entity.linked_id}" if entity.linked_id else ""
    why = "" if corrected or entity.evidence == "name" else f"by {entity.evidence}"
    return " · ".join(filter(None, (entity.id, why, ", ".join(entity.links), corrected)))


def rejection_view(location: str, rejection: Rejection) -> Text:
    """A rejected item on one line."""
    place = location if rejection.index is None else f"{location}, item {rejection.index}"
    return Text.assemble((place, "bold"), ": ", (rejection.reason.value, "red"), f" ({rejection.detail})")


def count_table(title: str, counts: Mapping[str, int]) -> RenderableType:
    """Counts by name under a title."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right")
    for name, count in counts.items():
        grid.add_row(Text(name), f"{count:,}")
    return Group(
        Text(title, style="bold"), Padding(grid if counts else Text("none", style="dim"), (0, 0, 1, 2), expand=False)
    )
