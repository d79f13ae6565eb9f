"""Every bad input ends as the documents and rejections that it should, in bounded memory, and not much later.

They are read in a process of its own, one after the other; where one ends it, another goes on with the rest.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.inputs import Hostile, mismatch
from tests.hostile.table import INPUTS, LONG_LINES

ROOT = Path(__file__).parents[2]
# What a worker may need, with its models: those take 350 MB, names in all languages among them.
MEMORY_BYTES = 700 * 10**6


class Reader:
    """The process that reads, begun when it is needed, and again when it has died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, hostile: Hostile) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.reading"],
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        process = self._process
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps(hostile.name) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self._process = None
            said = process.stderr.read()[-2000:]
            process.communicate()
            pytest.fail(f"the process ended with {process.returncode}: {said}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


def names(inputs: tuple[Hostile, ...]) -> list[str]:
    return [hostile.name for hostile in inputs]


@pytest.mark.parametrize("hostile", INPUTS, ids=names(INPUTS))
def test_it_ends_as_it_should(reader: Reader, hostile: Hostile) -> None:
    answer = reader.ask(hostile)
    assert mismatch(hostile.expected, answer["outcomes"]) is None, answer["outcomes"][:5]
    assert answer["peak"] < MEMORY_BYTES


@pytest.mark.parametrize("hostile", LONG_LINES, ids=names(LONG_LINES))
def test_a_gigabyte_on_one_line(reader: Reader, hostile: Hostile) -> None:
    answer = reader.ask(hostile)
    assert mismatch(hostile.expected, answer["outcomes"]) is None, answer["outcomes"][:5]
    assert answer["peak"] < MEMORY_BYTES


def test_there_are_many_and_each_is_told_apart() -> None:
    every = (*INPUTS, *LONG_LINES)
    assert len(set(names(every))) == len(every) >= 70
