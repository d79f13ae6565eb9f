"""The file of locations, and the options that say the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dropwire.cli import app
from dropwire.configuration import ConfigurationError, read_locations
from dropwire.console import Exit
from dropwire.deployments import absolute
from locations import Location


def dropwire(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1", **environment})


@pytest.fixture
def ingested(monkeypatch: pytest.MonkeyPatch) -> list[Location]:
    """The locations that the command hands to the run, which is not run."""
    handed: list[Location] = []

    def run_ingest(locations: list[Location], **_: object) -> None:
        from dropwire.ingesting import RunFailedError

        handed.extend(locations)
        raise RunFailedError("on purpose")

    monkeypatch.setattr("dropwire.ingesting.run_ingest", run_ingest)
    return handed


def test_every_field_of_a_location_can_be_said_in_the_file(workdir: Path) -> None:
    (workdir / "dropwire.toml").write_text(
        """
[[locations]]
url = "drops"
include = ["**/*.jsonl"]
exclude = ["old/**"]
source = "belta"
source_pattern = "{source}/**"
settle_seconds = 30
done_marker = "_SUCCESS"
fields = { text = ["lead", "story"] }

[[locations]]
url = "s3://bucket/drops"
""",
        encoding="utf-8",
    )
    first, second = read_locations(Path("dropwire.toml"))
    assert first == Location(
        str(workdir / "drops"),
        include=("**/*.jsonl",),
        exclude=("old/**",),
        source="belta",
        source_pattern="{source}/**",
        settle_seconds=30,
        done_marker="_SUCCESS",
        fields={"text": ["lead", "story"]},
    )
    assert second == Location("s3://bucket/drops")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[[locations]", "is no TOML"),
        ("", "has no [[locations]]"),
        ("locations = []", "has no [[locations]]"),
        ('location = "x"', "unknown key location; there are locations"),
        ('[[locations]]\nurl = "a"\n[[locations]]\nurl = "b"\ninclud = ["x"]', "locations[1]: unknown key includ; "),
        ("[[locations]]\nsource = 'x'", "locations[0]: url: "),
        ('[[locations]]\nurl = "a"\nsettle_seconds = "soon"', "locations[0]: settle_seconds: "),
        ('[[locations]]\nurl = "a"\ninclude = "x"', "locations[0]: include: "),
        ('[[locations]]\nurl = "a"\nsource_pattern = "x"', "source_pattern: 'x' must hold {source}"),
        ('[[locations]]\nurl = "sftp://u:s3cr3t/@host/"', "url: is not protocol://host/path"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(workdir: Path, content: str, told: str) -> None:
    (workdir / "dropwire.toml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as wrong:
        read_locations(Path("dropwire.toml"))
    assert str(wrong.value).startswith("dropwire.toml")
    assert told in str(wrong.value)
    assert "s3cr3t" not in str(wrong.value)
    result = dropwire("ingest")
    assert result.exit_code == Exit.USAGE
    assert "dropwire.toml" in result.stderr


def test_paths_in_the_file_are_relative_to_it(workdir: Path, ingested: list[Location]) -> None:
    (workdir / "etc" / "drops").mkdir(parents=True)
    (workdir / "etc" / "my.toml").write_text('[[locations]]\nurl = "drops"\n')
    for arguments, environment in ((["--config", "etc/my.toml"], {}), ([], {"DROPWIRE_CONFIG": "etc/my.toml"})):
        ingested.clear()
        assert dropwire("ingest", *arguments, **environment).exit_code == Exit.FAILED
        assert ingested == [Location(str(workdir / "etc" / "drops"))]
    (workdir / "etc" / "drops").rmdir()
    assert dropwire("ingest", "--config", "etc/my.toml").exit_code == Exit.NOT_FOUND


def test_the_options_make_a_location_each(workdir: Path, ingested: list[Location]) -> None:
    for name in ("a", "b"):
        (workdir / name).mkdir()
    options = [
        *("--include", "**/*.txt", "--include", "*.html", "--exclude", "x/**", "--source", "s"),
        *("--source-pattern", "{source}/**", "--settle", "0", "--done-marker", "{name}.ok"),
    ]
    assert dropwire("ingest", "a", "b", *options).exit_code == Exit.FAILED
    expected: dict[str, Any] = {
        "include": ("**/*.txt", "*.html"),
        "exclude": ("x/**",),
        "source": "s",
        "source_pattern": "{source}/**",
        "settle_seconds": 0.0,
        "done_marker": "{name}.ok",
    }
    assert ingested == [Location("a", **expected), Location("b", **expected)]


def test_wrong_use_is_told_before_anything_starts(workdir: Path, ingested: list[Location]) -> None:
    (workdir / "a").mkdir()
    for arguments, code, told in (
        (["ingest"], Exit.USAGE, "no locations"),
        (["serve"], Exit.USAGE, "no locations"),
        (["ingest", "--config", "none.toml"], Exit.USAGE, "none.toml cannot be read"),
        (["ingest", "--settle", "0"], Exit.USAGE, "--settle: say so in the file"),
        (["ingest", "a", "--source-pattern", "x"], Exit.USAGE, "source_pattern"),
        (["ingest", "s4://bucket"], Exit.FAILED, "s4:// is no protocol"),
        (["ingest", "b"], Exit.NOT_FOUND, "no file or folder b"),
    ):
        result = dropwire(*arguments)
        assert result.exit_code == code, result.output
        assert told in re.sub(r"\s+", " ", result.stderr)
    assert not ingested


def test_prefect_can_store_a_location_and_give_it_back(workdir: Path) -> None:
    from flows.ingest_drops import ingest_drops

    location = Location("drops", include=("**",), fields={"text": ["story"]})
    sent = json.loads(json.dumps(absolute(location)))
    # Each is validated as the form in Prefect's UI would send it.
    ingest_drops.validate_parameters({"locations": [sent, "plain"]})
    assert "include" in json.dumps(ingest_drops.parameters.model_dump())
