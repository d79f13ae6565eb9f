"""The command `reprocess`: the flow run from a terminal, and what it would do, shown on a sample."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from pymongo.database import Database
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from dropwire.history import Edit, edit_as_json, edit_of, print_edit
from dropwire.ingesting import flows_here
from dropwire.render import SHORT_ID, count_table, cut_share, first_words
from dropwire.settings import Settings
from flows.reprocess import MAKERS, made_anew
from flows.reprocess_report import Left, ReprocessReport
from store import runs
from store.connection import Record
from store.selection import Selection, Survey, survey
from transforms.document import Document, Reason, Rejection
from transforms.models import shared_models

# Of the sample of a trial: enough to see what changes, done in some seconds.
SAMPLE = 20
# What writes documents, and how much of one of their runs says how long that takes: seconds of making documents, runs.
_WRITING = frozenset(("ingest-drops", "reprocess-documents"))
_TELLING_S = 5.0
_LATEST = 100
# Twice the standard error of the mean: of 20 times out of 21, the time per document lies in it.
_ERRORS = 2


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of a document of the sample: the edit, why it would stay as it is (`kept`), or nothing."""

    before: Document
    after: Document | None
    edit: Edit | None
    kept: str
    seconds: float

    @property
    def entities(self) -> tuple[list[str], list[str]]:
        """The names of the entities that it would not, and those that it would newly be found by."""
        old, new = (
            {entity.id: entity.name for entity in document.entities}
            for document in (self.before, self.after or self.before)
        )
        return [old[name] for name in old.keys() - new.keys()], [new[name] for name in new.keys() - old.keys()]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        gone, found = map(sorted, self.entities)
        return {
            "doc_id": self.before.doc_id,
            "source": self.before.source,
            "title": self.before.title,
            "changes": self.edit is not None,
            "kept": self.kept or None,
            "edit": edit_as_json(self.edit) if self.edit else None,
            "cut": [cut_share(self.before), cut_share(self.after or self.before)],
            "entities_gone": gone,
            "entities_found": found,
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """What a reprocessing would do: the documents that it is about, a sample of them tried, and a time estimate.

    `stages` is how long all stages of a run here take for a second of making documents.
    """

    survey: Survey
    tried: tuple[Tried, ...]
    workers: int
    stages: float

    @property
    def changed(self) -> int:
        """How many documents of the sample would change."""
        return sum(tried.edit is not None for tried in self.tried)

    @property
    def seconds(self) -> tuple[float, float]:
        """The time that it would take, from and to, s: by what the sample took, with all workers at it.

        The start of the workers is not in it; a drop that has to be read is, once for each document.
        """
        took = [tried.seconds for tried in self.tried]
        if not took:
            return 0.0, 0.0
        error = _ERRORS * stdev(took) / len(took) ** 0.5 if len(took) > 1 else mean(took)
        documents = self.survey.documents / self.workers * self.stages
        return max(mean(took) - error, 0) * documents, (mean(took) + error) * documents

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "documents": self.survey.documents,
            "current": self.survey.current,
            "later": self.survey.later,
            "sources": dict(self.survey.sources.most_common()),
            "made_by": dict(self.survey.makers.most_common()),
            "sample": [tried.as_json() for tried in self.tried],
            "sample_changed": self.changed,
            "seconds": list(self.seconds),
            "workers": self.workers,
        }

    def print(self, console: Console) -> None:
        """The counts, the edits of the sample, how many would change, and how long it would take."""
        found = self.survey
        console.print(count_table("Sources", dict(found.sources.most_common(SAMPLE))))
        console.print(count_table("Made by", dict(found.makers.most_common(SAMPLE))))
        for tried in self.tried:
            _print_tried(console, tried)
        console.print(
            f"[bold]{found.documents:,} documents would be processed again[/]; "
            f"{found.current:,} more are as the current versions make them."
        )
        if found.later:
            console.print(f"{found.later:,} of them would be left: {Left.LATER.hint}.", style="yellow")
        if self.tried:
            least, most = (_duration(seconds) for seconds in self.seconds)
            kept = sum(bool(tried.kept) for tried in self.tried)
            console.print(
                f"Of a sample of {len(self.tried)}, {self.changed} would change"
                + (f" and {kept} would stay as they are for want of better" if kept else "")
                + f". It would take {least} to {most} with {self.workers} workers. Nothing was written."
            )


def try_reprocessing(db: Database[Record], selection: Selection, workers: int) -> Trial:
    """Look at what a reprocessing is about, and process a sample of it. Writes nothing."""
    found = survey(db, selection, MAKERS, SAMPLE)
    if found.smallest:
        # Loading them takes seconds, once a worker, and is no work on a document.
        models = shared_models()
        _ = models.language, models.lines, models.entities
    return Trial(found, tuple(_tried(db, found.smallest)), workers, _stages(db))


def _stages(db: Database[Record]) -> float:
    """How long all stages of a run take for a second of making documents: by the latest run that says, else 1."""
    for run in runs.latest(db, _LATEST):
        seconds = run["seconds"]
        if run["flow"] in _WRITING and seconds.get("transform", 0.0) >= _TELLING_S:
            return float(sum(seconds.values()) / seconds["transform"])
    return 1.0


def _tried(db: Database[Record], doc_ids: Sequence[str]) -> Iterator[Tried]:
    for doc_id in doc_ids:
        start = time.perf_counter()
        # One by one, so that each has its time; empty where it was erased meanwhile.
        for made in made_anew(db, [doc_id]):
            seconds = time.perf_counter() - start
            after = made.after if isinstance(made.after, Document) else None
            edit = edit_of(made.before, after) if after and made.changes else None
            yield Tried(made.before, after, edit, _why_kept(made.after), seconds)


def _why_kept(after: Document | Rejection | Left) -> str:
    if isinstance(after, Left):
        return f"left ({after.value}): {after.hint}"
    return f"rejected: {after.reason.value}" if isinstance(after, Rejection) else ""


def _print_tried(console: Console, tried: Tried) -> None:
    before = tried.before
    heading = Text.assemble(
        (before.doc_id[:SHORT_ID], "bold"), f"  {before.source}  ", before.title or first_words(before.text)
    )
    console.print(heading, soft_wrap=True)
    if tried.kept:
        console.print(f"  {escape(tried.kept)}", style="yellow", soft_wrap=True)
    elif tried.edit is None or tried.after is None:
        console.print("  the same", style="dim")
    else:
        print_edit(console, tried.edit, before, tried.after)
        cut = [f"{cut_share(document):.1%}" for document in (before, tried.after)]
        if cut[0] != cut[1]:
            console.print(f"  cut {cut[0]} → {cut[1]}")
        for sign, style, names in zip("-+", ("red", "green"), tried.entities, strict=True):
            if names:
                console.print(Text(f"  {sign} {', '.join(sorted(names))}", style), soft_wrap=True)
    console.print()


def _duration(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.1f} s"


def run_reprocessing(asked: dict[str, Any], *, verbose: bool, notify: Callable[[str], None]) -> ReprocessReport:
    """Run the flow in this process, with these parameters of it. Raises what `flows_here` does."""
    with flows_here(Settings(), create=False, verbose=verbose, notify=notify):
        from flows.reprocess_documents import reprocess_documents  # noqa: PLC0415 - imports Prefect

        report: ReprocessReport = reprocess_documents(**asked)
    return report


def report_as_json(report: ReprocessReport) -> dict[str, Any]:
    """A report for programs."""
    return {
        **report.counts,
        "reasons": dict(report.reasons),
        "left_because": dict(report.whys),
        "accounting": report.accounting,
    }


def print_report(console: Console, report: ReprocessReport) -> None:
    """The accounting, and what to do about what is left."""
    console.print(f"[bold]{report.accounting}[/]")
    for hint in report.hints:
        console.print(f"  {escape(hint)}", style="yellow", soft_wrap=True)
    for reason, count in report.reasons.items():
        fate = "and erased" if reason == Reason.ERASED else "and kept as they were"
        console.print(f"  {count} rejected, {fate}: {reason}")
