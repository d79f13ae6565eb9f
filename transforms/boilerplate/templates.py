"""Lines that recur across the documents of a source: menus, feet, appeals to subscribe.

Two spellings of a line are one template if they differ in case, white space or numbers only: "12 comments" and
"7 comments" are.
"""

import re
from collections.abc import Sequence

from transforms.boilerplate.page import Page

REASON = "site-template"
_NUMBER = re.compile(r"\d+")


def line_keys(texts: Sequence[str]) -> list[str]:
    """The key of each line as templates are compared: case folded, white space collapsed, numbers as `0`."""
    folded = _NUMBER.sub("0", "\n".join(" ".join(text.split()) for text in texts).casefold())
    return folded.split("\n") if texts else []


def site_templates(page: Page) -> list[int]:
    """Lines that are known to recur across the documents of the source."""
    if page.site is None or not page.site.templates:
        return []
    keys = line_keys([line.text for line in page.lines])
    return [i for i, key in enumerate(keys) if key in page.site.templates]
