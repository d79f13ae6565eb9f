"""The task of a run that does the work: one batch of drops, in whatever process or on whatever machine it is given."""

from prefect import get_run_logger

from flows import logs, telemetry
from flows.pick_up import Batch
from flows.retries import writing_task
from flows.run_report import RunReport
from flows.task_runners import stoppable
from store import open_store, uri_from_environment


@writing_task
def load_batch(
    batch: Batch, source: str | None, reread: bool, run_id: str, trace: dict[str, str] | None = None
) -> RunReport:
    """Read, clean, tag and write the drops of one batch. `trace` is the span of the run (telemetry.carrier)."""
    from flows.load_drops import load_drops  # noqa: PLC0415 - all that makes documents: a second, if there are any

    telemetry.start()
    with logs.about(run_id=run_id), telemetry.batch_span(trace, drops=len(batch.files)) as done:
        with stoppable(), open_store(uri_from_environment()) as db:
            report = load_drops(db, batch.files, location=batch.location, source=source, reread=reread, run_id=run_id)
        done(report)
        get_run_logger().info(report.accounting)
    return report
