"""axe-core finds nothing on any page: WCAG 2.2 A and AA, light and dark, with many documents and with the seeds."""

from pathlib import Path
from typing import Any

import pytest

from tests.web.browser.test_tasks import BELARUSIAN, PLACES, RUSSIAN

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MORE = [
    "/search?q=%D0%9A%D0%B0%D0%B7%D0%B0%D0%BD%D1%8C",
    f"/documents/{BELARUSIAN}",
    f"/documents/{RUSSIAN}?view=history",
    "/sources/belta",
    "/entities/loc%3Aiso-3166%3Akz?who=%D0%9A%D0%B0%D0%B7%D0%B0%D0%BD%D1%8C",
    "/nothing-of-the-kind",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("store", ["seeds", "many"])
def test_axe_finds_nothing(browser: Any, request: pytest.FixtureRequest, store: str, scheme: str) -> None:
    address = request.getfixturevalue(store)
    # The script of axe is none of ours, which our pages rightly refuse.
    context = browser.new_context(color_scheme=scheme, locale="en", bypass_csp=True)
    page = context.new_page()
    found = []
    for place in [*PLACES, *MORE]:
        page.goto(address + place)
        # What is folded away is looked at, too.
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        page.add_script_tag(path=str(AXE))
        result = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        found += [
            f"{place}: {each['id']}: {each['help']}: {each['nodes'][0]['html'][:160]}" for each in result["violations"]
        ]
    context.close()
    assert not found, "\n".join(found)
