"""A service is dead whose process has ended, or whose heart does not beat: `make up` then starts all again."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from include.common.errors import BusyError
from include.local import hearts
from include.local.driver import _clear_what_was_left
from include.local.processes import Services, read_register
from include.settings import Settings, child_environment

STANDS_STILL = "unhealthy"
BEATS = "healthy"


@contextmanager
def _started(home: Path, *answers: str) -> Iterator[Settings]:
    """A home whose services run as processes; its Airflow says of the scheduler's heart what `answers` say, then the
    last of them."""
    said = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = said.pop(0) if len(said) > 1 else said[0]
            beats = {part: {"status": BEATS} for part in ("metadatabase", "dag_processor", "triggerer")}
            body = json.dumps({**beats, "scheduler": {"status": now}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = Settings.model_validate({"ENTANGLED_HOME": home, "ENTANGLED_AIRFLOW_PORT": server.server_port})
        services = Services(settings, "detached")
        try:
            for name in ("scheduler", "api-server"):
                services.start(name, [sys.executable, "-c", "import time; time.sleep(600)"], child_environment())
            yield settings
        finally:
            services.stop()
            server.shutdown()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearts, "_BETWEEN_LOOKS_SECONDS", 0)


def test_a_scheduler_that_runs_and_does_nothing_is_started_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with _started(tmp_path, STANDS_STILL) as settings:
        assert [service.name for service in hearts.dead(settings)] == ["scheduler"]
        _clear_what_was_left(settings)
        assert read_register(settings)[0] == []
    assert (
        "dead: scheduler (its heart has not beaten since it started); all is started again" in capsys.readouterr().out
    )


def test_one_missed_beat_is_no_death(tmp_path: Path) -> None:
    with _started(tmp_path, STANDS_STILL, BEATS) as settings:
        with pytest.raises(BusyError, match="is running"):
            _clear_what_was_left(settings)
        assert len(read_register(settings)[0]) == 2


def test_a_process_that_has_ended_is_dead_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _started(tmp_path, BEATS) as settings:
        (scheduler,) = [entry for entry in read_register(settings)[0] if entry.name == "scheduler"]
        process = scheduler.process()
        assert process is not None
        process.kill()
        while scheduler.process() is not None:
            pass
        # `time` is everybody's: only while it is looked
        with monkeypatch.context() as patch:
            patch.setattr(hearts.time, "sleep", lambda _: pytest.fail("looked again"))
            (dead,) = hearts.dead(settings)
    assert (dead.name, dead.said) == ("scheduler", "its process ended")
