"""The tokeniser of the entity model, and the windows it reads."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.entities.pieces import UNKNOWN, Tokeniser, windows

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁Мін", "Мін", "ску", "▁в", "▁Ка", "за", "нь", ".", "»", "▁«", "а"]
SCORES = [0.0] * 4 + [-4.0, -3.0, -6.0, -3.0, -2.0, -3.0, -3.5, -3.5, -1.0, -2.0, -2.0, -5.0]


@pytest.fixture(scope="module")
def tokeniser() -> Tokeniser:
    return Tokeniser(PIECES, SCORES, {ord("ё"): "е", ord("！"): "!"})


def spelled(tokeniser: Tokeniser, text: str) -> str:
    """The words of a text, their pieces divided by `|`."""
    return " ".join("|".join(PIECES[piece] for piece in word.pieces) for word in tokeniser.words(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("в Мінску", "▁в ▁Мін|ску"),
        ("в Мінску.", "▁в ▁Мін|ску ."),
        ("«Казань»", "▁« ▁Ка|за|нь »"),
        # A stress, a soft hyphen or a mark of direction inside a word changes nothing.
        ("Каза\u0301нь", "▁Ка|за|нь"),
        ("Ка\u00adзань", "▁Ка|за|нь"),
        ("Ка\u200bзань", "▁Ка|за|нь"),
        # What no piece spells is unknown, a letter at a time.
        ("в 北", "▁в ▁|<unk>"),
    ],
)
def test_words_are_segmented_into_their_likeliest_pieces(tokeniser: Tokeniser, text: str, expected: str) -> None:
    assert spelled(tokeniser, text) == expected


@given(st.text(alphabet=st.sampled_from("Мінскуваза нь.«»\n\u0301\u00ad北😀x1"), max_size=60))
def test_words_are_in_order_and_leave_out_white_space_only(text: str) -> None:
    words = Tokeniser(PIECES, SCORES, {}).words(text)
    assert all(word.pieces for word in words)
    assert all(one.end <= other.start for one, other in pairwise(words))
    covered = {place for word in words for place in range(word.start, word.end)}
    left = {text[place] for place in range(len(text)) if place not in covered}
    assert not any(character.isalnum() for character in left)


@given(st.lists(st.sampled_from(["Мінск", "в", ".", "\n", "Казань", "х" * 40]), max_size=60), st.integers(3, 30))
def test_windows_cover_all_words_once_and_are_no_longer_than_they_may_be(parts: list[str], longest: int) -> None:
    text = " ".join(parts)
    tokeniser = Tokeniser(PIECES, SCORES, {})
    words = tokeniser.words(text)
    runs = windows(words, text, longest)
    assert [number for start, stop in runs for number in range(start, stop)] == list(range(len(words)))
    for start, stop in runs:
        assert stop - start == 1 or sum(len(word.pieces) for word in words[start:stop]) <= longest


def test_windows_end_with_a_sentence_or_a_line() -> None:
    text = "в Казань. Мінск в в в. в в\nМінск в"
    tokeniser = Tokeniser(PIECES, SCORES, {})
    words = tokeniser.words(text)
    ends = [text[: words[stop - 1].end] for _, stop in windows(words, text, 12)]
    assert ends == ["в Казань.", "в Казань. Мінск в в в. в в", text]


def test_a_word_without_end_is_cut_and_takes_no_time() -> None:
    (word,) = Tokeniser(PIECES, SCORES, {}).words("а" * 100_000)
    assert (word.start, word.end) == (0, 100_000)
    assert len(word.pieces) <= 64
    assert UNKNOWN not in word.pieces[1:]
