"""Waiting until Airflow is ready, on a machine that is too busy to answer in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.common.errors import EntangledError
from include.local.airflow import Airflow, AirflowAway
from include.local.processes import Services
from include.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # nobody listens on port 1
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var", "ENTANGLED_AIRFLOW_PORT": 1})


def test_an_answer_that_takes_too_long_does_not_end_the_waiting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow = Airflow(settings)
    answers: Iterator[bool] = iter([False, True])

    def parsed(_: list[str]) -> bool:
        if not next(answers):
            raise AirflowAway("read timed out")
        return True

    monkeypatch.setattr(airflow, "_healthy", lambda: True)
    monkeypatch.setattr(airflow, "_parsed", parsed)
    with Services(settings) as services:
        airflow.wait_until_ready(services, [], seconds=60)
    assert next(answers, None) is None


def test_an_airflow_that_never_answers_is_told_after_the_time_that_it_has(settings: Settings) -> None:
    with pytest.raises(AirflowAway, match="does not answer"):
        Airflow(settings).call("GET", "dags")
    with Services(settings) as services, pytest.raises(EntangledError, match="was not ready after 1 s"):
        Airflow(settings).wait_until_ready(services, [], seconds=1)
