"""How clusters of near-copies look: in a terminal, for programs, and on one line."""

from typing import Any

from rich.table import Table
from rich.text import Text

from dropwire.render import SHORT_ID
from store.clusters import Cluster, Copy


def cluster_as_json(doc_id: str, cluster: Cluster | None) -> dict[str, Any]:
    """The cluster of a document for programs; `cluster` is null where nobody has looked for copies yet."""
    return {
        "doc_id": doc_id,
        "cluster": cluster.name if cluster else None,
        "members": [
            {
                "doc_id": copy.doc_id,
                "source": copy.source,
                "published_at": copy.published_at,
                "published_precision": copy.published_precision,
                "arrived_at": copy.arrived_at,
            }
            for copy in (cluster.members if cluster else ())
        ],
        "more": bool(cluster and cluster.more),
    }


def copies_table(doc_id: str, cluster: Cluster) -> Table:
    """One row a member, the earliest first; the document that was asked for is marked."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "id", "source", "published", "arrived"):
        table.add_column(name, no_wrap=True, style="dim" if name == "id" else None)
    for copy in cluster.members:
        mark = "→" if copy.doc_id == doc_id else ""
        arrived = f"{copy.arrived_at:%Y-%m-%d %H:%M}Z"
        table.add_row(*map(Text, (mark, copy.doc_id[:SHORT_ID], copy.source, published(copy), arrived)))
    return table


def published(copy: Copy) -> str:
    """When a copy was published, as far as that is known."""
    if copy.published_at is None:
        return ""
    return f"{copy.published_at:%Y-%m-%d}" + (
        f" {copy.published_at:%H:%M}Z" if copy.published_precision == "second" else ""
    )


def copies_line(cluster: Cluster | None) -> str:
    """How many near-copies of a document there are, and the source of the earliest; empty where there are none."""
    if cluster is None or len(cluster.members) == 1:
        return ""
    first = cluster.members[0]
    count = len(cluster.members) - 1
    when = published(first) or f"arrived {first.arrived_at:%Y-%m-%d}"
    number = f"{count:,}{'+' if cluster.more else ''} near-{'copy' if count == 1 else 'copies'}"
    return f"{number}, earliest: {first.source} ({when})"
