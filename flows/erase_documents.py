"""Erase for good what was prepared: `dropwire erase … --prepare` gives the number.

Prefect keeps the parameters of each run in its own database. So the flow takes a number and no address or name, and
what it logs holds none either.
"""

from prefect import flow, get_run_logger

from flows.erasing import PATIENCE_S, Erased, erase
from flows.record_run import recorded_run
from flows.run_report import RunReport
from store import StoreError, erasures, open_store, uri_from_environment


@flow(name="erase-documents", description="Erases for good what was prepared under a number, and proves it.")
def erase_documents(erasure: int | None = None, patience_s: float = PATIENCE_S) -> None:
    """Erase what `dropwire erase --prepare` has prepared, or finish what was interrupted. Fails where it is not proven.

    Args:
        erasure: The number that `dropwire erase --prepare` gave; without it, all erasures that were interrupted.
        patience_s: Seconds to wait for workers who claimed drops before it began.

    """
    with open_store(uri_from_environment()) as db, recorded_run(db) as run:
        numbers = erasures.unfinished(db) if erasure is None else [erasure]
        left = [number for number in numbers if not _told(number, erase(db, number, patience_s=patience_s)).is_proven]
        if left:
            which = ", ".join(map(str, left))
            raise StoreError(f"not proven: erasure {which}. `dropwire erase --list`, and --resume, say what is left")
        run.complete(RunReport())


def _told(number: int, done: Erased) -> Erased:
    counts = ", ".join(f"{count} {name}" for name, count in done.counts.items() if count)
    found = sum(one.found for one in done.proof.searched)
    get_run_logger().info(
        "erasure %d: %s; of %d records read then, it is in %d, its words in %d other documents; %d drops are busy",
        number,
        counts or "nothing was left to erase",
        sum(one.records for one in done.proof.searched),
        found,
        len(done.proof.copies),
        len(done.busy),
    )
    return done
