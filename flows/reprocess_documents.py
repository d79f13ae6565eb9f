"""Take stored documents through the current pipeline again, after an upgrade or where it was mended.

Which documents, store/selection.py finds; what a task does with a batch is in flows/reprocess.py.
"""

from datetime import date
from typing import Annotated

from prefect import flow, get_run_logger
from pydantic import Field

from flows.batching import batches_of_sources
from flows.learn_templates import learn_batch
from flows.record_run import recorded_run
from flows.refresh_entities import refresh_due
from flows.reprocess import BATCH_DOCUMENTS, MAKERS, MAX_DOCUMENTS_OF_ONE_DROP, reprocess
from flows.reprocess_report import ReprocessReport
from flows.retries import writing_task
from flows.run_report import RunReport
from flows.task_runners import Workers, stoppable
from store import open_store, selection, templates, uri_from_environment
from store.selection import MadeBy, Selection
from transforms.document import Reason


@flow(name="reprocess-documents", description="Takes stored documents through the current pipeline again.")
def reprocess_documents(
    source: str | None = None,
    language: str | None = None,
    since: date | None = None,
    until: date | None = None,
    arrived_since: date | None = None,
    arrived_until: date | None = None,
    made_by: list[Annotated[str, Field(pattern=selection.PATTERN)]] | None = None,
) -> ReprocessReport:
    """Take documents that other versions made through the current pipeline, and report what became of them.

    All that is given must hold. Documents that the current versions made are done; so a run that was killed goes on
    where it stopped when it is started again.

    Args:
        source: Only documents of this source, as `dropwire status` lists them.
        language: Only documents that are in this language, if only in a part: `be`, or `sr-Latn` for one script.
        since: Only documents published on this day (UTC) or later.
        until: Only documents published on this day or before.
        arrived_since: Only documents whose drop arrived on this day (UTC) or later.
        arrived_until: Only documents whose drop arrived on this day or before.
        made_by: Only documents that were made so: a name (pipeline, cleaner, line_model, language_model,
            entity_model), one of < <= > >= = != and a version, as in `cleaner<3`, `pipeline<4` or
            `entity_model!=dropwire-entities-1`.

    """
    chosen = Selection(
        source=source,
        language=language,
        since=since,
        until=until,
        arrived_since=arrived_since,
        arrived_until=arrived_until,
        made_by=tuple(map(MadeBy.parse, made_by or ())),
    )
    with open_store(uri_from_environment()) as db, recorded_run(db) as run, Workers() as workers:
        report, rest = ReprocessReport(), RunReport()
        todo = selection.batches(db, chosen, MAKERS, size=BATCH_DOCUMENTS, of_one_drop=MAX_DOCUMENTS_OF_ONE_DROP)
        for _, done in workers.each(reprocess_batch, todo, if_deadly=_kept):
            report += done
            get_run_logger().info("so far: %s", report.accounting)
        for _, learned in workers.each(learn_batch, batches_of_sources(templates.unlearned(db))):
            rest += learned
        rest += refresh_due()
        report.check()
        run.complete(rest + RunReport(reasons={**report.reasons, **report.whys}, seconds=report.seconds), report.counts)
    return report


@writing_task
def reprocess_batch(batch: list[str]) -> ReprocessReport:
    """Process a batch of documents again; what a try before this one has done is not done again."""
    with stoppable(), open_store(uri_from_environment()) as db:
        report = reprocess(db, batch)
    get_run_logger().info(report.accounting)
    return report


def _kept(batch: list[str]) -> ReprocessReport:
    """What becomes of a document over which workers die: it stays as it is, and the run goes on."""
    get_run_logger().error("workers die over document %s: it stays as it is", *batch)
    return ReprocessReport(documents=len(batch), rejected=len(batch), reasons={Reason.WORKER_DIED: len(batch)})
