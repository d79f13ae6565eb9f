"""Names in texts by their letters alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.entities.keys import is_patronymic
from transforms.entities.naming import Reader, is_full, run_of


@pytest.mark.parametrize(
    "text",
    [
        "Вчера Рустам Минниханов прибыл.",
        "Вчера Рустам\nМинниханов прибыл.",
        "Yesterday Rustam Minnikhanov came.",
        "Учора Рустам Мініханаў прыехаў.",
        "Вчера Рустам Нургалиевич Минниханов прибыл.",
    ],
)
def test_a_name_is_found_in_any_script_and_over_line_ends(text: str) -> None:
    assert run_of("Рустам Минниханов") in set(Reader().runs(text, {2}))


def test_a_name_is_its_words_in_their_order() -> None:
    found = set(Reader().runs("Рустам, брат Минниханова, и Минниханов Рустам", {2}))
    assert run_of("Рустам Минниханов") not in found
    assert run_of("Минниханов Рустам") in found
    assert list(Reader().runs("Рустам Минниханов", {3})) == []
    assert list(Reader().runs("", {1, 2})) == []
    assert is_patronymic("нургалиевич")
    assert not is_patronymic("минниханов")


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("Рустам Минниханов", True),
        ("Урсула фон дер Ляйен", True),
        ("Ли Си", True),
        ("Минниханов", False),
        ("Р. Минниханов", False),
        ("Р.Н. Минниханов", False),
        ("Петрова-Іванова", False),
        ("", False),
    ],
)
def test_which_names_are_full(name: str, full: bool) -> None:
    assert is_full(name) is full


@given(st.lists(st.sampled_from(["Ян", "Купала", "і", "Якуб", "Колас", "…", "—"]), max_size=8), st.integers(1, 3))
def test_each_run_of_a_text_is_found_and_no_other_length(words: list[str], length: int) -> None:
    kept = [word for word in words if run_of(word)]
    expected = {run_of(" ".join(kept[at : at + length])) for at in range(len(kept) - length + 1)}
    assert set(Reader().runs(" ".join(words), {length})) == expected
