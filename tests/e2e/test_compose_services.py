"""The composed deployment: its file is sound, and its services, started as plain processes, run the pipeline once.

Commands and environment are read from docker-compose.yaml; only what containers give (host names, mount points, ports)
is put in place here. The database is a real Postgres.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests
import yaml

from include.contracts.release import Release
from include.local.chores import COMPOSE_SECRETS, compose_init
from include.local.processes import Services
from include.pipeline.local_postgres import local_postgres
from include.settings import REPOSITORY, Settings, child_environment
from tests.shared import free_port

FILE = REPOSITORY / "docker-compose.yaml"
LONG_RUNNING = {"postgres", "api-server", "scheduler", "dag-processor", "triggerer", "health", "sandbox"}

# ${NAME:-default}, ${NAME:?message}, ${NAME:+instead}, and $$ for a dollar sign
VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::([-?+])([^}]*))?\}")


def _interpolate(value: Any, values: dict[str, str]) -> Any:
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


def _services(values: dict[str, str]) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = _interpolate(yaml.safe_load(FILE.read_text())["services"], values)
    return services


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `make compose-init` writes."""
    file = tmp_path_factory.mktemp("compose") / ".env"
    compose_init(file)
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


# what a user may set, and who needs it: steps of the pipeline run below the scheduler
OF_USERS = {
    "OPENALEX_API_KEY": {"scheduler"},
    "AWS_ACCESS_KEY_ID": {"scheduler"},
    "AWS_SECRET_ACCESS_KEY": {"scheduler"},
    "ENTANGLED_PUBLISH_POSTGRES": {"scheduler", "dag-processor"},
    "ENTANGLED_LINEAGE_KEY": {"scheduler"},
    "ENTANGLED_ALERTS": {"scheduler", "dag-processor", "health"},
}
# which service reads which file below /run/secrets
FILES = {
    "postgres": {"postgres_password"},
    "init": {"postgres_password", "airflow_fernet_key", "airflow_admin_password"},
    "api-server": {"postgres_password", "airflow_fernet_key", "airflow_jwt_secret", "airflow_secret_key"},
    "scheduler": {"postgres_password", "airflow_fernet_key", "airflow_jwt_secret"},
    "dag-processor": {"postgres_password", "airflow_fernet_key"},
    "triggerer": {"postgres_password", "airflow_fernet_key"},
    "health": set(),
    "sandbox": set(),
}


def test_secrets_are_files_of_the_services_that_need_them() -> None:
    declared = yaml.safe_load(FILE.read_text())["secrets"]
    assert declared == {name.lower(): {"environment": name} for name in COMPOSE_SECRETS}
    services = _services({name: f"secret of {name}" for name in COMPOSE_SECRETS})
    assert {name: set(service.get("secrets", ())) for name, service in services.items()} == FILES
    # in no environment, and on no command line
    assert "secret of" not in str(services)


@pytest.mark.parametrize("name", OF_USERS)
def test_a_users_secret_reaches_the_services_that_need_it(name: str) -> None:
    services = _services({**dict.fromkeys(COMPOSE_SECRETS, "x"), name: "secret of a user"})
    having = {service for service, described in services.items() if "secret of a user" in str(described)}
    assert having == OF_USERS[name]


def test_every_service_has_a_healthcheck_and_ports_are_open_to_this_machine_only(secrets: dict[str, str]) -> None:
    services = _services(secrets)
    assert set(services) == LONG_RUNNING | {"init"}
    for name in LONG_RUNNING:
        assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert all(port.startswith("127.0.0.1:") for port in services[name].get("ports", []))
    assert services["sandbox"]["profiles"] == ["sandbox"]


def test_the_image_is_built_from_the_lock_and_does_not_run_as_root() -> None:
    lines = (REPOSITORY / "Dockerfile").read_text().splitlines()
    assert any("--require-hashes -r requirements.txt" in line for line in lines)
    assert [line for line in lines if line.startswith("USER ")] == ["USER entangled"]
    ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert not any(line in ("!.env", "!var") for line in ignored)


def test_docker_itself_reads_the_file_where_there_is_docker(secrets: dict[str, str]) -> None:
    docker = shutil.which("docker")
    known = docker and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0
    command = [str(docker), "compose", "--file", str(FILE), "config", "--quiet"] if known else [sys.executable, "-V"]
    ended = subprocess.run(command, env=child_environment(**secrets), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@dataclass(frozen=True)
class Deployment:
    """The running services: where they answer and where they write."""

    url: str
    home: Path
    password: str
    health: str

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

    def _token(self) -> str:
        log_in = {"username": "admin", "password": self.password}
        answer = requests.post(f"{self.url}/auth/token", json=log_in, timeout=300)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@pytest.fixture(scope="module")
def postgres(secrets: dict[str, str]) -> Iterator[str]:
    """A real Postgres with the user and database that its image would make; yields the folder of its socket."""
    with local_postgres() as server, closing(psycopg2.connect(server.address("postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("create role airflow login password %s", [secrets["POSTGRES_PASSWORD"]])
            cursor.execute("create database airflow owner airflow")
        yield str(server.socket)


@pytest.fixture(scope="module")
def deployment(
    postgres: str, secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The services of the file as processes of this machine."""
    data = tmp_path_factory.mktemp("data")
    airflow_port, sandbox_port, scheduler_port, health_port = (str(free_port()) for _ in range(4))
    values = {
        **secrets,
        "OPENALEX_API_KEY": "sandbox",
        "OPENALEX_BASE_URL": "http://sandbox:8490",
        "ENTANGLED_SCOPE": "demo",
        "ENTANGLED_EXTRA_LISTS": "/data/sandbox/compose-0.01/overlay",
        "SANDBOX_SCALE": "0.01",
    }
    # what the network and the mounts of containers give
    here = {
        "@postgres:5432/airflow": f"@/airflow?host={postgres}",
        "http://api-server:8080": f"http://127.0.0.1:{airflow_port}",
        "http://sandbox:8490": f"http://127.0.0.1:{sandbox_port}",
        "http://127.0.0.1:8080": f"http://127.0.0.1:{airflow_port}",
        "--port 8490": f"--port {sandbox_port}",
        "8470": health_port,
        "0.0.0.0": "127.0.0.1",
        "/opt/entangled": str(REPOSITORY),
        "/data": str(data),
    }
    services = _services(values)
    settings = Settings.model_validate({"ENTANGLED_HOME": data})
    with Services(settings) as processes:
        for name in ("sandbox", "init", "api-server", "scheduler", "dag-processor", "triggerer", "health"):
            here["/run/secrets"] = str(_mount(services[name].get("secrets", ()), secrets, data / "secrets" / name))
            given = {key: _here(str(text), here) for key, text in services[name]["environment"].items()}
            given |= {
                "AIRFLOW__API__PORT": airflow_port,
                "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": scheduler_port,
                "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            }
            environment = child_environment(**given)
            command = [_here(part, here) for part in services[name]["command"]]
            if name == "init":
                ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
                assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
            else:
                processes.start(name, command, environment)
        running = Deployment(
            f"http://127.0.0.1:{airflow_port}",
            data,
            secrets["AIRFLOW_ADMIN_PASSWORD"],
            f"http://127.0.0.1:{health_port}/health",
        )
        _until(lambda: _is_ready(running, processes), 900, processes.logs)
        yield running


def _mount(names: Iterable[str], secrets: dict[str, str], folder: Path) -> Path:
    """The secrets of a service as its files, and no others."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(secrets[name.upper()])
    return folder


def _here(text: str, here: dict[str, str]) -> str:
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


def _until(reached: Callable[[], bool], seconds: float, logs: Path) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            ends = [f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in sorted(logs.glob("*.log"))]
            pytest.fail("waited too long\n" + "\n".join(ends))
        time.sleep(0.5)


@pytest.mark.verify
def test_the_services_run_the_pipeline_once_and_publish(deployment: Deployment) -> None:
    running = {dag["dag_id"] for dag in deployment.call("GET", "dags")["dags"] if not dag["is_paused"]}
    assert running == {"ingest_openalex", "build_warehouse", "maintain"}
    before = requests.get(deployment.health, timeout=60)
    assert (before.status_code, before.json()["status"]) == (200, "starting")
    deployment.call("POST", "dags/ingest_openalex/dagRuns", {"logical_date": None})

    def built() -> bool:
        runs = [run for dag in ("ingest_openalex", "build_warehouse") for run in _runs(deployment, dag)]
        assert "failed" not in [run["state"] for run in runs], _failed(deployment, runs)
        return [run["state"] for run in _runs(deployment, "build_warehouse")] == ["success"]

    _until(built, 1200, deployment.home / "airflow" / "services")
    release = Release.load(deployment.home / "releases" / "current" / "release.json")
    assert release.data_origin == "synthetic"
    assert release.works_in == release.works_loaded + release.works_quarantined > 300


@pytest.mark.verify
def test_the_page_of_health_tells_of_that_run(deployment: Deployment) -> None:
    well = {"ingest_openalex": "success", "build_warehouse": "success", "maintain": "never ran"}

    def flows() -> dict[str, str]:
        told = requests.get(deployment.health, timeout=60).json()
        return {flow["flow"]: flow["state"] for flow in told["flows"]}

    # the dag-processor notes the end of a run, moments after it
    _until(lambda: flows() == well, 300, deployment.home / "airflow" / "services")
    release = Release.load(deployment.home / "releases" / "current" / "release.json")
    after = requests.get(deployment.health, timeout=60).json()
    assert after["release_id"] == release.release_id
    assert {service["name"] for service in after["services"] if service["is_alive"]} == {
        *("api-server", "scheduler", "dag-processor", "triggerer")
    }
    assert after["source_found"].endswith("batches wait")


@pytest.mark.verify
def test_a_wrong_password_is_refused(deployment: Deployment) -> None:
    wrong = {"username": "admin", "password": "admin"}
    assert requests.post(f"{deployment.url}/auth/token", json=wrong, timeout=60).status_code == 401


def _runs(deployment: Deployment, dag: str) -> list[dict[str, Any]]:
    return list(deployment.call("GET", f"dags/{dag}/dagRuns")["dag_runs"])


def _failed(deployment: Deployment, runs: list[dict[str, Any]]) -> str:
    tasks = [
        task
        for run in runs
        for task in deployment.call("GET", f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances")[
            "task_instances"
        ]
    ]
    return ", ".join(task["task_id"] for task in tasks if task["state"] == "failed")
