"""Where the batches of a run are worked on: in this process, in processes of this machine, or on a Dask cluster.

One batch is worked on here, for processes take seconds to start. Two or more go to a task runner of Prefect's, so many
at a time that no worker waits, and no more than these are in memory. A process that dies takes the pool with it; what
was in work then is tried again batch by batch, each alone, so that a drop that kills its worker kills no other's.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import chain, islice
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import Any, Literal, Self, TypeVar

from prefect import get_run_logger
from prefect.futures import PrefectFuture
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner
from prefect.tasks import Task
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.ledger import MAX_DEATHS

# Two batches a worker: the one it works on, and the next one, so that it need not wait for us.
_IN_FLIGHT_PER_WORKER = 2

Batch = TypeVar("Batch")
Result = TypeVar("Result")


def _cores() -> int:
    """The cores that this process may use: a container's share, not the machine's."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class WorkerSettings(BaseSettings):
    """Who works on the batches, from the environment (`DROPWIRE_…`)."""

    model_config = SettingsConfigDict(env_prefix="DROPWIRE_")

    task_runner: Literal["processes", "dask"] = Field(
        default="processes", description="Processes of this machine, or a Dask cluster (extra `dask`)."
    )
    workers: int = Field(
        default_factory=_cores,
        gt=0,
        description="How many batches are in work at a time, by default one a core; 1: all in the run's own process.",
    )
    dask_address: str | None = Field(
        default=None, description="The scheduler of a running Dask cluster; without it, each run starts a local one."
    )


class _ForkedWorkers(ProcessPoolTaskRunner):
    """Processes that are forked, on Linux, from one that has imported and loaded what they need (flows/preload.py).

    So that is done once and its memory is shared. That one has no threads, and no connections.
    """

    def __enter__(self) -> Self:
        super().__enter__()
        # Prefect 3.8.8 starts each process anew and lets nobody choose; none has begun yet.
        if self._executor is not None and sys.platform == "linux":
            multiprocessing.set_forkserver_preload(["flows.preload"])
            self._executor._mp_context = multiprocessing.get_context("forkserver")  # noqa: SLF001
        return self


class WorkersError(RuntimeError):
    """The workers that are asked for cannot be had; the message says what to do."""


class Workers:
    """Works on batches by tasks. A context manager: its end waits for what is in work, and stops what was started.

    Where the run itself is to end (SIGTERM, Ctrl-C, a cancelled run), the workers of this machine hand back what they
    have in work; those of a cluster finish it.
    """

    def __init__(self, settings: WorkerSettings | None = None) -> None:
        self._settings = settings or WorkerSettings()
        self._runner: TaskRunner[Any] | None = None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(self._runner, ProcessPoolTaskRunner) and not isinstance(error, Exception | None):
            _interrupt_workers()
        self._stop()

    def each(
        self,
        task: Task[..., Result],
        batches: Iterable[Batch],
        *,
        if_deadly: Callable[[Any], Result] | None = None,
        **parameters: Any,
    ) -> Iterator[tuple[Batch, Result]]:
        """Every batch with what `task(batch, **parameters)` gives for it, in the order in which they get done.

        Work in other processes begins at once, and goes on while the caller does something else. Batches are asked for
        as there is room for them. Of a batch over which workers die, `if_deadly` gives the result in the task's place:
        such batches are lists, and parted until the one element is alone that kills, with which it is called. Without
        it the run fails. Raises what the task raises, and WorkersError.
        """
        rest = iter(batches)
        first = list(islice(rest, 2))
        waiting = chain(first, rest)
        if self._runner is None and (len(first) < 2 or self._needs_none):
            return ((batch, task(batch, **parameters)) for batch in waiting)
        done: SimpleQueue[PrefectFuture[Result]] = SimpleQueue()
        working: dict[PrefectFuture[Result], Batch] = {}

        def submit() -> None:
            for batch in islice(waiting, _IN_FLIGHT_PER_WORKER * self._settings.workers - len(working)):
                future = self._submit(task, batch, parameters)
                working[future] = batch
                future.add_done_callback(done.put)

        def results() -> Iterator[tuple[Batch, Result]]:
            while working:
                yield from self._result(done.get(), working, task, parameters, if_deadly)
                submit()

        submit()
        return results()

    def _result(
        self,
        future: PrefectFuture[Result],
        working: dict[PrefectFuture[Result], Batch],
        task: Task[..., Result],
        parameters: Mapping[str, Any],
        if_deadly: Callable[[Any], Result] | None,
    ) -> Iterator[tuple[Batch, Result]]:
        """What came of one batch; where its worker died, of all that died with it."""
        if future not in working:
            return  # given up with the pool that it was in
        batch = working.pop(future)
        try:
            result = future.result()
        except Exception as error:
            if not _is_death(error):
                raise
            for lost in [batch, *(self._lost(working) if isinstance(error, BrokenProcessPool) else ())]:
                yield from self._alone(task, lost, parameters, if_deadly)
        else:
            yield batch, result

    @property
    def _needs_none(self) -> bool:
        return self._settings.task_runner == "processes" and self._settings.workers == 1

    def _submit(self, task: Task[..., Result], batch: Any, parameters: Mapping[str, Any]) -> PrefectFuture[Result]:
        if self._runner is None:
            self._runner = self._started(self._settings.workers)
        future: PrefectFuture[Result] = self._runner.submit(task, {"batch": batch, **parameters})
        return future

    def _started(self, workers: int) -> TaskRunner[Any]:
        runner: TaskRunner[Any]
        if self._settings.task_runner == "processes":
            runner = _ForkedWorkers(max_workers=workers, initializer=_begin_worker)
        else:
            runner = _dask(self._settings.dask_address, workers)
        return runner.__enter__()

    def _stop(self, *, died: bool = False) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            # Killed while it wrote a log line, a worker takes the lock of the queue of these with it, and our own exit
            # would wait for ever to write to it. Prefect 3.8.8 has no public name for it.
            queue = getattr(runner, "_subprocess_message_queue", None)
            if died and queue is not None:
                queue.cancel_join_thread()
            runner.__exit__(None, None, None)

    def _lost(self, working: dict[PrefectFuture[Result], Batch]) -> list[Batch]:
        """The batches that a broken pool had in work, or was to have; it is given up, and so are they."""
        lost = list(working.values())
        working.clear()
        self._stop(died=True)
        return lost

    def _alone(
        self,
        task: Task[..., Result],
        batch: Any,
        parameters: Mapping[str, Any],
        if_deadly: Callable[[Any], Result] | None,
    ) -> Iterator[tuple[Any, Result]]:
        """Work on a batch while nothing else is in work: by as many workers as a drop may kill, and one more.

        One that can be parted is, after the first of them.
        """
        get_run_logger().warning("a worker died; the batches it may have worked on are tried again, each alone")
        is_parted = if_deadly is not None and len(batch) > 1
        tries = 1 if is_parted else MAX_DEATHS + 1
        for number in range(tries):
            try:
                result = self._submit(task, batch, parameters).result()
            except Exception as error:
                if not _is_death(error) or (if_deadly is None and number == tries - 1):
                    raise
                self._stop(died=True)
            else:
                yield batch, result
                return
        if if_deadly is not None and not is_parted:
            yield batch, if_deadly(batch)
        elif is_parted:
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                yield from self._alone(task, part, parameters, if_deadly)


def _is_death(error: Exception) -> bool:
    """Whether the worker died: killed for want of memory, or crashed. Dask has tried the batch several times then."""
    return isinstance(error, BrokenProcessPool) or type(error).__name__ == "KilledWorker"


def _dask(address: str | None, workers: int) -> TaskRunner[Any]:
    if find_spec("prefect_dask") is None:
        raise WorkersError("DROPWIRE_TASK_RUNNER=dask needs the extra `dask`: pip install 'dropwire[dask]'")
    from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415 - an extra

    if address:
        return DaskTaskRunner(address=address)
    # One thread each: our work holds the interpreter's lock.
    return DaskTaskRunner(cluster_kwargs={"n_workers": workers, "threads_per_worker": 1})


class StoppedError(RuntimeError):
    """The run is to end, and its worker has handed back what it had in work."""


class _Stop:
    """What SIGINT does in a worker process: ends the task that is in work, and lets no other begin."""

    def __init__(self) -> None:
        self.asked = False
        self.working = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        if self.working:
            raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[None]:
    """What a task does in a worker process: SIGINT ends it as Ctrl-C does, so that leases are released on the way out.

    It leaves as a StoppedError, for what carries it to the run takes only an Exception. In another process, Ctrl-C is
    Ctrl-C.
    """
    stop = signal.getsignal(signal.SIGINT)
    if not isinstance(stop, _Stop):
        yield
        return
    try:
        stop.working = True
        if stop.asked:
            stop(signal.SIGINT, None)
        yield
    except KeyboardInterrupt:
        raise StoppedError("the run was stopped") from None
    finally:
        stop.working = False


def _interrupt_workers() -> None:
    for worker in multiprocessing.active_children():
        if worker.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGINT)


def _begin_worker() -> None:
    """Have a worker process be stopped in its tasks alone, and end when the run's process is gone.

    Killed, that cannot tell its workers.
    """
    signal.signal(signal.SIGINT, _Stop())
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), name="end-with-parent", daemon=True).start()


def _exit_after(parent: Any) -> None:
    parent.join()
    os._exit(1)
