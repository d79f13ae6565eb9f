"""Process the drops of cases in quarantine again, after their cause was mended or after an upgrade.

Which drops, and where they lie, flows/replay.py finds; the ingest of them is the ordinary one, as a run of its own.
"""

from prefect import flow, get_run_logger

from flows.ingest_drops import ingest_drops
from flows.record_run import recorded_run
from flows.replay import Replay, chosen, replay
from flows.run_report import RunReport
from store import open_store, uri_from_environment
from transforms.document import Reason


@flow(name="replay-quarantine", description="Processes the drops of cases in quarantine again, from where they lie.")
def replay_quarantine(
    reason: Reason | None = None,
    source: str | None = None,
    cases: list[str] | None = None,
    all_open: bool = False,
) -> Replay:
    """Process the drops of cases again, each from a place that holds the very same bytes, and report what is left.

    Args:
        reason: Only open cases with this reason code.
        source: Only open cases of this source; empty for those that have none.
        cases: These cases, as `dropwire quarantine` names them (`3fa9c1d2:4`, or `3fa9c1d2` for all of a drop), also
            those that were discarded. The other parameters say nothing then.
        all_open: All open cases, where neither a reason nor a source is given.

    """
    with open_store(uri_from_environment()) as db, recorded_run(db) as run:
        done = replay(
            db,
            chosen(db, cases, reason=reason, source=source, all_open=all_open),
            lambda locations, reread: ingest_drops([*locations], reread=reread),
        )
        get_run_logger().info("cases: %s", done.counts)
        run.complete(RunReport(), done.counts)
    return done
