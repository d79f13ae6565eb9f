"""Stripped pages whose headline is known, from the markup of the same pages: as they are, and without their first line.

The first line of a stripped page is mostly the title in its head: the headline, a separator, the name of the site. Who
copies the text from a browser, or scrapes the body alone, has no such line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from benchmarks.cleaning_data import Part, find_sets, read_set
from transforms.boilerplate import find_boilerplate, headline
from transforms.boilerplate.line_model import LineModel
from transforms.boilerplate.page import kept_places
from transforms.document import BoilerplateSpan, Encoding, Item
from transforms.lines import Line, split_lines
from transforms.readers.html_metadata import read_metadata

Form = Literal["as it is", "without its first line"]

FORMS: Final[tuple[Form, ...]] = ("as it is", "without its first line")
# Pages of these kinds are texts with a headline.
_KINDS: Final = frozenset({"article", "news", "blog"})
_LEAST_LINES: Final = 3
# Of two lines that are nearly the same one may have lost a word or a section's name.
_NEARLY: Final = 0.6


@dataclass(frozen=True, slots=True)
class TitledPage:
    """A stripped page: the set and the site it is from, its form, its headline, and what the cleaning cuts of it."""

    set_name: str
    site: str
    form: Form
    title: str
    item: Item
    boilerplate: tuple[BoilerplateSpan, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its lines."""
        return split_lines(self.item.original)

    @property
    def kept(self) -> set[int]:
        """The places of the lines that the cleaning keeps, or cuts for being copies of the headline."""
        return kept_places(self.lines, self.boilerplate, but=headline.REASON)

    @property
    def has_title(self) -> bool:
        """Whether one of its lines is the headline."""
        return any(self.is_title(line.text) for line in self.lines)

    def is_title(self, line: str) -> bool:
        """Whether a line is the headline, or nearly so."""
        found, title = headline.fold(line), headline.fold(self.title)
        shorter, longer = sorted((found, title), key=len)
        return found == title or (
            len(shorter.split()) > 2 and len(shorter) > _NEARLY * len(longer) and shorter in longer
        )


def titled_pages(folder: Path, part: Part, sample: int | None, model: LineModel) -> Iterator[TitledPage]:
    """At most `sample` pages of each set in both forms, where the page says its title. Raises as read_set does."""
    for name in find_sets(folder, "html"):
        titles = {page.id: read_metadata(page.html).title for page in read_set(folder, name, "html", part).pages}
        pages = [page for page in read_set(folder, name, "plain", part).pages if titles.get(page.id)]
        for page in [page for page in pages if name != "wcxb" or page.kind in _KINDS][:sample]:
            for form in FORMS:
                lines = page.lines[1:] if form != FORMS[0] else page.lines
                if len(lines) >= _LEAST_LINES:
                    encoding = Encoding("utf-8", "utf-8")
                    item = Item(drop_id="", index=0, source=page.site, original="\n".join(lines), encoding=encoding)
                    cuts = find_boilerplate(item, model=model)
                    yield TitledPage(name, page.site, form, titles[page.id] or "", item, cuts)
