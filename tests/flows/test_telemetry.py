"""Traces and metrics as a collector gets them, and nothing where none is named."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace

from flows import telemetry
from flows.logs import ReportingError
from flows.run_report import RunReport
from store import ensure
from tests.builders import RUSSIAN_SEED
from tests.flows.test_load_drops import run as load
from transforms.document import WriteReport

pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The spans that are made in this process."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def test_from_the_run_to_the_stages_of_a_drop(spans: Any, mongomock_db: Any) -> None:
    ensure(mongomock_db)
    with telemetry.span("run", run_id="r"):
        carried = telemetry.carrier()
    with telemetry.batch_span(carried, drops=1) as done:
        done(load(mongomock_db, str(RUSSIAN_SEED)))
    made = {span.name: span for span in spans.get_finished_spans()}
    assert made.keys() >= {"run", "batch", "drop", "drops", "transform", "write", "copies", "entities"}
    for child, parent in (
        ("batch", "run"),
        ("drop", "batch"),
        ("drops", "batch"),
        ("transform", "drops"),
        ("write", "drops"),
    ):
        assert made[child].parent.span_id == made[parent].context.span_id, child
        assert made[child].context.trace_id == made["run"].context.trace_id
    assert made["run"].attributes["dropwire.run_id"] == "r"
    assert made["batch"].attributes["dropwire.items"] == 1
    assert len(made["drop"].attributes["dropwire.drop_id"]) == 64


def test_a_failed_span_says_what_kind_of_error_and_no_more(spans: Any) -> None:
    with pytest.raises(ValueError, match="the whole article"), telemetry.span("drop"):
        raise ValueError("the whole article")
    (made,) = spans.get_finished_spans()
    assert made.status.status_code is trace.StatusCode.ERROR
    assert "article" not in made.to_json()
    assert made.attributes["error.type"] == "ValueError"


def test_a_span_reads_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of the tracer is in the metadata of the installation: 2 ms a span, if it is looked up each time."""
    with telemetry.span("drop"):
        pass
    monkeypatch.setattr(telemetry, "version", lambda _: pytest.fail("looked up again"))
    with telemetry.span("drop"):
        pass


def test_nothing_is_set_up_where_no_collector_is_named() -> None:
    assert not telemetry.wanted({})
    assert not telemetry.wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"})
    assert telemetry.wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"})
    assert telemetry.carrier() == {}
    with telemetry.span("run") as span:
        assert not span.is_recording()


def test_the_extra_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(telemetry, "find_spec", {}.get)
    with pytest.raises(ReportingError, match=r"dropwire\[otel\]"):
        telemetry.check()


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A collector on loopback, by its URL, and what it was sent."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            received.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", received
    server.shutdown()
    server.server_close()
    thread.join()


# Two processes, as a run and a worker of it: the worker ends as those of multiprocessing do.
_PROGRAM = """
import multiprocessing
from flows import telemetry
from flows.run_report import RunReport
from transforms.document import WriteReport

def work(carried):
    telemetry.start()
    with telemetry.batch_span(carried, drops=1) as done:
        done(RunReport(items=2, seconds={"write": 0.25}))

if __name__ == "__main__":
    telemetry.start()
    telemetry.start()
    with telemetry.span("run", run_id="r"):
        child = multiprocessing.get_context("spawn").Process(target=work, args=(telemetry.carrier(),))
        child.start()
        child.join()
    telemetry.record_run(RunReport(counts=WriteReport(inserted=2), reasons={"empty": 1}))
"""


def test_a_collector_gets_the_spans_and_metrics_of_all_processes(
    collector: tuple[str, list[tuple[str, bytes]]], tmp_path: Path
) -> None:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    url, received = collector
    (tmp_path / "program.py").write_text(_PROGRAM)
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": url, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "program.py"], cwd=tmp_path, env=environment, check=True, timeout=120)
    spans: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    instances = set()
    for path, body in received:
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                facts = {each.key: each.value.string_value for each in resource.resource.attributes}
                assert facts["service.name"] == "dropwire"
                instances.add(facts["service.instance.id"])
                spans |= {span.name: span for scope in resource.scope_spans for span in scope.spans}
        else:
            for told in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                metrics |= {metric.name: metric for scope in told.scope_metrics for metric in scope.metrics}
    assert spans["batch"].parent_span_id == spans["run"].span_id
    assert spans["batch"].trace_id == spans["run"].trace_id
    assert len(instances) == 2
    assert metrics.keys() == {
        "dropwire.items",
        "dropwire.rejections",
        "dropwire.batch.duration",
        "dropwire.stage.duration",
    }
    by_outcome = {
        point.attributes[0].value.string_value: point.as_int for point in metrics["dropwire.items"].sum.data_points
    }
    assert by_outcome["inserted"] == 2
    assert metrics["dropwire.stage.duration"].histogram.data_points[0].sum == 0.25


def test_recording_without_a_collector_does_nothing() -> None:
    telemetry.record_run(RunReport(counts=WriteReport(inserted=1)))
    telemetry.record_batch(RunReport(seconds={"write": 1.0}), 1.0)
