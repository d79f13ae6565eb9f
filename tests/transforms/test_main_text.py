"""The model of the lines at work: what it keeps and cuts, and that nothing it is given makes it fail."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import RULES, Site, cut, find_boilerplate, main_text
from transforms.boilerplate.bounded_markup import within_bounds
from transforms.boilerplate.extractors import EXTRACTORS, NOT_ASKED, ask, words_of
from transforms.boilerplate.line_choice import AGREEMENT_FEATURES, CUT_FEATURES, cuts, expected_f1
from transforms.boilerplate.line_features import count_lines, read_characters
from transforms.boilerplate.line_labels import GROUPS, LABEL_FEATURES, labels
from transforms.boilerplate.line_model import Forest, feature_groups, probability, see
from transforms.boilerplate.line_words import BUCKETS, read_words, stem_number
from transforms.boilerplate.markup import read_markup
from transforms.boilerplate.menu_words import PURPOSES
from transforms.document import Document
from transforms.models import shared_models
from transforms.pipeline import process
from transforms.readers.html import read_page

MODEL = shared_models().lines
HEADLINE = "Заголовок статьи о важном событии"
SENTENCES = [f"Это абзац номер {number}, в нём достаточно слов, чтобы считаться текстом статьи." for number in range(6)]
HTML = """<html><head><title>T</title></head><body><nav><a href=/>Главная</a> <a href=/n>Новости</a></nav>
<article><h1>Заголовок статьи о важном событии</h1>{paragraphs}</article>
<footer>Все права защищены, копирование запрещено</footer></body></html>"""
MENU = "Главная Новости Политика Экономика Спорт Культура Фото Видео Контакты Реклама Войти Поиск".split()


def page_of(sentences: list[str]) -> str:
    return HTML.format(paragraphs="".join(f"<p>{sentence}</p>" for sentence in sentences))


def test_html_outside_the_main_content_is_cut() -> None:
    html = page_of(SENTENCES)
    original = read_page(html).text
    text = cut(original, find_boilerplate(an_item(original, html=html, title=HEADLINE), model=MODEL))
    assert text.split("\n") == [HEADLINE, *SENTENCES]


@pytest.mark.parametrize("html", ["", "<p>", "<html></html>", "not html at all", "<html><body>" + "<div>" * 500])
def test_html_in_which_nothing_is_found_keeps_the_text(html: str) -> None:
    original = "\n".join(SENTENCES)
    assert cut(original, find_boilerplate(an_item(original, html=html), model=MODEL)) == original


def test_an_extractor_that_fails_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("trafilatura.extract", fail)
    html = page_of(SENTENCES)
    for extractor in EXTRACTORS:
        shares = ask(extractor, html, [words_of(SENTENCES[0]), []])
        assert shares[1] == NOT_ASKED
        assert shares[0] == (0 if extractor.name == "trafilatura" else 1), extractor.name


def test_pages_with_thousands_of_tables_are_not_for_extractors(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("trafilatura.extract", lambda html, **_: asked.append(html))
    (trafilatura,) = (extractor for extractor in EXTRACTORS if extractor.name == "trafilatura")
    for tables in (3, 2000, 2001):
        ask(trafilatura, "<p>Text.</p>" + "<TABLE><tr><td>a</table>" * tables, [["text"]])
    assert len(asked) == 2


@pytest.mark.parametrize("attribute", [" a{}='>'", ' a{}=">"', " a{} = b", "\na{}", "/a{}"])
@pytest.mark.parametrize("end", [">", " >", "", " b='"])
def test_attributes_beyond_the_bound_are_left_out(attribute: str, end: str) -> None:
    def page(count: int) -> str:
        return "<p>" + "<b" + "".join(attribute.format(number) for number in range(count)) + end + "Text<i>more</i>"

    many = within_bounds(page(5000)) or ""
    assert within_bounds(page(999)) == page(999)
    assert many.startswith(page(1000).partition("999")[0])
    assert "1000" not in many
    assert many.endswith("Text<i>more</i>") or end in ("", " b='")


def test_quotes_in_a_text_are_no_attributes() -> None:
    page = "<p>It's <b title=\"'\">here</b> " + "and there " * 5000 + "<p>it's"
    assert within_bounds(page) == page


def test_the_menu_around_an_article_is_cut() -> None:
    foot = ["Читайте также", "Комментарии", "Подписаться на рассылку", "О проекте", "Правила", "© 2019 Агентство"]
    original = "\n".join([f"{HEADLINE} | Агентство", *MENU, HEADLINE, *SENTENCES, *foot, *MENU])
    spans = find_boilerplate(an_item(original), model=MODEL)
    kept = cut(original, spans).split("\n")
    assert kept[-len(SENTENCES) :] == SENTENCES
    assert all(line.startswith(HEADLINE) for line in kept[: -len(SENTENCES)])
    made = process(an_item(original), shared_models())
    assert isinstance(made, Document)
    assert made.title == HEADLINE
    assert {span.reason for span in spans} <= {rule.reason for rule in RULES}
    assert main_text.NAVIGATION in {span.reason for span in spans}


CLEAN = {
    "be": "Сустрэча ў Мінску адбылася ў развіццё дамоўленасцей кіраўнікоў дзвюх дзяржаў, дасягнутых у час візіту.",
    "tt": "Бүген Казанда республика җитәкчелеге катнашында зур җыелыш узды, анда яңа завод төзү турында сөйләштеләр.",
    "kk": "Бүгін Астанада өткен отырыста министрлер өңірлерді дамыту жоспарын талқылап, жаңа шешімдер қабылдады.",
    "ba": "Бөгөн Өфөлә республика етәкселеге ҡатнашлығында ҙур йыйылыш үтте, яңы завод тураһында һөйләштеләр.",
    "uk": "Зустріч у Києві відбулася на розвиток домовленостей керівників двох держав, яких досягли під час візиту.",
    "zh": "今天上午，两国领导人在首都举行会谈，就经济合作和地区局势交换了意见，并签署了多项协议。",
    "el": "Η συνάντηση πραγματοποιήθηκε στην Αθήνα, στο πλαίσιο των συμφωνιών που είχαν επιτευχθεί πέρυσι.",
}


@pytest.mark.parametrize("language", CLEAN)
def test_a_clean_text_is_kept_whole(language: str) -> None:
    original = "\n".join(f"{CLEAN[language]} {number}." for number in range(8))
    assert find_boilerplate(an_item(original), model=MODEL) == ()


@pytest.mark.parametrize("language", ["be", "ba"])
def test_the_text_of_a_feed_is_kept_whole(language: str) -> None:
    last = {"be": "Уваход каштуе 6 рублёў.", "ba": "Аҙна аҙағына тиклем һалҡын һаҡланасаҡ."}[language]
    markup = "".join(f"<p>{CLEAN[language]} {number}.</p>" for number in range(3)) + f"<p>{last}</p>"
    item = an_item(read_page(markup).text, html=markup)
    assert find_boilerplate(item, model=MODEL) == ()


any_line = st.text(st.characters(exclude_categories=("Cc", "Cs"))) | st.sampled_from([*MENU, *SENTENCES, HEADLINE])


@settings(max_examples=200, deadline=None)
@given(st.lists(any_line, max_size=25), st.booleans())
def test_no_text_is_lost_and_none_left_out(texts: list[str], is_known: bool) -> None:
    original = "\n".join(texts)
    site = Site(frozenset({"главная", "новости"})) if is_known else None
    spans = find_boilerplate(an_item(original), site, MODEL)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(span.start < span.end for span in spans)
    rules_alone = cut(original, find_boilerplate(an_item(original), site)).strip()
    assert bool(cut(original, spans).strip()) == bool(rules_alone)


@settings(max_examples=100, deadline=None)
@given(st.lists(any_line.filter(str.strip), min_size=1, max_size=25))
def test_every_page_is_seen_in_finite_numbers(texts: list[str]) -> None:
    texts = [text.strip() for text in texts]
    sight = see(texts, MODEL.vocabulary)
    assert sight.features.shape == (len(feature_groups("plain")), len(texts))
    assert np.isfinite(sight.features).all()


def test_html_pages_are_seen_with_their_markup_and_votes() -> None:
    html = page_of(SENTENCES)
    lines = read_markup(html)
    texts = [line.text for line in lines]
    assert texts == read_page(html).text.split("\n")
    votes = {extractor.name: ask(extractor, html, [words_of(text) for text in texts]) for extractor in EXTRACTORS}
    sight = see(texts, MODEL.vocabulary, markup=lines, votes=votes)
    assert sight.features.shape == (len(feature_groups("html")), len(texts))
    assert lines[0].in_links == 1
    assert lines[2].in_links == 0


def test_lines_are_counted() -> None:
    texts = ["Главная", "В 12:40 он сказал: «Да». Потом, по словам Иванова, ушёл домой.", "你好世界。", "Далее…"]
    counted = count_lines(read_characters(texts))
    assert counted.words.tolist() == pytest.approx([1, 12, 4 * 0.6, 1])
    assert counted.ends_sentence.tolist() == [False, True, True, True]
    assert counted.prose.tolist() == [False, True, False, False]
    assert counted.keys == tuple(text.casefold() for text in texts)


def test_words_are_compared_by_their_stems_and_two_ideographs_are_a_word() -> None:
    words = read_words(read_characters(["Комментарии комментировать", "世界和平"]))
    assert words.lines.tolist() == [0, 1, 1, 1]
    assert words.size == 4
    assert stem_number("комме") != stem_number("комму")
    assert (words.tokens < BUCKETS).all()


def test_a_forest_asks_its_questions() -> None:
    # One tree of depth 2: bit 0 asks whether x0 > 1, bit 1 whether x1 > 5; another of depth 2 that only has one leaf.
    forest = Forest(
        features=np.array([[0, 1], [0, 0]]),
        borders=np.array([[1, 5], [np.inf, np.inf]], np.float32),
        leaves=np.array([[0, 1, 2, 3], [10, 0, 0, 0]], np.float32),
        bias=100.0,
    )
    rows = np.array([[0, 0], [2, 0], [0, 6], [2, 6], [1, 5]], np.float32)
    assert forest.values(rows.T).tolist() == [110, 111, 112, 113, 110]


pages = st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(0, 90), st.booleans()), min_size=1, max_size=40)


@given(pages)
def test_the_cuts_of_a_page_are_described_by_what_they_keep(lines: list[tuple[float, int, bool]]) -> None:
    likely, words = (np.array([line[i] for line in lines], np.float32) for i in (0, 1))
    is_prose = np.array([line[2] for line in lines])
    found = cuts(likely, words, is_prose)
    assert found.features.shape == (len(CUT_FEATURES), len(found.kept))
    assert np.isfinite(found.features).all()
    assert found.kept[0].all()
    size = np.maximum(words, 0.5)
    for kept, described in zip(found.kept, found.features.T, strict=True):
        assert kept.any()
        of = dict(zip(CUT_FEATURES, described.tolist(), strict=True))
        where = np.flatnonzero(kept)
        runs = np.split(where, np.flatnonzero(np.diff(where) > 1) + 1)
        assert of["log runs"] == pytest.approx(np.log1p(len(runs)), rel=1e-5)
        longest = max(size[run].sum() for run in runs) / size[kept].sum()
        assert of["share of longest run"] == pytest.approx(longest, rel=1e-4)
        assert of["share kept"] == pytest.approx(size[kept].sum() / size.sum(), rel=1e-4)
        span = slice(where[0], where[-1] + 1)
        assert of["share kept from first to last"] == pytest.approx(size[kept].sum() / size[span].sum(), rel=1e-4)
        assert of["least likely kept"] == likely[kept].min()
        assert of["likeliest cut"] == max(likely[~kept], default=0)


@given(pages, st.data())
def test_the_cuts_of_an_html_page_are_compared_with_what_extractors_took(
    lines: list[tuple[float, int, bool]], data: st.DataObject
) -> None:
    likely, words = (np.array([line[i] for line in lines], np.float32) for i in (0, 1))
    is_prose = np.array([line[2] for line in lines])
    shares = st.lists(st.sampled_from([NOT_ASKED, 0, 0.5, 0.75, 1]), min_size=len(lines), max_size=len(lines))
    took = np.array([data.draw(shares) for _ in EXTRACTORS], np.float32)
    took[data.draw(st.integers(0, len(EXTRACTORS) - 1))] = NOT_ASKED
    found = cuts(likely, words, is_prose, took)
    assert found.features.shape == (len(CUT_FEATURES) + len(AGREEMENT_FEATURES), len(found.kept))
    assert np.isfinite(found.features).all()
    kept = {tuple(kept) for kept in found.kept.tolist()}
    assert {tuple(of_one) for of_one in (took > 0.5).tolist() if any(of_one)} <= kept
    size = np.maximum(words, 0.5)
    for of_cut, described in zip(found.kept, found.features[len(CUT_FEATURES) :].T, strict=True):
        of = dict(zip(AGREEMENT_FEATURES, described.tolist(), strict=True))
        for extractor, its in zip(EXTRACTORS, took, strict=True):
            asked = (its > NOT_ASKED).any()
            both, taken = (np.maximum(its, 0) * size)[of_cut].sum(), (np.maximum(its, 0) * size).sum()
            f1 = 2 * both / (size[of_cut].sum() + max(taken, 1)) if asked else NOT_ASKED
            assert of[f"{extractor.name} F1"] == pytest.approx(f1, rel=1e-4)


def test_where_the_extractors_agree_about_another_cut_they_are_believed() -> None:
    words = np.full(20, 10, np.float32)
    likely = np.array([0.7] * 4 + [0.9] * 16, np.float32)
    quality = np.zeros(40, np.float32)
    article = np.repeat([1.0, 0.0], (4, 16)).astype(np.float32)
    for votes, is_article in (([article] * 3, True), ([article, 1 - article, 1 - article], False)):
        found = cuts(likely, words, likely > 0, np.array(votes))
        comments = next(i for i, kept in enumerate(found.kept) if not kept[0])
        said = quality[: len(found.kept)].copy()
        said[comments] = 1
        assert found.kept[found.best(said)].tolist() == [is_article] * 4 + [not is_article] * 16


@given(pages)
def test_a_page_is_as_clear_as_its_best_threshold(lines: list[tuple[float, int, bool]]) -> None:
    likely, words = (np.array([line[i] for line in lines], np.float32) for i in (0, 1))
    size = np.maximum(words, 0.5).astype(float)
    kept_by = [likely >= threshold for threshold in likely]
    best = max(2 * (likely * size)[kept].sum() / (size[kept].sum() + (likely * size).sum()) for kept in kept_by)
    assert expected_f1(likely, words) == pytest.approx(best, abs=1e-3)


def test_a_page_unlike_any_other_is_not_cut_down_to_a_line() -> None:
    # No line is likelier than one half, as on pages in a language without a vocabulary.
    sight = see([*SENTENCES[:4], "Меню", "Ещё", "Вход"], MODEL.vocabulary)
    likely = np.array([0.45, 0.4, 0.42, 0.38, 0.02, 0.01, 0.03], np.float32)
    assert MODEL.choose(sight, "plain", likely).tolist() == [True] * 4 + [False] * 3
    assert expected_f1(likely, sight.size) < 0.7


def test_each_purpose_of_a_label_is_in_one_group() -> None:
    assert sorted(purpose for group in GROUPS.values() for purpose in group.split()) == sorted(PURPOSES)


def test_labels_are_seen_from_afar() -> None:
    texts = [
        "Каментарыі (3)",
        *SENTENCES[:3],
        "Читайте также",
        "1",
        "Подписаться на наш канал и ещё на многое, что мы пишем",
    ]
    found = dict(zip(LABEL_FEATURES, labels(read_words(read_characters(texts))), strict=True))
    assert found["comments: is a label"].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert found["comments: lines since"].tolist() == pytest.approx(np.log1p(range(7)).tolist())
    assert found["comments: lines to"].tolist() == [0, -1, -1, -1, -1, -1, -1]
    assert found["more: lines to"].tolist() == pytest.approx([*np.log1p([4, 3, 2, 1, 0]).tolist(), -1, -1])
    assert found["more: labels above"].tolist() == pytest.approx([0, 0, 0, 0, *[np.log1p(1)] * 3])
    # A line of so many words says something.
    assert not found["following: is a label"].any()


def test_the_contributions_are_of_the_lines() -> None:
    sight = see([*MENU, *SENTENCES], MODEL.vocabulary)
    groups = MODEL.contributions(sight, "plain")
    assert set(groups) == set(feature_groups("plain"))
    assert all(len(values) == len(MENU) + len(SENTENCES) for values in groups.values())
    likely = probability(MODEL.log_odds(sight, "plain"))
    assert likely[-1] > likely[0]


def test_what_a_source_has_taught_changes_no_cut_of_an_html_page_but_its_own() -> None:
    appeal = "Подписывайтесь на наш канал, чтобы первыми узнавать о том, что происходит в городе."
    html = page_of([*SENTENCES[:3], appeal, *SENTENCES[3:]])
    original = read_page(html).text
    item = an_item(original, html=html)
    alone = find_boilerplate(item, model=MODEL)
    known = find_boilerplate(item, Site(frozenset({appeal.casefold()})), MODEL)
    assert [span for span in known if span.reason != "site-template"] == list(alone)
    assert any(span.reason == "site-template" for span in known)
