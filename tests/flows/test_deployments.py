"""The deployments: those that `serve` has are those of prefect.yaml, and their forms tell a person what to write."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dropwire.deployments import ARRIVED, EVENT_PAUSE, FLOWS, INGEST, deployment_of, full_name
from dropwire.schedules import Timetable
from locations import Location

ROOT = Path(__file__).parent.parent.parent


def written() -> list[dict[str, Any]]:
    loaded = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    return list(loaded["deployments"])


def served(flow: str) -> Any:
    return deployment_of(flow, [Location("drops")], Timetable(cron="*/15 * * * *"))


def flow_of(deployment: dict[str, Any]) -> str:
    return str(deployment["entrypoint"].partition(":")[2])


def test_both_have_the_same_flows_under_the_same_names() -> None:
    names = {flow_of(each): f"{flow_of(each).replace('_', '-')}/{each['name']}" for each in written()}
    assert names == {flow: full_name(flow) for flow in FLOWS}


@pytest.mark.parametrize("deployment", written(), ids=flow_of)
def test_every_entrypoint_loads_and_takes_its_parameters(deployment: dict[str, Any]) -> None:
    from prefect.flows import load_flow_from_entrypoint

    path, name = deployment["entrypoint"].split(":")
    flow: Any = load_flow_from_entrypoint(f"{ROOT / path}:{name}", use_placeholder_flow=False)
    flow.validate_parameters(deployment["parameters"])
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert bool(deployment["schedules"]) == (name == INGEST)
    assert deployment["description"] == flow.description or name == INGEST


@pytest.mark.parametrize("flow", FLOWS)
def test_what_is_served_says_the_same(flow: str, workdir: Path) -> None:
    (there,) = [each for each in written() if flow_of(each) == flow]
    here = served(flow)
    assert f"{here.flow_name}/{here.name}" == full_name(flow)
    assert here.tags == there["tags"]
    assert here.concurrency_limit == there["concurrency_limit"]["limit"]
    assert here.concurrency_options.collision_strategy.value == there["concurrency_limit"]["collision_strategy"]
    assert len(here.schedules or []) == len(there["schedules"])
    assert [(trigger.expect, trigger.within, trigger.schedule_after) for trigger in here.triggers] == [
        ({ARRIVED}, EVENT_PAUSE, EVENT_PAUSE) for _ in there.get("triggers", [])
    ]
    for trigger in there.get("triggers", []):
        assert trigger["expect"] == [ARRIVED]
        assert trigger["within"] == trigger["schedule_after"] == EVENT_PAUSE.total_seconds()


@pytest.mark.parametrize("flow", FLOWS)
def test_the_form_has_a_type_and_a_description_for_each_parameter(flow: str, workdir: Path) -> None:
    schema = served(flow)._parameter_openapi_schema.model_dump()
    for name, facts in schema["properties"].items():
        assert facts.get("description"), f"{flow}: the docstring says nothing of {name}"
        assert {"type", "anyOf", "$ref", "allOf"} & facts.keys(), f"{flow}: {name} has no type"


def test_locations_may_be_paths_or_say_more(workdir: Path) -> None:
    from dropwire.triggering import TriggerError, check

    schema = served(INGEST)._parameter_openapi_schema.model_dump()
    check({"locations": ["drops", {"url": "s3://bucket/drops", "settle_seconds": 0}]}, {}, schema)
    check(served(INGEST).parameters, {}, schema)
    with pytest.raises(TriggerError, match="locations"):
        check({"locations": "drops"}, {}, schema)
