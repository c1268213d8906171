"""Metrics of a home for OpenTelemetry (ENTANGLED_METRICS): ages, records, credits, checks, seconds of stages, disk.

All are read from files that runs leave behind, and each is what is so now. So a process of a second and a watch of
months tell the same, and the watch goes on telling while nothing runs. Airflow tells its own metrics itself.
"""

from include.metrics.measures import INSTRUMENTS, Instrument, Measure, measure
from include.metrics.sending import push

__all__ = ["INSTRUMENTS", "Instrument", "Measure", "measure", "push"]
