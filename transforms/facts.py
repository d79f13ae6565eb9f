"""What is known about an article besides its text, gathered from the item, its page and the text itself.

Of several places the one that is closest to the article counts: what came with the item, then the text, then the lines
around it. Where each came from is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from transforms.boilerplate import headline, signature
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.page import kept_lines, kept_places
from transforms.boilerplate.title_choice import choose_title
from transforms.byline import find_authors
from transforms.dateline import find_dateline
from transforms.dates import Timestamp, parse_timestamp
from transforms.document import BoilerplateSpan, Dateline, Item, Origin, Origins, Publication
from transforms.lines import Line
from transforms.page_facts import find_facts, near

# Of a text without prose, verse or a list, so many lines may be its head.
_HEAD_WITHOUT_PROSE: Final = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about an article besides its text; None or empty where it is not known."""

    title: str | None
    authors: tuple[str, ...]
    section: str | None
    published: Publication | None
    updated: Publication | None
    age_rating: int | None
    dateline: Dateline | None
    origins: Origins


def gather(item: Item, boilerplate: Sequence[BoilerplateSpan]) -> Facts:
    """What is known about the article that the item becomes when the boilerplate is cut."""
    # The copies by which a headline is known are cut, and so is the agency's signature, which is part of the dateline.
    lines = lines_of(item.original)
    given = None if _is_vague(item) else item.title
    title = given or _title(lines, boilerplate) or item.title
    head, foot = _around(lines, boilerplate, title)
    around = find_facts(head, foot, title)
    published = _publication(item.published_raw, item.published_origin)
    known = published or _moment(around.published)
    day = Timestamp(known.at, known.precision, known.zone).day if known else None
    dateline = find_dateline(kept_lines(lines, boilerplate, but=signature.REASON), day)
    byline = find_authors(near(head, title), foot)
    return Facts(
        title=title,
        authors=item.authors or byline,
        section=item.section or around.section,
        published=published or _of_dateline(dateline) or known,
        updated=_publication(item.updated_raw, item.updated_origin) or _moment(around.updated),
        age_rating=around.age_rating if item.age_rating is None else item.age_rating,
        dateline=dateline,
        origins=Origins(
            title=_origin(title if title == item.title else None, item.origins.title, title, "headline"),
            authors=_origin(item.authors, item.origins.authors, byline, "byline"),
            section=_origin(item.section, item.origins.section, around.section, "breadcrumb"),
            age_rating=_origin(item.age_rating, item.origins.age_rating, around.age_rating, "mark"),
        ),
    )


def _is_vague(item: Item) -> bool:
    """Whether the title is that of a page in two words, as the name of a site is, rather than a headline."""
    return item.origins.title == "page-title" and len((item.title or "").split()) < headline.MIN_WORDS


def _title(lines: Sequence[Line], boilerplate: Sequence[BoilerplateSpan]) -> str | None:
    """The headline of a plain text, whether it was kept or cut."""
    place = choose_title([line.text for line in lines], kept_places(lines, boilerplate, but=headline.REASON))
    return None if place is None else " ".join(lines[place].text.split())


def _around(
    every: Sequence[Line], boilerplate: Sequence[BoilerplateSpan], title: str | None
) -> tuple[Sequence[Line], Sequence[Line]]:
    """The lines over the first paragraph that was kept, and those below the last, whether they were kept or cut."""
    named = headline.fold(title) if title else None
    prose = {
        line.start
        for line in kept_lines(every, boilerplate, but="")
        # A headline may end as a sentence does.
        if len(line.text) >= headline.PARAGRAPH_CHARACTERS
        and headline.is_prose(line.text)
        and headline.fold(line.text) != named
    }
    places = [i for i, line in enumerate(every) if line.start in prose]
    return (every[: places[0]], every[places[-1] + 1 :]) if places else (every[:_HEAD_WITHOUT_PROSE], ())


def _origin(given: object, given_origin: Origin | None, found: object, found_origin: Origin) -> Origin | None:
    if given not in (None, "", ()):
        return given_origin or "metadata"
    return found_origin if found not in (None, "", ()) else None


def _publication(raw: str | None, origin: Origin) -> Publication | None:
    stamp = parse_timestamp(raw) if raw else None
    return Publication(stamp.at, stamp.precision, origin, stamp.zone) if stamp else None


def _moment(stamp: Timestamp | None) -> Publication | None:
    return Publication(stamp.at, stamp.precision, "date-line", stamp.zone) if stamp else None


def _of_dateline(dateline: Dateline | None) -> Publication | None:
    """The day that a dateline names with its year."""
    stamp = parse_timestamp(dateline.date) if dateline and dateline.date and dateline.year else None
    return Publication(stamp.at, "day", "dateline") if stamp else None
