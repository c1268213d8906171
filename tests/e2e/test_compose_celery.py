"""The composed deployment with its profile `celery`: two workers, one of which is killed in the middle of a run.

Redis is a real one, Debian's. Workers share the volume, as they do in containers of one machine: DuckDB has one writer,
and batches, warehouse and releases are files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import psutil
import pytest

from include.chaos.night import QUICK_TO_NOTICE
from include.chaos.victims import is_a
from include.contracts.release import Release
from include.local.chores import compose_init
from include.local.processes import Services, read_register
from include.pipeline.content import published_content
from include.settings import Settings
from tests.e2e.composed import SCALE, Deployment, composed, until
from tests.shared import Shelf, free_port, home_settings

# of the file: the corpus that its sandbox serves
SEED = 1
FLOWS = ("ingest_openalex", "build_warehouse")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, Services]]:
    """Its services as processes of this machine, with two workers."""
    assert shutil.which("redis-server"), "redis-server is missing: apt-get install redis-server"
    folder = tmp_path_factory.mktemp("celery")
    compose_init(folder / ".env")
    secrets = dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())
    port = str(free_port())
    here = {
        "@redis:6379": f"@127.0.0.1:{port}",
        "redis-server /tmp/redis.conf": f"redis-server {folder}/redis.conf --bind 127.0.0.1 --port {port}",
        "> /tmp/redis.conf": f"> {folder}/redis.conf",
    }
    start = (
        "redis",
        "sandbox",
        "init",
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
        "worker#1",
        "worker#2",
    )
    with composed(
        folder / "data",
        secrets,
        start,
        values={"AIRFLOW_EXECUTOR": "CeleryExecutor"},
        here=here,
        variables=QUICK_TO_NOTICE,
    ) as running:
        yield running


def _tree(settings: Settings, worker: str) -> list[psutil.Process]:
    """A worker's processes, itself last."""
    entries, _ = read_register(settings)
    (process,) = [found for entry in entries if entry.name == worker and (found := entry.process())]
    return [*process.children(recursive=True), process]


def _runs_a_task(settings: Settings, worker: str) -> bool:
    return any(is_a("task", process) for process in _tree(settings, worker))


@pytest.mark.verify
def test_a_worker_that_is_killed_in_the_middle_changes_nothing(
    deployment: tuple[Deployment, Services], shelf: Shelf
) -> None:
    running, _ = deployment
    settings = Settings.model_validate({"ENTANGLED_HOME": running.home})

    def builds() -> bool:
        return bool(running.runs("build_warehouse")) and _runs_a_task(settings, "worker-1")

    def rests() -> bool:
        runs = [run for flow in FLOWS for run in running.runs(flow)]
        return bool(running.runs("build_warehouse")) and all(run["state"] in ("success", "failed") for run in runs)

    running.call("POST", "dags/ingest_openalex/dagRuns", {"logical_date": None})
    until(builds, 600, running.logs)
    for process in _tree(settings, "worker-1"):
        process.kill()
    # its tasks are tried again, by the other one
    until(rests, 1200, running.logs)
    runs = [run for flow in FLOWS for run in running.runs(flow)]
    assert "failed" not in [run["state"] for run in runs], running.failed(runs)

    release = Release.load(running.home / "releases" / "current" / "release.json")
    assert release.works_in == release.works_loaded + release.works_quarantined > 300
    corpus = shelf.corpus(SEED, SCALE)
    undisturbed = home_settings(shelf.released_home(SEED, SCALE), corpus)
    assert published_content(settings) == published_content(undisturbed)
