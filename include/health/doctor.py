"""`make doctor`: is this set up so that a run can end well? Looks, changes nothing, and takes less than ten seconds.

What has to be asked over the network is asked once, all at the same time, and given up after some seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.common.proxies import proxy_for, require_usable_proxy
from include.health.facts import GIGABYTE
from include.local.checks import PortTakenError, beyond_this_machine, check_disk, check_port, check_python
from include.local.processes import read_register
from include.settings import REPOSITORY, Settings, unknown_names

Outcome = Literal["ok", "note", "WRONG"]

# of one question over the network, and of all of them together
ANSWER_SECONDS = 4.0
LONGEST_SECONDS = 6.0
# signatures of object stores and log-ins of Airflow end to fit at five minutes
LARGEST_SKEW = timedelta(minutes=2)
# a work that OpenAlex documents; one record by its id costs no credit
A_WORK = "/works/W2741809807"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(;[^\\]*)?", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """One line of the table. `fix` is empty for what is as it should be."""

    subject: str
    outcome: Outcome
    said: str
    fix: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Everything that is looked at, in the order of the table."""
    asked: dict[str, Callable[[], list[Finding]]] = {
        "source": partial(_source, settings),
        "store": partial(_store, settings),
        "Postgres": partial(_postgres, settings),
    }
    pool = ThreadPoolExecutor(len(asked))
    answers = {name: pool.submit(ask) for name, ask in asked.items()}
    found = [
        *_python(),
        *_packages(),
        *_settings(),
        *_ports(settings),
        *_home(settings),
        *_scope(settings),
        *_proxy(settings),
        *_alerts(settings),
    ]
    deadline = utc_now() + timedelta(seconds=LONGEST_SECONDS)
    for name, answer in answers.items():
        try:
            found += answer.result(timeout=max((deadline - utc_now()).total_seconds(), 0.1))
        except TooSlow:
            found.append(
                Finding(name, "WRONG", "no answer within some seconds", "see whether it runs and is reachable")
            )
        except EntangledError as error:
            found.append(_wrong(name, error))
    pool.shutdown(wait=False, cancel_futures=True)
    return found


def table(findings: list[Finding]) -> str:
    """The findings for people; the last line says how many are wrong."""
    wide = max(len(finding.subject) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.outcome:<6} {finding.subject:<{wide}}  {finding.said}")
        if finding.fix:
            lines.append(f"{'':<6} {'':<{wide}}  what to do: {finding.fix}")
    wrong = sum(finding.outcome == "WRONG" for finding in findings)
    return "\n".join([*lines, f"checks: {len(findings)}, wrong: {wrong}"])


def _wrong(subject: str, error: EntangledError) -> Finding:
    where = f" ({error.where})" if error.where else ""
    return Finding(subject, "WRONG", f"{error.what}{where}", error.fix or "mend what is named")


def _python() -> Iterator[Finding]:
    try:
        check_python()
    except EntangledError as error:
        yield _wrong("Python", error)
    else:
        yield Finding("Python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _packages() -> Iterator[Finding]:
    """The lock against what is installed."""
    lock = REPOSITORY / "requirements.txt"
    differing = []
    pins = 0
    for name, pinned, marker in _PIN.findall(lock.read_text(encoding="utf-8")) if lock.is_file() else ():
        if marker and not _applies(marker):
            continue
        pins += 1
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "none"
        if installed != pinned:
            differing.append(f"{name} {installed} in place of {pinned}")
    if differing:
        yield Finding("packages", "WRONG", f"{len(differing)} differ: {'; '.join(differing[:3])}", "make setup")
    else:
        main = ("apache-airflow", "dbt-core", "duckdb", "great-expectations")
        yield Finding("packages", "ok", f"{pins} as locked: {', '.join(f'{name} {version(name)}' for name in main)}")


def _applies(marker: str) -> bool:
    from packaging.markers import Marker

    return Marker(marker.lstrip("; ").strip()).evaluate()


def _settings() -> Iterator[Finding]:
    unknown = unknown_names()
    for name, near in unknown.items():
        fix = f"did you mean {near}?" if near else ".env.example lists the settings"
        yield Finding("settings", "WRONG", f"{name} is no setting and changes nothing", fix)
    if not unknown:
        yield Finding("settings", "ok", "every name is known")
    file = REPOSITORY / ".env"
    if file.is_file() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("permissions", "WRONG", f"others on this machine can read {file}", f"chmod 600 '{file}'")


def _ports(settings: Settings) -> Iterator[Finding]:
    entries, _ = read_register(settings)
    running = {entry.name for entry in entries if entry.process() is not None}
    for service, name, port in (
        ("api-server", "ENTANGLED_AIRFLOW_PORT", settings.airflow_port),
        ("sandbox", "ENTANGLED_SANDBOX_PORT", settings.sandbox_port),
        ("health", "ENTANGLED_HEALTH_PORT", settings.health_port),
        ("superset", "ENTANGLED_SUPERSET_PORT", settings.superset_port),
    ):
        subject = f"port {port}"
        if service in running:
            yield Finding(subject, "ok", f"{service} of this home listens there")
            continue
        try:
            check_port(settings.bind, port, name)
        except PortTakenError as error:
            # nobody has to start Superset
            outcome: Outcome = "note" if service == "superset" else "WRONG"
            yield Finding(subject, outcome, error.what, error.fix)
        except EntangledError as error:
            yield _wrong(subject, error)
        else:
            yield Finding(subject, "ok", f"free for {service} ({name})")
    if exposure := beyond_this_machine(settings.bind):
        yield Finding("address", "note", exposure, "set ENTANGLED_BIND=127.0.0.1, or have a proxy ask for a log-in")


def _home(settings: Settings) -> Iterator[Finding]:
    try:
        check_disk(settings)
    except EntangledError as error:
        yield _wrong("home", error)
        return
    free = shutil.disk_usage(settings.home).free / GIGABYTE
    if free < settings.least_free_gb:
        yield Finding(
            "disk",
            "WRONG",
            f"{free:.1f} GB are free, ENTANGLED_LEAST_FREE_GB wants {settings.least_free_gb:g}",
            "free some space, or set ENTANGLED_HOME to a folder on a larger disk",
        )
    else:
        yield Finding("home", "ok", f"{settings.home} can be written, {free:.1f} GB are free")
    foreign = [folder.name for folder in settings.home.iterdir() if not _is_ours(folder)]
    if foreign:
        yield Finding(
            "permissions",
            "WRONG",
            f"{', '.join(sorted(foreign)[:5])} of the home cannot be read and written by this user",
            f"chown -R them to the user that runs this, in '{settings.home}'",
        )


def _is_ours(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.W_OK)


def _scope(settings: Settings) -> Iterator[Finding]:
    from include.openalex.scope import read_scope

    try:
        scope = read_scope(settings)
    except EntangledError as error:
        yield _wrong("scope", error)
    else:
        yield Finding("scope", "ok", f"{settings.scope}: {scope.title}")


def _proxy(settings: Settings) -> Iterator[Finding]:
    try:
        require_usable_proxy(settings.api_url)
    except EntangledError as error:
        yield _wrong("proxy", error)
        return
    proxy = proxy_for(settings.api_url)
    yield Finding("proxy", "ok", f"{proxy.shown} for {settings.api_url}" if proxy else "none between us and the source")


def _alerts(settings: Settings) -> Iterator[Finding]:
    from include.alerts import problems_of_receivers

    if settings.alerts is None:
        yield Finding("alerts", "note", "nobody is told when something is wrong", "set ENTANGLED_ALERTS in .env")
        return
    problems = problems_of_receivers(settings)
    for problem in problems:
        yield Finding("alerts", "WRONG", problem, "docs/operating/alerts.md has examples; make watch ONCE=1 tries it")
    if not problems:
        yield Finding("alerts", "ok", f"{len(settings.alerts.get_secret_value().split())} receivers, not asked now")


def _source(settings: Settings) -> list[Finding]:
    """Key and clock, by one question that costs no credit."""
    if settings.api_key is None:
        fix = "get a free key at openalex.org and put OPENALEX_API_KEY=<key> into .env"
        return [Finding("key", "note", "there is none: make demo works, make run does not", fix)]
    from include.openalex.client import Client, judge
    from include.openalex.errors import NotFound, Unauthorised

    client = Client(settings.model_copy(update={"timeout_seconds": ANSWER_SECONDS}))
    try:
        answer = client.exchange(A_WORK, {})
    except EntangledError as error:
        return [_wrong("source", error)]
    found = [*_clock(settings, answer.headers.get("Date", ""))]
    fault = judge(answer, settings.api_url, utc_now())
    if fault is None or isinstance(fault, NotFound):
        return [Finding("key", "ok", f"{settings.api_url} takes it"), *found]
    subject = "key" if isinstance(fault, Unauthorised) else "source"
    key = settings.api_key.get_secret_value()
    return [Finding(subject, "WRONG", fault.what.replace(key, "***"), fault.fix), *found]


def _clock(settings: Settings, date: str) -> Iterator[Finding]:
    if settings.clock_days:
        yield Finding(
            "clock", "note", f"moved by {settings.clock_days} days (ENTANGLED_CLOCK_DAYS)", "meant for trials"
        )
        return
    try:
        theirs = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        yield Finding("clock", "note", "the source tells no time to compare it with")
        return
    skew = utc_now() - theirs
    if abs(skew) > LARGEST_SKEW:
        minutes = skew.total_seconds() / 60
        yield Finding("clock", "WRONG", f"{minutes:+.0f} minutes against the source's", "set it, and keep it with NTP")
    else:
        yield Finding("clock", "ok", "as the source's, to two minutes")


def _store(settings: Settings) -> list[Finding]:
    if not settings.store_url:
        return [Finding("store", "ok", "none is set")]
    from include.store.remote import Store

    Store(settings).size("releases/current.json")
    return [Finding("store", "ok", f"{settings.store_url} answers")]


def _postgres(settings: Settings) -> list[Finding]:
    if settings.publish_postgres is None:
        return [Finding("Postgres", "ok", "none is set")]
    import psycopg2

    from include.release.postgres import shown_address

    address = settings.publish_postgres.get_secret_value()
    try:
        psycopg2.connect(address, connect_timeout=int(ANSWER_SECONDS)).close()
    except psycopg2.Error:
        # its message quotes the log-in
        fix = "start it, or correct ENTANGLED_PUBLISH_POSTGRES"
        return [Finding("Postgres", "WRONG", f"{shown_address(address)} cannot be reached or refuses the log-in", fix)]
    return [Finding("Postgres", "ok", f"{shown_address(address)} answers")]
