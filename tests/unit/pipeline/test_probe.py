"""The probe finds a source as expected where it is, and says in words each way in which one differs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from include.common.errors import SettingsError
from include.openalex.errors import Unauthorised
from include.pipeline.probe import check_source
from include.pipeline.truth import command, serving
from include.settings import Settings, child_environment

Body = dict[str, Any]
# path, parameters, status, headers, body; changes headers and body in place, and returns the status
Spoiler = Callable[[str, dict[str, str], int, dict[str, str], Body], int]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox with another corpus than the probe compares with."""
    folder = tmp_path_factory.mktemp("probe")
    generate = ["include.sandbox", "generate", "--out", str(folder / "corpus"), "--scale", "0.004", "--seed", "7"]
    command(generate, {**child_environment(), "ENTANGLED_HOME": str(folder)}, folder / "log")
    with serving(folder / "corpus", log_file=folder / "log") as url:
        yield url


@pytest.fixture
def behind(sandbox: str) -> Iterator[Callable[[Spoiler], str]]:
    """Serves the sandbox's answers with something changed; gives the address."""
    servers: list[ThreadingHTTPServer] = []
    session = requests.Session()
    session.trust_env = False

    def start(spoil: Spoiler) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = session.get(sandbox + self.path, headers={"Authorization": "Bearer sandbox"})
                split = urlsplit(self.path)
                parameters = {name: values[0] for name, values in parse_qs(split.query).items()}
                headers = {name: value for name, value in answer.headers.items() if name.lower().startswith("x-")}
                body = answer.json()
                status = spoil(split.path, parameters, answer.status_code, headers, body)
                sent = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(sent))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _settings(home: Path, url: str, key: str | None = "sandbox") -> Settings:
    return Settings(
        _env_file=None,
        ENTANGLED_HOME=home,
        ENTANGLED_SCOPE="demo",
        OPENALEX_BASE_URL=url,
        OPENALEX_API_KEY=key,
        OPENALEX_REQUESTS_PER_SECOND=100,
    )


def _calls(printed: str) -> dict[str, str]:
    """Each call and how it went."""
    return dict(re.findall(r"^(\S.*?) +(?:\d+|-)  (as expected|differs \(\d+\))$", printed, re.MULTILINE))


def test_without_a_key_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="OPENALEX_API_KEY is not set"):
        check_source(_settings(tmp_path, "http://127.0.0.1:9", key=None))


def test_a_key_that_is_refused_ends_the_probe_with_what_to_do(
    tmp_path: Path, behind: Callable[[Spoiler], str], capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: str, parameters: dict[str, str], status: int, headers: dict[str, str], body: Body) -> int:
        body.clear()
        body.update(error="Invalid or missing API key", message="API key not found")
        return 401

    with pytest.raises(Unauthorised, match="API key not found"):
        check_source(_settings(tmp_path, behind(refuse)))
    assert "as expected" not in capsys.readouterr().out


def test_a_sandbox_is_as_expected(tmp_path: Path, sandbox: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_source(_settings(tmp_path, sandbox))
    printed = capsys.readouterr().out
    calls = _calls(printed)
    assert set(calls.values()) == {"as expected"}
    assert printed.splitlines()[-1] == f"calls: {len(calls)}, as expected: {len(calls)}"
    assert len(calls) >= 15


def test_every_difference_is_a_sentence(
    tmp_path: Path, behind: Callable[[Spoiler], str], capsys: pytest.CaptureFixture[str]
) -> None:
    def spoil(path: str, parameters: dict[str, str], status: int, headers: dict[str, str], body: Body) -> int:
        if status == 200 and path == "/works" and parameters.get("select", "").startswith("id,doi"):
            for work in body["results"]:
                work["cited_by_count"] = str(work["cited_by_count"])
                work["new_field"] = 1
                work["subjects"] = work.pop("topics")
                for author in work["authorships"]:
                    author["countries"] = [code for code in author["countries"] if code != "CN"]
            if parameters["per_page"] == "1" and parameters["cursor"] != "*":
                body["results"] = []
        if parameters.get("group_by") == "authorships.countries":
            for group in body["group_by"]:
                group["key"] = group["key"].rpartition("/")[2]
        if path == "/funders":
            for funder in body["results"]:
                funder["id"] = "https://openalex.org/X1"
        if path == "/institutions":
            headers["x-ratelimit-credits-used"] = "10"
        if path == "/topics":
            for name in [name for name in headers if name.startswith("x-ratelimit-r")]:
                del headers[name]
        if parameters.get("select") == "no_such_field":
            return 200
        if "W999999999999999" in path:
            body.clear()
            return 404
        return status

    assert not check_source(_settings(tmp_path, behind(spoil)))
    printed = capsys.readouterr().out
    calls = _calls(printed)
    expected = {
        "works, page": "`cited_by_count` is text, where the sandbox has number",
        "works, first page of one": "fields that nothing here knows: new_field, subjects",
        "works, next page of one": "the page at the next cursor is empty",
        "papers by country": "groups have keys of another form: ",
        "papers with side B by country": "groups have keys of another form: ",
        "funders by id": "flatten refuses",
        "institutions by id": "the request took 10 credits where 1 are planned",
        "topics by id": "headers are missing: x-ratelimit-remaining",
        "a field that does not exist": "where the pipeline counts on a refusal (BadRequest), the source answers it",
        "no such work": "the refusal has no text in `message`",
    }
    for name, sentence in expected.items():
        assert f"{name}: {sentence}" in printed
    assert "works, page: no record has `topics`, which flatten reads" in printed
    assert re.search(
        r"works, page: \d+ of \d+ works do not fit the filter authorships.countries \(.*China.*\)", printed
    )
    assert {name for name, outcome in calls.items() if outcome != "as expected"} == set(expected)
    assert printed.count("\n  what to do: ") == sum(
        int(outcome.partition("(")[2][:-1]) for outcome in calls.values() if outcome != "as expected"
    )
    assert printed.splitlines()[-1] == f"calls: {len(calls)}, as expected: {len(calls) - len(expected)}"
