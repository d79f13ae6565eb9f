"""The product on one page: pick up new drops, make documents of them, report.

discover → what is new → batches → one task a batch → what recurs on their sources → the entities in them → report.
Which files are new and complete, flows/pick_up.py decides; in which process or on which machine a batch is worked on,
flows/task_runners.py; what a task does with it is in flows/load_drops.py, what is learned of sources in
flows/clean_again.py, how entities are counted in store/entities.py; the steps from an item to a document are in
transforms/pipeline.py, the upsert is in store/documents.py.
"""

from typing import Any

from flows import telemetry
from flows.batching import batches_of_sources
from flows.discover_drops import discover_drops
from flows.learn_templates import learn_batch
from flows.load_batch import load_batch
from flows.pick_up import Pickup
from flows.plain_flow import flow
from flows.record_run import recorded_run
from flows.refresh_entities import refresh_if_due
from flows.run_report import RunReport
from flows.task_runners import Workers
from flows.unreadable import refuse
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
    with open_store(uri_from_environment()) as db, recorded_run(db) as run, Workers() as workers:
        found = discover_drops(locations)
        pickup = Pickup(db, found, reread=reread, run_id=run.run_id)
        report = RunReport()
        run.advance(report, drops=found.count)
        for batches in pickup.rounds():
            said: dict[str, Any] = {"source": source, "reread": reread, "run_id": run.run_id}
            for batch, loaded in workers.each(load_batch, batches, trace=telemetry.carrier(), **said):
                report += pickup.loaded(batch, loaded)
                run.advance(report + pickup.report, drops=found.count)
        for _, learned in workers.each(learn_batch, batches_of_sources(templates.unlearned(db))):
            report += learned
        report += refresh_if_due(db)
        report += pickup.report + refuse(db, found, run_id=run.run_id) + RunReport(subfolders=found.subfolders)
        run.advance(report, drops=report.drops)
        run.complete(report)
    return report
