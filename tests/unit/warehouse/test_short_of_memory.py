"""A build that was short of memory builds again, one model at a time; short again, it says so."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from include.common.duck import MemoryTooSmall
from include.settings import Settings
from include.warehouse import dbt


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, ENTANGLED_HOME=tmp_path, ENTANGLED_THREADS=2)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of every run of dbt, each of which is short of memory when two models run at once."""
    runs: list[list[str]] = []

    def run(_settings: Settings, arguments: list[str]) -> None:
        runs.append(arguments)
        if arguments[-2:] != ["--threads", "1"]:
            raise MemoryTooSmall("DuckDB needs more memory than it may use")

    monkeypatch.setattr(dbt, "run_dbt", run)
    monkeypatch.setattr(dbt, "_prepare", lambda _settings: None)
    return runs


def test_a_build_short_of_memory_builds_again_one_model_at_a_time(
    settings: Settings, runs: list[list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        dbt.build(settings, full_refresh=True)

    assert runs == [["build", "--full-refresh"], ["build", "--full-refresh", "--threads", "1"]]
    assert "needs more memory than it may use: dbt builds again, one model at a time" in caplog.text


def test_with_one_thread_there_is_nothing_else_to_try(settings: Settings, runs: list[list[str]]) -> None:
    with pytest.raises(MemoryTooSmall):
        dbt.build(settings.model_copy(update={"threads": 1}))

    assert runs == [["build"]]
