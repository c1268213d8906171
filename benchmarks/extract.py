"""How much of the allowed rate the extractor uses, and what it costs, beside pyalex on the same server.

    python benchmarks/extract.py [--scale 1.0] [--corpus FOLDER] [--latency-ms 150] [--rates 10,30,100]

One sandbox in a process of its own serves a generated corpus. Both clients have asked for everything once before the
clock starts, so the server sends pages that it keeps (rendered and compressed) and is not what is measured. Then, on
that server, with the latency added to every answer:

- `pages`: pyalex, all works of the scope by cursor, 100 a page, same filter, fields and order as ours, a query for each
  topic chunk; it parses the pages and keeps nothing. Works of many authors come without the rest of their list.
- `pyalex`: the same, and those works again, one by one, as the source wants it: the works that the extractor gets, but
  with all their fields (a work asked for by its id has no `select` there). It asks for one after the other, so the
  latency holds it far below the smallest rate, and both are run once, at the rate of the verdict.
- `entangled`: `extract_all` in a fresh home, once for each rate, the rate being the server's limit and the client's
  setting: plan, sweep, judge, write, gate 1, commit.

`clock` is the client's own work without the start of its process. `share` is that of the allowed rate from the first
page asked for to the last request, by the server's clock: everything that the server counts, the end included, when the
last windows run out. `processor` and `peak` are of the whole process with its start, as the kernel counts them; `start`
shows what a start alone takes. The last line is of the rate of the verdict, 30 a second, and its `ratio_vs_pyalex` that
to `pyalex`, who did the same; that to `pages` stands above it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.common.arguments import Parser, size
from include.common.errors import exit_cleanly
from include.settings import REPOSITORY, child_environment

SCOPE = "demo"
VERDICT_RATE = 30
PAGE_CACHE_MB = 400
TOO_MANY = 429


class Cost(NamedTuple):
    """What one client took. `clock` is seconds of its work, `processor` of its whole process, `peak_mb` its memory."""

    works: int
    clock: float
    processor: float
    peak_mb: float


class Pace(NamedTuple):
    """What the server saw of one client: requests, refusals, and requests a second."""

    requests: int
    refused: int
    per_second: float


@exit_cleanly
def main() -> None:
    """Serve, warm up, measure both, print the table and the verdict."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=size, default=1.0, help="of the corpus; 1 is the study's size (default)")
    parser.add_argument("--corpus", type=Path, help="a generated corpus to use instead")
    parser.add_argument("--latency-ms", type=int, default=150)
    parser.add_argument("--rates", default=f"10,{VERDICT_RATE},100", help="allowed requests a second, one run each")
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        print(json.dumps(CLIENTS[arguments.client]()))
        return
    rates = [int(rate) for rate in arguments.rates.split(",")]

    with tempfile.TemporaryDirectory(prefix="entangled-benchmark-") as name:
        folder = Path(name)
        corpus = arguments.corpus or generated(folder / "corpus", arguments.scale)
        with serving(corpus) as url:
            for client in ("entangled", "pyalex"):
                measure(client, folder, url, rate=0, latency_ms=0)
            start, _ = measure("start", folder, url, rate=0, latency_ms=0)
            pages, seen_of_pages = measure("pages", folder, url, rate=VERDICT_RATE, latency_ms=arguments.latency_ms)
            peer, seen = measure("pyalex", folder, url, rate=VERDICT_RATE, latency_ms=arguments.latency_ms)
            print(f"{peer.works:,} works, {arguments.latency_ms} ms latency, {os.cpu_count()} processors")
            columns = f"{'allowed':>8} {'requests':>9} {'clock':>8} {'share':>7} {'429':>4} {'per 1,000 works':>18}"
            print(f"{'':<10} {columns}")
            row("start", 0, start, None)
            row("pages", VERDICT_RATE, pages, seen_of_pages)
            row("pyalex", VERDICT_RATE, peer, seen)
            ours = {}
            for rate in rates:
                ours[rate] = measure("entangled", folder, url, rate=rate, latency_ms=arguments.latency_ms)
                row("entangled", rate, *ours[rate])
                if ours[rate][0].works != peer.works:
                    sys.exit(f"error: entangled stored {ours[rate][0].works:,} works, pyalex read {peer.works:,}")
    for rate, (cost, _) in ours.items():
        print(f"at {rate}/s: {pages.clock / cost.clock:.2f} times pages, {peer.clock / cost.clock:.2f} times pyalex")
    judged = VERDICT_RATE if VERDICT_RATE in ours else rates[0]
    cost, pace = ours[judged]
    print(
        f"rate_share={pace.per_second / judged:.3f} ratio_vs_pyalex={peer.clock / cost.clock:.2f} "
        f"cpu_ratio_vs_pyalex={cost.processor / peer.processor:.2f} peak_mb={cost.peak_mb:.0f}"
    )


def row(name: str, rate: int, cost: Cost, pace: Pace | None) -> None:
    """One line of the table."""
    allowed = f"{rate}/s" if rate else ""
    seen = (f"{pace.requests:,}", f"{pace.per_second / rate:.1%}", pace.refused) if pace else ("", "", "")
    works = f"{cost.processor / cost.works * 1000:.2f} s processor" if cost.works else f"{cost.processor:.2f} s in all"
    print(
        f"{name:<10} {allowed:>8} {seen[0]:>9} {cost.clock:7.1f}s {seen[1]:>7} {seen[2]:>4} {works:>18} "
        f"{cost.peak_mb:5.0f} MB peak",
        flush=True,
    )


def measure(client: str, folder: Path, url: str, *, rate: int, latency_ms: int) -> tuple[Cost, Pace | None]:
    """Run a client in a process and a home of its own. `rate` 0: as fast as it can."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    requests.post(
        f"{url}/_limits", json={"requests_per_second": rate, "latency_ms": latency_ms}, timeout=10
    ).raise_for_status()
    requests.delete(f"{url}/_stats", timeout=10).raise_for_status()
    environment = child_environment(
        ENTANGLED_HOME=str(home),
        ENTANGLED_SCOPE=SCOPE,
        ENTANGLED_EXTRA_LISTS="",
        OPENALEX_BASE_URL=url,
        OPENALEX_API_KEY="benchmark",
        OPENALEX_REQUESTS_PER_SECOND=str(rate or 100),
    )
    command = [sys.executable, __file__, "--client", client]
    with (folder / "client.log").open("wb") as errors:
        process = subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"error: {client} ended with {process.returncode}:\n{(folder / 'client.log').read_text()[-2000:]}")
    done = json.loads(said)
    cost = Cost(done["works"], done["clock"], usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    return cost, pace_of(requests.get(f"{url}/_stats", timeout=10).json())


def pace_of(seen: list[dict[str, Any]]) -> Pace | None:
    """Requests a second from the first page asked for to the last request."""
    first = min((one["at"] for one in seen if one["cursor"]), default=math.inf)
    paging = [one["at"] for one in seen if one["at"] >= first]
    if len(paging) < 2:
        return None
    # from one request to another: the first of them is where the time begins
    per_second = (len(paging) - 1) / (max(paging) - first)
    return Pace(len(seen), sum(one["status"] == TOO_MANY for one in seen), per_second)


def client_start() -> dict[str, float]:
    """What a start takes: import what the extractor imports."""
    import include.openalex  # noqa: F401

    return {"works": 0, "clock": 0.0}


def client_entangled() -> dict[str, float]:
    """Everything of the scope into batches."""
    from include.openalex import extract_all, resolve_scope
    from include.settings import get_settings

    settings = get_settings()
    resolve_scope(settings)
    started = time.perf_counter()
    done = extract_all(settings)
    return {"works": sum(one.stored for one in done), "clock": time.perf_counter() - started}


def client_pages() -> dict[str, float]:
    """The pages alone."""
    return client_pyalex(whole=False)


def client_pyalex(*, whole: bool = True) -> dict[str, float]:
    """The same works, one topic chunk after the other; `whole`: also those whose list of authors a page cuts."""
    import pyalex

    from include.openalex import resolve_scope
    from include.openalex.queries import AUTHORSHIPS_CUT_AT, PER_PAGE, WORK_FIELDS, countries, primary_topics
    from include.settings import get_settings

    settings = get_settings()
    scope = resolve_scope(settings)
    pyalex.config.api_key = "benchmark"

    class Works(pyalex.Works):  # type: ignore[misc]
        """pyalex has the address of the API in its code."""

        @property
        def url(self) -> str:
            if isinstance(self.params, str):
                return f"{settings.api_url}/works/{self.params}"
            return f"{settings.api_url}/works?{self._url_query()}"

    works, started = 0, time.perf_counter()
    for chunk in scope.topic_chunks:
        texts = [countries(scope.side_a), countries(scope.side_b), *primary_topics(chunk)]
        conditions = [tuple(text.split(":", 1)) for text in texts]
        query = Works().select(WORK_FIELDS).sort(publication_date="asc")
        for name, value in [
            *conditions,
            ("from_publication_date", f"{scope.year_from}-01-01"),
            ("to_publication_date", f"{scope.year_to}-12-31"),
            ("is_paratext", "false"),
        ]:
            query = query.filter(**{name: value})
        for page in query.paginate(per_page=PER_PAGE, n_max=None):
            works += len(page)
            for work in page:
                if whole and len(work["authorships"]) == AUTHORSHIPS_CUT_AT:
                    Works()[work["id"].rsplit("/", 1)[-1]]
    return {"works": works, "clock": time.perf_counter() - started}


CLIENTS = {"start": client_start, "entangled": client_entangled, "pages": client_pages, "pyalex": client_pyalex}


def generated(folder: Path, scale: float) -> Path:
    """A corpus of its own."""
    command = ["-m", "include.sandbox", "generate", "--out", str(folder), "--seed", "1", "--scale", str(scale)]
    subprocess.run([sys.executable, *command], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    return folder


@contextlib.contextmanager
def serving(corpus: Path) -> Iterator[str]:
    """A sandbox on a free port."""
    command = [sys.executable, "-m", "include.sandbox", "serve", "--corpus", str(corpus), "--host", "127.0.0.1"]
    command += ["--port", "0", "--page-cache-mb", str(PAGE_CACHE_MB)]
    server = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        ready = server.stdout.readline()
        found = re.search(r"http://\S+", ready)
        if found is None:
            sys.exit(f"error: the sandbox did not start: {ready}")
        yield found[0]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
