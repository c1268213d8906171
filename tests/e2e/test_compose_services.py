"""The composed deployment: its file is sound, and its services, started as plain processes, run the pipeline once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
import yaml

from include.contracts.release import Release
from include.local.chores import COMPOSE_SECRETS, compose_init
from include.settings import REPOSITORY, child_environment
from tests.e2e.composed import FILE, Deployment, composed, services_of_the_file, until

LONG_RUNNING = {
    *("postgres", "redis", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "health", "sandbox")
}
PROFILES = {"sandbox": ["sandbox"], "redis": ["celery"], "worker": ["celery"]}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `make compose-init` writes."""
    file = tmp_path_factory.mktemp("compose") / ".env"
    compose_init(file)
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


# what a user may set, and who needs it: steps of the pipeline run below the scheduler, or below a worker
OF_USERS = {
    "OPENALEX_API_KEY": {"scheduler", "worker"},
    "AWS_ACCESS_KEY_ID": {"scheduler", "worker"},
    "AWS_SECRET_ACCESS_KEY": {"scheduler", "worker"},
    "ENTANGLED_PUBLISH_POSTGRES": {"scheduler", "worker", "dag-processor"},
    "ENTANGLED_LINEAGE_KEY": {"scheduler", "worker"},
    "ENTANGLED_ALERTS": {"scheduler", "worker", "dag-processor", "health"},
}
# which service reads which file below /run/secrets
FILES = {
    "postgres": {"postgres_password"},
    "redis": {"redis_password"},
    "init": {"postgres_password", "airflow_fernet_key", "airflow_admin_password"},
    "api-server": {"postgres_password", "airflow_fernet_key", "airflow_jwt_secret", "airflow_secret_key"},
    "scheduler": {"postgres_password", "redis_password", "airflow_fernet_key", "airflow_jwt_secret"},
    "worker": {"postgres_password", "redis_password", "airflow_fernet_key"},
    "dag-processor": {"postgres_password", "airflow_fernet_key"},
    "triggerer": {"postgres_password", "airflow_fernet_key"},
    "health": set(),
    "sandbox": set(),
}


def test_secrets_are_files_of_the_services_that_need_them() -> None:
    declared = yaml.safe_load(FILE.read_text())["secrets"]
    assert declared == {name.lower(): {"environment": name} for name in COMPOSE_SECRETS}
    services = services_of_the_file({name: f"secret of {name}" for name in COMPOSE_SECRETS})
    assert {name: set(service.get("secrets", ())) for name, service in services.items()} == FILES
    # in no environment, and on no command line
    assert "secret of" not in str(services)


@pytest.mark.parametrize("name", OF_USERS)
def test_a_users_secret_reaches_the_services_that_need_it(name: str) -> None:
    services = services_of_the_file({**dict.fromkeys(COMPOSE_SECRETS, "x"), name: "secret of a user"})
    having = {service for service, described in services.items() if "secret of a user" in str(described)}
    assert having == OF_USERS[name]


def test_every_service_has_a_healthcheck_and_ports_are_open_to_this_machine_only(secrets: dict[str, str]) -> None:
    services = services_of_the_file(secrets)
    assert set(services) == LONG_RUNNING | {"init"}
    for name in LONG_RUNNING:
        assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert all(port.startswith("127.0.0.1:") for port in services[name].get("ports", []))
    assert {name: service["profiles"] for name, service in services.items() if "profiles" in service} == PROFILES


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


@pytest.fixture(scope="module")
def deployment(secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The services of the file as processes of this machine."""
    start = ("sandbox", "init", "api-server", "scheduler", "dag-processor", "triggerer", "health")
    with composed(tmp_path_factory.mktemp("data"), secrets, start) as (running, _):
        yield running


@pytest.mark.verify
def test_the_services_run_the_pipeline_once_and_publish(deployment: Deployment) -> None:
    running = {dag["dag_id"] for dag in deployment.call("GET", "dags")["dags"] if not dag["is_paused"]}
    assert running == {"ingest_openalex", "build_warehouse", "maintain"}
    before = requests.get(deployment.health, timeout=60)
    assert (before.status_code, before.json()["status"]) == (200, "starting")
    deployment.call("POST", "dags/ingest_openalex/dagRuns", {"logical_date": None})

    def built() -> bool:
        runs = [run for dag in ("ingest_openalex", "build_warehouse") for run in deployment.runs(dag)]
        assert "failed" not in [run["state"] for run in runs], deployment.failed(runs)
        # two when the clock passes six, where the schedule's own begins
        return {run["state"] for run in deployment.runs("build_warehouse")} == {"success"}

    until(built, 1200, deployment.logs)
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
    until(lambda: flows() == well, 300, deployment.logs)
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
