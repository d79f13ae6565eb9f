"""A location: what it says of itself, and what is refused."""

import pytest

from locations import Location

SECRET = "pa55word"


@pytest.mark.parametrize(
    ("pattern", "path", "source"),
    [
        ("{source}/**", "belta/2024/a.html", "belta"),
        ("{source}/*/*.html", "belta/2024/a.html", "belta"),
        ("{source}/*/*.html", "belta/a.html", "given"),
        ("{source}_*.txt", "belta_1_2.txt", "belta"),
        ("**/{source}.jsonl", "x/y/belta.jsonl", "belta"),
    ],
)
def test_the_source_from_the_path(pattern: str, path: str, source: str) -> None:
    assert Location("drops", source="given", source_pattern=pattern).source_of(path) == source


@pytest.mark.parametrize(
    "url",
    [
        f"sftp://user:{SECRET}@host:2222/drops",
        f"https://user:{SECRET}@host/drops/",
        f"s3://key:{SECRET}@bucket/drops",
        f"sftp://us%40er:{SECRET}%2F@host/drops",
    ],
)
def test_credentials_are_taken_out(url: str) -> None:
    location = Location(url)
    assert location.credentials
    assert location.credentials[1].startswith(SECRET)
    assert SECRET not in location.printable
    assert location.printable.startswith(url.split("://", maxsplit=1)[0] + "://")
    assert SECRET not in location.path


def test_the_container_of_azure_is_no_user() -> None:
    location = Location("abfs://container@account.example/drops")
    assert location.credentials is None
    assert location.printable == "abfs://container@account.example/drops"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"url": ""}, "url"),
        ({"url": "a\0b"}, "url"),
        ({"url": f"sftp://user:{SECRET}/x@host/drops"}, "url"),
        ({"url": f"sftp://user:{SECRET}?x@host/drops"}, "url"),
        ({"url": "drops", "include": ("/a",)}, "include"),
        ({"url": "drops", "exclude": ("",)}, "exclude"),
        ({"url": "drops", "settle_seconds": -1}, "settle_seconds"),
        ({"url": "drops", "settle_seconds": float("nan")}, "settle_seconds"),
        ({"url": "drops", "source_pattern": "*/x"}, "source_pattern"),
        ({"url": "drops", "done_marker": "a/b"}, "done_marker"),
        ({"url": "drops", "done_marker": "{name}"}, "done_marker"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(given: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: ") as refused:
        Location(**given)  # type: ignore[arg-type]
    assert SECRET not in str(refused.value)


def test_markers() -> None:
    each = Location("drops", done_marker="{name}.done")
    assert each.marker_of("a.txt") == "a.txt.done"
    assert each.is_marker("a.txt.done")
    assert not each.is_marker(".done")
    assert not each.is_marker("a.txt")
    assert Location("drops", done_marker="_SUCCESS").is_marker("_SUCCESS")
