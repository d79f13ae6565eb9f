"""Traces and metrics for OpenTelemetry: run → batch → drop → stage, where somebody collects them.

Here is only the API, which Prefect brings and which does nothing by itself. The SDK (extra `otel`) is set up by `start`
in each process whose environment names a collector, as the standard says (OTEL_EXPORTER_OTLP_ENDPOINT). Spans and
metrics hold counts, ids and names of stages, and nothing of texts.
"""

import atexit
import multiprocessing
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing.util import Finalize

from opentelemetry import metrics, propagate, trace
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from flows.logs import ReportingError
from flows.run_report import RunReport

NAME = "dropwire"
ENDPOINT_VARIABLES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
# Batches and stages take from milliseconds to minutes, s.
_BOUNDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)


def wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the environment names a collector, and the SDK is not switched off."""
    environment = os.environ if environment is None else environment
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    return any(environment.get(name) for name in ENDPOINT_VARIABLES)


def check() -> None:
    """Raise ReportingError where telemetry is asked for and the extra is missing."""
    # The name of a package that is missing altogether must not be looked for in it.
    there = find_spec("opentelemetry.sdk") and find_spec("opentelemetry.exporter")
    if wanted() and not there:
        asked = next(name for name in ENDPOINT_VARIABLES if os.environ.get(name))
        raise ReportingError(f"{asked} is set, which needs the extra `otel`: pip install 'dropwire[otel]', or unset it")


@cache
def start() -> None:
    """Set the SDK up in this process, once, where it is asked for. Raises ReportingError.

    What is not sent yet when the process ends is sent then.
    """
    if not wanted():
        return
    check()
    # The extra's: slow to import, and missing where nobody asks for it.
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    facts = {
        "service.name": os.environ.get("OTEL_SERVICE_NAME", NAME),
        "service.version": _version(),
        # Each process counts for itself: their sums must not be taken for one that jumps.
        "service.instance.id": str(uuid.uuid4()),
    }
    resource = Resource.create(facts)
    traces = TracerProvider(resource=resource, shutdown_on_exit=False)
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    meters = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(meters)

    def stop() -> None:
        traces.shutdown()
        meters.shutdown()

    if multiprocessing.parent_process() is None:
        atexit.register(stop)
    else:
        # Worker processes end without what is registered with atexit.
        Finalize(None, stop, exitpriority=0)


@cache
def _version() -> str:
    """Ours, as installed: looked up once, for that reads files, and a drop has two spans."""
    return version(NAME)


@contextmanager
def span(name: str, parent: Mapping[str, str] | None = None, **attributes: AttributeValue) -> Iterator[Span]:
    """A span around the block, below the one around it, or below `parent`, a `carrier` of another process.

    An error that leaves the block makes it a failed span, by its type alone: messages may quote what a sender wrote.
    """
    context = propagate.extract(parent) if parent else None
    tracer = trace.get_tracer(NAME, _version())
    with tracer.start_as_current_span(
        name,
        context=context,
        attributes={f"{NAME}.{key}": value for key, value in attributes.items()},
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield made
        except BaseException as error:
            made.set_attribute("error.type", type(error).__name__)
            made.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """A span around the block, whose time is added to that of its stage, s."""
    start = time.perf_counter()
    with span(stage):
        yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start


@contextmanager
def batch_span(parent: Mapping[str, str] | None, drops: int) -> Iterator[Callable[[RunReport], None]]:
    """The span of a batch; what it gives takes the batch's report."""
    began = time.perf_counter()
    with span("batch", parent, drops=drops) as made:

        def done(report: RunReport) -> None:
            made.set_attribute("dropwire.items", report.items)
            record_batch(report, time.perf_counter() - began)

        yield done


def carrier() -> dict[str, str]:
    """The current span as another process takes it (W3C `traceparent`); empty where there is none."""
    facts: dict[str, str] = {}
    propagate.inject(facts)
    return facts


@cache
def _instruments() -> tuple[Counter, Counter, Histogram, Histogram]:
    meter = metrics.get_meter(NAME, _version())
    return (
        meter.create_counter("dropwire.items", "{item}", "Items read, by what became of them."),
        meter.create_counter("dropwire.rejections", "{item}", "Items put into quarantine, by reason."),
        meter.create_histogram(
            "dropwire.batch.duration", "s", "How long batches took.", explicit_bucket_boundaries_advisory=_BOUNDS
        ),
        meter.create_histogram(
            "dropwire.stage.duration", "s", "Seconds of a batch by stage.", explicit_bucket_boundaries_advisory=_BOUNDS
        ),
    )


def record_batch(report: RunReport, seconds: float) -> None:
    """Record how long a batch took, in all and by stage."""
    _, _, batches, stages = _instruments()
    batches.record(seconds)
    for stage, spent in report.seconds.items():
        stages.record(spent, {"stage": stage})


def record_run(report: RunReport) -> None:
    """Record what became of the items of a run that is complete: the same numbers as in its report."""
    items, rejections, _, _ = _instruments()
    for outcome, count in asdict(report.counts).items():
        items.add(count, {"outcome": outcome})
    for reason, count in report.reasons.items():
        rejections.add(count, {"reason": reason})
