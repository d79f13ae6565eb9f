"""The labels of HTML pages: gold text found again in the lines."""

import pytest

from training.cleaning.pages import find_again, fold_of, is_held_out

GOLD = "The headline of it\nFirst of all, there was a long sentence.\nShort\nThen another one came after that."


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        (["Home", "First of all, there was a long sentence.", "Share"], [False, True, False]),
        # A word changed does not hide a line; half of its runs must be there.
        (["First of all, there was a very long sentence."], [True]),
        (["First of all the readers of this page should subscribe."], [False]),
        # A short line counts where the gold text has it between its neighbours; above them as a whole line, a headline.
        (
            ["Of it", "First of all, there was a long sentence.", "Short", "Then another one came after that."],
            [False, True, True, True],
        ),
        (["The headline of it", "Of it", "Then another one came after that."], [True, False, True]),
        ([], []),
    ],
)
def test_find_again(lines: list[str], labels: list[bool]) -> None:
    assert list(find_again([line.lower().replace(",", "").replace(".", "").split() for line in lines], GOLD)) == labels


def test_sites_are_kept_apart_by_their_names() -> None:
    sites = [f"site{number}.example" for number in range(1000)]
    assert 150 < sum(map(is_held_out, sites)) < 250
    assert {fold_of(site, 4) for site in sites} == {0, 1, 2, 3}
