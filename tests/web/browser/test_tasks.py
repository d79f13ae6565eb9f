"""What a person does in the explorer, in a real browser: from the two seeds, and with many documents around them."""

import re
from typing import Any

import pytest

RUSSIAN, BELARUSIAN = "d3f519cd81757004f8e7f4e537183bc8", "74272b41be51c2d4349a02c08cc4ed49"
PHONE = {"width": 360, "height": 740}
PLACES = [
    "/",
    "/search",
    f"/documents/{RUSSIAN}",
    f"/documents/{RUSSIAN}?view=original",
    "/entities",
    "/entities/loc%3Aiso-3166%3Akz",
    "/corrections",
    "/sources",
    "/sources/seeds",
    "/quarantine",
    "/runs",
    "/login",
]


def test_the_belarusian_article_is_found_by_typing_a_name(page: Any, seeds: str) -> None:
    page.goto(seeds)
    page.get_by_role("searchbox").first.press_sequentially("Нур-Султан")
    suggestion = page.locator(".suggestions a", has_text="Нур-Султан").first
    suggestion.wait_for()
    page.get_by_role("searchbox").first.press("Enter")
    page.wait_for_url("**/search?**")
    found = page.locator("article.row a[href^='/documents/']").first
    assert BELARUSIAN in found.get_attribute("href")
    found.click()
    page.wait_for_url(f"**/documents/{BELARUSIAN}")
    assert page.locator("main .name.LOC", has_text="Нур-Султан").count()


def test_what_was_cut_from_the_russian_article_is_shown_with_its_reasons(page: Any, seeds: str) -> None:
    page.goto(f"{seeds}/documents/{RUSSIAN}")
    page.locator(".tabs a[href*='view=original']").click()
    page.wait_for_url("**view=original")
    reasons = page.locator(".cut-list li strong").all_inner_texts()
    assert len(reasons) > 1
    cut = page.locator("main del")
    assert cut.count() > 1
    assert "line-through" in cut.first.evaluate("each => getComputedStyle(each).textDecorationLine")


def test_a_neighbour_is_followed_in_the_graph_and_in_the_list(page: Any, seeds: str) -> None:
    page.goto(f"{seeds}/entities/loc%3Aiso-3166%3Akz")
    node = page.locator(".network a").first
    name = node.locator("text").first.text_content()
    node.click()
    page.wait_for_function("!location.pathname.endsWith('kz')")
    assert page.locator("h1").inner_text() == name
    page.get_by_text("As a list").click()
    back = page.locator(".neighbours a.name", has_text="Казахстан")
    back.click()
    page.wait_for_url("**/entities/loc*kz")


def test_the_interface_changes_its_language_and_stays_so(page: Any, seeds: str) -> None:
    page.goto(f"{seeds}/entities")
    page.get_by_role("link", name="Беларуская").click()
    page.wait_for_url("**/entities")
    assert page.locator("html").get_attribute("lang") == "be"
    assert page.locator("h1").inner_text() == "Імёны і назвы"
    page.goto(f"{seeds}/quarantine")
    assert page.locator("h1").inner_text() == "Каранцін"


@pytest.mark.parametrize("store", ["seeds", "many"])
def test_nothing_is_wider_than_a_phone(browser: Any, request: pytest.FixtureRequest, store: str) -> None:
    address = request.getfixturevalue(store)
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    wide = {}
    for place in PLACES:
        page.goto(address + place)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide[place] = width
    context.close()
    assert not wide


def test_the_keyboard_alone_is_enough(page: Any, seeds: str) -> None:
    page.goto(f"{seeds}/entities/loc%3Aiso-3166%3Akz")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'content'")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('.network')"):
            break
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    assert focused.startswith("/entities/")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{focused}")


def test_everything_is_read_without_scripts(browser: Any, many: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(many)
    page.get_by_role("searchbox").first.fill("Казань")
    page.get_by_role("button", name="Search").first.click()
    assert page.locator("article.row mark").count()
    page.goto(f"{many}/search")
    first = page.locator("article.row h3 a, article.row h2 a").first.get_attribute("href")
    page.get_by_role("link", name="More documents").click()
    assert page.locator("article.row h3 a, article.row h2 a").first.get_attribute("href") != first
    page.goto(f"{many}/sources/belta")
    assert page.locator("figure.drift svg.chart").count() > 3
    assert page.locator(".lines li").count() > 3
    context.close()


def test_a_case_of_the_quarantine_shows_its_bytes_and_what_to_do(page: Any, many: str) -> None:
    page.goto(f"{many}/quarantine")
    page.get_by_role("link", name="Broken JSON").first.click()
    page.locator("article.row h3 a").first.click()
    assert page.locator("pre.command").first.inner_text().startswith("dropwire quarantine replay ")
    page.get_by_role("link", name="Look at the bytes").click()
    page.wait_for_url("**look=1**")
    assert re.match(r"7b 22 69 64", page.locator(".hex td").first.inner_text())
    # Nobody may edit here.
    assert page.locator("form[method=post]").count() == 0


def test_a_run_shows_its_accounting_and_its_bars(page: Any, many: str) -> None:
    page.goto(f"{many}/runs")
    page.locator("tr", has_text="completed").locator("th a").first.click()
    page.wait_for_url("**/runs/*")
    assert "the sum holds" in page.locator(".notice.good").inner_text()
    assert page.locator(".bar-cell rect").count() > 1


def test_names_are_merged_and_that_is_undone(page: Any, seeds: str) -> None:
    page.goto(f"{seeds}/entities/loc%3Aiso-3166%3Acn")
    page.get_by_text("It is somebody or something else").click()
    page.get_by_label("Who or what?").fill("Казахстан")
    page.get_by_role("button", name="Look up").click()
    page.wait_for_url("**who=**")
    page.get_by_role("radio").first.check()
    page.locator("#merge-reason").fill("проба")
    page.get_by_role("button", name="Merge").click()
    page.wait_for_url("**done=**")
    assert "iso-3166:cn" in page.get_by_role("status").inner_text()
    page.goto(f"{seeds}/corrections")
    page.get_by_text("Undo", exact=True).first.click()
    page.locator("li.row input[name=reason]").first.fill("это была проба")
    page.get_by_role("button", name="Undo it").first.click()
    page.wait_for_url("**/corrections?done=**")
    page.goto(f"{seeds}/entities/loc%3Aiso-3166%3Acn")
    assert page.locator("h1").count() == 1
    assert "/entities/loc" in page.url
    assert page.url.endswith("cn")


def test_a_name_is_given_and_found_by_typing_it(page: Any, seeds: str) -> None:
    page.goto(f"{seeds}/entities/loc%3Aiso-3166%3Acn")
    page.get_by_text("It is called something else").click()
    page.get_by_label("The name by which it is shown").fill("Паднябесная імперыя")
    page.locator("#rename-reason").fill("проба")
    page.get_by_role("button", name="Rename").click()
    page.wait_for_url("**done=**")
    assert page.locator("h1").inner_text() == "Паднябесная імперыя"
    page.goto(seeds)
    page.get_by_role("searchbox").first.press_sequentially("Паднябесная імпер")
    page.locator(".suggestions a", has_text="Паднябесная імперыя").first.click()
    page.wait_for_url("**/search?entity=**")
    assert page.locator("article.row").count()


def test_what_cannot_be_is_refused_on_the_page(page: Any, seeds: str) -> None:
    page.goto(f"{seeds}/entities/loc%3Aiso-3166%3Akz")
    page.get_by_text("Some of its names are somebody else").click()
    page.locator("#split-reason").fill("проба")
    page.locator("#split-into").fill("loc:new")
    page.get_by_role("button", name="Split off").click()
    page.get_by_role("alert").wait_for()
    assert "must have letters" in page.get_by_role("alert").inner_text()
