"""axe-core finds nothing on any page: WCAG 2.2 A and AA, light and dark, wide and on a phone."""

from pathlib import Path
from typing import Any

import pytest

from tests.web.browser.test_tasks import BELARUSIAN, PHONE, PLACES, RUSSIAN

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What another width can change, and other colours.
ON_A_PHONE, IN_THE_DARK = ["scrollable-region-focusable", "target-size"], ["color-contrast"]
WIDE = {"width": 1280, "height": 900}
NAME = "loc%3Aiso-3166%3Akz"
WHERE = {
    "seeds": [
        *(place for place in PLACES if place not in {"/", "/search", "/entities", f"/entities/{NAME}"}),
        f"/documents/{BELARUSIAN}",
        f"/documents/{RUSSIAN}?view=history",
        f"/documents/{RUSSIAN}?view=copies",
        f"/entities/{NAME}?who=%D0%9A%D0%B0%D0%B7%D0%B0%D0%BD%D1%8C",
        "/nothing-of-the-kind",
    ],
    # Those that are others, or fuller, with many documents.
    "many": [
        "/",
        "/search?q=%D0%9A%D0%B0%D0%B7%D0%B0%D0%BD%D1%8C",
        "/entities",
        f"/entities/{NAME}",
        "/sources",
        "/sources/belta",
        "/quarantine",
        "/runs",
    ],
}
# Pages with an id for an address: where a link to the first of them stands, and what to ask of it.
LINKS = {"/quarantine": ("article.row h3 a", "?look=1"), "/runs": ("tbody th a", "")}


@pytest.mark.parametrize("store", ["seeds", "many"])
def test_axe_finds_nothing(browser: Any, request: pytest.FixtureRequest, store: str) -> None:
    address = request.getfixturevalue(store)
    # The script of axe is none of ours, which our pages rightly refuse.
    context = browser.new_context(locale="en", bypass_csp=True, reduced_motion="reduce")
    context.add_init_script(path=str(AXE))
    page = context.new_page()
    found: list[str] = []

    def look(place: str, only: dict[str, Any]) -> None:
        # Nothing is to be loaded for the rules that hold for us, and axe would wait for it.
        asked = {"runOnly": only, "resultTypes": ["violations"], "elementRef": False, "preload": False}
        result = page.evaluate("asked => axe.run(asked)", asked)
        found.extend(
            f"{place}: {each['id']}: {each['help']}: {each['nodes'][0]['html'][:160]}" for each in result["violations"]
        )

    places = list(WHERE[store])
    for place in places:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)
        page.goto(address + place)
        if place in LINKS and store == "many":
            link, query = LINKS[place]
            places.append(page.locator(link).first.get_attribute("href") + query)
        # What is folded away is looked at, too.
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        look(place, {"type": "tag", "values": RULES})
        page.set_viewport_size(PHONE)
        look(f"{place}, on a phone", {"type": "rule", "values": ON_A_PHONE})
        # Of hundreds of cells in the same colours axe looks at each.
        page.evaluate("document.querySelectorAll('details:has(table)').forEach(each => { each.open = false; })")
        page.emulate_media(color_scheme="dark")
        look(f"{place}, dark", {"type": "rule", "values": IN_THE_DARK})
    context.close()
    assert len(places) >= len(WHERE[store])
    assert not found, "\n".join(found)
