"""What is named together with an entity, and what of that together with each other."""

from dataclasses import dataclass

from pymongo.database import Database

from store.connection import Record
from transforms.document import EntityType


@dataclass(frozen=True, slots=True)
class Node:
    """An entity in a graph: how many documents name it, and how many of them the centre, too (`together`)."""

    id: str
    type: EntityType
    name: str
    documents: int
    together: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Two entities, `one` < `other`, and how many documents name both."""

    one: str
    other: str
    documents: int


@dataclass(frozen=True, slots=True)
class Graph:
    """The neighbours of the centre, most documents together first, and all edges known, the heaviest first.

    Counts are exact, over all documents. An edge between two neighbours is known where one of them is among the twenty
    nearest of the other; lighter ones are missing.
    """

    centre: Node
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def neighbourhood(db: Database[Record], entity: str, *, nodes: int = 20, least: int = 1) -> Graph | None:
    """The graph around an entity: up to `nodes` neighbours (20 are kept) with `least` documents together at least.

    None where no document names such an entity.
    """
    record = db.entities.find_one({"_id": entity, "documents": {"$gt": 0}})
    if record is None:
        return None
    together = {one["id"]: one["documents"] for one in record["neighbours"][:nodes] if one["documents"] >= least}
    fields = dict.fromkeys(("type", "name", "documents", "neighbours"), 1)
    found = {one["_id"]: one for one in db.entities.find({"_id": {"$in": list(together)}}, fields)} if together else {}
    # One that is being counted at this moment may be without its facts.
    known = {one: each for one, each in found.items() if each["documents"] > 0}
    weights: dict[tuple[str, str], int] = {}
    for one, other, documents in [
        *((entity, other, together[other]) for other in known),
        *((one, each["id"], each["documents"]) for one, named in known.items() for each in named["neighbours"]),
    ]:
        if other in known and documents >= least:
            pair = (min(one, other), max(one, other))
            weights[pair] = max(weights.get(pair, 0), documents)
    return Graph(
        centre=_node(record, record["documents"]),
        nodes=tuple(_node(known[one], together[one]) for one in together if one in known),
        edges=tuple(
            Edge(*pair, documents) for pair, documents in sorted(weights.items(), key=lambda one: (-one[1], one[0]))
        ),
    )


def _node(record: Record, together: int) -> Node:
    return Node(record["_id"], record["type"], record["name"], record["documents"], together)
