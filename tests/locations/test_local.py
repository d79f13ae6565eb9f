"""Walks over folders of this machine: links, names, limits of the file system."""

import os
from pathlib import Path

import pytest

from locations import Entry, Location, Notes, target_of


def walked(location: Location) -> tuple[list[str], dict[str, Exception], list[str]]:
    refused: dict[str, Exception] = {}
    subfolders: list[str] = []
    entries = target_of(location).walk(Notes(refused.__setitem__, subfolders.append))
    return sorted(entry.relative for entry in entries), refused, subfolders


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_include_decides_how_deep_a_folder_is_read(workdir: Path) -> None:
    make(workdir, "d/a.html", "d/a.txt", "d/x/b.html", "d/x/y/c.html", "d/.h/d.html")
    assert walked(Location("d"))[0] == ["a.html", "a.txt"]
    assert walked(Location("d"))[2] == ["d/x"]
    assert walked(Location("d", include=("**/*.html",)))[0] == ["a.html", "x/b.html", "x/y/c.html"]
    assert walked(Location("d", include=("*.txt", "x/*")))[0] == ["a.txt", "x/b.html"]
    assert walked(Location("d/**", exclude=("x/**",)))[0] == ["a.html", "a.txt"]
    assert walked(Location("d/**", include=("**/*.html",), exclude=("*/*.html",)))[0] == ["a.html", "x/y/c.html"]


def test_names_of_files_that_are_being_written_are_no_drops(workdir: Path) -> None:
    make(workdir, "a.txt", "a.txt.part", "b.TMP", "c.crdownload", "d.partial", "e.swp", "f.txt~", "g.filepart", "party")
    assert walked(Location("."))[0] == ["a.txt", "party"]
    assert walked(Location("a.txt.part"))[0] == ["a.txt.part"], "who names it means it"


def test_links_that_go_in_circles_or_meet_are_followed_once(workdir: Path) -> None:
    make(workdir, "d/a.txt", "other/b.txt")
    (workdir / "d/up").symlink_to("..")
    (workdir / "d/self").symlink_to(".")
    (workdir / "d/one").symlink_to("../other")
    (workdir / "d/two").symlink_to("../other")
    (workdir / "other/back").symlink_to("../d")
    found, refused, _ = walked(Location("d/**"))
    assert not refused
    assert len(found) < 8
    assert {name.rpartition("/")[2] for name in found} == {"a.txt", "b.txt"}


def test_a_link_in_a_circle_by_itself_is_refused(workdir: Path) -> None:
    (workdir / "loop").symlink_to("loop")
    found, refused, _ = walked(Location("**"))
    assert (found, [Path(name).name for name in refused]) == ([], ["loop"])


def test_a_subfolder_that_may_not_be_read_does_not_hide_the_rest(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(workdir, "d/a.txt", "d/x/b.txt")
    scandir = os.scandir

    def forbidding(folder: str) -> object:
        if folder.endswith("/x"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr("locations.local.os.scandir", forbidding)
    found, refused, _ = walked(Location("d/**"))
    assert found == ["a.txt"]
    assert [name.endswith("d/x") for name in refused] == [True]


def test_a_time_that_no_date_can_hold_is_refused(workdir: Path) -> None:
    make(workdir, "a.txt")
    status = os.stat_result((0o100644, 1, 1, 1, 0, 0, 5, 0, 0, 0), {"st_mtime_ns": 10**21, "st_ctime_ns": 0})
    from locations import local

    with pytest.raises(OverflowError, match="touch it"):
        local.entry_of("a.txt", "a.txt", status)


def test_a_file_vanishing_while_it_is_listed_is_not_missed(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(workdir, "a.txt")
    monkeypatch.setattr("locations.local.entry_of", lambda *_: (_ for _ in ()).throw(FileNotFoundError(2, "gone")))
    assert walked(Location(".")) == ([], {}, [])


def test_what_a_location_lists_it_also_covers(workdir: Path) -> None:
    make(workdir, "d/a.html", "d/x/b.html", "d/x/.c.html", "d/.h/d.html", "d/e.tmp", "d/x/y/f.txt")
    everything = [str(path) for path in workdir.rglob("*") if path.is_file()]
    for location in (
        Location("d"),
        Location("d/**"),
        Location("d/x"),
        Location("d", include=("*/*",)),
        Location("d/a.html"),
    ):
        target = target_of(location)
        listed = {entry.location for entry in target.walk(Notes(lambda *_: None, lambda _: None))}
        assert {path for path in everything if target.relative(path) is not None} == listed


def test_a_second_look(workdir: Path) -> None:
    make(workdir, "a.txt")
    target = target_of(Location("."))
    (entry,) = target.walk(Notes(lambda *_: None, lambda _: None))
    assert target.look_again(entry) == entry
    (workdir / "a.txt").write_text("longer than it was")
    again = target.look_again(entry)
    assert isinstance(again, Entry)
    assert again != entry
    (workdir / "a.txt").unlink()
    assert target.look_again(entry) is None
