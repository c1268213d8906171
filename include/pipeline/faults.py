"""Faults against the pipeline: each fault of the sandbox must end in the same typed tables as a run without it.

A fault is on while the source is read; the run may stop with an error that says what to do, and is then started again,
as Airflow or a person would. Then the fault goes, the source is read once more, and what the home holds is compared
with a home that never met the fault. The sandbox is a process of its own, over HTTP.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from include.audit.drift.engine import drift_checks
from include.common.errors import EntangledError
from include.contracts.typed import TypedManifest
from include.pipeline.content import Content, published_content, typed_content
from include.pipeline.truth import command, run_accepting, serving
from include.settings import Settings, child_environment

log = logging.getLogger("entangled")

# a fault that stops a run strikes once; with all faults on at once, several do
MOST_RUNS = 12
# the slow and the silent source cost this long each
TIMEOUT_SECONDS = 1.0
ALL = "all"
_KEY = "key-that-must-not-leak-0815"


class Sandbox:
    """The control side of a running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def catalogue(self) -> list[dict[str, str]]:
        """Name, meaning and expected end of every fault."""
        found: list[dict[str, str]] = self._ask("GET")["catalogue"]
        return found

    @contextmanager
    def having(self, faults: Sequence[str]) -> Iterator[None]:
        """Have these faults on while the block runs."""
        self._ask("POST", {"on": list(faults)})
        try:
            yield
        finally:
            self._ask("DELETE")

    def struck(self) -> dict[str, Any]:
        """What each fault that is on has struck so far: requests and ids of records."""
        found: dict[str, Any] = self._ask("GET")["struck"]
        return found

    def spared(self) -> set[str]:
        """The faults that are on and have not struck yet."""
        return {name for name, struck in self.struck().items() if not struck["requests"]}

    def _ask(self, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._session.request(method, f"{self.url}/_faults", json=body, timeout=30)
        if answer.status_code != 200:
            raise EntangledError(f"the sandbox refuses: {answer.text}", where=self.url, fix="see GET /_faults")
        document: dict[str, Any] = answer.json()
        return document


@dataclass(frozen=True)
class Survival:
    """What became of one fault. Counts are records; `errors` are the runs that stopped, in words."""

    name: str
    ends: str
    struck_requests: int
    struck_records: int
    errors: tuple[str, ...]
    stored: int
    typed: int
    quarantined: int
    lost: int
    differences: tuple[str, ...]
    seconds: float

    @property
    def fault(self) -> str | None:
        """What is wrong, None when the pipeline survived it in the expected way."""
        if not self.struck_requests:
            return "the fault struck nothing, so nothing was tested"
        if self.differences:
            return f"differs from a run without it in {', '.join(self.differences)}"
        if self.lost:
            return f"{self.lost} records lost"
        if self.ends == "stopped" and not self.errors:
            return "the run did not stop"
        if self.ends != "stopped" and self.errors:
            return f"the run stopped: {self.errors[0]}"
        if self.ends == "quarantined" and self.quarantined < self.struck_records:
            return f"{self.struck_records} records were spoilt, and {self.quarantined} are in quarantine"
        return None

    def line(self) -> str:
        """One line of the table."""
        return (
            f"{self.name:<20} {self.struck_requests:>8} {self.struck_records:>8} {self.ends:<12} {len(self.errors):>5} "
            f"{self.stored:>7} {self.typed:>7} {self.quarantined:>6} {self.lost:>5} {self.seconds:>8.1f}  "
            f"{self.fault or 'survived'}"
        )


HEADING = (
    f"{'fault':<20} {'requests':>8} {'records':>8} {'ends':<12} {'stops':>5} {'in':>7} {'typed':>7} {'quar.':>6} "
    f"{'lost':>5} {'seconds':>8}"
)


def fault_settings(
    home: Path,
    url: str,
    overlay: Path,
    *,
    key: str = _KEY,
    timeout_seconds: float = TIMEOUT_SECONDS,
    requests_per_second: float = 100,
) -> Settings:
    """Settings for a home whose works are one window, so that a small corpus has several pages."""
    home.mkdir(parents=True, exist_ok=True)
    scope = home / "one_window.yaml"
    base = yaml.safe_load((Settings(_env_file=None).config / "scopes" / "demo.yaml").read_text())
    base["windows"] |= {"by": "none"}
    scope.write_text(yaml.safe_dump(base))
    return Settings(
        _env_file=None,
        ENTANGLED_HOME=home,
        ENTANGLED_SCOPE=str(scope),
        ENTANGLED_EXTRA_LISTS=overlay if overlay.is_dir() else None,
        ENTANGLED_THREADS=1,
        OPENALEX_BASE_URL=url,
        OPENALEX_API_KEY=key,
        OPENALEX_REQUESTS_PER_SECOND=requests_per_second,
        OPENALEX_TIMEOUT_SECONDS=timeout_seconds,
    )


def ingest(settings: Settings, *, full: bool = False, works_only: bool = False) -> None:
    """From the source to typed tables, as a run does it.

    Raises:
        EntangledError: a step stopped; run it again to go on.
    """
    from include import flatten, openalex

    openalex.resolve_scope(settings)
    openalex.extract_all(settings, full=full)
    openalex.sync_vanished(settings)
    if not works_only:
        openalex.sync_totals(settings)
    flatten.flatten_new(settings)
    if not works_only:
        openalex.sync_references(settings)
        flatten.flatten_new(settings)


def survive(
    sandbox: Sandbox, fault: dict[str, str], clean: Content, settings: Settings, *, works_only: bool = False
) -> Survival:
    """Ingest with the fault on until it ends, once more without it, and compare with `clean`."""
    started = time.monotonic()
    errors: list[str] = []
    with sandbox.having([fault["name"]]):
        _until_done(settings, errors, works_only=works_only)
        struck = sandbox.struck()[fault["name"]]
    stored, typed, quarantined = _counts(settings)
    # a source that was mended: records that were put aside come back in the next sweep, the rest is as it was
    ingest(settings, full=bool(struck["records"]), works_only=works_only)
    after = typed_content(settings)
    return Survival(
        name=fault["name"],
        ends=fault["ends"],
        struck_requests=struck["requests"],
        struck_records=len(struck["records"]),
        errors=tuple(errors),
        stored=stored,
        typed=typed,
        quarantined=quarantined,
        lost=(stored - typed - quarantined) + len(clean.works - after.works),
        differences=tuple(clean.differences(after)),
        seconds=time.monotonic() - started,
    )


def _until_done(settings: Settings, errors: list[str], *, works_only: bool) -> None:
    for _ in range(MOST_RUNS):
        try:
            ingest(settings, works_only=works_only)
            return
        except EntangledError as error:
            log.info("stopped: %s", error)
            errors.append(error.what)
    raise EntangledError(
        f"not done after {MOST_RUNS} runs", where=str(settings.home), fix=f"the last said: {errors[-1]}"
    )


def _counts(settings: Settings) -> tuple[int, int, int]:
    """Records of works: stored, typed, quarantined."""
    manifests = [TypedManifest.load(file) for file in settings.typed_zone.glob("batch=*/_typed.json")]
    works = [manifest for manifest in manifests if manifest.entity == "works"]
    return (
        sum(manifest.records_in for manifest in works),
        sum(manifest.records_typed for manifest in works),
        sum(manifest.records_quarantined for manifest in works),
    )


def check_faults(settings: Settings, scale: float) -> bool:
    """Every fault alone, then all at once up to the marts. Prints a table and ends with
    `faults: n, survived: n, records lost: n`."""
    folder = settings.home / "faults"
    shutil.rmtree(folder, ignore_errors=True)
    corpus = folder / "corpus"
    command(
        ["include.sandbox", "generate", "--out", str(corpus), "--seed", "11", "--scale", str(scale)],
        child_environment(),
        folder / "run.log",
    )
    with serving(corpus, log_file=folder / "sandbox.log") as url:
        sandbox = Sandbox(url)
        unharmed = fault_settings(folder / "unharmed", url, corpus / "overlay")
        ingest(unharmed)
        clean = typed_content(unharmed)
        survivals = []
        print(HEADING)
        for fault in sandbox.catalogue():
            survival = survive(sandbox, fault, clean, fault_settings(folder / "home", url, corpus / "overlay"))
            print(survival.line(), flush=True)
            survivals.append(survival)
            shutil.rmtree(folder / "home")
        together = _all_at_once(sandbox, unharmed, fault_settings(folder / "all", url, corpus / "overlay"), folder)
    print(f"all at once, up to the release: {together or 'the same marts as without'}")
    survived = sum(survival.fault is None for survival in survivals)
    print(f"faults: {len(survivals)}, survived: {survived}, records lost: {sum(each.lost for each in survivals)}")
    return survived == len(survivals) and together is None


def _all_at_once(sandbox: Sandbox, unharmed: Settings, harmed: Settings, folder: Path) -> str | None:
    """Whole runs with every fault on, until each has struck and a run has ended well, and one without.

    None when the marts are those of a home that never met a fault, else what is wrong.
    """
    run = ["include.pipeline", "run"]
    command(run, environment_of(unharmed), folder / "unharmed.log")
    stops, ended_well, spared = 0, False, {ALL}
    with sandbox.having([ALL]):
        for _ in range(MOST_RUNS):
            try:
                command([*run, "--full-sweep"] if ended_well else run, environment_of(harmed), folder / "all.log")
                ended_well = True
            except EntangledError:
                stops += 1
            spared = sandbox.spared()
            if ended_well and not spared:
                break
    print(f"all at once: {stops} runs stopped on the way", flush=True)
    if spared or not ended_well:
        return (
            f"of {MOST_RUNS} runs none ended well" if not ended_well else f"never struck: {', '.join(sorted(spared))}"
        )
    # the records that come back move closed years; gate 3 rightly asks a person whether that is known
    moved = [check.check_id for check in drift_checks() if check.check_id.endswith("_stable_fail")]
    run_accepting(
        harmed.home,
        [*run, "--full-sweep"],
        environment_of(harmed),
        folder / "all.log",
        checks=moved,
        reason="the source has mended its records",
    )
    expected, found = published_content(unharmed), published_content(harmed)
    different = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    return f"other marts: {', '.join(different)}" if different else None


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a child process that works with these settings."""
    return child_environment(
        ENTANGLED_HOME=str(settings.home),
        ENTANGLED_SCOPE=settings.scope,
        ENTANGLED_EXTRA_LISTS=str(settings.extra_lists or ""),
        ENTANGLED_THREADS=str(settings.threads),
        OPENALEX_BASE_URL=settings.api_url,
        OPENALEX_API_KEY=settings.api_key.get_secret_value() if settings.api_key else "",
        OPENALEX_REQUESTS_PER_SECOND=str(settings.requests_per_second),
        OPENALEX_TIMEOUT_SECONDS=str(settings.timeout_seconds),
    )
