"""The text of an HTML page, laid out as a browser would: one line a block."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from lxml import etree

from transforms.decode import is_blank, normalise_newlines

# Elements whose content a browser does not show as text of the page.
_UNSEEN = frozenset(
    "audio canvas datalist head iframe noembed noframes object script select style svg template "
    "textarea title video".split()
)
# Elements that begin and end a line (HTML Living Standard, 15.3 "Rendering: flow content").
BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu "
    "nav ol optgroup p plaintext pre search section summary table tbody tfoot thead tr ul xmp".split()
)
CELLS = frozenset(("td", "th"))
_PREFORMATTED = frozenset(("listing", "plaintext", "pre", "xmp"))
# Anti-flicker scripts hide the page itself and show it when it has loaded.
_NEVER_HIDDEN = frozenset(("html", "body"))
_HIDING_STYLE = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)

# White space that HTML collapses; the no-break space is not among it.
_SPACE = re.compile(r"[ \t\n\r\f]+")
# Controls have no place in a text; those that separate count as a space.
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160))) | dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85), " ")


# With these a name or a sentence ends.
_CLOSING = frozenset(".!?…%)]»”")
# Between an element and one of these there is no space.
_RAISED = frozenset(("sub", "sup"))


class Lineariser:
    """A parser target that lays the visible text out, one line a block; cells of a table row are tabbed.

    What is hidden until somebody clicks (accordions, tabs) or a script uncovers it counts as visible: on many pages it
    is the text itself. With `revealed`, so does what is for browsers without scripts.
    """

    def __init__(self, revealed: bool) -> None:
        self._revealed = revealed
        self.language: str | None = None
        self._lines: list[str] = []
        self._cells: list[str] = []
        self._pieces: list[str] = []
        # How many elements are open inside, and including, one that is not shown; the same for <pre>.
        self._unseen = 0
        self._preformatted = 0
        self._broken = False
        # What stands between two pieces of a line: an end, a begin after it, and the links to either side.
        self._has_ended = self._has_seam = False
        self._link = self._link_before = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        if tag == "html" and self.language is None:
            self.language = attributes.get("lang") or attributes.get("xml:lang")
        if self._unseen or self._is_unseen(tag, attributes):
            self._unseen += 1
            return
        self._boundary(tag)
        self._has_seam = self._has_ended and tag not in _RAISED
        if tag == "a":
            self._link = attributes.get("href", "")
        if self._preformatted or tag in _PREFORMATTED:
            self._preformatted += 1

    def end(self, tag: str) -> None:
        """Close an element."""
        if self._unseen:
            self._unseen -= 1
            return
        self._boundary(tag)
        self._has_ended = tag not in _RAISED
        if tag == "a":
            self._link_before, self._link = self._link, ""
        if self._preformatted:
            self._preformatted -= 1

    def data(self, text: str) -> None:
        """Take in text."""
        if self._unseen:
            return
        if not self._preformatted:
            if self._has_seam and self._pieces and self._is_apart(self._pieces[-1][-1:], text[:1]):
                self._pieces.append(" ")
            self._pieces.append(text)
            self._has_ended = self._has_seam = False
            self._link_before = ""
            return
        first, *others = text.split("\n")
        self._pieces.append(first)
        for line in others:
            self._end_line()
            self._pieces.append(line)

    def comment(self, text: str) -> None:
        """Say nothing: comments are not shown."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Say nothing: neither are processing instructions."""

    def close(self) -> None:
        """End the last line."""
        self._end_line()

    def text(self) -> str:
        """The lines so far."""
        return "\n".join(self._lines)

    def _is_apart(self, before: str, after: str) -> bool:
        """Whether a browser showed space between two elements whose markup has none: style sheets set the entries of a
        menu apart, and a day from a name. What goes on with a word or a number is in small letters, in capitals after a
        capital, or in the same link.
        """
        if self._link_before and self._link and self._link != self._link_before:
            return not (before.isspace() or after.isspace())
        if not (after.isalnum() and (before.isalnum() or before in _CLOSING)):
            return False
        goes_on = before.isalpha() and after.isalpha() and (before.isupper() or not after.isupper())
        return not goes_on

    def _boundary(self, tag: str) -> None:
        if tag in CELLS and not self._broken:
            self._end_cell()
        elif tag in BLOCKS or tag in CELLS:
            self._end_line()
            # Of a cell with several lines, the last is none with the cell beside it: tables once were for layout.
            self._broken = tag not in CELLS

    def _end_cell(self) -> None:
        if not self._pieces:
            return  # between two tags, which is mostly so
        text = "".join(self._pieces)
        self._pieces.clear()
        if text.isspace():
            return  # between two tags on lines of their own
        if not self._preformatted:
            text = _SPACE.sub(" ", text).strip(" ")
        text = text.translate(_CONTROLS).rstrip(" ")
        if not is_blank(text):
            self._cells.append(text)

    def _end_line(self) -> None:
        self._end_cell()
        if self._cells:
            self._lines.append("\t".join(self._cells))
            self._cells.clear()

    def _is_unseen(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if tag == "noscript":
            return not self._revealed
        return tag in _UNSEEN or (tag == "dialog" and "open" not in attributes)


Laid = TypeVar("Laid", bound=Lineariser)


def clean_markup(markup: str) -> str:
    """The markup with LF line ends and, as browsers do, without NUL characters."""
    return normalise_newlines(markup).replace("\0", "")


def is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether a browser hides an element until a click or a script shows it."""
    if not attributes or tag in _NEVER_HIDDEN:
        return False
    return "hidden" in attributes or ("style" in attributes and bool(_HIDING_STYLE.search(attributes["style"])))


def linearise(markup: str, target: Callable[[bool], Laid]) -> Laid:
    """Lay out the text of a page, given as clean markup, by a target that is made anew for each try."""
    lines = _parse(markup, target(False))
    if is_blank(lines.text()):
        # Pages that scripts fill have their text in <noscript> (Discourse forums).
        lines = _parse(markup, target(True))
    return lines


def _parse(markup: str, lines: Laid) -> Laid:
    # The events of the parser instead of its tree: libxml2 refuses trees deeper than 2048 elements and would
    # lose all that follows, and events need no memory of their own.
    parser = etree.HTMLParser(target=lines, encoding="utf-8", huge_tree=True)
    etree.fromstring(markup.encode("utf-8", errors="replace"), parser)
    return lines
