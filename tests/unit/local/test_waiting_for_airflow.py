"""Waiting until Airflow is ready, on a machine that is too busy to answer in time."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

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


class Answers(http.server.BaseHTTPRequestHandler):
    """Refuses as Airflow does while its database is locked, then answers."""

    left: ClassVar[list[tuple[int, str]]] = []

    def do_POST(self) -> None:
        """One answer after the other."""
        self.rfile.read(int(self.headers["Content-Length"]))
        status, text = self.left.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Airflow]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        given = {"ENTANGLED_HOME": tmp_path / "var", "ENTANGLED_AIRFLOW_PORT": server.server_port}
        yield Airflow(Settings.model_validate(given))
        server.shutdown()


LOCKED = (500, '{"detail": {"reason": "Database error", "orig_error": "hidden"}}')


def test_a_call_that_the_locked_database_refused_is_asked_again(answering: Airflow) -> None:
    Answers.left = [LOCKED, LOCKED, (200, '{"dag_run_id": "one"}')]
    assert answering.trigger("ingest_openalex") == "one"
    assert Answers.left == []


def test_a_database_that_stays_locked_is_told(answering: Airflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.local.airflow.LOCKED_SECONDS", 0.5)
    Answers.left = [LOCKED, LOCKED]
    with pytest.raises(EntangledError, match=r"Airflow refused POST dags/ingest_openalex/dagRuns \(500\)"):
        answering.trigger("ingest_openalex")


def test_another_refusal_is_told_at_once(answering: Airflow) -> None:
    Answers.left = [(409, '{"detail": "it runs"}'), LOCKED]
    with pytest.raises(EntangledError, match="409"):
        answering.trigger("ingest_openalex")
    assert Answers.left == [LOCKED]
