"""Proxies of the environment: loopback is exempt everywhere, the source goes through, and a bad one is named."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from include.common.errors import SettingsError
from include.common.proxies import exemptions, proxy_for, require_usable_proxy
from include.openalex.client import Client
from include.openalex.errors import Unreachable
from include.settings import REPOSITORY, Settings, child_environment

NOWHERE = "http://user:secret@127.0.0.1:9"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
# every library that speaks HTTP in a child of ours, asked for the same page
CHILD = """
import sys, urllib.request
import httpx, requests
url = sys.argv[1]
print(requests.get(url).text, httpx.get(url).text, urllib.request.urlopen(url).read().decode())
"""


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Proxy(BaseHTTPRequestHandler):
    """Answers every request itself, and says what it was asked for: a proxy is asked for whole addresses."""

    def do_GET(self) -> None:
        asked: list[str] = self.server.asked  # type: ignore[attr-defined]
        asked.append(self.path)
        body = b'{"meta": {}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        server.asked = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]
        server.shutdown()


def client(home: Path, url: str) -> Client:
    return Client(
        Settings(_env_file=None, ENTANGLED_HOME=home, OPENALEX_BASE_URL=url),  # type: ignore[call-arg]
        sleep=lambda _: None,
    )


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_the_source_is_asked_through_the_proxy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: tuple[str, list[str]]
) -> None:
    url, asked = proxy
    monkeypatch.setenv(name, url)
    assert client(tmp_path, "http://openalex.invalid").get("/works").document == {"meta": {}}
    assert asked == ["http://openalex.invalid/works"]


@pytest.mark.parametrize("proxy_url", [NOWHERE, "socks5://127.0.0.1:9", "127.0.0.1:9"])
def test_loopback_is_reached_past_every_proxy_in_every_child(proxy_url: str, proxy: tuple[str, list[str]]) -> None:
    url, asked = proxy
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.setenv(name, proxy_url)
            patch.setenv(name.lower(), proxy_url)
        environment = child_environment()
    for page in (f"{url}/works", f"{url.replace('127.0.0.1', 'localhost')}/works"):
        ended = subprocess.run([sys.executable, "-c", CHILD, page], env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
    assert asked == ["/works"] * 6


def test_an_unreachable_proxy_is_named_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
    with pytest.raises(Unreachable) as told:
        client(tmp_path, "https://openalex.invalid").get("/works")
    assert "through the proxy http://127.0.0.1:9: Connection refused" in str(told.value)
    assert "HTTPS_PROXY" in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("url", ["socks5://user:secret@127.0.0.1:9", "http://", "http://host:port", "ftp://host:21"])
def test_a_proxy_that_no_client_speaks_to_is_refused_before_anything_is_asked(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", url)
    with pytest.raises(SettingsError, match="cannot be used") as told:
        client(tmp_path, "https://openalex.invalid")
    assert "secret" not in str(told.value)
    # nor is it in the way of what needs no proxy
    monkeypatch.setenv("NO_PROXY", exemptions({})["NO_PROXY"])
    require_usable_proxy("http://127.0.0.1:8490")


def test_exemptions_add_to_what_is_exempt_already(monkeypatch: pytest.MonkeyPatch) -> None:
    made = exemptions({"NO_PROXY": "intra.example, 10.0.0.1", "no_proxy": "localhost"}, "192.0.2.7")
    assert set(made) == {"NO_PROXY", "no_proxy"}
    assert set(made["NO_PROXY"].split(",")) == {
        "intra.example", "10.0.0.1", "localhost", "127.0.0.1", "::1", "192.0.2.7"
    }  # fmt: skip
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    monkeypatch.setenv("NO_PROXY", made["NO_PROXY"])
    for host in ("127.0.0.1:1", "localhost", "[::1]:8080", "192.0.2.7", "intra.example"):
        assert proxy_for(f"http://{host}/works") is None
    assert proxy_for("http://openalex.invalid") is not None


def test_a_command_exempts_its_bind_address_and_loopback_by_itself(tmp_path: Path) -> None:
    script = "import os\nfrom include.settings import get_settings\nget_settings()\nprint(os.environ['NO_PROXY'])"
    environment = child_environment(ENTANGLED_HOME=str(tmp_path), ENTANGLED_BIND="192.0.2.7", NO_PROXY="a", no_proxy="")
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "a,localhost,127.0.0.1,::1,192.0.2.7"
