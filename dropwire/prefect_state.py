"""What Prefect's server says of our deployments: whether it answers, which there are, whether a schedule is paused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dropwire.deployments import TAGS

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

# Each question; a server that takes longer is as good as away.
TIMEOUT_S = 5.0
# Workers ask every 15 s for runs, and the server calls them offline after three times their own interval.
_WORKER_SILENT = timedelta(minutes=2)
# All deployments of a Dropwire are a dozen.
_MOST_DEPLOYMENTS = 200


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of one of our flows. `scheduled` has it at least one schedule, `active` one that is not off.

    `pool` is the work pool whose workers execute it, None where `dropwire serve` does.
    """

    name: str
    paused: bool
    scheduled: bool
    active: bool
    pool: str | None

    @property
    def rests(self) -> bool:
        """Whether it has a schedule and does not follow it."""
        return self.scheduled and (self.paused or not self.active)


@dataclass(frozen=True, slots=True)
class Pool:
    """A work pool: whether it is paused, and how many workers were heard of within two minutes."""

    name: str
    paused: bool
    workers: int


@dataclass(frozen=True, slots=True)
class PrefectState:
    """What a server says: its version, the deployments of our flows, and their work pools."""

    version: str
    deployments: tuple[Deployment, ...]
    pools: tuple[Pool, ...]


def read_state(api: str) -> PrefectState:
    """Ask the server at `api`. Raises OSError, with a message, where it does not answer as Prefect does."""
    with _client(api) as client:
        deployments = tuple(_deployments(client))
        names = sorted({each.pool for each in deployments if each.pool})
        return PrefectState(client.api_version(), deployments, tuple(_pool(client, name) for name in names))


def read_deployments(api: str) -> tuple[Deployment, ...]:
    """The deployments of our flows at `api`. Raises OSError, with a message."""
    with _client(api) as client:
        return tuple(_deployments(client))


@contextmanager
def _client(api: str) -> Iterator["SyncPrefectClient"]:
    import httpx  # noqa: PLC0415 - Prefect's, and slow
    from prefect.client.orchestration import get_client  # noqa: PLC0415
    from prefect.exceptions import PrefectException  # noqa: PLC0415
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    try:
        with (
            temporary_settings({PREFECT_API_URL: api}),
            get_client(httpx_settings={"timeout": TIMEOUT_S}, sync_client=True) as client,
        ):
            yield client
    except (httpx.HTTPError, PrefectException, RuntimeError, ValueError) as error:
        # The first line: what follows is a page of help, or the body of the answer.
        raise OSError(f"{type(error).__name__}: {error}".splitlines()[0]) from error


def _deployments(client: "SyncPrefectClient") -> Iterator[Deployment]:
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags  # noqa: PLC0415

    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=list(TAGS)))
    flows: dict[Any, str] = {}
    for found in client.read_deployments(deployment_filter=ours, limit=_MOST_DEPLOYMENTS):
        if found.flow_id not in flows:
            flows[found.flow_id] = client.read_flow(found.flow_id).name
        yield Deployment(
            f"{flows[found.flow_id]}/{found.name}",
            paused=bool(found.paused),
            scheduled=bool(found.schedules),
            active=any(schedule.active for schedule in found.schedules),
            pool=found.work_pool_name,
        )


def _pool(client: "SyncPrefectClient", name: str) -> Pool:
    pool = client.read_work_pool(name)
    heard = [worker.last_heartbeat_time for worker in client.read_workers_for_work_pool(name)]
    now = datetime.now(UTC)
    return Pool(name, bool(pool.is_paused), sum(at is not None and now - at < _WORKER_SILENT for at in heard))
