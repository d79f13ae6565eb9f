"""Learn the lines that recur on each source, and clean the documents anew that this concerns.

Every ingest ends with this for the sources that it found documents of. By itself it is for a store of an earlier
Dropwire, or after an upgrade that learns better.
"""

from prefect import flow, get_run_logger

from flows.batching import batches_of_sources
from flows.record_run import recorded_run
from flows.retries import writing_task
from flows.run_report import Learned, RunReport
from flows.task_runners import stoppable
from store import open_store, templates, uri_from_environment
from store.queries import counts_by


@flow(name="learn-templates", description="Learns the lines that recur on each source, and cleans documents anew.")
def learn_templates(sources: list[str] | None = None) -> RunReport:
    """Learn the lines that recur on sources, and report how many documents changed by that.

    Args:
        sources: Only these, as `dropwire status` lists them; by default all.

    """
    with open_store(uri_from_environment()) as db, recorded_run(db) as run:
        templates.mark(db, counts_by(db.documents, "source") if sources is None else sources)
        report = RunReport()
        for batch in batches_of_sources(templates.unlearned(db) if sources is None else sources):
            report += learn_batch(batch)
        run.complete(report)
    return report


@writing_task
def learn_batch(batch: list[str]) -> RunReport:
    """Learn the templates of a batch of sources; what a try before this one has done is not done again."""
    from flows.clean_again import learn_sources  # noqa: PLC0415 - slow, and most runs have nothing to learn

    with stoppable(), open_store(uri_from_environment()) as db:
        report = learn_sources(db, batch)
    if report.learned != Learned():
        get_run_logger().info(str(report.learned))
    return report
