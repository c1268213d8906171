"""What an OpenTelemetry receiver was sent, and the names that Prometheus makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from include.settings import REPOSITORY
from tests.receiver import Receiver

DASHBOARD = REPOSITORY / "bi" / "grafana" / "entangled.json"
_UNITS = {"s": "_seconds", "ms": "_milliseconds", "By": "_bytes"}


@dataclass(frozen=True)
class Point:
    """One value of a metric as it arrived."""

    service: str
    name: str
    unit: str
    kind: str
    value: float
    attributes: dict[str, str]

    @property
    def prometheus(self) -> str:
        """Its name in Prometheus: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics."""
        name = re.sub(r"[^A-Za-z0-9_]", "_", self.name)
        unit = _UNITS.get(self.unit, "")
        name = name if name.endswith(unit) else f"{name}{unit}"
        return f"{name}_total" if self.kind == "sum" else name


def points(receiver: Receiver) -> list[Point]:
    """All that arrived, in order."""
    return [point for one in receiver.sent if one.path == "/v1/metrics" for point in _points(one.body)]


def _points(body: bytes) -> Iterator[Point]:
    for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        service = {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"]
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
            kind = str(metric.WhichOneof("data"))
            for point in getattr(metric, kind).data_points:
                attributes = {one.key: one.value.string_value for one in point.attributes}
                value = point.sum if "histogram" in kind else point.as_double or point.as_int
                yield Point(service, metric.name, metric.unit, kind, value, attributes)


def names_in_the_dashboard() -> set[str]:
    """Every metric that a panel asks for."""
    asked = " ".join(
        target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]
    )
    return set(re.findall(r"\b(?:entangled|airflow)_\w+", asked))
