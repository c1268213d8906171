"""`make demo` as a user sees it, at a small scale: the real scheduler, live progress, the last lines, nothing left.

Somebody listens to the first one: Airflow's own lineage and metrics arrive, and ours belong to them.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from include.common.files import only_one
from include.contracts.release import Release
from include.lineage.graph import Graph
from include.settings import REPOSITORY, child_environment
from tests.otlp import Point, names_in_the_dashboard, points
from tests.receiver import receiving
from tests.shared import free_port

WORKS_LINE = re.compile(r"works in: (\d+), loaded: (\d+), quarantined: (\d+)")
RELEASE_LINE = re.compile(r"release (\S+) published: (\d+) works, \d+ marts, \d+ s")


def _environment(home: Path) -> dict[str, str]:
    return child_environment(
        ENTANGLED_HOME=str(home),
        ENTANGLED_AIRFLOW_PORT=str(free_port()),
        ENTANGLED_SANDBOX_PORT=str(free_port()),
    )


def _demo(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "include.local", "demo", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
    )


def _running_in(home: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            if process.environ().get("ENTANGLED_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.info["cmdline"]))
        except psutil.Error:
            continue
    return found


@dataclass(frozen=True)
class Observed:
    """A demo: what it said, and what a server of lineage and a receiver of metrics got of it."""

    home: Path
    environment: dict[str, str]
    said: str
    events: list[dict[str, Any]]
    points: list[Point]


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """One demo for all that reads what a demo leaves; who listens stays until the last has read."""
    home = tmp_path_factory.mktemp("demo") / "var"
    with receiving() as lineage, receiving() as metrics:
        environment = _environment(home) | {
            "ENTANGLED_LINEAGE": lineage.address,
            "ENTANGLED_METRICS": metrics.address,
            # Airflow sends once a minute, and a demo takes not many
            "OTEL_METRIC_EXPORT_INTERVAL": "5000",
        }
        ended = _demo(environment, "--scale", "0.01")
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
        assert _running_in(home) == []
        # the demo stops Airflow with its last task; `make up` looks every minute, and sends what it sees
        look = [sys.executable, "-m", "include.health", "look"]
        subprocess.run(look, cwd=REPOSITORY, env=environment, capture_output=True, timeout=300, check=False)
        events = [json.loads(one.body) for one in lineage.sent]
        yield Observed(home, environment, ended.stdout, events, points(metrics))


@pytest.mark.verify
def test_a_demo_publishes_and_a_second_one_finds_nothing_new(observed: Observed) -> None:
    *_, works_line, release_line = observed.said.splitlines()
    works, release = WORKS_LINE.fullmatch(works_line), RELEASE_LINE.fullmatch(release_line)
    assert works is not None
    assert release is not None
    assert int(works[1]) == int(works[2]) + int(works[3]) > 300
    assert (observed.home / "releases" / "current").resolve().name == release[1]
    assert "extract 2019" in observed.said
    assert re.search(r"transform: (\d+) of \1 models", observed.said)

    second = _demo(observed.environment, "--scale", "0.01")
    assert second.returncode == 0, second.stdout[-3000:] + second.stderr[-3000:]
    assert "nothing new since" in second.stdout
    again = RELEASE_LINE.fullmatch(second.stdout.splitlines()[-1])
    assert again is not None
    assert again.groups() == release.groups()
    assert _running_in(observed.home) == []


def test_a_demo_beside_another_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "var"
    with only_one(home / "locks" / "local.lock", "a demo"):
        refused = _demo(_environment(home), "--scale", "0.01")
    assert refused.returncode == 3
    assert "is already running" in refused.stderr
    assert not (home / "airflow").exists()


@pytest.mark.verify
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_stopped_takes_everything_with_it(tmp_path: Path, stop: signal.Signals) -> None:
    home = tmp_path / "var"
    demo = subprocess.Popen(
        [sys.executable, "-m", "include.local", "demo", "--scale", "0.01"],
        cwd=REPOSITORY,
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 600
    while not (home / "airflow" / "services" / "scheduler.log").exists():
        assert time.monotonic() < deadline
        assert demo.poll() is None
        time.sleep(0.2)
    demo.send_signal(stop)
    output, _ = demo.communicate(timeout=600)
    assert demo.returncode == (130 if stop == signal.SIGINT else 143)
    assert "run the same command again to go on" in output
    assert _running_in(home) == []


@pytest.mark.verify
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


@pytest.mark.verify
def test_the_mart_is_followed_back_by_what_the_server_got(observed: Observed) -> None:
    release = Release.load(observed.home / "releases" / "current" / "release.json")
    way = Graph(observed.events).back_from("mart_military_links", release.release_id)
    batches = {file.parent.name for file in observed.home.glob("raw/works/batch=*/_manifest.json")}
    assert way.names("raw/works/") == {f"raw/works/{name}" for name in batches}
    assert len(way.sources) > 3


@pytest.mark.verify
def test_tasks_are_told_but_those_that_watch_and_no_path_and_no_source_code(observed: Observed) -> None:
    jobs = {event["job"]["name"] for event in observed.events}
    assert {"ingest_openalex.extract", "build_warehouse.check", "build_warehouse.publish"} <= jobs
    assert [job for job in jobs if job.startswith("build_warehouse.transform.") and "producer" not in job] == []
    told = json.dumps(observed.events)
    assert str(observed.home) not in told
    assert "sourceCode" not in told
    assert "triggering_user_name" not in told


@pytest.mark.verify
def test_every_metric_of_the_dashboard_arrived(observed: Observed) -> None:
    assert names_in_the_dashboard() - {point.prometheus for point in observed.points} == set()
    services = {point.service for point in observed.points}
    assert services == {"entangled", "airflow"}
    stages = {point.attributes["stage"] for point in observed.points if point.name == "entangled.stage.duration"}
    assert {"extract", "flatten", "check", "audit", "publish"} <= stages
