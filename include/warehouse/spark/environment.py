"""Spark's own environment, Java, and whether a master answers."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from include.common.environments import SeparateEnvironment
from include.common.errors import EntangledError
from include.settings import REPOSITORY, Settings, child_environment

FOLDER = REPOSITORY / "dbt_project" / "spark"
ENVIRONMENT = SeparateEnvironment("Spark 4.3", REPOSITORY / "var" / "spark-env", FOLDER / "requirements.txt")
# what Spark 4.3 runs on
JAVA = (17, 21)
_ANSWER_SECONDS = 3.0


class SparkUnavailable(EntangledError):
    """There is no cluster to build on, or nothing that one could run with. Nothing was built."""


def java_home() -> str | None:
    """The folder of the Java that runs, from JAVA_HOME or PATH; None where there is none."""
    named = child_environment().get("JAVA_HOME")
    found = Path(named) / "bin" / "java" if named else Path(shutil.which("java") or "")
    return str(found.resolve().parents[1]) if found.is_file() else None


def require_java() -> str:
    """`java_home`, of a Java that Spark runs on.

    Raises:
        SparkUnavailable: there is none, or an older one.
    """
    home = java_home()
    fix = "install Java 17 (Debian: apt-get install openjdk-17-jre-headless), or name one in JAVA_HOME"
    if home is None:
        raise SparkUnavailable("Spark needs Java, and there is none", where="JAVA_HOME and PATH", fix=fix)
    told = subprocess.run([f"{home}/bin/java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) not in JAVA:
        found = version[1] if version else "of an unknown version"
        raise SparkUnavailable(
            f"Spark needs Java {' or '.join(map(str, JAVA))}, and this is {found}", where=home, fix=fix
        )
    return home


def java_variables(java: str) -> dict[str, str]:
    """What every process of Spark finds in its environment: dbt's own, the master and the workers."""
    return {
        "JAVA_HOME": java,
        "PYSPARK_PYTHON": str(ENVIRONMENT.program()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        # Java reads names of files as the locale says
        "LC_ALL": "C.UTF-8",
    }


def require_master(settings: Settings) -> None:
    """See that the master answers.

    Raises:
        SparkUnavailable: it does not.
    """
    # Spark within dbt's own process
    if settings.spark_master.startswith("local["):
        return
    address = urlsplit(settings.spark_master)
    try:
        socket.create_connection((address.hostname or "", address.port or 7077), _ANSWER_SECONDS).close()
    except OSError as error:
        raise SparkUnavailable(
            f"Spark does not answer: {error.strerror or error}",
            where=settings.spark_master,
            fix="start it: make spark-up; or name another in ENTANGLED_SPARK_MASTER; or set DBT_TARGET=duckdb",
        ) from None
