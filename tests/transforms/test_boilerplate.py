"""Boilerplate rules: what they cut, what they spare, and that every cut can be undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import RULES, cut, find_boilerplate
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.headline import find_headline
from transforms.boilerplate.marks import EDGE_LINES, is_ad_slot, is_age_mark, is_share_button
from transforms.boilerplate.page import kept_lines, spans_of
from transforms.lines import split_lines

PARAGRAPH = "Першы абзац тэксту, які заканчваецца кропкай, як і належыць абзацу."
OTHER = "Другі абзац, таксама доўгі і таксама з кропкай у самым канцы радка."
THIRD = "Трэці абзац, каб было між чым стаяць подпісам пад здымкамі ў тэксце."


@pytest.mark.parametrize(
    "line",
    [
        "news_header_top_970_100",
        "autoscroll_news_right_240_400_1",
        "banner_top",
        "top-banner-2",
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
        "GPT-4",
        "Chat-GPT",
        "Ad-hoc",
        "Реклама пива запрещена.",
    ],
)
def test_no_ad_slots(line: str) -> None:
    assert not is_ad_slot(line)


@pytest.mark.parametrize(
    "line",
    ["Share", "Share this article", "Поделиться:", "Поделиться в соцсетях", "Падзяліцца", "Podijeli na Facebooku"],
)
def test_share_buttons(line: str) -> None:
    assert is_share_button(line)
    assert reasons("\n".join(["Загаловак усёй навіны", line, PARAGRAPH, OTHER])) == [("share-button", line)]


@pytest.mark.parametrize(
    "line", ["Share prices rise", "Share this.", "Поделиться опытом приехали врачи", "Подели её", ""]
)
def test_no_share_buttons(line: str) -> None:
    assert not is_share_button(line)


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
    assert reasons(f"Загаловак усёй навіны!\nЗагаловак усёй навіны!\n{PARAGRAPH}", title="Загаловак усёй навіны") == [
        ("repeated-headline", "Загаловак усёй навіны!")
    ]


def test_copies_of_the_headline_may_name_the_site_and_the_day() -> None:
    headline = "В Дагестане из-за схода селя перекрыли трассу"
    copy = f"{headline} - РИА Новости, 22.11.2026"
    assert reasons("\n".join([headline, copy, PARAGRAPH, OTHER])) == [("repeated-headline", copy)]


def test_a_lead_that_the_text_begins_with_goes() -> None:
    lead = PARAGRAPH.split(". ", maxsplit=1)[0].rstrip(".")
    text = f"МИНСК, 22 ноя — РИА Новости. {lead}, о чём сообщили вчера."
    for copy in (f"{lead}.", f"{lead}. РИА Новости, 22.11.2026"):
        assert reasons("\n".join(["Загаловак усёй навіны", copy, text, OTHER])) == [("repeated-lead", copy)]
    assert reasons("\n".join(["Загаловак усёй навіны", f"{lead}.", OTHER, THIRD])) == []
    # Who quotes it later does not begin with it.
    quoted = f"{OTHER} {THIRD} «{lead}», – сказаў ён."
    assert reasons("\n".join(["Загаловак усёй навіны", f"{lead}.", quoted])) == []


def test_captions_go_all_of_them() -> None:
    caption = "Візіт дэлегацыі Рэспублікі ў Народную Рэспубліку"
    original = "\n\n".join([PARAGRAPH, caption, OTHER, caption, THIRD, caption, PARAGRAPH])
    assert reasons(original) == [("repeated-caption", caption)] * 3
    assert cut(original, find_boilerplate(an_item(original))) == "\n\n".join([PARAGRAPH, OTHER, THIRD, PARAGRAPH])


def test_a_long_caption_is_known_by_two_copies() -> None:
    caption = "Візіт дэлегацыі Рэспублікі на чале з Прэзідэнтам у Народную Рэспубліку"
    assert reasons("\n".join([PARAGRAPH, caption, OTHER, caption, THIRD])) == [("repeated-caption", caption)] * 2


SPEAKER = "Министр финансов Республики Татарстан"
HEADING = "Как устроен новый завод автобусов в Казани и кто его строит"
INTRODUCTION = "Как сообщает пресс-служба министерства обороны страны и её представители:"


@pytest.mark.parametrize(
    "lines",
    [
        [PARAGRAPH, "Пытанне карэспандэнта", OTHER, "Пытанне карэспандэнта", THIRD],
        [PARAGRAPH, "Сказ паўтараецца слова ў слова.", OTHER, "Сказ паўтараецца слова ў слова."],
        ["Ой у лузе каліна стаяла", "прыпеў прыпеў прыпеў прыпеў", "А пад ёю дзяўчына", "прыпеў прыпеў прыпеў прыпеў"],
        [PARAGRAPH, "радок са спісу тавараў", "радок са спісу тавараў", OTHER],
        [PARAGRAPH, SPEAKER, OTHER, "Депутат", THIRD, SPEAKER, PARAGRAPH],
        [PARAGRAPH, INTRODUCTION, OTHER, INTRODUCTION, THIRD],
        [PARAGRAPH, "Змест", HEADING, "Яшчэ адзін раздзел", OTHER, HEADING, THIRD],
        [
            "Иван Петров",
            "Здравствуйте, я приехал.",
            "Анна Сидорова",
            "Добрый день.",
            "Иван Петров",
            "Спасибо за приглашение.",
        ],
        [
            "I have a dream that one day",
            "this nation will rise up.",
            "I have a dream that one day",
            "all will be equal.",
        ],
        ["Загаловак усёй навіны", PARAGRAPH, OTHER, THIRD, "Загаловак усёй навіны", PARAGRAPH],
        [PARAGRAPH, OTHER, THIRD, PARAGRAPH, OTHER, THIRD, "18+", PARAGRAPH, OTHER, THIRD, PARAGRAPH, OTHER, THIRD],
        [PARAGRAPH, "ТАСС", "Интерфакс", "БЕЛТА"],
    ],
    ids=[
        "short lines",
        "sentences",
        "verse",
        "neighbours",
        "speakers",
        "introductions",
        "table of contents",
        "interview",
        "wrapped refrain",
        "far below",
        "age group",
        "list of agencies",
    ],
)
def test_lines_that_return_on_purpose_stay(lines: list[str]) -> None:
    assert reasons("\n".join(lines)) == []


def test_a_title_of_one_word_is_no_headline_to_cut_by() -> None:
    assert reasons(f"{PARAGRAPH}\nКазань\n{OTHER}\nКазань", title="Казань") == []


@pytest.mark.parametrize(
    "first",
    [
        "The president said on Tuesday that he would not\nmove",
        "18 ноября 2019 года",
        "Иван Иванов",
        "Фото пресс-службы президента",
    ],
)
def test_first_lines_that_are_no_headline(first: str) -> None:
    assert find_headline(split_lines(f"{first}\n{PARAGRAPH}\n{OTHER}")) is None


def test_the_agency_signs_at_the_foot_only() -> None:
    assert reasons(f"{PARAGRAPH}\nБЕЛТА") == [("agency-signature", "БЕЛТА")]
    assert reasons(f"{PARAGRAPH}\n«Татар-информ».") == [("agency-signature", "«Татар-информ».")]
    assert reasons("БЕЛТА") == []
    assert reasons("\n".join(["БЕЛТА", PARAGRAPH, OTHER, THIRD, PARAGRAPH])) == []
    assert reasons(f"{PARAGRAPH}\nБЕЛТА паведаміла") == []


def test_nothing_is_cut_from_plain_prose() -> None:
    assert reasons("\n".join([PARAGRAPH, OTHER, THIRD])) == []


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
def test_no_mark_is_left(original: str) -> None:
    """A second pass finds no advertising slot, and no age mark is kept at the edges of the page.

    (A second pass may find age marks: what the first one cut brings others nearer to the edge.)
    """
    spans = find_boilerplate(an_item(original))
    assert "ad-slot" not in {span.reason for span in find_boilerplate(an_item(cut(original, spans)))}
    lines = split_lines(original)
    edges = {line.start for line in (*lines[:EDGE_LINES], *lines[-EDGE_LINES:])}
    assert not [
        line
        for line in kept_lines(lines_of(original), spans, but="none")
        if is_age_mark(line.text) and line.start in edges
    ]


@given(originals, st.sets(st.integers(0, 13)))
def test_spans_cut_just_the_lines_they_are_for(original: str, positions: set[int]) -> None:
    found = split_lines(original)
    chosen = {i for i in positions if i < len(found)}
    spans = spans_of(original, found, dict.fromkeys(chosen, "test"))
    kept = [line.text for line in split_lines(cut(original, spans))]
    assert kept == [line.text for i, line in enumerate(found) if i not in chosen]


@given(originals)
def test_kept_lines_are_those_of_the_text(original: str) -> None:
    spans = find_boilerplate(an_item(original))
    text = cut(original, spans)
    assert [line.text for line in kept_lines(lines_of(original), spans, but="none")] == [
        line.text for line in split_lines(text)
    ]


def test_a_page_of_many_marks_is_read_in_linear_time() -> None:
    """20,000 cuts took 46 s when each line was held against each span; now they take under a second."""
    original = "\n".join(f"news_top_{i}_100\nТэкст" for i in range(10, 20_010))
    spans = find_boilerplate(an_item(original))
    assert len(spans) > 9_000
    assert len(kept_lines(lines_of(original), spans, but="none")) + len(spans) >= 20_000


class TestReadAlso:
    @pytest.mark.parametrize(
        "line",
        [
            "Чытайце таксама: У Мінску адкрылі выставу",
            "▶ ЧИТАЙТЕ ТАКОЖ — Погода на завтра",
            "Оқи отырыңыз: Астанада LRT іске қосылды",
            "Шулай ук укыгыз: Әлмәттә театр фестивале башлана",
            "Przeczytaj też: Ceny biletów w górę",
            "Related: What the library means to Eastside",
            "The post На Палессі адкрылі сцежку first appeared on Вольная газета.",
            "Запись В Уфе выпал снег впервые появилась Уфа сегодня.",
        ],
    )
    def test_a_link_between_paragraphs_is_cut(self, line: str) -> None:
        assert reasons("\n".join(["Загаловак усёй навіны", OTHER, line, OTHER])) == [("read-also", line)]

    @pytest.mark.parametrize(
        "line",
        ["Читайте также", "По теме выступил министр: он обещал помочь", f"Читайте также: {'слово ' * 50}", "See also"],
    )
    def test_other_lines_stay(self, line: str) -> None:
        assert reasons("\n".join(["Загаловак усёй навіны", OTHER, line, OTHER])) == []
