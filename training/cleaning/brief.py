"""Pages as if their article were a few lines long, all that stands around left: most learned from have long ones."""

import random
from collections.abc import Sequence

from lxml import etree
from lxml import html as markup

_MOST_LINES = 4
_BLOCKS = ("p", "li", "div", "blockquote", "h2", "h3", "h4", "h5", "h6", "tr", "td", "dd", "dt", "pre", "span")


def brief_lines(name: str, labels: Sequence[bool]) -> list[int]:
    """The lines of the page `name` that stay, by number: its first lines of main text, and what is above and below all.

    How many lines of main text stay is drawn by the name, one to four; a page without any stays whole.
    """
    main = [i for i, label in enumerate(labels) if label]
    if not main:
        return list(range(len(labels)))
    draw = random.Random(f"brief {name}")  # noqa: S311 - the same for the same page
    last = main[draw.randint(1, min(len(main), _MOST_LINES)) - 1]
    return [*range(last + 1), *range(main[-1] + 1, len(labels))]


def without_blocks(html: str, texts: Sequence[str]) -> str | None:
    """An HTML page without the blocks that hold one of the texts each; None where one is in no block of its own."""
    unwanted = {_folded(text) for text in texts}
    root = markup.document_fromstring(html.encode(), parser=markup.HTMLParser(encoding="utf-8"))
    found: dict[str, list[markup.HtmlElement]] = {}
    for element in root.iter(*_BLOCKS):
        text = _folded(element.text_content())
        if text in unwanted:
            # The outermost one comes first.
            found.setdefault(text, []).append(element)
    if len(found) < len(unwanted):
        return None
    for elements in found.values():
        for element in elements:
            if element.getparent() is not None:
                element.drop_tree()
    return str(etree.tostring(root, encoding="unicode", method="html"))


def _folded(text: str) -> str:
    return " ".join(text.split())
