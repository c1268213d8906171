"""What `make demo`, `make run`, `make up` and `make down` do, as one function each."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from types import FrameType

from include.common.clock import utc_now
from include.common.errors import BusyError, EntangledError
from include.common.files import only_one
from include.contracts.health import end
from include.contracts.release import Release
from include.local import airflow, corpus, hearts
from include.local.airflow import Airflow
from include.local.checks import check_disk, check_port, check_python
from include.local.follow import Follower
from include.local.preparation import Preparation
from include.local.processes import Services, read_register, registered
from include.local.sources import Source, use_source
from include.local.summary import last_lines
from include.pipeline.waiting import due_because
from include.settings import REPOSITORY, Settings, child_environment

INGEST, BUILD, MAINTAIN = "ingest_openalex", "build_warehouse", "maintain"

# after the asset event the scheduler makes the run within a loop or two; beyond that it was lost (airflow#56050)
EVENT_SECONDS = 20
ATTENDED_MINUTES = "3"


class StoppedError(EntangledError):
    """The driver was asked to stop (SIGTERM, SIGHUP)."""

    exit_code = 143


def run_once(settings: Settings, source: Source, *, started: float) -> None:
    """Start everything, bring the release up to date with `source`, say what came out, stop everything.

    Raises:
        BusyError: another demo, run or Airflow works in this home.
        EntangledError: something could not be started, or a task failed.
    """
    check_python()
    check_disk(settings, source.scale)
    with _alone(settings), _stopped_by_signals():
        _clear_what_was_left(settings)
        _check_ports(settings, source, for_use=False)
        corpus.record(source, say)
        _switch(settings, source)
        with Services(settings) as services:
            made = _drive(settings, source, services)
            say("stopping what was started")
        _tell_result(settings, made, started)


def up(settings: Settings, source: Source, variables: Mapping[str, str] | None = None) -> None:
    """Start Airflow (and the sandbox, when `source` has a corpus) and leave it running.

    `variables`: what the environment of these services holds otherwise than usual.
    """
    check_python()
    check_disk(settings, source.scale)
    with _alone(settings), _stopped_by_signals():
        _clear_what_was_left(settings)
        _check_ports(settings, source, for_use=True)
        corpus.record(source, say)
        _switch(settings, source)
        with Services(settings, "detached") as services:
            api = _start(settings, source, services, for_use=True, variables=variables)
            for dag in (INGEST, BUILD, MAINTAIN):
                api.pause(dag, paused=False)
            _watch(settings, services)
    secrets = airflow.Secrets.of(settings)
    print(f"Airflow runs at {airflow.url(settings)} and reads from {source.title}")
    print(f"log in as {airflow.USER} with the password {secrets.password}")
    print(f"{INGEST} runs daily, or when you trigger it; {BUILD} follows by itself. To stop: make down")
    print(f"health: http://{settings.bind}:{settings.health_port}/health, or make status")


def down(settings: Settings) -> None:
    """Stop what `up` started, or what a killed demo left."""
    _, mode = read_register(settings)
    found = registered(settings)
    if found is None:
        print("nothing runs in this home")
    else:
        services, _ = found
        print(f"stopped: {', '.join(services.stop())}")
        airflow.clear_temporary(settings)
    if mode == "detached":
        # until somebody starts it again, no release is promised
        end(settings.home)


def say(line: str) -> None:
    """One line of progress with the time."""
    print(f"{utc_now().astimezone():%H:%M:%S}  {line}", flush=True)


def current_release(settings: Settings) -> Release | None:
    """The release that readers see now."""
    from include import release

    found: Release | None = release.current(settings)
    return found


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    doing = f"a demo or run in {settings.home}"
    # the second lock is the one of `python -m include.pipeline run`, which must not write at the same time either
    with only_one(settings.locks_dir / "local.lock", doing), only_one(settings.locks_dir / "run.lock", doing):
        yield


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise StoppedError(f"stopped by {signal.Signals(number).name}", fix="run the same command again to go on")

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    # a shell starts background jobs with SIGINT ignored, and Python keeps that; asked to stop, we stop all the same
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _clear_what_was_left(settings: Settings) -> None:
    dead = hearts.dead(settings)
    found = registered(settings)
    if found is None:
        return
    services, mode = found
    if mode == "detached" and dead:
        say(f"dead: {', '.join(f'{one.name} ({one.said})' for one in dead)}; all is started again")
    elif mode == "detached":
        raise BusyError(
            "Airflow of this home is running",
            where=airflow.url(settings),
            fix="use it there, or stop it first: make down",
        )
    # we hold the lock, so the driver that started these is dead
    say(f"stopping what was left: {', '.join(services.stop())}")


def _check_ports(settings: Settings, source: Source, *, for_use: bool) -> None:
    check_port(settings.bind, settings.airflow_port, "ENTANGLED_AIRFLOW_PORT")
    if for_use:
        check_port(settings.bind, settings.health_port, "ENTANGLED_HEALTH_PORT")
    if source.corpus is not None:
        check_port(settings.bind, settings.sandbox_port, "ENTANGLED_SANDBOX_PORT")


def _switch(settings: Settings, source: Source) -> None:
    parked = use_source(settings, source.key)
    if parked:
        say(f"this home held {parked}: its batches and warehouse are parked in {settings.home / 'parked' / parked}")


def _watch(settings: Settings, services: Services) -> None:
    """Start what serves /health and tells people: last, when there is something to watch, and outside Airflow."""
    where = ["--host", settings.bind, "--port", str(settings.health_port)]
    # of a made-up key and address, which the source's environment holds, it needs none
    environment = child_environment(ENTANGLED_HOME=str(settings.home), PYTHONPATH=str(REPOSITORY))
    services.start("health", [airflow.interpreter(), "-m", "include.health", "serve", *where], environment)
    # its address is printed next, and somebody may go there at once
    while not _listens(settings.bind, settings.health_port):
        services.check()
        time.sleep(0.1)


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _start(
    settings: Settings,
    source: Source,
    services: Services,
    *,
    for_use: bool,
    variables: Mapping[str, str] | None = None,
) -> Airflow:
    """Start everything that `source` needs; what must be made first is made side by side."""
    airflow.clear_temporary(settings)
    changes = source.environment(settings)
    # somebody sits before a demo or run, and does not want to wait for hours
    patience = {} if for_use else {"ENTANGLED_SOURCE_PATIENCE_MINUTES": ATTENDED_MINUTES}
    environment = {**airflow.airflow_environment(settings, {**changes, **patience}), **(variables or {})}
    say(f"source: {source.title}")
    airflow.write_log_in(settings)
    airflow.keep_source(settings, changes)
    with Preparation(settings, source, services, environment) as preparation:
        if preparation.makes_corpus:
            say("generating the corpus (once; later runs reuse it)")
        say("starting Airflow")
        preparation.wait_for_airflow()
        airflow.start(services, environment, for_use=for_use)
        preparation.wait_for_corpus(say)
    corpus.serve(settings, source, services, environment)
    api = Airflow(settings)
    api.wait_until_ready(services, [INGEST, BUILD])
    api.make_pools()
    for dag in (INGEST, BUILD):
        api.end_unfinished(dag)
    say(f"Airflow is ready at {airflow.url(settings)} (log-in: make status)")
    return api


def _drive(settings: Settings, source: Source, services: Services) -> tuple[Release, bool]:
    """Trigger the flows and follow them; returns the current release and whether it is new."""
    api = _start(settings, source, services, for_use=False)
    before = current_release(settings)
    follower = Follower(settings, api, services, say)
    known = {run["dag_run_id"] for run in api.runs(BUILD)}
    for dag in (INGEST, BUILD):
        api.pause(dag, paused=False)
    try:
        tasks = follower.follow(INGEST, api.trigger(INGEST))
        announced = any(task["task_id"] == "announce" and task["state"] == "success" for task in tasks)
        build = _announced_build(api, known) if announced else None
        if build is None and due_because(source.settings(settings)):
            build = api.trigger(BUILD)
        if build is not None:
            follower.follow(BUILD, build)
    finally:
        # otherwise the next start, days later and perhaps for another source, would first run what was missed
        for dag in (INGEST, BUILD):
            with contextlib.suppress(EntangledError):
                api.pause(dag, paused=True)
    after = current_release(settings)
    if after is None:
        raise EntangledError(
            "the run ended without a release",
            where=str(settings.releases_dir),
            fix="see Airflow's logs under airflow/logs",
        )
    return after, before is None or before.release_id != after.release_id


def _announced_build(api: Airflow, known: set[str]) -> str | None:
    deadline = time.monotonic() + EVENT_SECONDS
    while time.monotonic() < deadline:
        for run in api.runs(BUILD):
            if run["dag_run_id"] not in known:
                return str(run["dag_run_id"])
        time.sleep(0.3)
    return None


def _tell_result(settings: Settings, result: tuple[Release, bool], started: float) -> None:
    from include.release.show import hold_lines, show

    release, is_new = result
    print('\nlook further: make query SQL="select * from mart_copublication_trends limit 10", make report, make up\n')
    print(show(settings))
    print()
    held = hold_lines(settings)
    if held:
        print("\n".join(held))
    elif not is_new:
        print(f"nothing new since {release.published_at:%Y-%m-%d %H:%M} UTC: the release stays")
    for line in last_lines(release, time.monotonic() - started):
        print(line, flush=True)
