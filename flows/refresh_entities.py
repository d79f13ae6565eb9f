"""Count the entities that documents are about.

Every ingest ends with this for the entities of what it wrote. By itself the flow counts all of them anew: for a store
whose documents somebody has written or erased by other means.
"""

import time

from prefect import flow, get_run_logger
from pymongo.database import Database

from flows.record_run import recorded_run
from flows.retries import writing_task
from flows.run_report import RunReport
from store import entities, open_store, remade, uri_from_environment
from store.connection import Record


@flow(name="refresh-entities", description="Counts all entities anew, from the documents that name them.")
def refresh_entities() -> RunReport:
    """Count all entities anew; those that no document names any more go."""
    with open_store(uri_from_environment()) as db, recorded_run(db) as run:
        entities.mark_all(db)
        report = refresh_due()
        run.complete(report)
    return report


def refresh_if_due(db: Database[Record]) -> RunReport:
    """As refresh_due. Where nothing is due no task begins: the first of a run connects to Prefect for its events."""
    return refresh_due() if remade.marked(db) or entities.is_due(db) else RunReport()


@writing_task
def refresh_due() -> RunReport:
    """Correct and count what is due; what a try before this one has done is not done again.

    Before that, what a reprocessing that was killed has left unsettled is settled.
    """
    start = time.perf_counter()
    with open_store(uri_from_environment()) as db:
        if remade.marked(db):
            from flows.reprocess import settle_marked  # noqa: PLC0415 - slow, and seldom needed

            settled = settle_marked(db)
            get_run_logger().info("%d documents settled that a killed reprocessing had written", settled)
        count = entities.refresh(db)
    if count:
        get_run_logger().info("%d entities counted", count)
    return RunReport(seconds={"entities": time.perf_counter() - start} if count else {})
