"""The start page, the search and the page of a document, over the two seeds and some made documents."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from pymongo import MongoClient

from benchmarks.web_corpus import fill, utc_today
from store import copies, entities
from store.documents import Entry, upsert
from tests.builders import a_document, a_version, an_entity
from tests.web.client import TestClient, client_of
from transforms import near_copies
from transforms.document import Language, Publication, Segment

RUSSIAN, BELARUSIAN = "d3f519cd81757004f8e7f4e537183bc8", "74272b41be51c2d4349a02c08cc4ed49"
EDITED, MIXED, LONG = "e" * 32, "f" * 32, "1" * 32
TATAR = "Бүген Казанда яңгыр ява."
PAGES = [
    "/",
    "/search",
    "/search?q=%D0%9D%D1%83%D1%80-%D0%A1%D1%83%D0%BB%D1%82%D0%B0%D0%BD",
    "/search?language=be&flag=undated",
    *(f"/documents/{RUSSIAN}?view={view}" for view in ("text", "original", "history", "copies")),
    f"/documents/{EDITED}?view=history",
    f"/documents/{MIXED}",
    "/nothing-of-the-kind",
]


@pytest.fixture(scope="module")
def client(embedded_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True) as mongo:
        db = mongo["test_web_pages"]
        mongo.drop_database(db.name)
        fill(db, 60, now=utc_today(), folder=tmp_path_factory.mktemp("failed"))
        _add(db)
        yield client_of(db)
        mongo.drop_database(db.name)


def _add(db: Any) -> None:
    """An article that was edited silently, one in two languages, and a long one."""
    day = Publication(datetime(2026, 3, 1, tzinfo=UTC), "day", "json-ld")
    first = a_document(EDITED, "Сонца свеціць ярка над горадам.", title="Надвор’е", published=day, source="pogoda")
    second = replace(first, text="Дождж ідзе моцны над горадам.", fingerprint="2" * 64)
    belarusian = "Сёння ў Мінску сонечна і цёпла."
    start = len(belarusian) + 1
    segments = (Segment(0, start - 1, "be", 1.0), Segment(start, start + len(TATAR), "tt", 0.9, "context"))
    mixed = a_document(
        MIXED,
        f"{belarusian}\n{TATAR}",
        language=Language("be", 0.7),
        segments=segments,
        entities=(replace(an_entity("Мінск", (8, "Мінску")), language="be"),),
    )
    long = a_document(LONG, "Доўгі тэкст пра ўсё на свеце.\n" * 5_000)
    upsert(db, [Entry(first, first.text, a_version(1))])
    upsert(db, [Entry(each, each.text, a_version(2, index=at)) for at, each in enumerate((second, mixed, long))])
    ids = [EDITED, MIXED, LONG]
    copies.follow(db, ids, near_copies)
    entities.settle(db, ids)
    entities.refresh(db)


class Page(HTMLParser):
    """What of a page can be wrong: tags, ids, headings, labels, languages."""

    VOID = frozenset("area base br col embed hr img input link meta source track wbr rect line path".split())

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.crossed.append(tag)
        else:
            self.open.pop()

    def attributes(self, name: str) -> list[str]:
        return [str(attrs[name]) for _, attrs in self.tags if name in attrs]


def get(client: TestClient, path: str, **headers: str) -> Any:
    return client.get(path, headers={"accept": "text/html", "accept-language": "en", **headers})


def words(text: str) -> str:
    """What a person reads: without tags, one space for any."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("language", ["en", "ru", "be"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_well_formed_and_can_be_read_without_looking(client: TestClient, path: str, language: str) -> None:
    response = get(client, path, **{"accept-language": language})
    assert response.status_code == (404 if "nothing" in path else 200)
    page = Page(response.text)
    assert not page.crossed
    assert not page.open
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert page.tags[0] == ("html", {"lang": language, "data-theme": "auto"})
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in page.tags}
    # All that is pointed at is there, and all that is typed into has a label.
    for name in ("aria-labelledby", "aria-describedby", "for", "aria-controls", "list"):
        assert {each for value in page.attributes(name) for each in value.split()} <= set(ids), name
    labelled = set(page.attributes("for"))
    for tag, attrs in page.tags:
        if tag == "select" or (tag == "input" and attrs.get("type") not in {"hidden", "checkbox"}):
            assert attrs.get("id") in labelled
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)
    assert response.headers["content-language"] == language
    assert "accept-language" in response.headers["vary"].lower()


def test_the_overview_shows_what_is_there_and_what_needs_a_look(client: TestClient) -> None:
    text = get(client, "/").text
    page = Page(text)
    assert "65 documents" in words(text)
    assert [tag for tag, _ in page.tags].count("figure") == 2
    assert {"svg", "title", "desc", "table"} <= {tag for tag, _ in page.tags}
    assert "/search?language=be" in page.attributes("href")


@pytest.mark.parametrize("typed", ["Нур-Султан", "Nur-Sultan", "нур-султан", "Астана", "Astana", "Нұр-Сұлтан"])
def test_a_name_in_any_spelling_finds_the_belarusian_article(client: TestClient, typed: str) -> None:
    text = get(client, f"/search?{urlencode({'q': typed, 'source': 'seeds'})}").text
    assert f"/documents/{BELARUSIAN}" in text
    assert f"/documents/{RUSSIAN}" not in text
    assert "<mark>Нур-Султан</mark>" in text
    assert "Documents that name" in words(text)


def test_a_name_can_be_looked_for_as_words(client: TestClient) -> None:
    text = get(client, f"/search?{urlencode({'q': 'Астана', 'as_words': 1})}").text
    assert "No document meets this." in words(text)


def test_suggestions_understand_beginnings_and_scripts(client: TestClient) -> None:
    for typed in ("Нур-Су", "nur-sul", "Астана"):
        text = get(client, f"/suggestions?{urlencode({'q': typed})}").text
        assert "entity=loc%3Ageonames%3A1526273" in text
    assert not get(client, "/suggestions?q=x").text.strip()
    assert not get(client, "/suggestions?q=%20").text.strip()


def test_filters_hold_together_and_can_be_taken_away(client: TestClient) -> None:
    path = f"/search?{urlencode({'language': 'tt', 'words': 'яңгыр', 'flag': 'mixed-languages'})}"
    text = get(client, path).text
    assert f"/documents/{MIXED}" in text
    assert "<mark>яңгыр</mark>" in text
    links = Page(text).attributes("href")
    assert f"/search?{urlencode({'words': 'яңгыр', 'flag': 'mixed-languages'})}" in links
    whole = get(client, f"{path}&whole=1").text
    assert f"/documents/{MIXED}" not in whole


def test_a_page_goes_on_where_the_last_one_ended(client: TestClient) -> None:
    seen: list[str] = []
    path: str | None = "/search"
    while path:
        page = Page(get(client, path).text)
        hrefs = page.attributes("href")
        seen += [href for href in hrefs if href.startswith("/documents/")]
        path = next((str(attrs["href"]) for _, attrs in page.tags if attrs.get("rel") == "next"), None)
    assert len(seen) == len(set(seen)) == 65


def test_what_a_search_can_be_narrowed_down_to(client: TestClient) -> None:
    query = urlencode({"q": "Казахстан"})
    text = get(client, f"/search?{query}").text
    page = Page(text)
    assert "In these documents" not in words(text)
    part = get(client, next(value for value in page.attributes("hx-get") if value.startswith("/search/counts"))).text
    without_script = get(client, next(value for value in page.attributes("href") if "counts=1" in value)).text
    for each in (part, without_script):
        assert "In these documents" in words(each)
        assert f"/search?{query}&amp;source=seeds" in each
    assert "<html" not in part
    assert not Page(part).crossed


def test_htmx_gets_the_next_documents_alone(client: TestClient) -> None:
    following = next(
        str(attrs["hx-get"])
        for _, attrs in Page(get(client, "/search").text).tags
        if "rel" in attrs and attrs["rel"] == "next"
    )
    part = get(client, following, **{"hx-request": "true"}).text
    assert "<html" not in part
    assert part.count("<article") == 20
    assert not Page(part).crossed
    assert "<html" in get(client, following).text


def test_a_date_that_is_none_is_said_to_be_none(client: TestClient) -> None:
    response = get(client, "/search?since=2019-02-30")
    assert response.status_code == 422
    assert "is no date" in words(response.text)
    assert get(client, "/search?until=9999-12-31").status_code == 200


def test_what_was_cut_from_the_russian_seed_and_why(client: TestClient) -> None:
    text = get(client, f"/documents/{RUSSIAN}?view=original").text
    said = words(text)
    assert "13.3% of the original was cut" in said
    for reason in ("ad slot", "age mark", "repeated headline", "repeated caption"):
        assert f"cut: {reason}" in said
    deleted = re.findall(r"<del[^>]*>(.*?)</del>", text, re.DOTALL)
    assert "news_header_top_970_100" in deleted
    assert sum("Визит делегации" in each for each in deleted) == 4


def test_a_document_shows_its_names_its_metadata_and_where_it_came_from(client: TestClient) -> None:
    text = get(client, f"/documents/{RUSSIAN}").text
    said = words(text)
    assert 'class="name PER" href="/entities/per%3Arustam-minnikhanov"' in text
    assert 'title="place: Казань"' in text
    assert "17 May, no year given" in said
    assert "from the headline of the text" in said
    assert "news_header_top" not in said
    # The headline stands once: above the text.
    assert said.count("Рустам Минниханов пригласил Alibaba Group разместить производство в Татарстане") == 2
    assert re.search(r"Drop [0-9a-f]{12} , item 0", said)


def test_every_stretch_says_its_language(client: TestClient) -> None:
    text = get(client, f"/documents/{MIXED}").text
    assert re.search(r'<span lang="tt" class="tint t1">', text)
    assert f"{TATAR}</span>" in text
    assert "told by the context" in text
    assert re.search(r'<span lang="be">\s*Сёння ў <a class="name PER"[^>]*>Мінску</a> сонечна', text)


def test_a_silent_edit_is_called_one_and_shown_word_by_word(client: TestClient) -> None:
    text = get(client, f"/documents/{EDITED}?view=history").text
    assert "silent edit" in words(text)
    assert re.search(r"<del>Сонца свеціць ярка\s*</del>|<p class=\"removed\"", text)
    assert "Дождж" in text


def test_a_long_document_comes_in_parts(client: TestClient) -> None:
    text = get(client, f"/documents/{LONG}").text
    assert len(text) < 300_000
    following = next(str(attrs["hx-get"]) for _, attrs in Page(text).tags if "part=" in str(attrs.get("hx-get")))
    part = get(client, following, **{"hx-request": "true"}).text
    assert "<html" not in part
    assert "Доўгі тэкст" in part
    assert "Part 2 of 3" in words(get(client, following).text)


def test_the_beginning_of_an_id_leads_to_the_document(client: TestClient) -> None:
    response = client.get(f"/documents/{RUSSIAN[:8]}?view=original", follow_redirects=False)
    assert response.status_code == 302
    assert response.headers["location"] == f"/documents/{RUSSIAN}?view=original"
    assert get(client, "/documents/0123456789").status_code == 404
    assert get(client, "/documents/zzz").status_code == 422


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", "/x\r\nSet-Cookie: a=b"])
def test_a_choice_of_language_leads_nowhere_else(client: TestClient, back: str) -> None:
    path = f"/preferences?{urlencode({'language': 'be', 'back': back})}"
    response = client.get(path, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == "/"


def test_language_and_colours_are_remembered(client: TestClient) -> None:
    here = f"/search?q={quote('Казань')}"
    response = client.get(
        f"/preferences?{urlencode({'language': 'be', 'theme': 'dark', 'back': here})}", follow_redirects=False
    )
    assert response.headers["location"] == here
    kept = response.headers.get_list("set-cookie")
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in kept)
    chosen = {"cookie": "; ".join(cookie.partition(";")[0] for cookie in kept), "accept-language": "ru"}
    client.cookies.clear()
    assert '<html lang="be" data-theme="dark">' in get(client, here, **chosen).text
    assert (
        '<html lang="en" data-theme="auto">' in get(client, here, cookie="dropwire_language=xx; dropwire_theme=xx").text
    )


def test_an_empty_store_says_what_to_do(mongomock_db: Any) -> None:
    text = get(client_of(mongomock_db), "/").text
    assert "There is nothing in the store yet." in words(text)
    assert "dropwire ingest seeds" in text


def test_the_days_of_the_overview_are_the_last_ones(client: TestClient) -> None:
    days = re.findall(r'<th scope="row"><?[^<]*', get(client, "/").text)
    assert days
    today = datetime.now(UTC).date()
    assert any(str((today - timedelta(days=back)).day) in day for day in days for back in range(15))
