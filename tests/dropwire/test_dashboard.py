"""The dashboard asks for metrics that there are."""

import json
import re
from pathlib import Path
from typing import Any

from dropwire.metrics import registry
from tests.dropwire.test_metrics import filled, scrape

__all__ = ["filled"]
DASHBOARD = json.loads((Path(__file__).parents[2] / "docs" / "grafana" / "dropwire.json").read_text("utf-8"))


def test_every_metric_of_the_dashboard_exists_with_its_labels(filled: Any) -> None:
    labels: dict[str, set[str]] = {}
    for family in scrape(registry(filled)).values():
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    expressions = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert len(expressions) >= 15
    for expression in expressions:
        names = re.findall(r"(?:dropwire|process)_\w+", expression)
        assert names, expression
        for name in names:
            assert name in labels, f"{name} in {expression}"
            for label in re.findall(r"by \(([^)]*)\)", expression):
                assert set(label.split(", ")) <= labels[name], expression


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
