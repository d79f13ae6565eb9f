"""Patterns: what matches, and which folders need not be entered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locations.patterns import Pattern, split

MATCHING = [
    ("*.html", "a.html", True),
    ("*.html", "news/a.html", False),
    ("**/*.html", "a.html", True),
    ("**/*.html", "x/y/a.html", True),
    ("**", "x/y/a.html", True),
    ("x/**/a.*", "x/a.txt", True),
    ("x/**/a.*", "xx/a.txt", False),
    ("?.txt", "ў.txt", True),
    ("[a-c].txt", "b.txt", True),
    ("[!a-c].txt", "b.txt", False),
    ("[!a].txt", "/.txt", False),
    ("[", "[", True),
    ("[]].txt", "].txt", True),
    ("[z-a].txt", "m.txt", False),
    ("a+(b).txt", "a+(b).txt", True),
    ("*.HTML", "a.html", False),
]


@pytest.mark.parametrize(("pattern", "path", "matches"), MATCHING)
def test_what_matches(pattern: str, path: str, matches: bool) -> None:
    assert Pattern(pattern).matches(path) is matches


parts = st.lists(st.sampled_from(["*", "a", "b?", "**", "[ab]", "*.x"]), min_size=1, max_size=4)
paths = st.lists(st.sampled_from(["a", "b", "ab", "b1", "c.x"]), min_size=1, max_size=5)


@given(parts, paths)
def test_whatever_matches_lies_in_folders_that_are_entered(pattern: list[str], path: list[str]) -> None:
    compiled = Pattern("/".join(pattern))
    if compiled.matches("/".join(path)):
        assert all(compiled.reaches_into("/".join(path[:depth])) for depth in range(1, len(path)))


@pytest.mark.parametrize(
    ("pattern", "folder", "entered"),
    [
        ("*.html", "x", False),
        ("*/news/*", "a", True),
        ("*/news/*", "a/news", True),
        ("*/news/*", "a/sport", False),
        ("*/news/*", "a/news/old", False),
        ("a/**", "b", False),
        ("a/**", "a/b/c", True),
        ("a/**/x", "b/c", False),
    ],
)
def test_which_folders_are_entered(pattern: str, folder: str, entered: bool) -> None:
    assert Pattern(pattern).reaches_into(folder) is entered


def test_the_folder_before_a_pattern() -> None:
    assert split("/drops/2024/*/a.txt") == ("/drops/2024", "*/a.txt")
    assert split("/*") == ("/", "*")
    assert split("**") == ("", "**")
    assert split("s3://bucket/x/**") == ("s3://bucket/x", "**")
