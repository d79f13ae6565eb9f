"""The tasks that write, and when one that failed is worth another try."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from store.connection import is_transient

P = ParamSpec("P")
R = TypeVar("R")


def writing_task(function: Callable[P, R]) -> Task[P, R]:
    """Make a task of a function that is safe to repeat.

    Four tries over 2 + 4 + 8 s outlast an election; a store that is away for longer fails the run, and the next
    scheduled one takes over where it stopped.
    """
    made: Callable[[Callable[P, R]], Task[P, R]] = task(
        retries=3,
        retry_delay_seconds=exponential_backoff(backoff_factor=2),
        retry_jitter_factor=0.5,
        retry_condition_fn=may_succeed_later,
        cache_policy=NO_CACHE,
    )
    return made(function)


def may_succeed_later(_task: Task[..., Any], _run: TaskRun, state: State) -> bool:
    """Whether a failed task is worth another try: the network, not the data, was at fault."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, BaseException) and is_transient(error)
