"""A look tells what has to be known whatever stands in its way; the watch of every minute is a process that ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from include.common.clock import utc_now
from include.common.errors import EntangledError, StorageError
from include.contracts.health import failure_of, note_failure
from include.health.drill.receivers import webhook
from include.health.looking import look
from include.settings import REPOSITORY, Settings, child_environment
from tests.shared import free_port


def failing(home: Path) -> None:
    note_failure(home, failure_of(EntangledError("the key is wrong"), "ingest_openalex", "plan", "run", look="there"))


def test_a_home_that_takes_no_notes_is_told_of_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StorageError("the disk is full", where="there")

    failing(tmp_path / "var")
    monkeypatch.setattr("include.health.looking.settle", full)
    with webhook() as received:
        given = {"ENTANGLED_HOME": tmp_path / "var", "ENTANGLED_ALERTS": received.address}
        settings = Settings.model_validate(given)
        now = utc_now()
        for _ in range(3):
            look(settings, now=now, sees_services=False)
        assert [message.cause for message in received.messages] == ["task.ingest_openalex.plan"]


def test_two_at_once_tell_once(tmp_path: Path) -> None:
    failing(tmp_path / "var")
    with webhook() as received:
        environment = child_environment(ENTANGLED_HOME=str(tmp_path / "var"), ENTANGLED_ALERTS=received.address)
        command = [sys.executable, "-m", "include.health", "look"]
        both = [subprocess.Popen(command, cwd=REPOSITORY, env=environment) for _ in range(2)]
        assert [one.wait(timeout=300) for one in both] == [0, 0]
        assert len(received.messages) == 1


def test_the_service_answers_tells_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    failing(tmp_path / "var")
    port = free_port()
    with webhook() as received:
        environment = child_environment(ENTANGLED_HOME=str(tmp_path / "var"), ENTANGLED_ALERTS=received.address)
        command = [sys.executable, "-m", "include.health", "serve", "--port", str(port)]
        with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True) as service:
            deadline = time.monotonic() + 120
            while not received.messages and time.monotonic() < deadline:
                time.sleep(0.1)
            answer = requests.get(f"http://127.0.0.1:{port}/health", timeout=60)
            service.terminate()
            said = service.communicate(timeout=60)[0]
    assert [message.cause for message in received.messages] == ["task.ingest_openalex.plan"]
    assert (answer.status_code, answer.json()["status"]) == (200, "warning")
    assert f"http://127.0.0.1:{port}/health" in said
    assert "a-hidden" not in said
