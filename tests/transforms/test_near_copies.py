"""Signatures of near-copies: what they do not depend on, and what they tell apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.near_copies import BANDS, MAX_CHARACTERS, MIN_WORDS, alike, resemblance, shared_figures, sign

STORIES = {
    "be": "У Мінску адбылася сустрэча міністраў замежных спраў пяці краін рэгіёна. Бакі абмеркавалі развіццё гандлю, "
    "транспартныя калідоры і супрацоўніцтва ў галіне адукацыі. Па выніках перамоў падпісана сумесная заява, у якой "
    "падкрэсліваецца неабходнасць далейшага дыялогу. Наступная сустрэча пройдзе ўвосень у сталіцы Літвы Вільні.",
    "ru": "Российская сборная выиграла последний матч турнира и вышла в финал ещё до конца недели. Тренер сказал, что "
    "команда готовилась к игре всё лето, а победа досталась ей тяжело. Нападающий забил оба мяча во втором тайме, "
    "защитник получил травму и пропустит финальную встречу, которая пройдёт в воскресенье на главной арене страны.",
    "el": "Ο πρωθυπουργός συναντήθηκε σήμερα με τους εκπροσώπους των κομμάτων για να συζητήσουν τη νέα συμφωνία με την "
    "Ευρωπαϊκή Ένωση. Μετά τη συνάντηση δήλωσε ότι οι διαπραγματεύσεις θα συνεχιστούν την επόμενη εβδομάδα στις "
    "Βρυξέλλες και ότι η κυβέρνηση δεν πρόκειται να αλλάξει τη θέση της στα βασικά ζητήματα του προϋπολογισμού.",
    "zh": "新华社北京电 国务院今天召开常务会议，讨论并通过了关于进一步促进中小企业发展的若干意见，"
    "决定从明年起扩大税收优惠范围。"
    "会议指出，当前经济运行总体平稳，但是企业融资仍然比较困难，需要采取更加有力的措施加以解决。",
}
OTHER = (
    "The city council voted on Tuesday to close two of its libraries and to extend the hours of the others. Readers "
    "protested in front of the town hall and handed over a petition with the names of several thousand people who ask "
    "for another solution. The mayor promised to look into it once the budget of the coming year has been settled."
)
words = st.text("абвгabcё世7", min_size=1, max_size=6)
texts = st.lists(words, max_size=120).map(" ".join)


def copies(one: str, other: str) -> bool:
    """Whether a store would find the two, and take them for copies."""
    first, second = sign(one), sign(other)
    return bool({*first.bands} & {*second.bands}) and alike(first.packed, second.packed)


@pytest.mark.parametrize("text", STORIES.values(), ids=STORIES)
def test_an_article_carried_elsewhere_is_a_copy(text: str) -> None:
    cut = text[: len(text) * 4 // 5]
    for other in (f"12 студзеня, АГЕНЦТВА. {text}", text.upper(), cut, f"{text} {OTHER[:60]}", text.replace("ё", "е")):
        assert copies(text, other)
    assert not any(copies(text, other) for other in [OTHER, *STORIES.values()] if other != text)


def test_a_template_with_other_figures_is_no_copy() -> None:
    template = (
        "Центральный банк установил официальный курс доллара на уровне {} рубля и курс евро на уровне {} рубля. На "
        "торгах днём раньше они стоили {} и {} рубля. Об этом говорится в сообщении регулятора, которое опубликовано "
        "сегодня на его официальном сайте, как всегда, сразу после полудня по московскому времени и без пояснений."
    )
    monday, tuesday = template.format(7351, 8012, 7299, 8100), template.format(7402, 8055, 7352, 8013)
    assert resemblance(sign(monday).packed, sign(tuesday).packed) >= 0.5
    assert shared_figures(sign(monday).packed, sign(tuesday).packed) == 0
    assert not copies(monday, tuesday)
    assert copies(monday, f"{monday} 16+")


def test_short_texts_are_copies_of_equal_ones_only() -> None:
    assert copies("Падрабязнасці пазней.", "ПАДРАБЯЗНАСЦІ – ПАЗНЕЙ")
    assert not copies("Падрабязнасці пазней.", "Пазней падрабязнасці.")
    assert not copies("Падрабязнасці пазней.", "Падрабязнасці пазней. 2")
    nearly = OTHER.split()[: MIN_WORDS - 1]
    assert not copies(" ".join(nearly), " ".join([*nearly[:-1], "else"]))


@pytest.mark.parametrize("text", ["", " \n", "!!! – …", "\u0301\u200b", "😀"])
def test_without_words_there_is_nothing_to_find(text: str) -> None:
    assert sign(text).bands == ()


@given(texts)
def test_signatures_are_the_same_for_the_same_words(text: str) -> None:
    assert sign(text) == sign(f"  {text.upper()} ! ".replace(" ", " \n– "))


@settings(max_examples=50)
@given(st.text(), st.text())
def test_any_text_has_a_signature(one: str, other: str) -> None:
    first, second = sign(one), sign(other)
    assert all(-(2**63) <= band < 2**63 for band in first.bands)
    assert alike(first.packed, second.packed) == alike(second.packed, first.packed)
    assert alike(first.packed, first.packed)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 300))
def test_resemblance_is_estimated_within_its_error(seed: int, common: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = (["x".join(map(str, row)) for row in rng.integers(0, 10**6, (300, 2))] for _ in "ab")
    one, other = " ".join(left), " ".join(left[:common] + right[common:])
    exact = max(common - 2, 0) / (2 * 298 - max(common - 2, 0))
    # Five standard errors of 128 values.
    assert abs(resemblance(sign(one).packed, sign(other).packed) - exact) <= 5 * 0.0442


def test_a_giant_text_is_known_by_its_beginning() -> None:
    giant = (OTHER + " ") * (MAX_CHARACTERS // len(OTHER) + 1)
    assert sign(giant) == sign(giant + STORIES["be"])
    assert len(sign(giant).bands) == BANDS


def test_signatures_stay_what_they_are() -> None:
    """They are stored: where this fails, VERSION must be raised."""
    from hashlib import sha256

    made = [sign(text) for text in (*STORIES.values(), OTHER, "Падрабязнасці пазней.")]
    assert sha256(repr([(one.bands, one.packed) for one in made]).encode()).hexdigest()[:16] == "60a75ae38c8be8dd"
