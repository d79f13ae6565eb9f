"""Pages in one paragraph and wrapped pages: which lines they are told apart into, and that others stay as they are."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import cut, find_boilerplate
from transforms.boilerplate.collapsed import laid_out, lines_of
from transforms.boilerplate.page import kept_lines, spans_of
from transforms.lines import split_lines
from transforms.wrapping import unwrap

HEADLINE = "На Дзвіне адкрылі новы мост для пешаходаў"
CAPTION = "Адкрыццё новага моста праз раку Дзвіну ў горадзе Полацку ў суботу"
FIRST = (
    "Мост адкрылі ў суботу раніцай, і першымі па ім прайшлі школьнікі з двух гарадскіх раёнаў. "
    "Рамонт доўжыўся два гады і каштаваў гораду шэсць мільёнаў рублёў, з іх палову даў абласны бюджэт."
)
SECOND = (
    "Стары мост быў зачынены пасля паводкі, калі вада падмыла адну з апор і падлогу прыйшлося разабраць. "
    "Цяпер дарога ад вакзала да рынку займае дзесяць хвілін, а не паўгадзіны."
)
THIRD = "Увосень на мосце паставяць лаўкі і ліхтары. Будаўнікі абяцаюць скончыць працу да першага снегу."
MARKS = ("news_header_top_970_100", "16+", "banner_right_240_400")


def texts(original: str) -> list[str]:
    return [line.text for line in lines_of(original)]


def joined(*lines: str) -> str:
    return " ".join(lines)


@pytest.mark.parametrize(
    "lines",
    [
        # Slots before, between and behind; the mark stands between two of them.
        (MARKS[0], MARKS[1], "Мост адкрылі. " + FIRST, "autoscroll_right_240_400_1", SECOND, MARKS[2]),
        ("div-gpt-ad-1520-0", FIRST + " " + SECOND),
        # The headline again under a lead, beside itself, and in front of a date.
        (HEADLINE, THIRD, HEADLINE, "(Полацк, 17 мая, БЕЛТА). " + FIRST + " " + SECOND),
        (HEADLINE, HEADLINE, FIRST + " " + SECOND),
        (HEADLINE, FIRST + " " + SECOND, HEADLINE, "17 мая 2019 года ў Полацку адкрылі мост. " + THIRD),
        # A caption of eleven words twice.
        (FIRST, CAPTION, SECOND, CAPTION, THIRD),
        (FIRST, CAPTION, SECOND, CAPTION, "«Мы чакалі гэтага», — сказаў мэр. " + THIRD),
        # The agency's signature, with and without place and date.
        (FIRST + " " + SECOND, "18 лістапада 2019, Полацк", "БЕЛТА"),
        (FIRST + " " + SECOND, "БелаПАН"),
    ],
)
def test_a_page_in_one_paragraph_has_its_lines_again(lines: tuple[str, ...]) -> None:
    assert texts(joined(*lines)) == list(lines)


def test_three_captions_whose_followers_begin_alike() -> None:
    caption = "Новы мост праз Дзвіну ў Полацку"
    lines = (FIRST, caption, "Яна адкрыта. " + SECOND, caption, "Яна новая. " + THIRD, caption, "Яна доўгая. " + FIRST)
    assert texts(joined(*lines)) == list(lines)


@pytest.mark.parametrize(
    "paragraph",
    [
        joined(FIRST, SECOND, THIRD),
        # A phrase that returns inside sentences, and one that two sentences begin with.
        joined(
            FIRST, "Пра гэта " + HEADLINE[:1].lower() + HEADLINE[1:] + " сказаў мэр.", SECOND, HEADLINE + " удзень."
        ),
        joined("The Governor of the Bank of England Andrew Bailey spoke.", FIRST, SECOND)
        + " The Governor of the Bank of England Mervyn King did not.",
        joined("The most common characteristics of the Tier 1 tools are many.", FIRST, SECOND)
        + " The most common characteristics of the Tier 2 tools are few.",
        # Sentences that return whole, as in verse and in law.
        joined(FIRST, THIRD, SECOND, THIRD, FIRST, THIRD),
        # Names with underscores are words of sentences on programming.
        joined(FIRST, "Set the option ad_slot_id before you call it.", SECOND),
        joined(FIRST, SECOND, "У файле banner_240_400 захоўваецца малюнак."),
        # An age inside the text, an agency inside a sentence, a sentence about one.
        joined(FIRST, "Уваход 16+ для ўсіх.", SECOND),
        joined(FIRST, SECOND, "Пра гэта паведаміла агенцтва БЕЛТА"),
        joined(FIRST, SECOND, "Пра гэта паведаміла БЕЛТА."),
        # Initials end no sentence.
        joined(
            FIRST, "Мэр А.Б. Новы мост праз Дзвіну ў Полацку бачыў.", SECOND, "Мэр А.Б. Новы мост праз Дзвіну хваліў."
        ),
    ],
)
def test_an_ordinary_paragraph_stays_one_line(paragraph: str) -> None:
    assert texts(paragraph) == [paragraph]


def test_a_signature_behind_the_last_paragraph_of_a_page_with_lines_stays_there() -> None:
    last = joined(SECOND, THIRD, "БЕЛТА")
    assert texts(f"{HEADLINE}\n{FIRST}\n{last}") == [HEADLINE, FIRST, last]


def test_what_is_short_or_a_small_part_of_the_page_stays_one_line() -> None:
    short = joined(MARKS[0], HEADLINE, "Тэкст.")
    assert texts(short) == [short]
    part = joined(MARKS[0], FIRST, SECOND)
    paragraphs = [f"{number}. {FIRST} {SECOND}" for number in range(9)]
    assert texts("\n".join([part, *paragraphs])) == [part, *paragraphs]


@given(st.lists(st.sampled_from(["мост", "Дзвіна", "вада,", "і", "дом.", "2019", "—", "«Новы»", "Ён"]), max_size=120))
def test_words_without_evidence_are_one_line(words: list[str]) -> None:
    """Numbered, no run of words returns; and without a slot or a signature there is nothing to go by."""
    text = " ".join(f"{word} {number}x" for number, word in enumerate(words))
    assert lines_of(text) == split_lines(text)


PARTS = st.lists(
    st.sampled_from([*MARKS, HEADLINE, CAPTION, FIRST, SECOND, THIRD, "БЕЛТА", "Тэкст", "д. 5"]), max_size=14
)
SPACES = st.sampled_from([" ", "  ", "\n", "\n\n", " \n "])


@given(PARTS, st.lists(SPACES, min_size=14, max_size=14), st.sets(st.integers(0, 40)))
def test_lines_are_stretches_of_the_original_and_can_be_cut(
    parts: list[str], gaps: list[str], chosen: set[int]
) -> None:
    original = "".join(part + gap for part, gap in zip(parts, gaps, strict=False))
    lines = lines_of(original)
    assert "".join(original.split()) == "".join("".join(line.text.split()) for line in lines)
    for line in lines:
        assert original[line.start : line.end].split() == line.text.split()
        assert len(line.text) == line.end - line.start
    cuts = {i for i in chosen if i < len(lines)}
    spans = spans_of(original, lines, dict.fromkeys(cuts, "test"))
    assert all(before.end <= after.start for before, after in pairwise(spans))
    kept = [line for i, line in enumerate(lines) if i not in cuts]
    assert kept_lines(lines, spans, but="none") == kept
    assert cut(original, spans).split() == " ".join(line.text for line in kept).split()
    # Kept lines stay apart, and what was one line of the original is not joined with the next one.
    assert cut(original, spans).count("\n") <= original.count("\n")
    if len(kept) > 1:
        ends = [original.find("\n", a.end, b.start) >= 0 for a, b in pairwise(kept)]
        assert sum(ends) <= cut(original, spans).strip().count("\n") + sum(line.text.count("\n") for line in kept)


@given(PARTS, st.lists(SPACES, min_size=14, max_size=14))
def test_laid_out_has_the_lines_and_every_offset(parts: list[str], gaps: list[str]) -> None:
    original = "".join(part + gap for part, gap in zip(parts, gaps, strict=False))
    lines = lines_of(original)
    shown = laid_out(original, lines)
    assert len(shown) == len(original)
    assert shown.split() == original.split()
    assert split_lines(shown) == lines


def test_the_end_of_a_line_is_kept_where_its_last_part_is_cut() -> None:
    one = joined(FIRST, SECOND, MARKS[0], MARKS[2])
    other = joined("banner_left_240_400", FIRST.replace("Мост", "Ён"), THIRD)
    original = f"{one}\n{other}"
    text = cut(original, find_boilerplate(an_item(original)))
    assert text == f"{joined(FIRST, SECOND)}\n{joined(FIRST.replace('Мост', 'Ён'), THIRD)}"


def test_long_lines_take_linear_time() -> None:
    """Half a megabyte and more of copies, of marks, of sentences and of words, each in one line."""
    unlike = [f"Сказ нумар {number} пра мост і раку." for number in range(20_000)]
    for page in (
        joined(*[f"{sentence} {CAPTION} Далей" for sentence in unlike[:7_000]], "канец."),
        joined(*[f"{sentence} {MARKS[0]}" for sentence in unlike[:15_000]]),
        joined(*unlike),
        "і " * 499_000 + "канец.",
    ):
        assert 400_000 < len(page) < 1_000_000
        start = time.process_time()
        spans_of(page, lines_of(page), {})
        # Seconds on the slowest machine; a quadratic way takes hundreds.
        assert time.process_time() - start < 30


def test_a_line_longer_than_pages_are_is_left_alone() -> None:
    page = joined(*[joined(FIRST, MARKS[0])] * 6_000)
    assert len(page) > 1_000_000
    assert len(lines_of(page)) == 1


WRAPPED = """Мост адкрылі ў суботу раніцай, і першымі па ім прайшлі
школьнікі з двух гарадскіх раёнаў. Рамонт доўжыўся два гады
і каштаваў гораду шэсць мільёнаў рублёў, з іх палову даў
абласны бюджэт.
Стары мост быў зачынены пасля паводкі, калі вада падмыла
адну з апор і падлогу прыйшлося разабраць. Цяпер дарога ад
вакзала да рынку займае дзесяць хвілін, а не паўгадзіны."""


def test_wrapped_lines_are_joined_and_paragraphs_are_not() -> None:
    assert unwrap(WRAPPED).split("\n") == [
        (
            "Мост адкрылі ў суботу раніцай, і першымі па ім прайшлі школьнікі з двух гарадскіх раёнаў. "
            "Рамонт доўжыўся два гады і каштаваў гораду шэсць мільёнаў рублёў, з іх палову даў абласны бюджэт."
        ),
        (
            "Стары мост быў зачынены пасля паводкі, калі вада падмыла адну з апор і падлогу прыйшлося разабраць. "
            "Цяпер дарога ад вакзала да рынку займае дзесяць хвілін, а не паўгадзіны."
        ),
    ]


def test_items_and_quoted_lines_are_not_joined_to_what_stands_over_them() -> None:
    items = "\n".join(f"{mark} радок цытаты, даволі доўгі, каб той зверху быў поўным" for mark in ("-", ">", "•", "*"))
    full = WRAPPED.removesuffix("паўгадзіны.") + "паўгадзіны ці"
    assert unwrap(f"{full}\n{items}").endswith(f" паўгадзіны ці\n{items}")


VERSE = """Над Дзвіной стаяла поўня,
і гарэлі ў вокнах свечкі,
а на беразе няроўным,
там, дзе сходзяцца дзве рэчкі і стаіць сасна адна,
млын стары крылом па ветры
біў, нібыта ў звон без дна,
і лічыў да ранку метры,
што прабегла ўніз вада"""
LIST = "\n".join(["хлеб", "соль і цукар", "малако, два літры, тлустае", "сыр, які любяць дзеці з пятага пад'езда"] * 4)


@pytest.mark.parametrize(
    "text",
    [
        VERSE,
        LIST,
        "\n".join([FIRST, SECOND, THIRD]),
        "\n".join([f"{FIRST[:60]}.", f"{SECOND[:50]}."] * 6),
        # CJK has no spaces to break lines at.
        "\n".join(["今天上午总统在首都会见了来访的外国代表团并就双边合作问题进行了深入的会谈讨论"] * 8),
        "",
        "\n\n",
    ],
)
def test_what_is_not_wrapped_stays_as_it_is(text: str) -> None:
    assert unwrap(text) == text


@given(st.text(alphabet="абв ГД.\n-—1", max_size=300))
def test_unwrapping_changes_line_ends_only(text: str) -> None:
    shown = unwrap(text)
    assert len(shown) == len(text)
    assert all(new == old or (old == "\n" and new == " ") for old, new in zip(text, shown, strict=True))


def test_a_wrapped_page_has_the_reasons_of_the_same_page_in_lines() -> None:
    plain = an_item("\n".join([MARKS[0], HEADLINE, THIRD, HEADLINE, FIRST, SECOND, "БЕЛТА"]))
    wrapped = replace(plain, original="\n".join([MARKS[0], HEADLINE, THIRD, HEADLINE, WRAPPED, "БЕЛТА"]))
    reasons = [span.reason for span in find_boilerplate(plain)]
    assert reasons == ["ad-slot", "repeated-headline", "agency-signature"]
    assert [span.reason for span in find_boilerplate(wrapped)] == reasons
