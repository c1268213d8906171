"""The composed deployment as plain processes of this machine: what tests of it share.

Commands and environment are read from docker-compose.yaml; only what containers give (host names, mount points, ports)
is put in place here. The database is a real Postgres.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests
import yaml

from include.local.processes import Services
from include.pipeline.local_postgres import local_postgres
from include.settings import REPOSITORY, Settings, child_environment
from tests.shared import free_port

FILE = REPOSITORY / "docker-compose.yaml"
SCALE = 0.01

# ${NAME:-default}, ${NAME:?message}, ${NAME:+instead}, and $$ for a dollar sign
VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::([-?+])([^}]*))?\}")


def _interpolate(value: Any, values: Mapping[str, str]) -> Any:
    """What compose does with variables, for the forms that the file uses."""
    if isinstance(value, dict):
        return {key: _interpolate(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_interpolate(item, values) for item in value]
    if not isinstance(value, str):
        return value

    def one(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if name is None:
            return "$"
        if kind == "+":
            return rest if values.get(name) else ""
        if values.get(name):
            return values[name]
        if kind == "?":
            raise KeyError(f"{name}: {rest}")
        return rest or ""

    return VARIABLE.sub(one, value)


def services_of_the_file(values: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services as compose reads them with these variables."""
    services: dict[str, dict[str, Any]] = _interpolate(yaml.safe_load(FILE.read_text())["services"], values)
    return services


@dataclass(frozen=True)
class Deployment:
    """The running services: where they answer and where they write."""

    url: str
    home: Path
    password: str
    health: str

    @property
    def logs(self) -> Path:
        """What the services say."""
        return self.home / "airflow" / "services"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the REST API as the administrator."""
        answer = requests.request(
            method,
            f"{self.url}/api/v2/{path}",
            json=body,
            timeout=300,
            headers={"Authorization": f"Bearer {self._token()}"},
        )
        answer.raise_for_status()
        return answer.json()

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """The runs of a DAG."""
        return list(self.call("GET", f"dags/{dag}/dagRuns")["dag_runs"])

    def failed(self, runs: Sequence[Mapping[str, Any]]) -> str:
        """The tasks of these runs that failed."""
        tasks = [
            task
            for run in runs
            for task in self.call("GET", f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances")[
                "task_instances"
            ]
        ]
        return ", ".join(task["task_id"] for task in tasks if task["state"] == "failed")

    def _token(self) -> str:
        log_in = {"username": "admin", "password": self.password}
        answer = requests.post(f"{self.url}/auth/token", json=log_in, timeout=300)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@contextmanager
def composed(
    data: Path,
    secrets: Mapping[str, str],
    start: Sequence[str],
    *,
    values: Mapping[str, str] | None = None,
    here: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[tuple[Deployment, Services]]:
    """Start these services of the file, in this order (`worker#1`: one of several), and wait until all are ready.

    `values`: of the file's variables; `here`: further parts of commands and addresses -> what stands for them on this
    machine; `variables`: what the environment of every service holds on top.
    """
    with _postgres(secrets["POSTGRES_PASSWORD"]) as socket, _places(data, secrets, socket) as running:
        deployment, processes, replaced, ports = running
        services = services_of_the_file({**_values(secrets), **(values or {})})
        for name in start:
            service = services[name.partition("#")[0]]
            mounted = _mount(service.get("secrets", ()), secrets, data / "secrets" / name)
            replacements = {**(here or {}), **replaced, "/run/secrets": str(mounted)}
            _start(processes, name, service, replacements, {**ports, **(variables or {})})
        until(lambda: _is_ready(deployment, processes), 900, processes.logs)
        yield deployment, processes


def _values(secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        **secrets,
        "OPENALEX_API_KEY": "sandbox",
        "OPENALEX_BASE_URL": "http://sandbox:8490",
        "ENTANGLED_SCOPE": "demo",
        "ENTANGLED_EXTRA_LISTS": f"/data/sandbox/compose-{SCALE}/overlay",
        "SANDBOX_SCALE": str(SCALE),
    }


@contextmanager
def _postgres(password: str) -> Iterator[str]:
    """A real Postgres with the user and database that its image would make; yields the folder of its socket."""
    with local_postgres() as server:
        with closing(psycopg2.connect(server.address("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("create role airflow login password %s", [password])
                cursor.execute("create database airflow owner airflow")
        yield str(server.socket)


@contextmanager
def _places(
    data: Path, secrets: Mapping[str, str], socket: str
) -> Iterator[tuple[Deployment, Services, dict[str, str], dict[str, str]]]:
    """Places for the services; what the network and the mounts of containers give, and the ports of this machine."""
    airflow_port, sandbox_port, scheduler_port, health_port = (str(free_port()) for _ in range(4))
    replaced = {
        "@postgres:5432/airflow": f"@/airflow?host={socket}",
        "http://api-server:8080": f"http://127.0.0.1:{airflow_port}",
        "http://sandbox:8490": f"http://127.0.0.1:{sandbox_port}",
        "http://127.0.0.1:8080": f"http://127.0.0.1:{airflow_port}",
        "--port 8490": f"--port {sandbox_port}",
        "8470": health_port,
        "0.0.0.0": "127.0.0.1",
        "/opt/entangled": str(REPOSITORY),
        "/data": str(data),
    }
    ports = {
        "AIRFLOW__API__PORT": airflow_port,
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": scheduler_port,
    }
    deployment = Deployment(
        f"http://127.0.0.1:{airflow_port}",
        data,
        secrets["AIRFLOW_ADMIN_PASSWORD"],
        f"http://127.0.0.1:{health_port}/health",
    )
    with Services(Settings.model_validate({"ENTANGLED_HOME": data})) as processes:
        yield deployment, processes, replaced, ports


def _mount(names: Iterable[str], secrets: Mapping[str, str], folder: Path) -> Path:
    """The secrets of a service as its files, and no others."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(secrets[name.upper()])
    return folder


def _start(
    processes: Services,
    name: str,
    service: Mapping[str, Any],
    here: Mapping[str, str],
    variables: Mapping[str, str],
) -> None:
    given = {key: _here(str(text), here) for key, text in service.get("environment", {}).items()}
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    environment = child_environment(**{**given, "PATH": path, **variables})
    command = [_here(part, here) for part in service["command"]]
    if "#" in name:
        # containers have host names of their own
        command += ["--celery-hostname", f"{name.replace('#', '-')}@localhost"]
    if name != "init":
        processes.start(name.replace("#", "-"), command, environment)
        return
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]


def _here(text: str, here: Mapping[str, str]) -> str:
    for there, replacement in here.items():
        text = text.replace(there, replacement)
    return text


def _is_ready(deployment: Deployment, processes: Services) -> bool:
    processes.check()
    try:
        health = requests.get(f"{deployment.url}/api/v2/monitor/health", timeout=5).json()
        parts = ("metadatabase", "scheduler", "triggerer", "dag_processor")
        return all(health[part]["status"] == "healthy" for part in parts) and len(
            deployment.call("GET", "dags")["dags"]
        ) == len(_files_of_dags())
    except (requests.RequestException, ValueError, KeyError):
        return False


def _files_of_dags() -> list[Path]:
    """A file a DAG; the others hold what they share."""
    return [file for file in (REPOSITORY / "dags").glob("*.py") if "\n@dag(" in file.read_text(encoding="utf-8")]


def until(reached: Callable[[], bool], seconds: float, logs: Path) -> None:
    """Wait for something; a test that waits too long fails with the ends of the services' logs."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            ends = [f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in sorted(logs.glob("*.log"))]
            pytest.fail("waited too long\n" + "\n".join(ends))
        time.sleep(0.5)
