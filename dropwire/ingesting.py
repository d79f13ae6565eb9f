"""The command `ingest`: the flow run from a terminal, with progress and a readable end."""

import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from pymongo.errors import PyMongoError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from dropwire import prefect_client
from dropwire.access import store_uri, whereabouts
from dropwire.hints import program
from dropwire.render import SHORT_ID, document_table
from dropwire.settings import Settings
from flows import logs
from flows.run_report import MAX_LISTED_DROPS, Learned, RunReport
from locations import Location
from store import StoreError, codec, open_store, runs
from store.documents import of_drops
from store.ledger import Holder
from store.queries import QueryError
from transforms.document import Document
from transforms.model_files import ModelError

# The record of the run is read this often while it goes on.
PROGRESS_INTERVAL_S = 0.5


class RunFailedError(RuntimeError):
    """The flow ended with an error that is neither the store's nor Prefect's server's."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What an ingest did, and the documents to show of it."""

    report: RunReport
    documents: list[Document]
    place: str

    def as_json(self) -> dict[str, Any]:
        """The report and the documents' records for programs."""
        return {
            "items": self.report.items,
            "counts": asdict(self.report.counts),
            "reasons": dict(self.report.reasons),
            "drops": self.report.drops,
            "busy": self.report.busy,
            "waiting": self.report.waiting,
            "subfolders_not_read": list(self.report.subfolders),
            "accounting": self.report.accounting,
            "learned": asdict(self.report.learned),
            "store": self.place,
            "documents": [codec.to_record(document) for document in self.documents],
        }

    def print(self, console: Console) -> None:
        """The table, the accounting, where the data lies, and what to try next."""
        report = self.report
        if self.documents:
            console.print(document_table(self.documents, console.width))
            console.print()
        console.print(f"[bold]{report.accounting}[/]")
        if report.learned != Learned():
            console.print(str(report.learned), highlight=False)
        if report.busy:
            console.print(f"{report.busy} drops are being processed by another run.", style="yellow")
        if report.waiting:
            console.print(
                f"{report.waiting} files are still being written or wait for their marker; the next run looks again.",
                style="yellow",
            )
        for reason, count in report.reasons.items():
            console.print(f"  {count} quarantined: {reason} (see `dropwire quarantine`)")
        if report.subfolders:
            folders = ", ".join(report.subfolders[:3]) + (", …" if len(report.subfolders) > 3 else "")
            console.print(
                f"Subfolders are read only if asked for, as 'FOLDER/**'; not read: {escape(folders)}", style="dim"
            )
        console.print(f"Data: {escape(self.place)}")
        if self.documents:
            _print_next(console, self.documents)


def _print_next(console: Console, documents: list[Document]) -> None:
    first = documents[0]
    named = next((document for document in documents if document.entities), None)
    hint = f"--entity {shlex.quote(named.entities[0].name)}" if named else f"--source {shlex.quote(first.source)}"
    console.print("\nTry next:")
    for command in (f"show {first.doc_id[:SHORT_ID]}", f"find {hint}", "status"):
        console.print(f"  {escape(program('dropwire'))} {escape(command)}", style="cyan", soft_wrap=True)


def run_ingest(
    locations: Sequence[str | Location],
    *,
    source: str | None = None,
    reread: bool,
    verbose: bool,
    notify: Callable[[str], None],
) -> IngestResult:
    """Run the flow in this process. Raises what `flows_here` does."""
    settings = Settings()
    with flows_here(settings, create=True, verbose=verbose, notify=notify) as uri:
        from flows.ingest_drops import ingest_drops  # noqa: PLC0415 - imports Prefect

        with _progress(uri):
            report: RunReport = ingest_drops(list(locations), source=source, reread=reread)
        with open_store(uri) as db:
            documents = of_drops(db, report.drop_ids, limit=MAX_LISTED_DROPS)
    return IngestResult(report, documents, whereabouts(settings))


@contextmanager
def flows_here(settings: Settings, *, create: bool, verbose: bool, notify: Callable[[str], None]) -> Iterator[str]:
    """The URI of the store, and Prefect ready to run flows in this process, for as long as the block lasts.

    Raises StoreError, EmbeddedStoreError, PrefectError and QueryError where these are at fault, else RunFailedError
    from what a flow raised.
    """
    prefect_client.configure(verbose=verbose)
    with store_uri(settings, create=create, notify=notify) as uri:
        # Before Prefect takes its time to find that out.
        with open_store(uri) as db:
            db.command("ping")
        if prefect_client.needs_temporary_server():
            notify("Starting Prefect's temporary server (5 to 20 s, the longer the first time) …")
        try:
            with prefect_client.without_heartbeats():
                yield uri
        except (StoreError, ModelError, QueryError):
            raise
        except Exception as error:
            if verbose:
                raise
            raise RunFailedError(
                f"the run failed: {type(error).__name__}: {logs.clean(str(error))}. See more with --verbose."
            ) from error


@contextmanager
def _progress(uri: str) -> Iterator[None]:
    """A progress bar on stderr, fed from the run's record, where somebody watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    over = threading.Event()
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task("Waiting for Prefect", total=None)

    def watch() -> None:
        holder = Holder.this_process()
        with open_store(uri) as db:
            while not over.wait(PROGRESS_INTERVAL_S):
                try:
                    run = runs.running(db, holder)
                except PyMongoError:
                    continue
                if run:
                    bar.update(task, description="Drops", total=run["drops"] or None, completed=run["drops_done"])

    with bar:
        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
