"""Send what is measured by OTLP over HTTP. A receiver that is away is said in one line, and a run goes on."""

from __future__ import annotations

import logging

from include.common.clock import utc_now
from include.common.quiet import silenced
from include.metrics.measures import INSTRUMENTS, measure
from include.settings import Settings

log = logging.getLogger("entangled.metrics")

# a receiver that is away must not hold up a run
PATIENCE_SECONDS = 3.0
SERVICE = "entangled"

# whether this process has said that the receiver is away
_said = False


def push(settings: Settings) -> bool:
    """Measure and send, if ENTANGLED_METRICS says where to; returns whether all was taken. Never raises."""
    global _said
    if not settings.metrics:
        return False
    try:
        # its lines would say the same again, with a traceback
        with silenced("opentelemetry"):
            taken = _send(settings)
        what = "answered with an error or not at all"
    except Exception as error:
        taken, what = False, type(error).__name__
    if not taken:
        # the watch of every minute says it once
        log.log(logging.INFO if _said else logging.WARNING, "%s did not take metrics: %s", settings.metrics, what)
    _said = not taken
    return taken


def _send(settings: Settings) -> bool:
    # the client takes a fifth of a second, and by default nobody needs it
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource

    reader = InMemoryMetricReader()
    resource = Resource({SERVICE_NAME: SERVICE})
    provider = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)
    meter = provider.get_meter(SERVICE)
    gauges = {
        name: meter.create_gauge(name, unit=one.unit, description=one.description) for name, one in INSTRUMENTS.items()
    }
    for one in measure(settings, utc_now()):
        gauges[one.name].set(one.value, one.attributes)
    data = reader.get_metrics_data()
    exporter = OTLPMetricExporter(endpoint=f"{settings.metrics.rstrip('/')}/v1/metrics", timeout=PATIENCE_SECONDS)
    try:
        return data is not None and exporter.export(data) is MetricExportResult.SUCCESS
    finally:
        exporter.shutdown()
        provider.shutdown()
