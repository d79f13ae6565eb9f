"""Where the names of a graph stand: the centre in the middle, its neighbours in two columns beside it.

Pure, and the same for the same graph. Names stand outside of the columns and lines between them, so that no name is on
another or on a line, at any width: across is in per cent of the drawing, down is in pixels.
"""

from dataclasses import dataclass
from typing import Final, Literal

from store.queries import Edge, Graph, Node

# Across: the columns, far enough from the edges for sixteen characters on a phone.
LEFT: Final = 40.0
RIGHT: Final = 60.0
CENTRE: Final = 50.0
ROW: Final = 34
_TOP: Final = 24
_RADIUS: Final = (4.0, 11.0)
_WIDTH: Final = (1.0, 6.0)
# More lines between neighbours say nothing any more.
_MOST_EDGES: Final = 40
_ROUNDS: Final = 6

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A neighbour: where its dot stands and how large it is (by its documents)."""

    node: Node
    side: Side
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a path of a drawing that is 100 wide and `height` high, and how wide it is (px, by documents)."""

    path: str
    width: float
    edge: Edge
    to_centre: bool


@dataclass(frozen=True, slots=True)
class Network:
    """The whole drawing; spots in the order in which the keyboard goes through them."""

    height: int
    centre_y: float
    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]


def network(graph: Graph) -> Network:
    """The drawing of a graph."""
    centre = graph.centre.id
    weights = {frozenset({edge.one, edge.other}): edge.documents for edge in graph.edges}
    columns = _columns(graph, weights)
    rows = max((len(column) for column in columns.values()), default=0)
    height = max(rows, 2) * ROW + 2 * _TOP
    most = max((node.documents for node in graph.nodes), default=1)
    spots: dict[str, Spot] = {}
    for side, column in columns.items():
        first = (height - (len(column) - 1) * ROW) / 2
        for place, node in enumerate(column):
            radius = _between(_RADIUS, (node.documents / most) ** 0.5)
            spots[node.id] = Spot(node, side, LEFT if side == "left" else RIGHT, first + place * ROW, radius)
    between = [edge for edge in graph.edges if edge.one in spots and edge.other in spots]
    between = sorted(between, key=lambda edge: (-edge.documents, edge.one, edge.other))[:_MOST_EDGES]
    own = [Edge(min(centre, node.id), max(centre, node.id), node.together) for node in graph.nodes]
    heaviest = max((edge.documents for edge in (*own, *between)), default=1)
    lines = []
    for edge in between:
        one, other = spots[edge.one], spots[edge.other]
        lines.append(Line(_path(one, other), _between(_WIDTH, edge.documents / heaviest), edge, to_centre=False))
    for edge in own:
        spot = spots[edge.other if edge.one == centre else edge.one]
        path = f"M{CENTRE:g} {height / 2:g}L{spot.x:g} {spot.y:g}"
        lines.append(Line(path, _between(_WIDTH, edge.documents / heaviest), edge, to_centre=True))
    order = {node.id: place for place, node in enumerate(graph.nodes)}
    return Network(
        height, height / 2, tuple(sorted(spots.values(), key=lambda spot: order[spot.node.id])), tuple(lines)
    )


def _columns(graph: Graph, weights: dict[frozenset[str], int]) -> dict[Side, list[Node]]:
    """Who is often named together stands on the same side, and near each other."""
    half = (len(graph.nodes) + 1) // 2
    columns: dict[Side, list[Node]] = {"left": [], "right": []}

    def pull(node: Node, others: list[Node]) -> int:
        return sum(weights.get(frozenset({node.id, other.id}), 0) for other in others)

    for node in graph.nodes:
        left, right = columns["left"], columns["right"]
        to_left = (pull(node, left), -len(left)) >= (pull(node, right), -len(right))
        side: Side = "left" if (to_left and len(left) < half) or len(right) >= half else "right"
        columns[side].append(node)
    place = {node.id: float(row) for column in columns.values() for row, node in enumerate(column)}
    for _ in range(_ROUNDS):
        for column in columns.values():
            column.sort(key=lambda node: (_barycentre(node, graph.nodes, weights, place), node.id))
            place |= {node.id: float(row) for row, node in enumerate(column)}
    return columns


def _barycentre(
    node: Node, nodes: tuple[Node, ...], weights: dict[frozenset[str], int], place: dict[str, float]
) -> float:
    """The mean row of those it is named with, and of its own: so rows settle."""
    total, whole = place[node.id], 1.0
    for other in nodes:
        if other.id != node.id:
            weight = weights.get(frozenset({node.id, other.id}), 0)
            total, whole = total + weight * place[other.id], whole + weight
    return total / whole


def _path(one: Spot, other: Spot) -> str:
    """A straight line to the other side; to the same side a bow towards the middle."""
    if one.side != other.side:
        return f"M{one.x:g} {one.y:g}L{other.x:g} {other.y:g}"
    far = min(9.0, 2.0 + abs(one.y - other.y) / ROW)
    x = one.x + far if one.side == "left" else one.x - far
    return f"M{one.x:g} {one.y:g}C{x:g} {one.y:g} {x:g} {other.y:g} {other.x:g} {other.y:g}"


def _between(bounds: tuple[float, float], share: float) -> float:
    low, high = bounds
    return round(low + (high - low) * min(share, 1.0), 2)
