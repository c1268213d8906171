"""A standalone cluster on loopback: one master, two workers, from the pyspark package."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

from include.common.errors import EntangledError
from include.local.checks import check_port
from include.local.processes import Services, registered
from include.settings import Settings, child_environment
from include.warehouse.spark import ENVIRONMENT, SparkUnavailable, java_variables, require_java, require_master

WORKERS = 2
# a JVM starts in two seconds on a quiet machine
_START_SECONDS = 60.0


def up(settings: Settings) -> bool:
    """Start the cluster and leave it running; False when it runs already.

    Raises:
        SparkUnavailable: there is no Java that Spark runs on.
        EntangledError: another program has the port, or it did not start; nothing of it stays.
    """
    java = require_java()
    if registered(settings, place(settings)) is not None:
        return False
    ENVIRONMENT.ensure()
    address = urlsplit(settings.spark_master)
    if address.scheme != "spark" or address.hostname not in ("127.0.0.1", "localhost"):
        raise EntangledError(
            f"a cluster can be started on this machine only, and the master is {settings.spark_master}",
            where="ENTANGLED_SPARK_MASTER",
            fix="leave it as it is, or start that cluster yourself",
        )
    port = address.port or 7077
    check_port("127.0.0.1", port, "ENTANGLED_SPARK_MASTER")
    environment = child_environment(**java_variables(java))
    program = [str(ENVIRONMENT.program("spark-class"))]
    folder = place(settings)
    with Services(settings, "detached", folder) as services:
        # no page of Spark's own: it has no log-in. Port 0 is one that is free
        quiet = ["--host", "127.0.0.1", "--webui-port", "0"]
        master = "org.apache.spark.deploy.master.Master"
        services.start("master", [*program, master, *quiet, "--port", str(port)], environment)
        _wait_for_master(settings, services)
        for number in range(1, WORKERS + 1):
            worker = "org.apache.spark.deploy.worker.Worker"
            size = ["--cores", str(max(1, settings.threads // WORKERS)), "--memory", "2g"]
            work = ["--work-dir", str(folder / f"worker-{number}")]
            services.start(
                f"worker-{number}", [*program, worker, *quiet, *size, *work, settings.spark_master], environment
            )
        services.check()
    return True


def down(settings: Settings) -> list[str]:
    """Stop it; what was running."""
    found = registered(settings, place(settings))
    return found[0].stop() if found else []


def place(settings: Settings) -> Path:
    """Where the cluster keeps its register, its logs and what its workers write."""
    return settings.home / "spark-cluster"


def _wait_for_master(settings: Settings, services: Services) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        services.check()
        try:
            return require_master(settings)
        except SparkUnavailable:
            time.sleep(0.2)
    raise EntangledError(
        f"Spark's master did not answer within {_START_SECONDS:.0f} s",
        where=str(services.logs),
        fix="see its log there",
    )
