"""The command `trigger`: a run of a deployment, asked for over Prefect's API."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from dropwire import prefect_client
from dropwire.deployments import full_name, is_refusal

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

# How often to ask whether the run has ended.
_POLL_S: Final = 1.0
_REFUSED: Final = (
    "another run of this flow is going on, and Prefect begins no second one; after an arrival event, `dropwire serve` "
    "has one more run at its end"
)


class TriggerError(RuntimeError):
    """The run cannot be asked for as it was asked for; the message says what would do."""


class NoDeploymentError(TriggerError):
    """There is no such deployment."""


@dataclass(frozen=True, slots=True)
class Triggered:
    """A run that was asked for. `state` and `message` are Prefect's, as they were last seen."""

    run_id: str
    run: str
    deployment: str
    state: str
    message: str
    url: str

    def as_json(self) -> dict[str, str]:
        """The run for programs."""
        return asdict(self)


def trigger(
    flow: str,
    given: Sequence[str],
    *,
    wait: bool,
    verbose: bool,
    notify: Callable[[str], None],
) -> tuple[Triggered, bool]:
    """Ask for a run of a flow, by its name or by `flow/deployment`. Returns it, and whether it has not failed.

    `given` are parameters as `name=value`, where the value is JSON or, failing that, a string. With `wait`, this
    returns when the run has ended.

    Raises PrefectError where there is no server, NoDeploymentError and TriggerError.
    """
    prefect_client.configure(verbose=verbose)
    parameters = parsed(given)
    api = prefect_client.existing_server()
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    with temporary_settings({PREFECT_API_URL: api}), get_client(sync_client=True) as client:
        deployment, name = _deployment(client, flow)
        check(parameters, deployment.parameters, deployment.parameter_openapi_schema or {})
        run = client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
        if not wait:
            return _triggered(run, name, api), True
        if deployment.status == "NOT_READY":
            notify(f"Nothing serves {name} right now: the run waits for `dropwire serve`, or for a worker")
        run = _ended(client, run.id)
        return _triggered(run, name, api), bool(run.state and run.state.is_completed())


def parsed(given: Sequence[str]) -> dict[str, Any]:
    """Parameters as a person writes them, by name. Raises TriggerError where one has no `=`, or comes twice."""
    parameters: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise TriggerError(f"--parameter {each}: write it as name=value")
        if name in parameters:
            raise TriggerError(f'--parameter {name}: is given twice; a list is written as JSON: {name}=\'["a", "b"]\'')
        try:
            parameters[name] = json.loads(value)
        except ValueError:
            parameters[name] = value
    return parameters


def check(parameters: Mapping[str, Any], defaults: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raise TriggerError where the flow does not take the parameters, with what is wrong and what it takes."""
    from prefect.utilities.schema_tools.validation import validate  # noqa: PLC0415 - imports Prefect

    known: Mapping[str, Any] = schema.get("properties", {})
    unknown = [name for name in parameters if name not in known]
    wrong = [f"there is no parameter {name}" for name in unknown]
    for error in validate({**defaults, **parameters}, dict(schema)):
        where = ".".join(str(part) for part in error.relative_path)
        if error.validator != "additionalProperties":
            wrong.append(f"{where}: {error.message}" if where else error.message)
    if wrong:
        raise TriggerError("\n".join([*wrong, _taken(known)]))


def _taken(known: Mapping[str, Any]) -> str:
    if not known:
        return "This flow takes no parameters."
    lines = [f"  {name}: {' '.join(facts.get('description', '').split())}" for name, facts in known.items()]
    return "\n".join(["This flow takes", *lines])


def _deployment(client: "SyncPrefectClient", flow: str) -> tuple["DeploymentResponse", str]:
    from prefect.exceptions import ObjectNotFound  # noqa: PLC0415 - imports Prefect

    name = flow if "/" in flow else full_name(flow.replace("-", "_"))
    try:
        return client.read_deployment_by_name(name), name
    except ObjectNotFound:
        flows = {each.id: each.name for each in client.read_flows(limit=200)}
        there = sorted(f"{flows.get(each.flow_id, '?')}/{each.name}" for each in client.read_deployments(limit=200))
        known = f"there are {', '.join(there)}" if there else "start `dropwire serve LOCATION` first"
        raise NoDeploymentError(f"Prefect has no deployment {name}: {known}") from None


def _ended(client: "SyncPrefectClient", run_id: UUID) -> "FlowRun":
    while True:
        run = client.read_flow_run(run_id)
        if run.state and run.state.is_final():
            return run
        time.sleep(_POLL_S)


def _triggered(run: "FlowRun", deployment: str, api: str) -> Triggered:
    refused = run.state is not None and run.state.is_cancelled() and is_refusal(run.state.message)
    return Triggered(
        run_id=str(run.id),
        run=run.name,
        deployment=deployment,
        state=run.state_name or "",
        message=_REFUSED if refused else (run.state.message if run.state else "") or "",
        url=f"{api.removesuffix('/api')}/runs/flow-run/{run.id}",
    )
