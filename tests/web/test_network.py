"""Where the names of a graph stand."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dropwire.web.network import LEFT, RIGHT, ROW, Network, network
from store.queries import Edge, Graph, Node

CENTRE = Node("centre", "PER", "Centre", 100, 100)
NAMES = [f"n{number:02}" for number in range(20)]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=20))
    nodes = tuple(Node(name, "ORG", name, draw(st.integers(1, 500)), draw(st.integers(1, 90))) for name in names)
    pairs = [(one, other) for one in names for other in ["centre", *names] if one < other or other == "centre"]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    # The store names the lesser first.
    edges = tuple(Edge(min(pair), max(pair), draw(st.integers(1, 90))) for pair in chosen)
    return Graph(CENTRE, nodes, edges)


@given(graphs())
def test_every_neighbour_stands_once_inside_the_drawing_and_no_two_on_one_place(graph: Graph) -> None:
    drawn = network(graph)
    assert [spot.node.id for spot in drawn.spots] == [node.id for node in graph.nodes]
    places = [(spot.x, spot.y) for spot in drawn.spots]
    assert len(set(places)) == len(places)
    for spot in drawn.spots:
        assert spot.x == (LEFT if spot.side == "left" else RIGHT)
        assert spot.radius < spot.y < drawn.height - spot.radius
    for side in ("left", "right"):
        rows = sorted(spot.y for spot in drawn.spots if spot.side == side)
        assert all(below - above == ROW for above, below in pairwise(rows))
    assert abs(sum(1 if spot.side == "left" else -1 for spot in drawn.spots)) <= 1


@given(graphs())
def test_every_neighbour_has_its_line_to_the_centre(graph: Graph) -> None:
    drawn = network(graph)
    to_centre = [line.edge for line in drawn.lines if line.to_centre]
    assert {edge.documents for edge in to_centre} == {node.together for node in graph.nodes}
    assert {edge.one for edge in to_centre} | {edge.other for edge in to_centre} == (
        {"centre", *(node.id for node in graph.nodes)} if graph.nodes else set()
    )
    known = {node.id for node in graph.nodes}
    for line in drawn.lines:
        assert line.to_centre or {line.edge.one, line.edge.other} <= known
        assert 1 <= line.width <= 6


@given(graphs(), st.randoms(use_true_random=False))
def test_the_same_graph_is_drawn_the_same(graph: Graph, draw: object) -> None:
    edges = list(graph.edges)
    draw.shuffle(edges)  # type: ignore[attr-defined]
    assert network(Graph(graph.centre, graph.nodes, tuple(edges))) == network(graph)


def two_pairs() -> Network:
    nodes = tuple(Node(name, "PER", name, 10, 5) for name in ("a", "b", "c", "d"))
    return network(Graph(CENTRE, nodes, (Edge("a", "c", 9), Edge("b", "d", 9))))


def test_who_is_often_named_together_stands_on_the_same_side_joined_by_a_bow() -> None:
    sides = {spot.node.id: spot.side for spot in two_pairs().spots}
    assert sides["a"] == sides["c"] != sides["b"] == sides["d"]
    bows = [line.path for line in two_pairs().lines if not line.to_centre]
    assert ["C" in path for path in bows] == [True, True]


def test_more_documents_make_a_larger_dot_and_a_wider_line() -> None:
    nodes = (Node("large", "PER", "L", 400, 50), Node("small", "PER", "S", 4, 2))
    drawn = network(Graph(CENTRE, nodes, ()))
    assert [spot.radius for spot in drawn.spots] == sorted((spot.radius for spot in drawn.spots), reverse=True)
    widths = {line.edge.other: line.width for line in drawn.lines}
    assert widths["large"] > widths["small"]


def test_only_forty_lines_join_neighbours_the_heaviest() -> None:
    nodes = tuple(Node(name, "PER", name, 10, 5) for name in NAMES)
    pairs = [(one, other) for one in NAMES for other in NAMES if one < other]
    drawn = network(Graph(CENTRE, nodes, tuple(Edge(*pair, weight + 1) for weight, pair in enumerate(pairs))))
    between = [line.edge.documents for line in drawn.lines if not line.to_centre]
    assert sorted(between) == list(range(len(pairs) - 39, len(pairs) + 1))
