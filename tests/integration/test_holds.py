"""A rollback holds against whole runs: they build and audit, do not publish, and say so; rollforward publishes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from include.contracts.candidate import Verdict
from include.contracts.release import Release
from include.pipeline.truth import evolve_corpus, pipeline_environment, serving
from include.settings import REPOSITORY, Settings


def _run(environment: dict[str, str], *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


@pytest.mark.verify
def test_a_whole_run_does_not_publish_over_a_rollback_and_rollforward_does(
    released: Settings, released_corpus: Path, tmp_path: Path
) -> None:
    current = released.releases_dir / "current"
    first = current.readlink().name
    later = tmp_path / "later"
    evolve_corpus(released_corpus, later, 5, tmp_path / "evolve.log", retracted="0")
    with serving(later, log_file=tmp_path / "sandbox.log") as url:
        environment = pipeline_environment(released.home, url, later, "demo")
        said = _run(environment, "include.pipeline", "run", "--full-sweep")
        second = current.readlink().name
        assert f"release {second} published" in said
        assert second != first

        assert f"current release: {first}" in _run(environment, "include.release", "rollback", "--reason", "a test")
        said = _run(environment, "include.pipeline", "run", "--full-refresh")
        assert current.readlink().name == first
        waiting = max((folder for folder in released.build_dir.iterdir()), key=lambda folder: folder.name)
        verdict = Verdict.load(waiting / "verdict.json")
        assert verdict.passed
        # what readers were taken back from is no measure of drift
        assert verdict.compared_with == first
        *_, last = said.splitlines()
        assert last.startswith(f"release {first} is held since ")
        assert last.endswith(f"because a test: run {waiting.name} waits, `make rollforward` publishes it")
        listed = _run(environment, "include.release", "list")
        assert f"* {first}" in listed
        assert f"waiting: run {waiting.name} passed its audit" in listed

        said = _run(environment, "include.release", "rollforward")
        assert f"current release: {current.readlink().name} " in said
        assert "held" not in said
    made = Release.load(current / "release.json")
    assert made.run_id == waiting.name
    assert made.previous == first
    assert not (released.releases_dir / "hold.json").exists()
