"""Reads and processes bad inputs, in a process of its own: `python -m tests.hostile.reading`.

It takes names of inputs on stdin, one a line, and answers each on stdout with a line of JSON: the outcomes, the
seconds, and the most memory that the process had meanwhile, in bytes. An input that takes too long ends the process.
"""

import faulthandler
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from flows.limits import scratch_file
from tests.hostile.contract import check, checked
from tests.hostile.inputs import DOCUMENT, Hostile
from tests.hostile.table import INPUTS, LONG_LINES
from transforms import pipeline
from transforms.document import Item, Rejection
from transforms.models import Models, shared_models
from transforms.readers import read_items

# For one input, s: the slowest takes some seconds on a machine that does nothing else, quadratic ones take hours.
WATCHDOG_S = 120
# What the process may map at all: what it needs beyond its 700 MB are libraries and the stacks of threads.
_ADDRESS_SPACE_BYTES = 4 * 2**30


def answer(hostile: Hostile, models: Models) -> dict[str, object]:
    """Say what becomes of an input."""
    _forget_peak()
    started = time.monotonic()
    faulthandler.dump_traceback_later(WATCHDOG_S, exit=True)
    try:
        outcomes = list(outcomes_of(hostile, models))
    except Exception as error:  # noqa: BLE001 - that none comes out is what is tested
        outcomes = [f"{type(error).__name__}: {error}"]
    faulthandler.cancel_dump_traceback_later()
    return {"outcomes": outcomes, "seconds": time.monotonic() - started, "peak": _peak()}


def outcomes_of(hostile: Hostile, models: Models) -> Iterator[str]:
    """Read and process an input; yield each outcome. Raises AssertionError where read_items breaks its contract."""
    with hostile.open() as stream:
        items = read_items(stream, drop_id="d" * 64, name=hostile.name, source="test", scratch=scratch_file)
        for read in checked(items):
            made = pipeline.process(read, models) if isinstance(read, Item) else read
            if isinstance(made, Rejection):
                check(made)
            yield made.reason.value if isinstance(made, Rejection) else DOCUMENT


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Answer until stdin ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
    by_name = {hostile.name: hostile for hostile in (*INPUTS, *LONG_LINES)}
    models = shared_models()
    for line in sys.stdin:
        print(json.dumps(answer(by_name[json.loads(line)], models)), flush=True)  # noqa: T201 (it is the answer)


if __name__ == "__main__":
    main()
