"""`/health` over HTTP, and the look of every minute behind it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.contracts.health import begin
from include.health.facts import gather
from include.health.looking import look
from include.health.report import Health, health_of, page
from include.settings import Settings

log = logging.getLogger("entangled.alerts")

LOOK_EVERY_SECONDS = 60.0
# asked more often, the answer is the one of before
KEPT_SECONDS = 2.0


class _Latest:
    """The health of now; asked by several at once, it is found out once."""

    def __init__(self, settings: Settings, airflow_url: str | None) -> None:
        self._settings, self._airflow_url = settings, airflow_url
        self._lock = threading.Lock()
        self._health: Health | None = None
        self._at = 0.0

    def __call__(self) -> Health:
        with self._lock:
            if self._health is None or time.monotonic() - self._at > KEPT_SECONDS:
                facts = gather(self._settings, utc_now(), airflow_url=self._airflow_url)
                self._health, self._at = health_of(facts, self._settings), time.monotonic()
            return self._health


def make_server(settings: Settings, host: str, port: int, airflow_url: str | None = None) -> ThreadingHTTPServer:
    """A server of `/health` (a page, or JSON for who does not ask for HTML) and `/health.json`.

    Raises:
        EntangledError: nothing can listen there.
    """
    latest = _Latest(settings, airflow_url)

    class Handler(BaseHTTPRequestHandler):
        """GET and HEAD of two addresses; everything else is not found."""

        server_version = "entangled"
        sys_version = ""
        # who sends nothing holds a thread no longer than this
        timeout = 10

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def _answer(self) -> None:
            path = self.path.partition("?")[0]
            if path not in ("/", "/health", "/health.json"):
                self._send(404, "text/plain; charset=utf-8", "there is /health and /health.json\n")
                return
            try:
                health = latest()
            except Exception as error:
                # whatever it is, nobody can say that all is well
                log.exception("health cannot be found out")
                self._send(503, "text/plain; charset=utf-8", f"health cannot be found out: {type(error).__name__}\n")
                return
            if path != "/health.json" and "text/html" in self.headers.get("Accept", ""):
                self._send(health.code, "text/html; charset=utf-8", page(health))
            else:
                self._send(health.code, "application/json", health.model_dump_json(indent=2) + "\n")

        def _send(self, code: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise EntangledError(
            f"the page of health cannot be served: {error.strerror}",
            where=f"{host}:{port}, setting ENTANGLED_HEALTH_PORT",
            fix="stop what listens there, or choose another port: ENTANGLED_HEALTH_PORT=<port>",
        ) from None


def serve(settings: Settings, host: str, port: int, airflow_url: str | None = None) -> None:
    """Serve, and look every minute, until the process is stopped."""
    begin(settings.home)
    with make_server(settings, host, port, airflow_url) as server:
        threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
        log.info("http://%s:%d/health", host, server.server_port)
        watch(settings, airflow_url, say=lambda line: log.info("%s", line))


def watch(settings: Settings, airflow_url: str | None, *, say: Callable[[str], None]) -> None:
    """Look every minute, tell who has to know, and `say` what has changed, until the process is stopped."""
    begin(settings.home)
    before: dict[str, str] = {}
    while True:
        try:
            health = health_of(look(settings, airflow_url=airflow_url), settings)
            now = {"status": f"{health.status}: {health.sentence}"}
            now |= {alert.cause: alert.sentence for alert in health.alerts}
            for cause, sentence in now.items():
                if before.get(cause) != sentence:
                    say(sentence)
            for cause in before.keys() - now.keys():
                say(f"over: {before[cause]}")
            before = now
        except Exception:
            # a watch that ends at the first surprise watches nothing
            log.exception("this look failed; the next one follows in a minute")
        time.sleep(LOOK_EVERY_SECONDS)
