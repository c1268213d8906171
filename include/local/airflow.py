"""Airflow on this machine: its environment, its secrets, its services, and a small client for its REST API.

Metadata is SQLite, which Airflow 3 accepts with the LocalExecutor and which a demo of minutes never outgrows; composed
deployments use Postgres. Every service is bound to the address of ENTANGLED_BIND (loopback).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from include.common.errors import EntangledError
from include.common.files import ensure_dir, write_atomic
from include.common.plain import plain_path
from include.local.processes import Services
from include.settings import REPOSITORY, Settings, child_environment

# logs are on the local disk, where the api-server reads them: no log servers on further ports
SERVICES = {
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "api-server": ["api-server"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
USER = "admin"
OTLP_HEADERS = "connection=close"
POOLS_FILE = REPOSITORY / "config" / "airflow_pools.json"

# two cores: more workers at once only wait for each other
PARALLELISM = 6
# the scheduler sleeps so long when it finds nothing to do, by default a second. With two hundred tasks it takes a
# twentieth of a second to find out, so with 0.1 s it took a third of a processor from them
SCHEDULER_IDLE_SECONDS = 0.3
# a task's supervisor checks so often that the task still lives, by default every 5 s. A task that has closed its
# connections and not yet ended keeps its slot until the next check
HEARTBEAT_SECONDS = 1
# Airflow's own events of runs and tasks go where ours go (ENTANGLED_LINEAGE). What tasks read and write is ours to
# tell: by themselves they know nothing of it, and the task that runs dbt would tell paths of this machine. Tasks
# that only watch a model tell nothing. docker-compose.yaml sets the same.
LINEAGE = {
    "AIRFLOW__OPENLINEAGE__NAMESPACE": "entangled",
    "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "include.lineage.transport.AsSettingsSay"}),
    "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": json.dumps(
        [
            {"scope": {}, "controls": {"extract_operator_metadata": False}},
            {"scope": {"operator": "dags.model_watcher.ModelWatcher"}, "controls": {"emit": False}},
            {
                "scope": {"operator": "airflow.providers.standard.operators.empty.EmptyOperator"},
                "controls": {"emit": False},
            },
        ]
    ),
}
# entries of one answer of the API, which it does not exceed by itself (api.maximum_page_limit)
PAGE = 100
# how long a statement waits for the other writers of the metadata
LOCKED_SECONDS = 30
# of a log that is shown in the terminal; the file has it all
LONGEST_LINE = 300


@dataclass(frozen=True)
class Secrets:
    """The secrets of one home's Airflow, made once, in a file that only the owner reads."""

    password: str
    session_key: str
    token_key: str
    fernet_key: str

    @classmethod
    def of(cls, settings: Settings) -> Secrets:
        """Read them, or make them at the first start."""
        file = settings.airflow_home / "secrets.json"
        ensure_dir(settings.airflow_home).chmod(0o700)
        if not file.exists():
            _write_private(
                file,
                {
                    "password": secrets.token_urlsafe(12),
                    "session_key": secrets.token_hex(32),
                    "token_key": secrets.token_hex(32),
                    "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                },
            )
        try:
            return cls(**json.loads(file.read_bytes()))
        except (ValueError, TypeError):
            raise EntangledError(
                "Airflow's secrets cannot be read",
                where=str(file),
                fix="remove the file; new ones are made at the next start",
            ) from None


def _write_private(file: Path, content: dict[str, str]) -> None:
    aside = os.umask(0o077)
    try:
        write_atomic(file, json.dumps(content) + "\n")
    finally:
        os.umask(aside)


def url(settings: Settings) -> str:
    """Where the UI and the API answer."""
    return f"http://{settings.bind}:{settings.airflow_port}"


def airflow_environment(settings: Settings, changes: dict[str, str]) -> dict[str, str]:
    """The environment of every Airflow process of this home; `changes` are the source's settings."""
    made, home = Secrets.of(settings), plain_path(settings.airflow_home)
    ensure_dir(_temporary(settings))
    _forget_where_it_was(home)
    return child_environment(
        **changes,
        PYTHONPATH=str(REPOSITORY),
        # `airflow` and `dbt` of this very environment come first
        PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]),
        # tasks that are killed leave copies of the dbt project there
        TMPDIR=str(home / _temporary(settings).name),
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(plain_path(REPOSITORY / "dags")),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(plain_path(REPOSITORY / "plugins")),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__EXECUTOR="dags.local_executor.LocalExecutor",
        AIRFLOW__CORE__PARALLELISM=str(PARALLELISM),
        AIRFLOW__CORE__FERNET_KEY=made.fernet_key,
        AIRFLOW__CORE__AUTH_MANAGER="airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=f"{USER}:admin",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=str(home / "passwords.json"),
        AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"{url(settings)}/execution/",
        # SQLite has one writer at a time: who waits for it gives up after so long, by default after 5 s
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home / 'airflow.db'}?timeout={LOCKED_SECONDS}",
        AIRFLOW__API__HOST=settings.bind,
        AIRFLOW__API__PORT=str(settings.airflow_port),
        AIRFLOW__API__BASE_URL=url(settings),
        AIRFLOW__API__SECRET_KEY=made.session_key,
        AIRFLOW__API_AUTH__JWT_SECRET=made.token_key,
        AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(home / "logs"),
        # Airflow's own are 600 and 120 s; with a process a slot, a task begins within seconds
        AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT="180",
        AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL="30",
        AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME=str(SCHEDULER_IDLE_SECONDS),
        AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL=str(HEARTBEAT_SECONDS),
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
        AIRFLOW__COSMOS__ENABLE_TELEMETRY="False",
        AIRFLOW__COSMOS__CACHE_DIR=str(home / "cosmos"),
        **LINEAGE,
        **_metrics(settings),
        SCARF_ANALYTICS="false",
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        # of dbt's variables only ours: a child gets none of those that a user has set for a dbt of their own
        DBT_TARGET=settings.dbt_target,
        GX_ANALYTICS_ENABLED="False",
    )


def _temporary(settings: Settings) -> Path:
    return settings.airflow_home / "tmp"


def clear_temporary(settings: Settings) -> None:
    """Remove what killed tasks have left in the temporary folder of this home's Airflow; nothing of that runs."""
    shutil.rmtree(_temporary(settings), ignore_errors=True)


def _metrics(settings: Settings) -> dict[str, str]:
    """Airflow's own metrics, to where ours go. Names without the ids of tasks in them, which are tags."""
    if not settings.metrics:
        return {"AIRFLOW__METRICS__OTEL_ON": "False"}
    return {
        "AIRFLOW__METRICS__OTEL_ON": "True",
        "AIRFLOW__METRICS__LEGACY_NAMES_ON": "False",
        "OTEL_EXPORTER_OTLP_ENDPOINT": settings.metrics,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": "airflow",
        # forked tasks would write into the connection that the scheduler keeps, and the server read neither
        "OTEL_EXPORTER_OTLP_HEADERS": OTLP_HEADERS,
    }


def _forget_where_it_was(home: Path) -> None:
    """Remove the defaults that Airflow has written, with paths below its home, when the home was moved since."""
    defaults = home / "airflow.cfg"
    if defaults.is_file() and f"{home}/" not in defaults.read_text(encoding="utf-8"):
        defaults.unlink()


def interpreter() -> str:
    """This Python, under a path that Airflow reads as it stands: it reads files beside its own code, too."""
    executable = Path(sys.executable)
    # the environment as a whole, in whose bin/ it finds what belongs to it
    return str(plain_path(executable.parent.parent) / executable.parent.name / executable.name)


def keep_source(settings: Settings, changes: dict[str, str]) -> None:
    """Remember the source's settings for `run_command`."""
    write_atomic(_source_file(settings), json.dumps(changes) + "\n")


def _source_file(settings: Settings) -> Path:
    return settings.airflow_home / "source_settings.json"


def write_log_in(settings: Settings) -> None:
    """Write the log-in for Airflow's SimpleAuthManager, which would otherwise make one up and print it."""
    _write_private(settings.airflow_home / "passwords.json", {USER: Secrets.of(settings).password})


def start(services: Services, environment: dict[str, str], *, for_use: bool) -> None:
    """Start Airflow's services; the triggerer only `for_use` by people, because none of our tasks defers."""
    for name, arguments in SERVICES.items():
        if name == "triggerer" and not for_use:
            continue
        services.start(name, [interpreter(), "-m", "airflow", *arguments], environment)


def run_command(settings: Settings, arguments: list[str]) -> int:
    """Run `airflow ...` in the home's Airflow with the source of its last start; returns what it ended with.

    Raises:
        EntangledError: no Airflow was ever started in this home.
    """
    try:
        changes = json.loads(_source_file(settings).read_bytes())
    except FileNotFoundError:
        raise EntangledError("this home has no Airflow yet", where=str(settings.airflow_home), fix="make up") from None
    command = [interpreter(), "-m", "airflow", *arguments]
    return subprocess.run(command, env=airflow_environment(settings, changes), cwd=REPOSITORY, check=False).returncode


class AirflowAway(EntangledError):
    """The API of the local Airflow does not answer, or not in time."""


class Airflow:
    """The REST API of the local Airflow, as much of it as the driver needs."""

    def __init__(self, settings: Settings) -> None:
        self._url = url(settings)
        self._password = Secrets.of(settings).password
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business between two local processes

    def wait_until_ready(self, services: Services, dags: list[str], seconds: float = 180) -> None:
        """Wait until scheduler, dag-processor and API are up and `dags` are parsed.

        Raises:
            EntangledError: a service ended, a DAG does not import, or it takes too long.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            services.check()
            # on a busy machine an answer can take longer than anybody waits for one
            with contextlib.suppress(AirflowAway):
                if self._healthy() and self._parsed(dags):
                    return
            time.sleep(0.3)
        raise EntangledError(
            f"Airflow was not ready after {seconds:.0f} s", where=str(services.logs), fix="see the services' logs there"
        )

    def _healthy(self) -> bool:
        try:
            answer = self._session.get(f"{self._url}/api/v2/monitor/health", timeout=5)
            if answer.status_code != 200:
                return False
            health = answer.json()
        except (requests.RequestException, ValueError):
            return False
        if any(health[part]["status"] != "healthy" for part in ("scheduler", "dag_processor")):
            return False
        if "Authorization" not in self._session.headers:
            self._log_in()
        return True

    def _log_in(self) -> None:
        log_in = {"username": USER, "password": self._password}
        try:
            answer = self._session.post(f"{self._url}/auth/token", json=log_in, timeout=30)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise self._away(error) from None
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def _away(self, error: requests.RequestException) -> AirflowAway:
        return AirflowAway(
            f"Airflow's API does not answer: {error}", where=self._url, fix="see its log under airflow/services/"
        )

    def _parsed(self, dags: list[str]) -> bool:
        broken = self.call("GET", "importErrors")["import_errors"]
        if broken:
            first = broken[0]
            raise EntangledError(
                f"a DAG does not import:\n{first['stack_trace'].rstrip()}", where=first["filename"], fix="mend the file"
            )
        known = {dag["dag_id"] for dag in self.call("GET", "dags", limit=100)["dags"]}
        return known.issuperset(dags)

    def call(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        """One call of `/api/v2/<path>`.

        A statement that Airflow's database refused is asked again for a while: SQLite is locked while others write,
        and long so when it takes back what a killed process had begun. Airflow has taken the whole call back by then.

        Raises:
            AirflowAway: there is no answer, or not in time.
            EntangledError: the answer is an error; the message holds what Airflow said.
        """
        patience = time.monotonic() + LOCKED_SECONDS
        while True:
            try:
                answer = self._session.request(
                    method, f"{self._url}/api/v2/{path}", json=body, params=parameters or None, timeout=90
                )
            except requests.RequestException as error:
                raise self._away(error) from None
            if answer.status_code < 400:
                return answer.json() if answer.content else None
            if not _database_refused(answer) or time.monotonic() > patience:
                raise EntangledError(
                    f"Airflow refused {method} {path} ({answer.status_code}): {answer.text[:500]}", where=self._url
                )
            time.sleep(1)

    def make_pools(self) -> None:
        """Create or update the pools of config/airflow_pools.json."""
        pools = [{"name": name, **pool} for name, pool in json.loads(POOLS_FILE.read_bytes()).items()]
        self.call(
            "PATCH", "pools", {"actions": [{"action": "create", "entities": pools, "action_on_existence": "overwrite"}]}
        )

    def pause(self, dag: str, *, paused: bool) -> None:
        """Switch a DAG's schedule off or on."""
        self.call("PATCH", f"dags/{dag}", {"is_paused": paused})

    def end_unfinished(self, dag: str) -> None:
        """Fail runs that an earlier driver left behind, so that they do not hold the only slot."""
        for state in ("running", "queued"):
            for run in self.call("GET", f"dags/{dag}/dagRuns", state=state)["dag_runs"]:
                self.call(
                    "PATCH",
                    f"dags/{dag}/dagRuns/{run['dag_run_id']}",
                    {"state": "failed", "note": "ended: the process that drove it was stopped"},
                )

    def trigger(self, dag: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run; returns its id."""
        run = self.call("POST", f"dags/{dag}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return str(run["dag_run_id"])

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """The latest runs of a DAG, newest first."""
        found = self.call("GET", f"dags/{dag}/dagRuns", order_by="-run_after", limit=20)
        return list(found["dag_runs"])

    def run_state(self, dag: str, run: str) -> str:
        """`queued`, `running`, `success` or `failed`."""
        return str(self.call("GET", f"dags/{dag}/dagRuns/{run}")["state"])

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """The task instances of a run. Airflow gives a hundred at once, and a build has more."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"dags/{dag}/dagRuns/{run}/taskInstances", limit=PAGE, offset=len(found))
            found += page["task_instances"]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return found

    def log_end(self, task: dict[str, Any], lines: int = 30) -> str:
        """The last lines of a task's log, as text."""
        run = f"dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}"
        path = f"{run}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        content = self.call("GET", path, map_index=task["map_index"], full_content="true")["content"]
        text = [line for event in content for line in _log_lines(event)]
        return "\n".join(text[-lines:])


def _database_refused(answer: requests.Response) -> bool:
    return answer.status_code == 500 and "Database error" in answer.text


def _log_lines(event: Any) -> Iterator[str]:
    """The readable lines of one log event: no markers, dbt's JSON reduced to its message, nothing endless."""
    if isinstance(event, str):
        event = {"event": event}
    text = str(event.get("event", ""))
    with contextlib.suppress(ValueError, KeyError, TypeError):
        text = json.loads(text)["info"]["msg"]
    for detail in event.get("error_detail") or ():
        text += f"\n{detail.get('exc_type', '')}: {detail.get('exc_value', '')}"
    for line in text.splitlines():
        if line.strip() and not line.startswith("::"):
            yield line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."
