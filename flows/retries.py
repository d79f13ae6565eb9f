"""When a task that failed is worth another try."""

from typing import Any

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from store.connection import is_transient


def may_succeed_later(_task: Task[..., Any], _run: TaskRun, state: State) -> bool:
    """Whether a failed task is worth another try: the network, not the data, was at fault."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, BaseException) and is_transient(error)
