"""The limit on the time of an item: it stops what runs too long, and nothing else."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flows.time_limit import OutOfTimeError, TimeLimit

ROOT = Path(__file__).parent.parent.parent


def spin() -> None:
    while True:
        sum(range(100))


def test_an_endless_loop_is_stopped() -> None:
    with TimeLimit(0.2) as limit, pytest.raises(OutOfTimeError), limit.on_this():
        spin()


def test_a_library_that_catches_every_exception_does_not_hide_it() -> None:
    def stubborn() -> None:
        while True:
            try:
                spin()
            except Exception:  # noqa: BLE001 - as libraries do
                continue

    with TimeLimit(0.2) as limit, pytest.raises(OutOfTimeError), limit.on_this():
        stubborn()


def test_it_serves_one_piece_of_work_after_another() -> None:
    stopped = 0
    with TimeLimit(0.1) as limit:
        for _ in range(3):
            with limit.on_this():
                sum(range(1000))
            try:
                with limit.on_this():
                    spin()
            except OutOfTimeError:
                stopped += 1
    assert stopped == 3


def test_what_is_in_time_is_never_disturbed_even_at_the_last_moment() -> None:
    # Work that ends about when its time does: it is stopped or it is done, and nothing is raised later.
    outcomes = set()
    with TimeLimit(0.02) as limit:
        for step in range(60):
            try:
                with limit.on_this():
                    end = time.monotonic() + 0.0005 * step
                    while time.monotonic() < end:
                        pass
                outcomes.add("done")
            except OutOfTimeError:
                outcomes.add("stopped")
            for _ in range(1000):
                pass
    assert "done" in outcomes


def test_it_ends_the_thread_that_watches() -> None:
    with TimeLimit(60):
        assert any(thread.name == "time-limit" for thread in threading.enumerate())
    assert not any(thread.name == "time-limit" for thread in threading.enumerate())


def test_a_hang_in_c_code_ends_the_process_with_a_traceback() -> None:
    code = """
import re
from flows.time_limit import TimeLimit
with TimeLimit(0.3) as limit, limit.on_this():
    re.match(r"(a|aa)+$", "a" * 60 + "b")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "Timeout" in done.stderr
    assert "re.match" in done.stderr or "line 5" in done.stderr
