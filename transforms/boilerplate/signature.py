"""The signature of an agency at the foot of a text: `БЕЛТА` alone on its line."""

from transforms.agencies import agency_of
from transforms.boilerplate.page import Page

REASON = "agency-signature"
# The signature is the last line, or stands over a date and a reporter.
FOOT_LINES = 3


def agency_signatures(page: Page) -> list[int]:
    """The line at the foot that holds the name of a news agency and nothing else; of several, none: a list.

    The dateline parser reads them all the same (see transforms.dateline), so the agency is not lost.
    """
    first = max(len(page.lines) - FOOT_LINES, 1)
    found = [i for i in range(first, len(page.lines)) if agency_of(page.lines[i].text)]
    return found if len(found) == 1 else []
