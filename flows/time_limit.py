"""A limit on the time that one item may take: nothing that arrives may hold up a schedule for ever.

Two nets. Work that takes longer than its limit is stopped by an exception that this module raises in its thread; the
interpreter delivers it between two bytecodes. Work inside a C function (a regular expression, a parser) is not to be
stopped so: after twice the limit the process is ended, with a traceback on stderr. The next run then takes the drop
over, and the ledger gives up on a drop that ends worker after worker.
"""

import ctypes
import faulthandler
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

# How often the watching thread looks; a limit is minutes.
_LOOKS_PER_LIMIT = 50


class OutOfTimeError(BaseException):
    """The work took longer than its limit.

    Not an Exception, as it comes out of any line of any library, and must not be taken for that library's own.
    """


class TimeLimit:
    """Stops what runs in `with limit.on_this():` when it takes longer than `seconds`. A context manager itself.

    For one thread, the one that enters it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._deadline: float | None = None
        self._fired = False
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="time-limit", daemon=True)

    def __enter__(self) -> "TimeLimit":
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._watcher.join()

    @contextmanager
    def on_this(self) -> Iterator[None]:
        """Raise OutOfTimeError from the block when its time is over."""
        if _has_stderr():
            faulthandler.dump_traceback_later(2 * self.seconds, exit=True)
        with self._lock:
            self._fired = False
            self._deadline = time.monotonic() + self.seconds
        try:
            yield
        finally:
            with self._lock:
                self._deadline = None
                if self._fired:
                    # Raised, and perhaps not delivered yet: the block has come to its end, or is leaving by it.
                    _raise_in(self._thread, None)
            faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        while not self._over.wait(self.seconds / _LOOKS_PER_LIMIT):
            with self._lock:
                if self._deadline is not None and time.monotonic() > self._deadline and not self._fired:
                    self._fired = True
                    _raise_in(self._thread, OutOfTimeError)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise an exception in another thread; None takes one back that is not delivered yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(error) if error is not None else None
    )


def _has_stderr() -> bool:
    """Whether there is a file to dump a traceback to: not under some supervisors, nor where output is captured."""
    try:
        return sys.stderr.fileno() >= 0
    except (AttributeError, OSError, ValueError):
        return False
