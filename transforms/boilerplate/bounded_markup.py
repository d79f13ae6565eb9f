"""Markup within the bounds of the libraries that read it: they take quadratic time for what is out of the ordinary."""

import re

# trafilatura takes quadratic time for some tags, most of all for tables: 40,000 of them are five minutes. Long pages
# have 10,000 tags and some tens of tables; of those that have more, all lines are kept.
_MAX_TAGS = 100_000
_MAX_TABLES = 2_000
_TABLE = re.compile(r"<table", re.IGNORECASE)
# Of one tag. libxml2 walks through all of those it has for each it adds; no page has more than some tens.
_MAX_ATTRIBUTES = 1000
# A tag, where quotes are closed, else up to there.
_TAG = re.compile(r"<[a-z](?:\"[^\"]*+\"|'[^']*+'|[^\"'>])*+", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))?+")


def within_bounds(markup: str) -> str | None:
    """The markup, without the attributes of a tag beyond the bound; None where it has too many tags or tables."""
    if markup.count("<") > _MAX_TAGS or len(_TABLE.findall(markup)) > _MAX_TABLES:
        return None
    return _with_few_attributes(markup)


def _with_few_attributes(html: str) -> str:
    """Leave out the attributes of a tag beyond the bound."""
    kept: list[str] = []
    position = end = 0
    while tag := _TAG.search(html, end):
        end = tag.end()
        # A name and a space each: no shorter tag has so many.
        if tag.end() - tag.start() <= 2 * _MAX_ATTRIBUTES:
            continue
        end = tag.start() + 2
        bound = None
        count = 0
        while attribute := _ATTRIBUTE.match(html, end):
            end = attribute.end()
            count += 1
            bound = end if count == _MAX_ATTRIBUTES else bound
        if bound is not None:
            kept.append(html[position:bound])
            position = end
    return "".join(kept) + html[position:] if kept else html
