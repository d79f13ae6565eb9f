"""Boilerplate rules: what they cut, what they spare, and that every cut can be undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import RULES, cut, find_boilerplate
from transforms.boilerplate.headline import find_headline
from transforms.boilerplate.marks import is_ad_slot, is_age_mark
from transforms.boilerplate.page import spans_of, split_lines

PARAGRAPH = "Першы абзац тэксту, які заканчваецца кропкай, як і належыць абзацу."
OTHER = "Другі абзац, таксама доўгі і таксама з кропкай у самым канцы радка."
THIRD = "Трэці абзац, каб было між чым стаяць подпісам пад здымкамі ў тэксце."


@pytest.mark.parametrize(
    "line",
    [
        "news_header_top_970_100",
        "autoscroll_news_right_240_400_1",
        "banner-top",
        "div-gpt-ad-1520-0",
        "yandex_rtb_R-A-12345-1",
        "adfox_151179",
        "Реклама",
        "— Рэклама —",
    ],
)
def test_ad_slots(line: str) -> None:
    assert is_ad_slot(line)


@pytest.mark.parametrize(
    "line",
    [
        "Нур-Султан",
        "state-of-the-art",
        "snake_case",
        "F-16",
        "2019-11-18",
        "Covid-19",
        "a_b",
        "Реклама пива запрещена.",
    ],
)
def test_no_ad_slots(line: str) -> None:
    assert not is_ad_slot(line)


@pytest.mark.parametrize("line", ["16+", "(18+)", "0 +", "[12+]"])
def test_age_marks(line: str) -> None:
    assert is_age_mark(line)


@pytest.mark.parametrize("line", ["16", "+16", "15+", "C++", "1916+", "16+ лет"])
def test_no_age_marks(line: str) -> None:
    assert not is_age_mark(line)


def reasons(original: str, **item: str) -> list[tuple[str, str]]:
    """What is cut of a text, as (reason, text)."""
    spans = find_boilerplate(an_item(original, **item))
    return [(span.reason, original[span.start : span.end].strip()) for span in spans]


def test_the_headline_stays_once() -> None:
    headline = "Загаловак без кропкі"
    original = "\n".join([headline, "Падзагаловак", headline, PARAGRAPH, OTHER])
    assert reasons(original) == [("repeated-headline", headline)]
    assert find_headline(split_lines(original)) == headline


def test_a_title_that_came_with_the_item_is_the_headline() -> None:
    assert reasons(f"Загаловак!\nЗагаловак!\n{PARAGRAPH}", title="Загаловак") == [("repeated-headline", "Загаловак!")]


def test_captions_go_all_of_them() -> None:
    caption = "Візіт дэлегацыі Рэспублікі ў Народную Рэспубліку"
    original = "\n\n".join([PARAGRAPH, caption, OTHER, caption, THIRD])
    assert reasons(original) == [("repeated-caption", caption)] * 2
    assert cut(original, find_boilerplate(an_item(original))) == "\n\n".join([PARAGRAPH, OTHER, THIRD])


@pytest.mark.parametrize(
    "original",
    [
        "\n".join([PARAGRAPH, "Пытанне карэспандэнта", OTHER, "Пытанне карэспандэнта", THIRD]),
        "\n".join([PARAGRAPH, "Сказ паўтараецца слова ў слова.", OTHER, "Сказ паўтараецца слова ў слова."]),
        "\n".join(
            [
                "Ой у лузе каліна стаяла",
                "прыпеў прыпеў прыпеў прыпеў",
                "А пад ёю дзяўчына",
                "прыпеў прыпеў прыпеў прыпеў",
            ]
        ),
        "\n".join([PARAGRAPH, "радок са спісу тавараў", "радок са спісу тавараў", OTHER]),
    ],
    ids=["short lines", "sentences", "verse", "neighbours"],
)
def test_lines_that_return_on_purpose_stay(original: str) -> None:
    assert reasons(original) == []


def test_the_agency_signs_at_the_foot_only() -> None:
    assert reasons(f"{PARAGRAPH}\nБЕЛТА") == [("agency-signature", "БЕЛТА")]
    assert reasons(f"{PARAGRAPH}\n«Татар-информ».") == [("agency-signature", "«Татар-информ».")]
    assert reasons("БЕЛТА") == []
    assert reasons("\n".join(["БЕЛТА", PARAGRAPH, OTHER, THIRD, PARAGRAPH])) == []
    assert reasons(f"{PARAGRAPH}\nБЕЛТА паведаміла") == []


def test_nothing_is_cut_from_plain_prose() -> None:
    assert reasons("\n".join([PARAGRAPH, OTHER, THIRD])) == []


HTML = """<html><head><title>T</title></head><body><nav><a href=/>Главная</a> <a href=/n>Новости</a></nav>
<article><h1>Заголовок статьи о важном событии</h1>{paragraphs}</article>
<footer>Все права защищены, копирование запрещено</footer></body></html>"""


def test_html_outside_the_main_content_is_cut() -> None:
    sentences = [
        f"Это абзац номер {number}, в нём достаточно слов, чтобы считаться текстом статьи." for number in range(6)
    ]
    html = HTML.format(paragraphs="".join(f"<p>{sentence}</p>" for sentence in sentences))
    original = "\n".join(
        [
            "Главная Новости",
            "Заголовок статьи о важном событии",
            *sentences,
            "Все права защищены, копирование запрещено",
        ]
    )
    item = an_item(original, html=html, title="Заголовок статьи о важном событии")
    text = cut(original, find_boilerplate(item))
    assert "Главная" not in text
    assert "права защищены" not in text
    assert text.startswith("Заголовок статьи")
    assert all(sentence in text for sentence in sentences)


@pytest.mark.parametrize("html", ["", "<p>", "<html></html>", "not html at all", "<html><body>" + "<div>" * 500])
def test_html_in_which_nothing_is_found_keeps_the_text(html: str) -> None:
    assert cut(PARAGRAPH, find_boilerplate(an_item(PARAGRAPH, html=html))) == PARAGRAPH


lines = st.sampled_from(
    [
        "",
        "  ",
        PARAGRAPH,
        OTHER,
        "Загаловак навіны без кропкі",
        "16+",
        "news_top_970_100",
        "БЕЛТА",
        "Подпіс пад адным са здымкаў",
        "\t x \x0c",
    ]
)
originals = st.lists(lines, max_size=14).map("\n".join) | st.text()


@given(originals, st.sampled_from([None, "Загаловак навіны без кропкі"]))
def test_every_cut_can_be_undone(original: str, title: str | None) -> None:
    spans = find_boilerplate(an_item(original, title=title))
    known = {rule.reason for rule in RULES}
    position = 0
    restored, text = "", cut(original, spans)
    for span in spans:
        assert position <= span.start < span.end <= len(original)
        assert span.reason in known
        kept = span.start - position
        restored += text[:kept] + original[span.start : span.end]
        text, position = text[kept:], span.end
    assert restored + text == original


@given(originals)
def test_cleaning_is_stable(original: str) -> None:
    """What was kept holds no mark that a second pass would cut."""
    text = cut(original, find_boilerplate(an_item(original)))
    again = {span.reason for span in find_boilerplate(an_item(text))}
    assert not again & {"ad-slot", "age-mark"}


@given(originals, st.sets(st.integers(0, 13)))
def test_spans_cut_just_the_lines_they_are_for(original: str, positions: set[int]) -> None:
    found = split_lines(original)
    chosen = {i for i in positions if i < len(found)}
    spans = spans_of(original, found, dict.fromkeys(chosen, "test"))
    kept = [line.text for line in split_lines(cut(original, spans))]
    assert kept == [line.text for i, line in enumerate(found) if i not in chosen]
