"""Parameters from a terminal: what they are taken for, and what is said of wrong ones."""

from typing import Any

import pytest

from dropwire.triggering import TriggerError, check, parsed

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "locations": {"type": "array", "items": {"type": "string"}, "description": "Folders,\nfiles."},
        "reread": {"type": "boolean", "default": False, "description": "Again."},
    },
    "required": ["locations"],
}


def test_a_value_is_json_or_else_a_string() -> None:
    given = ["a=1", 'b=["x", "y"]', "c=true", "d=plain words", "e=x=y", "f="]
    assert parsed(given) == {"a": 1, "b": ["x", "y"], "c": True, "d": "plain words", "e": "x=y", "f": ""}


@pytest.mark.parametrize(("given", "said"), [(["a"], "name=value"), (["=1"], "name=value"), (["a=1", "a=2"], "twice")])
def test_what_is_no_parameter_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(TriggerError, match=said):
        parsed(given)


def test_defaults_of_the_deployment_stand_in() -> None:
    check({}, {"locations": ["drops"]}, SCHEMA)
    check({"reread": True}, {"locations": ["drops"]}, SCHEMA)


@pytest.mark.parametrize(
    ("parameters", "defaults", "said"),
    [
        ({"reread": "maybe"}, {"locations": []}, "reread: 'maybe' is not of type 'boolean'"),
        ({"locations": ["a", 1]}, {}, "locations.1: 1 is not of type 'string'"),
        ({"bogus": 1}, {"locations": []}, "there is no parameter bogus"),
        ({}, {}, "'locations' is a required property"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_do(
    parameters: dict[str, Any], defaults: dict[str, Any], said: str
) -> None:
    with pytest.raises(TriggerError) as error:
        check(parameters, defaults, SCHEMA)
    assert said in str(error.value)
    assert "  locations: Folders, files." in str(error.value)
