"""What is known about an article: which of several places counts, and that it is noted."""

import json
from typing import Any

from tests.builders import an_item
from transforms.document import BoilerplateSpan, Item, Origins
from transforms.facts import Facts, gather
from transforms.readers.html import read_page

PROSE = "Прэзідэнт сустрэўся з мэрам і абмеркаваў з ім усе пытанні, якія яны хацелі абмеркаваць раней."
PAGE = f"""Галоўная > Палітыка
16+
Кіраўнік дзяржавы сустрэўся з мэрам сталіцы
Аўтар: Ганна Белая
18 лістапада 2019, 12:40
Абноўлена: 19 лістапада 2019
{PROSE}
{PROSE}"""


def known(item: Item, *cut: str) -> Facts:
    spans = [(item.original.index(line), line) for line in cut]
    return gather(item, [BoilerplateSpan(start, start + len(line) + 1, "test") for start, line in sorted(spans)])


def article(**fields: Any) -> Any:
    return read_page(
        f'<html><body><h1>Загаловак дня</h1><p>{PROSE}<script type="application/ld+json">'
        f"{json.dumps({'@type': 'NewsArticle', **fields})}</script>"
    ).metadata


def test_a_plain_text_with_all_of_it() -> None:
    found = known(an_item(PAGE))
    assert (found.section, found.age_rating, found.authors) == ("Палітыка", 16, ("Ганна Белая",))
    assert found.published
    assert found.updated
    assert (f"{found.published.at:%Y-%m-%d}", found.published.precision) == ("2019-11-18", "day")
    assert (f"{found.updated.at:%Y-%m-%d}", found.updated.origin) == ("2019-11-19", "date-line")
    assert (found.origins.authors, found.origins.section, found.origins.age_rating) == ("byline", "breadcrumb", "mark")


def test_lines_that_cleaning_cuts_are_read_all_the_same() -> None:
    item = an_item(PAGE, title="Назва")
    assert known(item, *PAGE.split("\n")[:6]) == known(item)


def test_what_stands_inside_the_text_is_no_fact_about_it() -> None:
    inside = f"{PROSE}\nАўтар: Ганна Белая\n18 лістапада 2019\n16+\nГалоўная > Палітыка\n{PROSE}"
    found = known(an_item(inside))
    assert (found.authors, found.published, found.age_rating, found.section) == ((), None, None, None)


def test_what_came_with_the_item_goes_first() -> None:
    origins = Origins(title="record", authors="record", section="feed", age_rating="record")
    item = an_item(
        PAGE,
        title="Назва",
        authors=("A. B.",),
        section="News",
        published_raw="2020-01-01T10:00:00+03:00",
        updated_raw="2020-01-02",
        age_rating=0,
        origins=origins,
        published_origin="feed",
    )
    found = known(item)
    assert (found.title, found.authors, found.section, found.age_rating) == ("Назва", ("A. B.",), "News", 0)
    assert found.origins == origins
    assert found.published
    assert found.updated
    assert (found.published.origin, found.published.zone, found.updated.origin) == ("feed", "+03:00", "metadata")


def test_a_date_that_cannot_be_read_gives_way_to_the_text() -> None:
    found = known(an_item(f"{PROSE}\n{PROSE}\n18 лістапада 2019, Мінск\nБЕЛТА", published_raw="нядаўна"))
    assert found.published
    assert found.published.origin == "dateline"


def test_relative_datelines_count_from_the_day_where_the_article_was_published() -> None:
    # Half past one in Minsk is still the day before in UTC.
    item = an_item(f"Учора, Мінск /Кар. БЕЛТА/. {PROSE}\n{PROSE}", published_raw="2023-03-02T01:30:00+03:00")
    found = known(item)
    assert found.dateline
    assert found.dateline.date == "2023-03-01"


def test_a_page_says_it_in_json_ld() -> None:
    found = article(
        datePublished="2019-11-18T10:00:00+03:00",
        dateModified="2019-11-19T10:00:00+03:00",
        articleSection=["Палітыка", "Мінск"],
        typicalAgeRange="16+",
        author={"name": "Ганна Белая"},
    )
    assert (found.section, found.age_rating, found.updated_raw) == ("Палітыка", 16, "2019-11-19T10:00:00+03:00")
    assert found.origins == Origins("heading", "json-ld", "json-ld", "json-ld")
    assert (found.published_origin, found.updated_origin) == ("json-ld", "json-ld")


def test_a_page_says_it_in_its_head_and_its_time_elements() -> None:
    found = read_page(
        '<meta property="article:section" content="Sport"><meta name="rating" content="adult">'
        '<meta property="article:modified_time" content="2019-11-19"><meta name="author" content="A. B.">'
        '<title>Title</title><p>Text<time itemprop="dateModified" datetime="2001"></time><time datetime="2019-11-17">'
    ).metadata
    assert (found.section, found.age_rating, found.updated_raw, found.published_raw) == (
        *("Sport", 18, "2019-11-19", "2019-11-17"),
    )
    assert found.origins == Origins("page-title", "meta", "open-graph", "meta")
    assert (found.published_origin, found.updated_origin) == ("time-element", "open-graph")


def test_the_rating_and_section_of_something_else_on_the_page_are_not_the_articles() -> None:
    film = {"@type": "Movie", "contentRating": "18+", "articleSection": "Cinema"}
    found = article(about=film, articleSection="x" * 61)
    assert (found.section, found.age_rating, found.origins.section) == (None, None, None)


def test_two_words_of_a_page_title_are_the_name_of_a_site() -> None:
    lines = f"Сустрэча кіраўніка дзяржавы з мэрам сталіцы\n18 лістапада 2019\n{PROSE}\n{PROSE}"
    named = an_item(lines, title="Наша газета", origins=Origins(title="page-title"))
    assert (known(named).title, known(named).origins.title) == (lines.split("\n", maxsplit=1)[0], "headline")
    # Where nothing else is the headline, they are better than none.
    alone = an_item(PROSE, title="Наша газета", origins=Origins(title="page-title"))
    assert (known(alone).title, known(alone).origins.title) == ("Наша газета", "page-title")
