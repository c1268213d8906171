"""A source that lies: it hands on what a sandbox answers, but for what it is told to change.

It knows works up to a day only, so that a clock that is moved on brings new ones. Nothing is changed while it has no
edit.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

Record = dict[str, Any]
# entity (`works`), record -> the record as it is told; None: as it is
RecordEdit = Callable[[str, Record], Record]
# what is asked (`filter`, `group_by`), its groups (key, count) -> the groups as they are told
CountEdit = Callable[[dict[str, str], list[Record]], list[Record]]

_OWN_HEADERS = {"connection", "content-encoding", "content-length", "date", "server", "transfer-encoding"}
_ENTITIES = ("works", "funders", "institutions", "topics")


@dataclass(frozen=True)
class Edit:
    """What a source tells otherwise: conditions that every list and count of works gets besides, records, counts."""

    narrow: tuple[str, ...] = ()
    record: RecordEdit | None = None
    count: CountEdit | None = None


@dataclass
class Source:
    """Where a lying source listens, and what it does now; both may be changed between two runs."""

    upstream: str
    today: date
    url: str = ""
    edits: list[Edit] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[Source]:
        """Answer on loopback while the block runs."""
        source = self

        class Handler(_Handler):
            lies_for = source

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def asked(self, target: str) -> str:
        """What is asked of the sandbox when this is asked here: works of later days are not known yet."""
        parts = urlsplit(target)
        if parts.path != "/works":
            return target
        given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        narrowed = [condition for edit in self.edits for condition in edit.narrow]
        conditions = [given.get("filter", ""), f"to_publication_date:{self.today}", *narrowed]
        return f"{parts.path}?{urlencode({**given, 'filter': ','.join(filter(None, conditions))})}"

    def told(self, target: str, body: bytes) -> bytes:
        """The answer as this source gives it."""
        records = [edit.record for edit in self.edits if edit.record]
        counts = [edit.count for edit in self.edits if edit.count]
        parts = urlsplit(target)
        entity = parts.path.split("/")[1]
        if entity not in _ENTITIES or not (records or counts):
            return body
        answer = json.loads(body)
        given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if "group_by" in given:
            for count in counts:
                answer["group_by"] = count(given, answer["group_by"])
        elif "results" in answer:
            answer["results"] = [self._record(entity, record) for record in answer["results"]]
        else:
            answer = self._record(entity, answer)
        return json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def _record(self, entity: str, record: Any) -> Any:
        # a broken record is no object, and one that is asked for its id alone has nothing to change
        if not isinstance(record, dict) or len(record) < 2:
            return record
        for edit in self.edits:
            if edit.record:
                record = edit.record(entity, record)
        return record


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lies_for: Source
    _local = threading.local()

    def do_GET(self) -> None:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
        answered = self._local.session.get(
            f"{self.lies_for.upstream}{self.lies_for.asked(self.path)}",
            # unpacked, and with our name in redirects
            headers={**headers, "Accept-Encoding": "identity"},
            allow_redirects=False,
            timeout=60,
        )
        body = answered.content
        if answered.status_code == 200:
            body = self.lies_for.told(self.path, body)
        self.send_response(answered.status_code)
        for name, value in answered.headers.items():
            if name.lower() not in _OWN_HEADERS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the sandbox has a log of its own."""
