"""One home whose Airflow runs, and what a person does there: `make up`, starting the flows, looking at what came of it.

Airflow notices a dead task or scheduler after minutes; here after seconds. Nothing else differs from what `make up`
starts, but for the metadata's database or the clock, where a run asks for that.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

from include import release
from include.chaos import victims
from include.common.errors import EntangledError
from include.local import hearts
from include.local.airflow import Airflow
from include.local.driver import BUILD, EVENT_SECONDS, INGEST
from include.local.leftovers import kill_all, processes_of
from include.local.processes import registered, tail
from include.openalex import unswept_windows
from include.pipeline.waiting import due_because
from include.settings import REPOSITORY, Settings, child_environment
from include.warehouse import take_unit_tests_for_passed

SEED = 11
# Airflow's own are 300, 10, 300 and 30 s, ours 180 and 30 s; a busy machine must not look like a dead one
QUICK_TO_NOTICE = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "5",
}
# without these no task starts or ends
NEEDED = {"scheduler", "api-server", "sandbox"}
_POLL_SECONDS = 0.7
_REST_SECONDS = 6
# the watch of `make up` looks every minute
_LOOK_FOR_HUNG_SECONDS = 30
# what a run makes, and notes of it
_OF_A_RUN = ("raw", "typed", "warehouse", "build", "releases", "scope.json", "accepted", "refused", "health", "alerts")


class Night:
    """A home in `home`, with a corpus of `scale`; `variables` are of the environment of its Airflow."""

    def __init__(self, home: Path, scale: float, variables: Mapping[str, str]) -> None:
        self._log = home.with_name(f"{home.name}.log")
        self._scale, self._variables = scale, {**QUICK_TO_NOTICE, **variables}
        airflow, sandbox, health = _free_ports(3)
        self._given = {
            "ENTANGLED_HOME": str(home),
            "ENTANGLED_AIRFLOW_PORT": str(airflow),
            "ENTANGLED_SANDBOX_PORT": str(sandbox),
            "ENTANGLED_HEALTH_PORT": str(health),
            # rows in the same order whatever else the machine does
            "ENTANGLED_THREADS": "1",
        }
        self._api: Airflow | None = None
        self.settings = Settings(_env_file=None, **self._given)  # type: ignore[arg-type]

    def up(self) -> None:
        """`make up`.

        Raises:
            EntangledError: it failed.
        """
        asked = ["up", "--seed", str(SEED), "--scale", f"{self._scale:g}"]
        self._local(*asked, *(f"--variable={name}={value}" for name, value in self._variables.items()))
        overlay = next(self.settings.sandbox_dir.glob("*/overlay"))
        of_the_runs = {"ENTANGLED_SCOPE": "demo", "ENTANGLED_EXTRA_LISTS": str(overlay)}
        self.settings = Settings(_env_file=None, **{**self._given, **of_the_runs})  # type: ignore[arg-type]
        self._api = None

    def down(self) -> list[str]:
        """`make down`; what still runs or listens afterwards, in words."""
        self._local("down")
        register = victims.register_of(self.settings)
        left = [f"process {process.pid} after make down" for process in processes_of(register)]
        for port in (self.settings.airflow_port, self.settings.sandbox_port, self.settings.health_port):
            with suppress(OSError):
                socket.create_connection((self.settings.bind, port), timeout=1).close()
                left.append(f"something listens on port {port} after make down")
        return left

    def end(self) -> None:
        """Whatever happened: leave no process."""
        found = registered(self.settings)
        if found is not None:
            found[0].stop()
        kill_all(victims.register_of(self.settings))

    def keep(self, folder: Path) -> None:
        """Copy the home as it is, but for its corpus, for a person to look at."""
        shutil.copytree(self.settings.home, folder, symlinks=True, ignore=shutil.ignore_patterns("sandbox"))

    def clear(self) -> None:
        """Make the home as it was before its first run; its flows rest."""
        for name in _OF_A_RUN:
            place = self.settings.home / name
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        # models' own tests say nothing of what a kill does
        take_unit_tests_for_passed(self.settings)

    def clear_all(self) -> None:
        """Leave nothing of the home but its corpus; nothing of it runs."""
        for place in self.settings.home.iterdir():
            if place.is_dir() and place.name != self.settings.sandbox_dir.name:
                shutil.rmtree(place)
            elif place.is_file():
                place.unlink()

    def start_flows(self, times: int = 1) -> None:
        """Start the ingest, as its schedule does; the build follows by itself. `times`: so often at once."""
        # logged in before, not by each of them
        airflow = self._airflow()
        with ThreadPoolExecutor(times) as pool:
            for one in [pool.submit(airflow.trigger, INGEST) for _ in range(times)]:
                one.result()

    def dead(self) -> list[str]:
        """Services that have ended."""
        return victims.dead_services(self.settings)

    def unwell(self) -> set[str]:
        """Services that have ended, or run as processes and do nothing: what `make up` takes for dead."""
        return {service.name for service in hearts.dead(self.settings)}

    def is_at_work(self) -> bool:
        """Whether a run of a flow goes on."""
        airflow = self._airflow()
        return any(run["state"] in ("queued", "running") for dag in (INGEST, BUILD) for run in airflow.runs(dag))

    def forget_log_in(self) -> None:
        """Log in anew at the next call: the server takes what it gave out for expired, or for not yet valid."""
        self._api = None

    def wait_until_done(self, longest: float, *, builds_daily: bool) -> bool:
        """Wait until the flows rest, or cannot go on. True when the release holds all that the source has.

        `longest`: seconds that they may take. `builds_daily`: when they rest without a release, the build starts by
        itself once, as its schedule does each day.

        Raises:
            EntangledError: they never come to rest.
        """
        deadline, resting_since = time.monotonic() + longest, 0.0
        looked_at = time.monotonic()
        while time.monotonic() < deadline:
            if NEEDED & set(self.dead()):
                return False
            if time.monotonic() - looked_at > _LOOK_FOR_HUNG_SECONDS:
                looked_at = time.monotonic()
                if NEEDED & self.unwell():
                    return False
            try:
                rests, brought = not self.is_at_work(), self._last_state(INGEST) == "success"
                follows = brought and self._last_state(BUILD) != "failed"
            except EntangledError:
                # the API is away for a moment, or takes a token for expired whose clock was set
                self.forget_log_in()
                rests = brought = follows = False
            if not rests:
                resting_since = 0.0
            elif brought and self.is_done():
                return True
            else:
                resting_since = resting_since or time.monotonic()
                # the build follows the ingest, if it has not been and failed
                if time.monotonic() - resting_since > (EVENT_SECONDS if follows else _REST_SECONDS):
                    if not builds_daily:
                        return False
                    with suppress(EntangledError):
                        self._airflow().trigger(BUILD)
                        builds_daily, resting_since = False, 0.0
            time.sleep(_POLL_SECONDS)
        raise EntangledError(f"the flows do not rest after {longest:.0f} s", where=str(self.settings.home))

    def is_done(self) -> bool:
        """Whether the release is of all that the source has."""
        try:
            return (
                release.current(self.settings) is not None
                and not unswept_windows(self.settings)
                and not due_because(self.settings)
            )
        except EntangledError:
            # a scope or a release that is not there yet
            return False

    def stages(self) -> str:
        """The tasks that run now, for a table; empty when none does or nobody can say."""
        with suppress(EntangledError):
            airflow = self._airflow()
            for dag in (BUILD, INGEST):
                for run in airflow.runs(dag)[:1]:
                    running = [task["task_id"] for task in airflow.tasks(dag, run["dag_run_id"]) if _runs(task)]
                    if running:
                        return str(min(running, key=lambda task: "producer" not in task)).removeprefix("transform.")
        return ""

    def _last_state(self, dag: str) -> str:
        runs = self._airflow().runs(dag)
        return str(runs[0]["state"]) if runs else ""

    def _airflow(self) -> Airflow:
        if self._api is None:
            found = registered(self.settings)
            if found is None:
                raise EntangledError("Airflow does not run", where=str(self.settings.home))
            airflow = Airflow(self.settings)
            airflow.wait_until_ready(found[0], [INGEST, BUILD], seconds=30)
            self._api = airflow
        return self._api

    def _local(self, *arguments: str) -> None:
        with ExitStack() as stack:
            out = stack.enter_context(self._log.open("a"))
            ended = subprocess.run(
                [sys.executable, "-m", "include.local", *arguments],
                cwd=REPOSITORY,
                env=child_environment(**self._given),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        if ended.returncode:
            raise EntangledError(
                f"`make {arguments[0]}` ended with {ended.returncode}:\n{tail(self._log)}", where=str(self._log)
            )


def _runs(task: dict[str, object]) -> bool:
    return task["state"] == "running"


def _free_ports(count: int) -> list[int]:
    """Ports on loopback that are free now."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
