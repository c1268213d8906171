"""`make airflow`: a command of Airflow in the home's Airflow."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from include.common.errors import EntangledError
from include.local import airflow
from include.settings import Settings


def _settings(home: Path) -> Settings:
    return Settings(_env_file=None, ENTANGLED_HOME=home)


def test_a_home_without_airflow_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(EntangledError, match="no Airflow yet") as caught:
        airflow.run_command(_settings(tmp_path), ["dags", "list"])
    assert caught.value.fix == "make up"


def test_the_command_runs_in_the_homes_airflow_and_its_end_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(tmp_path)
    settings.airflow_home.mkdir(parents=True)
    airflow.keep_source(settings, {"OPENALEX_BASE_URL": "http://127.0.0.1:1"})
    said = tmp_path / "said"
    stand_in = tmp_path / "python"
    stand_in.write_text(f'#!/bin/sh\necho "$AIRFLOW_HOME $OPENALEX_BASE_URL $*" > {said}\nexit 3\n')
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    assert airflow.run_command(settings, ["dags", "list"]) == 3
    assert said.read_text().split() == [
        str(settings.airflow_home),
        "http://127.0.0.1:1",
        "-m",
        "airflow",
        "dags",
        "list",
    ]
