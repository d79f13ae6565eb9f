"""Lines that recur across the documents of a source: what is learned, and what never is."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import Site, cut, find_boilerplate
from transforms.boilerplate.overlay import with_templates, without_templates
from transforms.boilerplate.templates import Template, learn, line_keys, site_of

MENU = ["Галоўная", "Навіны Беларусі", "Спорт", "Увайсці"]
FOOT = ["Пра нас", "Пры выкарыстанні матэрыялаў спасылка на сайт абавязковая.", "© 2019 Рэдакцыя"]
_NOUNS = "школа завод музей вакзал стадыён тэатр мост парк рынак праспект".split()
_VERBS = "адкрылі зачынілі адрамантавалі пабудавалі прадалі перанеслі паказалі знайшлі згубілі пафарбавалі".split()


def sentence(number: int) -> str:
    """A sentence of ten words that no other number has; digits alone would make no difference."""
    digits = [int(digit) for digit in f"{number:04d}"]
    first, second = (_NOUNS[digits[i]] for i in (0, 1))
    third, fourth = (_VERBS[digits[i]] for i in (2, 3))
    return f"Учора {first} і {second} у нашым горадзе {third}, а потым яшчэ {fourth}."


def article(number: int, sentences: int = 3) -> list[str]:
    return [sentence(number * 10 + i) for i in range(sentences)]


def page(number: int, body: Sequence[str] | None = None) -> list[str]:
    return [*MENU, *(article(number) if body is None else body), *FOOT]


def found(documents: Sequence[Sequence[str]]) -> set[str]:
    return {template.line for template in learn(documents)}


def test_menus_and_feet_are_learned_from_two_documents() -> None:
    assert found([page(1), page(2)]) == {*MENU, *FOOT}


def test_a_template_says_in_how_many_documents_it_is() -> None:
    templates = {template.key: template for template in learn([page(1), page(2), page(3), ["Спорт", *article(4)]])}
    assert templates["спорт"] == Template("спорт", "Спорт", 4)
    assert templates["© 0 рэдакцыя"].line == "© 2019 Рэдакцыя"
    assert [template.documents for template in learn([page(1), page(2), page(3), ["Спорт", *article(4)]])][:2] == [4, 3]


def test_one_document_teaches_nothing_and_neither_do_none() -> None:
    assert learn([]) == learn([[]]) == learn([["", " "]]) == learn([page(1)]) == ()


def test_numbers_case_and_spaces_do_not_matter() -> None:
    assert line_keys(["12  Каментароў", "7 каментароў"]) == ["0 каментароў", "0 каментароў"]
    pages = [["Галоўная", f"{n} каментароў", *article(n)] for n in (1, 2)]
    assert "0 каментароў" in {template.key for template in learn(pages)}


@given(st.permutations([page(n) for n in range(6)] + [article(7), page(8, article(2))]))
def test_the_order_of_documents_does_not_matter(documents: list[list[str]]) -> None:
    assert learn(documents) == learn(sorted(documents))


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.permutations(range(3)))
def test_an_article_delivered_again_counts_once(copies: list[int], order: list[int]) -> None:
    """Under other addresses, with a paragraph more or less, between whatever menus, never mind how often."""
    documents = [
        [*MENU[:extra], *article(number, 5)[: 5 - extra], *(sentence(9000 + extra),) * (extra > 1), *FOOT[:extra]]
        for number in order[:1]
        for extra in copies
    ]
    assert learn(documents) == ()
    others = [page(number) for number in (50, 51, 52)]
    assert found([*documents, *others]) == {*MENU, *FOOT}


def test_documents_without_sentences_are_copies_by_their_lines() -> None:
    verse = ["Мой родны кут", "як ты мне мілы", "забыць цябе не маю сілы", "не раз утомлены дарогай", "жыццём вясны"]
    assert learn([verse, [*verse, "Якуб Колас"], ["Паэма", *verse]]) == ()


@given(st.integers(2, 12), st.integers(0, 3), st.integers(1, 3))
def test_quoted_sentences_are_never_learned(articles: int, place: int, quoted: int) -> None:
    """Not even in all articles, and several in a row: they have the article's own text around them."""
    quotation = [sentence(9900 + i) for i in range(quoted)]
    documents = []
    for number in range(articles):
        own = article(number, 8)
        cut_at = place % 3 * 2 + 1
        documents.append(page(number, [*own[:cut_at], *quotation, *own[cut_at:]]))
    assert not found(documents) & set(quotation)


def test_background_at_the_end_of_some_follow_ups_is_not_learned() -> None:
    background = sentence(9900)
    pages = [page(number, [*article(number), background] if number < 4 else None) for number in range(12)]
    assert background not in found(pages)
    # What stands at the end of most articles is no part of them.
    pages = [page(number, [*article(number), background]) for number in range(12)]
    assert background in found(pages)


def test_dates_agencies_and_bylines_are_never_learned() -> None:
    head = [
        "18 лістапада 2019, Мінск /Кар. БЕЛТА/",
        "18 лістапада 2019",
        "БЕЛТА",
        "Аўтар: Марыя Іванова",
        "12:40, 17.05.2019",
    ]
    pages = [[*MENU, *head, *article(number), *FOOT] for number in range(4)]
    assert not found(pages) & set(head)
    assert {*MENU, *FOOT} <= found(pages)


def test_questions_and_headings_inside_the_text_need_a_share_of_the_documents() -> None:
    interview = [
        page(number, [line for pair in zip(["Пытанне:"] * 3, article(number), strict=True) for line in pair])
        for number in range(8)
    ]
    assert "Пытанне:" not in found(interview)
    inside = [
        page(number, [article(number)[0], "Рэклама", *article(number)[1:]] if number < 2 else None)
        for number in range(12)
    ]
    assert "Рэклама" not in found(inside)
    inside = [page(number, [article(number)[0], "Рэклама", *article(number)[1:]]) for number in range(12)]
    assert "Рэклама" in found(inside)


def test_the_headline_of_an_article_is_no_teaser() -> None:
    headline = "У горадзе адкрылі новую школу"
    pages = [page(number) for number in range(10)]
    teasers = [[*MENU, "Чытайце таксама", headline, *article(20 + number), *FOOT] for number in range(2)]
    own = [*MENU, headline, *article(30), *FOOT]
    assert headline not in found([*pages, *teasers, own])


def texts(original: str, templates: Sequence[str], **other: str) -> str:
    item = an_item(original, **other)
    site = Site(frozenset(line_keys(templates)))
    return cut(original, find_boilerplate(item, site))


def test_templates_are_cut_with_their_reason() -> None:
    original = "\n".join(page(1))
    site = site_of(learn([page(2), page(3)]))
    spans = find_boilerplate(an_item(original), site)
    assert {span.reason for span in spans} == {"site-template"}
    assert cut(original, spans) == "\n".join(article(1))


@given(
    st.lists(st.sampled_from([*MENU, *FOOT, *article(1), "Загаловак", ""]), max_size=8),
    st.sets(st.sampled_from([*MENU, *FOOT, *article(1), "Загаловак"])),
)
def test_no_document_loses_everything(lines: list[str], templates: set[str]) -> None:
    original = "\n".join(lines)
    left = texts(original, sorted(templates))
    before = cut(original, find_boilerplate(an_item(original)))
    assert bool(left.strip()) == bool(before.strip())
    sentences = {*article(1), FOOT[1]}
    if sentences & set(before.split("\n")):
        assert sentences & set(left.split("\n"))


def test_a_document_keeps_its_title() -> None:
    body = article(1)
    left = texts("\n".join(["Меню сайта", "Новая школа ў горадзе", *body]), ["Новая школа ў горадзе", "Меню сайта"])
    assert left == "\n".join(body)
    left = texts(
        "\n".join(["Меню сайта", "Новая школа ў горадзе", *body]),
        ["Новая школа ў горадзе", "Меню сайта"],
        title="Новая школа ў горадзе",
    )
    assert left == "\n".join(["Новая школа ў горадзе", *body])


@given(
    st.lists(st.sampled_from([*MENU, *article(1), "реклама", "16+", ""]), max_size=10),
    st.sets(st.sampled_from(MENU)),
)
def test_templates_can_be_laid_over_other_cuts_and_taken_off(lines: list[str], templates: set[str]) -> None:
    item = an_item("\n".join(lines))
    site = Site(frozenset(line_keys(sorted(templates))))
    others = find_boilerplate(item)
    both = with_templates(item.original, others, item.title, site)
    assert both == find_boilerplate(item, site)
    assert without_templates(item.original, both) == others


@pytest.mark.parametrize("text", ["\u3002", "今天學校開學，學生和老師都很高興。", "今天的天氣很好，大家都出去玩了。"])
def test_scripts_without_spaces_have_words(text: str) -> None:
    pages = [
        [f"首頁{'一二三'[n]}", text, *(line + "。" for line in ("學" * 30, "校" * 30)[n : n + 1])] for n in range(2)
    ]
    assert text not in found(pages)
