"""The product on one page: pick up new drops, make documents of them, report.

discover → what is new → batches → one task a batch → what recurs on their sources → the entities in them → report.
Which files are new and complete, flows/pick_up.py decides; what a task does with a batch is in flows/load_drops.py,
what is learned of sources in flows/clean_again.py, how entities are counted in store/entities.py; the steps from an
item to a document are in transforms/pipeline.py, the upsert is in store/documents.py.
"""

from dataclasses import asdict

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff

from flows.clean_again import batches
from flows.discover_drops import discover_drops
from flows.learn_templates import learn_batch
from flows.load_drops import load_drops, refuse
from flows.pick_up import Batch, Pickup
from flows.record_run import recorded_run
from flows.refresh_entities import refresh_due
from flows.retries import may_succeed_later
from flows.run_report import RunReport
from locations import Location
from store import open_store, templates, uri_from_environment


@flow(name="ingest-drops", description="Picks up new drops and brings their documents into the store.")
def ingest_drops(locations: list[str | Location], source: str | None = None, reread: bool = False) -> RunReport:
    """Bring the drops at `locations` into the store, each exactly once, and report what became of them.

    Args:
        locations: Folders (the files directly in them), files, patterns such as `drops/**/*.html`, or URLs such as
            `s3://bucket/drops`; or the same with more said about them (see locations/location.py).
        source: The source of items that name none themselves and whose location gives none; by default the name of
            their folder.
        reread: Process drops again that the ledger knows as done, for instance after an upgrade.

    """
    with open_store(uri_from_environment()) as db, recorded_run(db) as run:
        found = discover_drops(locations)
        pickup = Pickup(db, found, reread=reread, run_id=run.run_id)
        report = RunReport()
        run.advance(drops=found.count, drops_done=0)
        for batch in pickup.batches():
            report += load_batch(batch, source, reread, run.run_id)
            run.advance(drops=found.count, drops_done=report.drops + pickup.report.drops)
        for sources in batches(templates.unlearned(db)):
            report += learn_batch(sources)
        report += refresh_due()
        report += pickup.report + refuse(db, found, run_id=run.run_id) + RunReport(subfolders=found.subfolders)
        run.advance(drops=report.drops, drops_done=report.drops)
        run.complete(report)
    publish_report(report)
    return report


@task(
    # Four tries over 2 + 4 + 8 s outlast an election; a store that is away for longer fails the run, and the
    # next scheduled one takes over where it stopped.
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=may_succeed_later,
    cache_policy=NO_CACHE,
)
def load_batch(batch: Batch, source: str | None, reread: bool, run_id: str) -> RunReport:
    """Read, clean, tag and write the drops of one batch."""
    with open_store(uri_from_environment()) as db:
        report = load_drops(db, batch.files, location=batch.location, source=source, reread=reread, run_id=run_id)
    get_run_logger().info(report.accounting)
    return report


def publish_report(report: RunReport) -> None:
    """Publish the report of the run as a Prefect artifact, a table of outcomes."""
    outcomes = [{"outcome": name, "items": count} for name, count in asdict(report.counts).items()]
    reasons = [{"outcome": f"quarantined: {name}", "items": count} for name, count in report.reasons.items()]
    create_table_artifact(
        key="ingest-report",
        table=[{"outcome": "read", "items": report.items}, *outcomes, *reasons],
        description=f"{report.accounting} (from {report.drops} drops)"
        + _waiting(report.waiting)
        + _not_read(report.subfolders)
        + f"; {report.learned}",
    )


def _waiting(files: int) -> str:
    return f". Still being written, left for the next run: {files} files" if files else ""


def _not_read(subfolders: tuple[str, ...]) -> str:
    return (
        f". Subfolders are read only where a pattern asks for it; not read: {', '.join(subfolders)}"
        if subfolders
        else ""
    )
