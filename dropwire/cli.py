"""The command line: every command is a verb of the product; all of them take `--json`.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found. Items in quarantine are no failure: the accounting
line names them. Slow imports stand inside the commands that need them, so that `--help` is there at once.
"""

import gc
import io
import os
import signal
import sys
from collections.abc import Callable

import typer

from dropwire.commands import (
    audit,
    copies,
    doctor,
    entities,
    erase,
    exporting,
    loading,
    looking,
    quarantine,
    querying,
    reprocess,
    runs,
    serving,
    templates,
    trying,
    web,
)
from dropwire.console import Exit

app = typer.Typer(
    name="dropwire",
    help="Scheduled ETL of text drops into MongoDB: cleaned, language-tagged, with names found.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found.",
)

# What imports make stays: looking through it for garbage after every 700 new objects, as Python does by itself, takes a
# tenth of the start of a command. So many are at most some ten MB of garbage.
_GARBAGE_THRESHOLD = 50_000

# A new command is one function, or a group of them, and one line here; `--help` lists them so, groups last.
COMMANDS: dict[str, Callable[..., None] | typer.Typer] = {
    "ingest": loading.ingest,
    "preview": trying.preview,
    "language": trying.language,
    "find": looking.find,
    "show": looking.show,
    "history": looking.history,
    "copies": copies.copies,
    "entities": entities.entities,
    "entity": entities.entity,
    "merge": entities.merge,
    "split": entities.split,
    "rename": entities.rename,
    "corrections": entities.list_corrections,
    "timeline": querying.timeline,
    "graph": querying.graph,
    "changes": querying.changes,
    "edits": querying.edits,
    "export": exporting.export,
    "follow": exporting.follow,
    "schema": exporting.schema,
    "templates": templates.templates,
    "status": looking.status,
    "quarantine": quarantine.app,
    "reprocess": reprocess.reprocess,
    "erase": erase.erase,
    "runs": runs.runs,
    "audit": audit.audit,
    "doctor": doctor.doctor,
    "metrics": doctor.metrics,
    "web": web.web,
    "keys": web.keys_app,
    "serve": serving.serve,
    "trigger": serving.trigger,
    "init-db": loading.init_db,
}
for name, command in COMMANDS.items():
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    else:
        app.command(name=name)(command)


def main() -> None:
    """The entry point.

    What we print is UTF-8 in any locale, for Cyrillic in ASCII is no answer. A reader that closes its end of a pipe
    (`| head`) ends us without a traceback, and not before what we started is stopped.
    """
    gc.set_threshold(_GARBAGE_THRESHOLD, 10, 10)
    # Leave by an exception, so that what we started (stores, servers) is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # The matrices of our models are small: more than one thread of numpy's only spins and doubles the CPU time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except BrokenPipeError:
        # Nobody listens any more: the interpreter's last flush must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FAILED)
