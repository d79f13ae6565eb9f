"""What `dropwire doctor` asks Prefect: does its server answer, are schedules followed, are there workers."""

from collections.abc import Callable, Iterator
from importlib.metadata import version

from dropwire import prefect_client
from dropwire.doctor import Check, Finding, fail, ok, skipped, warn
from dropwire.hints import program
from dropwire.prefect_state import PrefectState, read_state


def checks() -> Iterator[Check]:
    """The checks of the configured server, else of the one at Prefect's own port."""
    server = _Server()
    yield Check("Prefect", "server", server.reachable)
    for name, look in (
        ("version", _version),
        ("deployments", _deployments),
        ("schedules", _schedules),
        ("workers", _workers),
    ):
        yield Check("Prefect", name, server.guarded(look))


class _Server:
    """The server as it is examined. What follows `reachable` is skipped where there is none."""

    def __init__(self) -> None:
        self._state: PrefectState | None = None

    def reachable(self) -> Finding:
        from prefect.settings import PREFECT_API_URL  # noqa: PLC0415 - takes a second to import

        configured = PREFECT_API_URL.value()
        api = str(configured or prefect_client.DEFAULT_API)
        if not prefect_client.answers(api):
            if configured:
                return fail(f"{_shown(api)} does not answer", "start it, or unset PREFECT_API_URL")
            return ok("none runs here; `ingest` starts one for its own time, `serve` for as long as it runs")
        try:
            self._state = read_state(api)
        except OSError as error:
            return fail(f"{_shown(api)}: {error}", "see its log; where it wants a login, set PREFECT_API_KEY")
        return ok(_shown(api))

    def guarded(self, look: Callable[[PrefectState], Finding]) -> Callable[[], Finding]:
        """The check, for a server that answers."""
        return lambda: skipped("no server answers") if self._state is None else look(self._state)


def _version(state: PrefectState) -> Finding:
    ours = version("prefect")
    if state.version != ours:
        remedy = f"run the server with Prefect {ours}: it must not be older than its clients"
        return warn(f"{state.version}, and {ours} here", remedy)
    return ok(state.version)


def _deployments(state: PrefectState) -> Finding:
    if not state.deployments:
        return warn("none of ours", "start `dropwire serve LOCATION`, or run `prefect deploy --all`")
    return ok(", ".join(sorted(each.name for each in state.deployments)))


def _schedules(state: PrefectState) -> Finding:
    resting = [each.name for each in state.deployments if each.rests]
    if resting:
        remedy = f"resume it: {program('prefect')} deployment schedule resume {resting[0]}, or in Prefect's UI"
        return fail(f"paused: {', '.join(resting)}", remedy)
    scheduled = [each.name for each in state.deployments if each.scheduled]
    if not scheduled:
        return skipped("no deployment has one")
    return ok(f"followed: {', '.join(scheduled)}")


def _workers(state: PrefectState) -> Finding:
    if not state.pools:
        return skipped("no deployment needs one: `dropwire serve` executes them")
    paused = [pool.name for pool in state.pools if pool.paused]
    if paused:
        return fail(f"paused: {', '.join(paused)}", f"{program('prefect')} work-pool resume {paused[0]}")
    idle = [pool.name for pool in state.pools if not pool.workers]
    if idle:
        return fail(f"no worker for {', '.join(idle)}", f"{program('prefect')} worker start --pool {idle[0]}")
    return ok(", ".join(f"{pool.name}: {pool.workers}" for pool in state.pools))


def _shown(api: str) -> str:
    """The URL without user and password."""
    scheme, _, rest = api.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
