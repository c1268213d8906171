"""A scripted source on loopback: real HTTP, answers from a list of works, faults exactly where a test puts them."""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from include.settings import Settings

KEY = "key-that-must-not-leak-4711"


@dataclass
class Answer:
    """One answer of the server. `body` a dictionary is sent as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    drop: bool = False


@dataclass
class Source:
    """What the server holds, what it was asked, and what it answers instead of the truth (`faults`, first come)."""

    url: str = ""
    works: list[dict[str, Any]] = field(default_factory=list)
    entities: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    groups: dict[str, dict[str, int]] = field(default_factory=dict)
    origin: str | None = "synthetic"
    is_paid: bool = False
    faults: deque[Answer] = field(default_factory=deque)
    # called with path and parameters; an answer replaces the truth
    intercept: Callable[[str, dict[str, str]], Answer | None] | None = None
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(1 for each, _, _ in self.requests if each == path)

    def answer(self, path: str, parameters: dict[str, str]) -> Answer:
        """The next scripted fault, or the truth."""
        if self.faults:
            return self.faults.popleft()
        if "from_updated_date" in parameters.get("filter", "") and not self.is_paid:
            return Answer(429, {"error": "Plan upgrade required", "message": "This filter requires a Premium plan."})
        instead = self.intercept(path, parameters) if self.intercept else None
        return instead or self._truth(path, parameters)

    def _truth(self, path: str, parameters: dict[str, str]) -> Answer:
        parts = path.strip("/").split("/")
        records = self.works if parts[0] == "works" else self.entities.get(parts[0], [])
        if len(parts) == 2:
            whole = [record for record in records if record["id"].endswith("/" + parts[1])]
            return Answer(body=whole[0].get("_whole", whole[0])) if whole else Answer(404, {"error": "not found"})
        if "group_by" in parameters:
            counts = self.groups.get(parameters["group_by"], {})
            groups = [{"key": key, "key_display_name": key, "count": count} for key, count in counts.items()]
            return Answer(
                body={"meta": {"count": sum(counts.values()), "per_page": 200}, "results": [], "group_by": groups}
            )
        return self._list(records, parameters)

    def _list(self, records: list[dict[str, Any]], parameters: dict[str, str]) -> Answer:
        wanted = [record for record in records if _matches(record, parameters.get("filter", ""))]
        per_page = int(parameters.get("per_page", "25"))
        cursor = parameters.get("cursor", "*")
        start = 0 if cursor == "*" else int(cursor)
        page = wanted[start : start + per_page]
        following = str(start + per_page) if len(page) == per_page else None
        shown = [{key: value for key, value in record.items() if key != "_whole"} for record in page]
        return Answer(body={"meta": {"count": len(wanted), "next_cursor": following}, "results": shown, "group_by": []})


def _matches(record: dict[str, Any], text: str) -> bool:
    for condition in filter(None, text.split(",")):
        name, _, value = condition.partition(":")
        if name == "from_publication_date" and record["publication_date"] < value:
            return False
        if name == "from_updated_date" and record["updated_date"] < value:
            return False
        if name == "to_publication_date" and record["publication_date"] > value:
            return False
        if name == "openalex" and record["id"].rsplit("/", 1)[1] not in value.split("|"):
            return False
        if name == "primary_topic.id" and record["primary_topic"]["id"].rsplit("/", 1)[1] not in value.split("|"):
            return False
    return True


def _handler(source: Source) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            parameters = {name: values[0] for name, values in parse_qs(split.query).items()}
            source.requests.append((split.path, parameters, dict(self.headers)))
            answer = source.answer(split.path, parameters)
            if answer.drop:
                self.close_connection = True
                return
            if answer.delay_seconds:
                threading.Event().wait(answer.delay_seconds)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            if source.origin:
                self.send_header("X-Entangled-Origin", source.origin)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # a client that gave up, as some tests want, is no news
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture
def source() -> Iterator[Source]:
    """A scripted source that listens on a free port."""
    made = Source()
    server = _Server(("127.0.0.1", 0), _handler(made))
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def answer() -> type[Answer]:
    """To script an answer."""
    return Answer


@pytest.fixture
def make_settings(tmp_path: Path, source: Source) -> Callable[..., Settings]:
    """Settings for a home of this test and the scripted source; keyword arguments are environment names."""

    def make(**changes: Any) -> Settings:
        values: dict[str, Any] = {
            "ENTANGLED_HOME": tmp_path / "home",
            "OPENALEX_BASE_URL": source.url,
            "OPENALEX_API_KEY": KEY,
            "OPENALEX_REQUESTS_PER_SECOND": 100,
            "ENTANGLED_SCOPE": str(tmp_path / "scope.yaml"),
            "ENTANGLED_THREADS": 1,
        }
        return Settings(_env_file=None, **{**values, **changes})

    return make


SCOPE = """
scope: test
title: A test scope
subject: ai-v1
topics: [T10028, T10036]
side_a: EUROPE
side_b: CHINA
groups: [EU27]
years: {from: 2019, to: 2020}
windows: {by: year, recent_years: 1, revisit_recent_days: 1, revisit_old_days: 90, max_records: 1000}
"""


@pytest.fixture
def settings(tmp_path: Path, make_settings: Callable[..., Settings]) -> Settings:
    """Settings with a small scope: two topics, 2019 and 2020."""
    (tmp_path / "scope.yaml").write_text(SCOPE)
    return make_settings()


@pytest.fixture
def scope_text() -> str:
    """The small scope, to change."""
    return SCOPE


@pytest.fixture
def make_work() -> Callable[..., dict[str, Any]]:
    """Makes a work as a list of the API shows it."""

    def make(number: int, day: str = "2019-03-01", title: str = "A title", authors: int = 2) -> dict[str, Any]:
        authorships = [{"author_position": "middle", "countries": ["CN", "DE"]} for _ in range(authors)]
        return {
            "id": f"https://openalex.org/W{number}",
            "display_name": title,
            "publication_date": day,
            "publication_year": int(day[:4]),
            "authorships": authorships[:100],
            "primary_topic": {"id": "https://openalex.org/T10028"},
            "cited_by_count": 0,
            "updated_date": "2020-01-01T00:00:00",
            "awards": [],
            "funders": [],
        }

    return make


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without waiting."""
    monkeypatch.setattr("include.openalex.client.FIRST_PAUSE_SECONDS", 0.001)
