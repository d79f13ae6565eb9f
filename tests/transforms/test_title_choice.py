"""Which line of a plain text is its headline: among menus, names of sites, bylines, dates and leads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate.title_choice import WEIGHTS, choose_title, weigh
from transforms.document import Document
from transforms.models import shared_models
from transforms.pipeline import process

HEADLINES = {
    "be": (
        "Наталля Качанава: жанчыны — надзейная апора краіны",
        ["БелТА"],
        [
            "8 сакавіка 2021, Мінск /Кар. БЕЛТА/. Старшыня Савета Рэспублікі Наталля Качанава сустрэлася з жанчынамі.",
            "«Жанчыны заўсёды былі апорай сям'і і краіны», — сказала Наталля Качанава на сустрэчы ў Гродне.",
        ],
    ),
    "tt": (
        "Татарстан Рәисе Казанда яңа мәктәп ачылышында катнашты",
        ["Татар-информ", "Баш бит", "Яңалыклар", "Спорт"],
        [
            "12 гыйнвар 2025, 14:35",
            "Фото: rais.tatarstan.ru",
            "Бүген Татарстан Рәисе Казанның Совет районында төзелгән яңа мәктәпне ачу тантанасында катнашты.",
            "Мәктәп 1224 укучыга исәпләнгән, ул милли проект кысаларында төзелде, диде Рәис журналистларга.",
        ],
    ),
    "en": (
        "Poland's Tusk meets Scholz in Berlin to reset ties",
        ["Skip to content", "World", "Subscribe"],
        [
            "By Jan Kowalski and Maria Schmidt",
            "Two leaders seek to reset ties after eight years of rows between Warsaw and Berlin.",
            "BERLIN, Feb 12 (Reuters) - Polish Prime Minister Donald Tusk met German Chancellor Olaf Scholz on Monday.",
            "Tusk said after talks at the Chancellery that the ties between Poland and Germany were good again.",
        ],
    ),
    "zh": (
        "北京停售不合格食品 满记甜品芒果布丁登榜",
        ["首页 新闻 财经", "来源：新华网 2012-01-16"],
        [
            "北京市食品安全办公室昨天通报，满记甜品的芒果布丁等不合格食品已在北京全市停售，消费者可以凭购物小票退货。"
            * 2
        ],
    ),
}


@pytest.mark.parametrize("language", HEADLINES)
@pytest.mark.parametrize("is_kept", [True, False])
def test_the_headline_is_found_whether_it_was_kept_or_cut(language: str, is_kept: bool) -> None:
    headline, above, below = HEADLINES[language]
    lines = [*above, headline, *below]
    text = {lines.index(line) for line in below if len(line) > 60}
    place = choose_title(lines, text | ({len(above)} if is_kept else set()))
    assert place is not None
    assert lines[place] == headline


@pytest.mark.parametrize("language", HEADLINES)
def test_a_document_gets_its_headline(language: str) -> None:
    headline, above, below = HEADLINES[language]
    made = process(an_item("\n".join([*above, headline, *below])), shared_models())
    assert isinstance(made, Document)
    assert made.title == headline
    assert made.origins.title == "headline"


def test_a_text_without_a_headline_gets_none() -> None:
    _, _, below = HEADLINES["en"]
    assert choose_title(below[2:], {0, 1}) is None
    assert choose_title(["Реклама", "Подписаться на новости", *below[2:]], {2, 3}) is None
    assert choose_title(["Home", "News"], set()) is None


def test_the_headline_itself_is_better_than_with_the_name_of_the_site() -> None:
    headline, above, below = HEADLINES["en"]
    lines = [f"{headline} | The Daily Planet", *above, headline, *below]
    place = choose_title(lines, {len(lines) - 1, len(lines) - 2})
    assert place is not None
    assert lines[place] == headline


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp", "Cc"]), min_size=1).map(str.strip), min_size=1
    ),
)
def test_any_lines_can_be_weighed(lines: list[str]) -> None:
    lines = [line or "x" for line in lines]
    kept = {place for place in range(len(lines)) if place % 2}
    places, evidence = weigh(lines, kept)
    assert evidence.shape == (len(places), len(WEIGHTS))
    place = choose_title(lines, kept)
    assert place is None or place in places
