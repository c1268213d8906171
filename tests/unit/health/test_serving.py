"""`/health` says in one status code and one page how a home is, also when what it asks is broken."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
import requests

from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.contracts.health import (
    Began,
    ReleaseConfirmed,
    SourceChecked,
    begin,
    failure_of,
    health_folder,
    note,
    note_failure,
    note_release,
    note_run,
    note_source,
)
from include.health import look
from include.health.serving import make_server
from include.local.hearts import services
from include.local.processes import Services
from include.settings import Settings
from tests.unit.releases import publish_record


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})


@contextmanager
def served(settings: Settings, airflow_url: str | None = None) -> Iterator[str]:
    with make_server(settings, "127.0.0.1", 0, airflow_url) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def ask(settings: Settings, airflow_url: str | None = None) -> requests.Response:
    with served(settings, airflow_url) as url:
        return requests.get(f"{url}/health", timeout=60)


def promised_long_ago(settings: Settings) -> None:
    note(health_folder(settings.home) / "began.json", Began(began_at=utc_now() - timedelta(days=9)))


def test_a_new_home_is_starting(settings: Settings) -> None:
    begin(settings.home)
    answer = ask(settings)
    assert (answer.status_code, answer.json()["status"]) == (200, "starting")


def test_a_home_without_a_run_for_days_is_late_until_one_confirms_its_release(settings: Settings) -> None:
    publish_record(settings, published_at=utc_now() - timedelta(days=8))
    promised_long_ago(settings)
    answer = ask(settings)
    assert (answer.status_code, answer.json()["status"]) == (503, "late")
    note_source(settings.home, "nothing new")
    note_release(settings.home, "nothing new")
    answer = ask(settings)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["source_found"] == "nothing new"


@pytest.mark.parametrize(
    ("path", "accept", "code", "kind"),
    [
        ("/health", "text/html,*/*", 200, "text/html; charset=utf-8"),
        ("/health", "*/*", 200, "application/json"),
        ("/health.json", "text/html", 200, "application/json"),
        ("/../../etc/passwd", "*/*", 404, "text/plain; charset=utf-8"),
    ],
)
def test_people_get_a_page_and_programs_json(settings: Settings, path: str, accept: str, code: int, kind: str) -> None:
    begin(settings.home)
    with served(settings) as url:
        answer = requests.get(f"{url}{path}", headers={"Accept": accept}, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (code, kind)


def test_the_page_shows_what_failed_and_escapes_it(settings: Settings) -> None:
    begin(settings.home)
    error = EntangledError("<script>alert(1)</script> the key is wrong", fix="correct it")
    note_failure(settings.home, failure_of(error, "ingest_openalex", "plan", "run", look="http://127.0.0.1/log"))
    note_run(settings.home, "ingest_openalex", "run", "failed")
    look(settings)
    with served(settings) as url:
        page = requests.get(f"{url}/health", headers={"Accept": "text/html"}, timeout=60).text
        told = requests.get(f"{url}/health.json", timeout=60).json()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert '<a href="http://127.0.0.1/log">' in page
    assert told["status"] == "warning"
    assert next(flow for flow in told["flows"] if flow["flow"] == "ingest_openalex")["state"] == "failed"
    assert told["alerts"][0]["cause"] == "task.ingest_openalex.plan"


def test_a_run_that_ends_well_closes_what_failed_and_keeps_the_sentence(settings: Settings) -> None:
    error = EntangledError("the key is wrong")
    note_failure(settings.home, failure_of(error, "ingest_openalex", "plan", "first", look=""))
    note_run(settings.home, "ingest_openalex", "first", "failed")
    note_run(settings.home, "ingest_openalex", "second", "success")
    facts = look(settings)
    (run,) = facts.runs
    assert (facts.failures, run.state) == ([], "success")
    assert run.last_failure is not None
    assert run.last_failure.what == "the key is wrong"


@pytest.mark.parametrize("error", [ValueError("a password"), "a text", None])
def test_what_an_error_that_is_none_of_ours_says_is_not_told(error: BaseException | str | None) -> None:
    failure = failure_of(error, "ingest_openalex", "plan", "run", look="")
    assert "password" not in failure.model_dump_json()
    assert failure.what


def test_a_killed_service_is_dead_at_once(settings: Settings) -> None:
    with Services(settings, "detached") as started:
        begin(settings.home)
        started.start("scheduler", [sys.executable, "-c", "import time; time.sleep(600)"], dict(os.environ))
        assert ask(settings).json()["status"] == "starting"
        (entry,) = json.loads((settings.home / "services.json").read_text())["services"]
        os.kill(entry["pid"], signal.SIGKILL)
        _until_gone(entry["pid"])
        answer = ask(settings)
        assert (answer.status_code, answer.json()["status"]) == (503, "dead")
        assert answer.json()["services"] == [{"name": "scheduler", "is_alive": False, "said": "its process ended"}]
        started.stop()
    assert ask(settings).json()["services"] == [], "what somebody stopped is missed by nobody"


def _until_gone(pid: int) -> None:
    gone, _ = psutil.wait_procs([psutil.Process(pid)], timeout=60)
    assert gone


def _airflow(answer: dict[str, object] | None) -> Callable[[], ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return lambda: ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def test_of_a_composed_airflow_each_part_is_judged_by_its_heartbeat(settings: Settings) -> None:
    healthy = {"status": "healthy"}
    told: dict[str, object] = {
        "metadatabase": healthy,
        "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": "2026-03-02T04:05:06.789+00:00"},
        "dag_processor": healthy,
        "triggerer": {"status": None},
    }
    with _airflow(told)() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = {one.name: one for one in services(settings, f"http://127.0.0.1:{server.server_port}/") or ()}
        server.shutdown()
    assert {name: one.is_alive for name, one in found.items()} == {
        "api-server": True,
        "scheduler": False,
        "dag-processor": True,
    }
    assert found["scheduler"].said == "its heart has not beaten since 2026-03-02T04:05:06"


def test_who_looks_from_elsewhere_at_a_watched_home_knows_nothing_of_its_services(settings: Settings) -> None:
    assert services(settings) == [], "nobody watches: nothing should run"
    begin(settings.home)
    assert services(settings) is None


def test_an_airflow_that_does_not_answer_is_dead(settings: Settings) -> None:
    (server,) = services(settings, "http://127.0.0.1:1") or []
    assert (server.name, server.is_alive, server.said) == ("api-server", False, "http://127.0.0.1:1 does not answer")


def test_what_cannot_be_found_out_is_not_well(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a password")

    monkeypatch.setattr("include.health.serving.gather", broken)
    answer = ask(settings)
    assert answer.status_code == 503
    assert "password" not in answer.text


def test_notes_of_a_later_program_are_left_out(settings: Settings) -> None:
    begin(settings.home)
    folder = health_folder(settings.home)
    note(folder / "source.json", SourceChecked(checked_at=utc_now(), found="nothing new"))
    note(folder / "release.json", ReleaseConfirmed(confirmed_at=utc_now(), how="nothing new"))
    (folder / "source.json").write_text('{"schema_version": 2}')
    assert ask(settings).json()["source_checked_at"] is None
