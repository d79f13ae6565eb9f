"""The command `audit`: whether the store accounts for everything."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from dropwire.commands.options import JsonOption, database, friendly_errors
from dropwire.console import Exit, notify, out, print_json


def audit(
    deep: Annotated[
        bool, typer.Option("--deep", help="Check the text of every document, too, not only of a sample.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Prove from the store alone that every drop is accounted for. The exit code is 1 where it is not."""
    with friendly_errors(), database() as db:
        from dropwire.auditing import audit_as_json, print_audit
        from store.audit import audit as audit_store
        from store.audit_texts import Judge
        from transforms import fingerprint, pipeline

        notify("Reading the store …")
        judge = Judge(fingerprint.fingerprint, fingerprint.doc_id, pipeline.VERSION)
        found = audit_store(db, judge, datetime.now(UTC), deep=deep)
        if as_json:
            print_json(audit_as_json(found))
        else:
            print_audit(out(), found)
    if not found.holds:
        raise typer.Exit(Exit.FAILED)
