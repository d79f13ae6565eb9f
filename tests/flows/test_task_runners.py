"""Batches in processes of their own: which, in which order, and what becomes of them when one dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import task_runners
from flows.task_runners import Workers, WorkerSettings, stoppable


@task(cache_policy=NO_CACHE)
def where(batch: int, *, folder: str = "") -> int:
    """The process that works on the batch; batch 3 kills it the first two times."""
    if folder and batch == 3:
        deaths = Path(folder)
        if len(list(deaths.iterdir())) < 2:
            (deaths / str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


@task(cache_policy=NO_CACHE)
def fails(batch: int) -> int:
    if batch == 2:
        raise ZeroDivisionError("on purpose")
    return batch


@task(cache_policy=NO_CACHE)
def waits(batch: int, *, folder: str) -> None:
    """Batch 0 is done at once; the others only by being stopped, or after a time that no test waits for."""
    if batch == 0:
        return
    with stoppable():
        try:
            (Path(folder) / f"{batch} begun").touch()
            # Not in one go: a signal that comes on the way into a sleep does not end it, work goes on to the next line.
            for _ in range(6_000):
                time.sleep(0.1)
            (Path(folder) / f"{batch} done").touch()
        except KeyboardInterrupt:
            (Path(folder) / f"{batch} handed back").touch()
            raise


@task(cache_policy=NO_CACHE)
def kills(batch: list[int]) -> list[int]:
    if 3 in batch:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch


@flow
def stopped(folder: str) -> None:
    with Workers(WorkerSettings(workers=2)) as workers:
        for _ in workers.each(waits, range(6), folder=folder):
            while len(list(Path(folder).iterdir())) < 2:
                time.sleep(0.05)
            raise SystemExit(143)


@flow
def run(settings: dict[str, Any], batches: int, folder: str = "") -> list[tuple[int, int]]:
    with Workers(WorkerSettings(**settings)) as workers:
        return list(workers.each(where, iter(range(batches)), folder=folder))


@flow
def failing() -> list[tuple[int, int]]:
    with Workers(WorkerSettings(workers=2)) as workers:
        return list(workers.each(fails, range(5)))


def test_one_batch_is_worked_on_here(prefect_server: str) -> None:
    assert run({"workers": 2}, 1) == [(0, os.getpid())]
    assert run({"workers": 2}, 0) == []


def test_one_worker_is_ourselves(prefect_server: str) -> None:
    assert run({"workers": 1}, 3) == [(number, os.getpid()) for number in range(3)]


def test_several_batches_go_to_processes(prefect_server: str) -> None:
    done = run({"workers": 2}, 6)
    assert sorted(number for number, _ in done) == list(range(6))
    assert os.getpid() not in {process for _, process in done}
    assert 1 <= len({process for _, process in done}) <= 2


def test_a_batch_that_kills_its_worker_costs_no_other_batch(prefect_server: str, tmp_path: Path) -> None:
    done = run({"workers": 2}, 8, str(tmp_path))
    assert sorted(number for number, _ in done) == list(range(8))
    assert len(list(tmp_path.iterdir())) == 2


def test_what_kills_its_workers_is_found_in_its_batch(prefect_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_runners, "MAX_DEATHS", 1)

    @flow
    def parting() -> list[tuple[list[int], list[int]]]:
        with Workers(WorkerSettings(workers=2)) as workers:
            return list(
                workers.each(kills, [[0, 1], [2, 3, 4], [5]], if_deadly=lambda batch: [-each for each in batch])
            )

    done = parting()
    assert ([3], [-3]) in done
    assert sorted(each for batch, result in done if batch == result for each in batch) == [0, 1, 2, 4, 5]
    assert len(done) <= 5


def test_what_a_task_raises_is_raised(prefect_server: str) -> None:
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        failing()


def test_a_run_that_is_stopped_has_its_workers_hand_back_their_batches(prefect_server: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        stopped(str(tmp_path))
    assert {path.name.partition(" ")[2] for path in tmp_path.iterdir()} == {"begun", "handed back"}


def test_no_more_batches_are_asked_for_than_there_is_room_for(prefect_server: str) -> None:
    asked: list[int] = []

    def batches() -> Iterator[int]:
        for number in range(12):
            asked.append(number)
            yield number

    @flow
    def watching() -> int:
        most = done = 0
        with Workers(WorkerSettings(workers=2)) as workers:
            for _ in workers.each(where, batches()):
                most = max(most, len(asked) - done)
                done += 1
        return most

    # Two a worker, and none before one of them is done.
    assert watching() == 4


def test_workers_end_when_the_run_is_killed(tmp_path: Path) -> None:
    """A killed process cannot tell its workers; they must not stay."""
    program = (
        "import multiprocessing, time\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from flows.task_runners import _begin_worker\n"
        "import os\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin_worker)\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    time.sleep(60)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)
        parent.kill()
    deadline = time.monotonic() + 30
    while _is_running(worker):
        assert time.monotonic() < deadline, "the worker outlived the process that started it"
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
