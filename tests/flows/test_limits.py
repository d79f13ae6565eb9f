"""The limits as settings: read from the environment, refused with their name, and told in docs/operations.md."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.limits import (
    DEFAULT_ITEM_SECONDS,
    ITEM_SECONDS_VARIABLE,
    limits_from_environment,
    scratch_file,
    seconds_for_an_item,
)
from transforms.readers.drop import DEFAULT_LIMITS, Limits, variable

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
_UNITS = {"MiB": 2**20, "GiB": 2**30}


def test_each_limit_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits_from_environment() == DEFAULT_LIMITS
    for number, field in enumerate(fields(Limits), start=7):
        monkeypatch.setenv(variable(field.name), str(number))
    assert limits_from_environment() == Limits(7, 8, 9, 10, 11)


def test_sizes_take_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPWIRE_LIMIT_DROP_BYTES", "64GiB")
    assert limits_from_environment().max_drop_bytes == 64 * 2**30


@pytest.mark.parametrize("value", ["", "lots", "-1", "x1"])
@pytest.mark.parametrize("field", [field.name for field in fields(Limits)])
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, field: str, value: str) -> None:
    monkeypatch.setenv(variable(field), value)
    with pytest.raises(ValidationError, match=variable(field)):
        limits_from_environment()


def test_the_table_for_operators_is_right() -> None:
    rows = re.findall(
        r"^\| `(DROPWIRE_LIMIT_\w+)` \| ([\d,]+)(?: (MiB|GiB))? \|", OPERATIONS.read_text("utf-8"), re.MULTILINE
    )
    told = {name: int(number.replace(",", "")) * _UNITS.get(unit, 1) for name, number, unit in rows}
    sizes = {variable(field.name): getattr(DEFAULT_LIMITS, field.name) for field in fields(Limits)}
    assert told == {**sizes, ITEM_SECONDS_VARIABLE: DEFAULT_ITEM_SECONDS}


@pytest.mark.parametrize("value", ["", "0", "-1", "inf", "soon"])
def test_a_wrong_time_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert seconds_for_an_item() == DEFAULT_ITEM_SECONDS
    monkeypatch.setenv(ITEM_SECONDS_VARIABLE, value)
    with pytest.raises(ValidationError, match=ITEM_SECONDS_VARIABLE):
        seconds_for_an_item()


def test_a_scratch_file_can_seek() -> None:
    with scratch_file() as file:
        file.write(b"a" * 5_000_000)
        file.seek(4_999_999)
        assert file.read() == b"a"
