"""A demo under Airflow with somebody who listens: Airflow's own lineage and metrics arrive, and ours belong to them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from include.contracts.release import Release
from include.lineage.graph import Graph
from include.settings import REPOSITORY, child_environment
from tests.otlp import Point, names_in_the_dashboard, points
from tests.receiver import Receiver, receiving
from tests.shared import free_port

pytestmark = pytest.mark.verify


@dataclass(frozen=True)
class Observed:
    """What arrived of a demo, and its home."""

    home: Path
    events: list[dict[str, Any]]
    points: list[Point]


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """One demo, seen by a server of lineage and a receiver of metrics."""
    home = tmp_path_factory.mktemp("observed") / "var"
    with receiving() as lineage, receiving() as metrics:
        environment = child_environment(
            ENTANGLED_HOME=str(home),
            ENTANGLED_AIRFLOW_PORT=str(free_port()),
            ENTANGLED_SANDBOX_PORT=str(free_port()),
            ENTANGLED_LINEAGE=lineage.address,
            ENTANGLED_METRICS=metrics.address,
            # Airflow sends once a minute, and a demo takes not many
            OTEL_METRIC_EXPORT_INTERVAL="5000",
        )
        command = [sys.executable, "-m", "include.local", "demo", "--scale", "0.01"]
        ended = subprocess.run(
            command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=1500, check=False
        )
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
        # the demo stops Airflow with its last task; `make up` looks every minute, and sends what it sees
        look = [sys.executable, "-m", "include.health", "look"]
        subprocess.run(look, cwd=REPOSITORY, env=environment, capture_output=True, timeout=300, check=False)
        return Observed(home, _events(lineage), points(metrics))


def _events(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in receiver.sent]


def test_what_stages_made_belongs_to_the_runs_that_airflow_told(observed: Observed) -> None:
    flows = {
        event["run"]["runId"]: event["job"]["name"]
        for event in observed.events
        if event["job"]["name"] in ("ingest_openalex", "build_warehouse")
    }
    assert sorted(flows.values()) == ["build_warehouse", "ingest_openalex"]
    ours = [event for event in observed.events if event["producer"] == "urn:entangled"]
    roots = {
        event["job"]["name"]: flows[event["run"]["facets"]["parent"]["root"]["run"]["runId"]]
        for event in ours
        if "parent" in event["run"]["facets"]
    }
    assert set(roots.values()) == {"build_warehouse", "ingest_openalex"}
    assert {roots[job] for job in roots if job.startswith("sweep.works")} == {"ingest_openalex"}
    assert {roots[job] for job in roots if job.startswith(("model.", "export.", "publish."))} == {"build_warehouse"}


def test_the_mart_is_followed_back_by_what_the_server_got(observed: Observed) -> None:
    release = Release.load(observed.home / "releases" / "current" / "release.json")
    way = Graph(observed.events).back_from("mart_military_links", release.release_id)
    batches = {file.parent.name for file in observed.home.glob("raw/works/batch=*/_manifest.json")}
    assert way.names("raw/works/") == {f"raw/works/{name}" for name in batches}
    assert len(way.sources) > 3


def test_tasks_are_told_but_those_that_watch_and_no_path_and_no_source_code(observed: Observed) -> None:
    jobs = {event["job"]["name"] for event in observed.events}
    assert {"ingest_openalex.extract", "build_warehouse.check", "build_warehouse.publish"} <= jobs
    assert [job for job in jobs if job.startswith("build_warehouse.transform.") and "producer" not in job] == []
    told = json.dumps(observed.events)
    assert str(observed.home) not in told
    assert "sourceCode" not in told
    assert "triggering_user_name" not in told


def test_every_metric_of_the_dashboard_arrived(observed: Observed) -> None:
    assert names_in_the_dashboard() - {point.prometheus for point in observed.points} == set()
    services = {point.service for point in observed.points}
    assert services == {"entangled", "airflow"}
    stages = {point.attributes["stage"] for point in observed.points if point.name == "entangled.stage.duration"}
    assert {"extract", "flatten", "check", "audit", "publish"} <= stages
