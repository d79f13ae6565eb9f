"""What a source has taught, laid over the cuts of the other rules, and taken off them again.

The other cuts of an HTML page need its markup, which is not kept; they do not depend on the source's templates, so the
page can be cut anew by other templates without them.
"""

from collections.abc import Iterable

from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.page import Page, Site, spans_of
from transforms.boilerplate.templates import REASON, site_templates
from transforms.document import BoilerplateSpan
from transforms.lines import Line


def with_templates(
    original: str, spans: Iterable[BoilerplateSpan], title: str | None, site: Site | None
) -> tuple[BoilerplateSpan, ...]:
    """The spans (sorted) of the other rules, and those of the templates of the source."""
    lines = lines_of(original)
    reasons = _reasons(lines, spans)
    page = Page(lines, title, None, site).without(reasons)
    position = {line.start: i for i, line in enumerate(lines)}
    found = {position[page.lines[i].start]: REASON for i in site_templates(page)}
    return spans_of(original, lines, reasons | found)


def without_templates(original: str, spans: Iterable[BoilerplateSpan]) -> tuple[BoilerplateSpan, ...]:
    """The spans (sorted) as they are where nothing is known of the source."""
    lines = lines_of(original)
    reasons = _reasons(lines, spans)
    return spans_of(original, lines, {i: reason for i, reason in reasons.items() if reason != REASON})


def _reasons(lines: tuple[Line, ...], spans: Iterable[BoilerplateSpan]) -> dict[int, str]:
    """The lines that begin in one of the spans, each with its reason."""
    reasons = {}
    rest = iter(spans)
    span = next(rest, None)
    for i, line in enumerate(lines):
        while span and span.end <= line.start:
            span = next(rest, None)
        if span and span.start <= line.start:
            reasons[i] = span.reason
    return reasons
