"""Discovery: what is a drop, and what cannot be looked at."""

import os
from pathlib import Path

import pytest

from flows.discover_drops import Discovery, discover_drops, location_id
from transforms.document import Reason


def names(*locations: str) -> list[str]:
    found = discover_drops(list(locations))
    assert not found.refused
    return files(found)


def files(found: Discovery) -> list[str]:
    return [Path(file.location).name for file in found.files]


@pytest.fixture
def drops(workdir: Path) -> Path:
    (workdir / "drops" / "older").mkdir(parents=True)
    for age, name in enumerate(["b.txt", "a.txt", ".hidden", "older/c.txt", "page.html"]):
        path = workdir / "drops" / name
        path.write_text(name)
        os.utime(path, (1000 - age, 1000 - age))
    return workdir / "drops"


def test_a_folder_is_its_files_in_order_of_arrival(drops: Path) -> None:
    assert names("drops") == ["page.html", "a.txt", "b.txt"]
    assert discover_drops(["drops"]).subfolders == ("drops/older",)
    assert discover_drops(["drops/**"]).subfolders == ()


def test_a_pattern_reaches_into_subfolders(drops: Path) -> None:
    assert sorted(names("drops/**")) == ["a.txt", "b.txt", "c.txt", "page.html"]
    assert names("drops/*.html") == ["page.html"]
    assert names("drops/*.none") == []


def test_a_file_named_twice_is_one(drops: Path) -> None:
    assert names("drops/a.txt", "drops", str(drops)) == ["page.html", "a.txt", "b.txt"]


def test_a_file_whose_name_looks_like_a_pattern(drops: Path) -> None:
    (drops / "[1].txt").write_text("x")
    assert names("drops/[1].txt") == ["[1].txt"]


def test_what_is_no_regular_file_is_no_drop(drops: Path) -> None:
    os.mkfifo(drops / "pipe")
    assert "pipe" not in names("drops")


def test_a_link_to_nowhere_is_refused(drops: Path) -> None:
    (drops / "dangling").symlink_to("nowhere")
    found = discover_drops(["drops"])
    assert len(files(found)) == 3
    (location,) = found.refused
    assert found.refused[location].reason is Reason.UNREADABLE
    assert found.refused[location].drop_id == location_id(location)


def test_a_missing_location_does_not_hide_the_others(drops: Path) -> None:
    found = discover_drops(["gone", "drops"])
    assert len(files(found)) == 3
    assert [rejection.detail for rejection in found.refused.values()] == ["No such file or directory"]


def test_a_folder_without_permission(drops: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, whom no permission stops: the refusal is the kernel's, not ours.
    def forbidden(folder: str) -> object:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("locations.local.os.scandir", forbidden)
    found = discover_drops(["drops", "drops/a.txt"])
    assert files(found) == ["a.txt"]
    assert [rejection.detail for rejection in found.refused.values()] == ["Permission denied"]


def test_a_name_that_is_not_utf8(drops: Path) -> None:
    name = os.fsencode(drops) + b"/\xff.txt"
    Path(os.fsdecode(name)).write_text("x")
    found = discover_drops(["drops"])
    assert len(files(found)) == 3
    (location,) = found.refused
    assert location.endswith("\\xff.txt")
    assert "rename" in found.refused[location].detail
