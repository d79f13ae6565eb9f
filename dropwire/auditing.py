"""How an audit looks, to people and to programs."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from store.audit import Audit, Finding


def audit_as_json(audit: Audit) -> dict[str, Any]:
    """The audit for programs."""
    return {"holds": audit.holds, **asdict(audit)}


def print_audit(console: Console, audit: Audit) -> None:
    """Print each check with what it found, then the verdict."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for finding in audit.findings:
        table.add_row(Text(finding.name), _result(finding), Text(finding.claim, "dim"))
        for example in finding.examples:
            table.add_row("", "", Text(example, "yellow"))
        if finding.violations > len(finding.examples):
            table.add_row("", "", Text(f"… and {finding.violations - len(finding.examples):,} more", "yellow"))
    console.print(table)
    console.print()
    read = ", ".join(f"{count:,} {name}" for name, count in audit.records.items())
    console.print(f"Read: {read}; with their texts {audit.texts:,} documents and revisions.", style="dim")
    if audit.unverifiable:
        console.print(
            f"Of {audit.unverifiable:,} of these the fingerprint cannot be made again: an earlier pipeline made it, or "
            "the store has rounded the time of publication.",
            style="dim",
        )
    if audit.in_progress:
        console.print(
            f"{audit.in_progress:,} drops are being processed at this moment: audit again after that run.",
            style="yellow",
        )
    violations = sum(finding.violations for finding in audit.findings)
    if audit.holds:
        console.print("[bold]Everything is accounted for.[/]")
    else:
        console.print(
            f"[bold red]Not accounted for: {violations:,} violations.[/] docs/reliability.md says what to do."
        )


def _result(finding: Finding) -> Text:
    return Text(f"{finding.violations:,}", "bold red") if finding.violations else Text("holds", "green")
