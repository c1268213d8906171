"""`make doctor` finds what would stop a run, says what to do, and never waits long for somebody who does not answer."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from include.health.doctor import LONGEST_SECONDS, Finding, examine, table
from include.settings import REPOSITORY, Settings, child_environment
from tests.shared import free_port

KEY = "key-that-must-not-leak-1234"


def settings_in(tmp_path: Path, **changes: Any) -> Settings:
    ports = {f"ENTANGLED_{name}_PORT": free_port() for name in ("AIRFLOW", "SANDBOX", "HEALTH", "SUPERSET")}
    given = {"ENTANGLED_HOME": tmp_path / "var", "ENTANGLED_LEAST_FREE_GB": 0, **ports, **changes}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]


def wrong(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(settings) if finding.outcome == "WRONG"}


@contextmanager
def source(status: int, body: str = "{}", date: str = "") -> Iterator[str]:
    """Answers everything like that."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", date or self.date_time_string())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_good_set_up_has_nothing_wrong_and_says_what_is_there(tmp_path: Path) -> None:
    elsewhere = {"ENTANGLED_STORE_URL": (tmp_path / "store").as_uri(), "ENTANGLED_ALERTS": "json://127.0.0.1:1"}
    with source(200) as url:
        findings = examine(settings_in(tmp_path, OPENALEX_BASE_URL=url, OPENALEX_API_KEY=KEY, **elsewhere))
    assert [finding for finding in findings if finding.outcome != "ok"] == []
    subjects = {finding.subject for finding in findings}
    assert subjects >= {"Python", "packages", "settings", "home", "scope", "proxy", "alerts", "key", "clock", "store"}
    assert table(findings).splitlines()[-1] == f"checks: {len(findings)}, wrong: 0"


def test_without_a_key_a_demo_works(tmp_path: Path) -> None:
    findings = {finding.subject: finding for finding in examine(settings_in(tmp_path))}
    assert findings["key"].outcome == "note"
    assert "make demo works" in findings["key"].said


@pytest.mark.parametrize(
    ("changes", "subject", "said"),
    [
        ({"ENTANGLED_HOME": Path("/proc/nothing")}, "home", "cannot be made there"),
        ({"ENTANGLED_SCOPE": "ai_europe_chna"}, "scope", "ai_europe_chna"),
        ({"ENTANGLED_LEAST_FREE_GB": 1e9}, "disk", "GB are free"),
        ({"ENTANGLED_ALERTS": "nosuchscheme://a-token"}, "alerts", "receiver 1 of ENTANGLED_ALERTS (nosuchscheme)"),
        (
            {"ENTANGLED_PUBLISH_POSTGRES": "postgresql://me:a-password@127.0.0.1:1/marts"},
            "Postgres",
            "postgresql://127.0.0.1:1/marts cannot be reached",
        ),
        ({"OPENALEX_BASE_URL": "http://127.0.0.1:1", "OPENALEX_API_KEY": KEY}, "source", "cannot be reached"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    tmp_path: Path, changes: dict[str, Any], subject: str, said: str
) -> None:
    found = wrong(settings_in(tmp_path, **changes))
    assert list(found) == [subject]
    assert said in found[subject].said
    assert found[subject].fix
    told = table([*found.values()])
    assert not [secret for secret in ("a-token", "a-password", KEY) if secret in told]


def test_a_port_that_somebody_holds_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        found = wrong(settings_in(tmp_path, ENTANGLED_HEALTH_PORT=port))
    assert list(found) == [f"port {port}"]
    assert "ENTANGLED_HEALTH_PORT" in found[f"port {port}"].fix


def test_a_key_that_the_source_refuses_is_wrong_and_not_shown(tmp_path: Path) -> None:
    body = f'{{"error": "Invalid or missing API key", "message": "{KEY} not found"}}'
    with source(401, body) as url:
        found = wrong(settings_in(tmp_path, OPENALEX_BASE_URL=url, OPENALEX_API_KEY=KEY))
    assert list(found) == ["key"]
    assert KEY not in table([*found.values()])


def test_a_clock_that_is_wrong_is_told_by_the_sources(tmp_path: Path) -> None:
    with source(200, date="Mon, 02 Mar 2020 12:00:00 GMT") as url:
        found = wrong(settings_in(tmp_path, OPENALEX_BASE_URL=url, OPENALEX_API_KEY=KEY))
    assert list(found) == ["clock"]
    assert "NTP" in found["clock"].fix


def test_who_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        environment = child_environment(
            ENTANGLED_HOME=str(tmp_path / "var"),
            OPENALEX_BASE_URL=f"http://{address}",
            OPENALEX_API_KEY=KEY,
            ENTANGLED_PUBLISH_POSTGRES=f"postgresql://me:a-password@{address}/marts",
            ENTANGLED_STORE_URL="s3://bucket/prefix",
            AWS_ENDPOINT_URL=f"http://{address}",
            AWS_ACCESS_KEY_ID="key",
            AWS_SECRET_ACCESS_KEY=KEY,
        )
        began = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "include.health", "doctor"],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
        )
        seconds = time.monotonic() - began
    assert ended.returncode == 1, ended.stdout + ended.stderr
    # the start of the program on a busy machine comes on top
    assert seconds < LONGEST_SECONDS + 30
    for subject in ("source", "store", "Postgres"):
        assert f"WRONG  {subject}" in ended.stdout
    assert "a-password" not in ended.stdout + ended.stderr
