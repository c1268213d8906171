"""A real run, broken in every way that somebody is to be told of, and mended.

Each break is made in a copy of one small home that a run has filled: a sandbox that refuses or spends, a warehouse or a
mart that is spoiled, a process that is killed. What tells is the real look, and in one case Airflow's own callback.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import duckdb
import psutil

from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.contracts.health import begin, end
from include.health.drill.receivers import Message, Received
from include.health.looking import look
from include.local.processes import Services, read_register
from include.pipeline.faults import Sandbox
from include.pipeline.truth import command, pipeline_environment, serving
from include.settings import REPOSITORY, Settings
from include.warehouse import take_unit_tests_for_passed

# 740 joint papers, of which a window loses more than gate 1 lets it; and a seventh of them
SEED, SCALE, SCALE_OF_FEW = 23, 0.02, 0.003
# after it, what is still so is told
PATIENCE = timedelta(minutes=5)


@dataclass
class Stage:
    """Where breaks are made: the homes, the corpora and who is told."""

    folder: Path
    corpus: Path
    few: Path
    url: str
    receivers: Sequence[Received]
    home: Path = field(default_factory=Path)

    @property
    def log(self) -> Path:
        """What the commands said."""
        return self.folder / "breaks.log"

    def settings(self, **changes: object) -> Settings:
        """Settings of the home of this break."""
        given = {
            "ENTANGLED_HOME": self.home,
            "ENTANGLED_SCOPE": "demo",
            "ENTANGLED_EXTRA_LISTS": self.corpus / "overlay",
            "ENTANGLED_ALERTS": " ".join(receiver.address for receiver in self.receivers),
            "ENTANGLED_LEAST_FREE_GB": 0,
            **changes,
        }
        return Settings(_env_file=None, **given)  # type: ignore[arg-type]

    def environment(self, url: str | None = None, **changes: str) -> dict[str, str]:
        """The environment of commands in that home, against the sandbox at `url`."""
        return {
            **pipeline_environment(self.home, url or self.url, self.corpus, "demo"),
            "ENTANGLED_ALERTS": " ".join(receiver.address for receiver in self.receivers),
            "ENTANGLED_LEAST_FREE_GB": "0",
            **changes,
        }

    def run(self, *arguments: str, fails: bool = False, url: str | None = None, **changes: str) -> None:
        """Run `python -m include.pipeline ...`; `fails` says whether it has to."""
        try:
            command(["include.pipeline", *arguments], self.environment(url, **changes), self.log)
        except EntangledError:
            if not fails:
                raise
        else:
            if fails:
                raise EntangledError(f"{' '.join(arguments)} was to fail and did not", where=str(self.log))

    def spoil(self, sql: str) -> None:
        """Change the warehouse behind the back of the models."""
        with duckdb.connect(str(self.home / "warehouse" / "warehouse.duckdb")) as db:
            db.execute(sql)


@dataclass(frozen=True)
class Break:
    """One way to break a run. `act` breaks it and tells; after it a message of `cause` has to be there. `mend` mends it
    and tells, None where a later release does that. `also` are causes that are true then as well."""

    name: str
    cause: str
    act: Callable[[Stage], None]
    mend: Callable[[Stage], None] | None = None
    also: frozenset[str] = frozenset()


def breaks() -> list[Break]:
    """Every way, one after the other."""
    return [
        Break("the key is refused", "task.command.extract", _refused_key, _run_again),
        Break("a task of Airflow fails for good", "task.ingest_openalex.plan", _failing_task, _task_again),
        Break("the source has lost most of a year", "gate.gate_1", _lost_works, _run_again),
        Break("works vanish from the warehouse", "gate.gate_2", _spoiled_warehouse, _built_anew),
        Break("a mart is wrong", "gate.gate_3", _spoiled_mart, _built_anew),
        Break("a release goes out with warnings", "warnings.release", _odd_years),
        # records of the corpus with odd years are a warning of every release of it
        Break("the source sends new fields", "drift.schema", _new_fields, also=frozenset({"warnings.release"})),
        Break("nothing runs for days", "late.release", _nothing_runs, _run_days_later),
        Break("the day's credits end", "credits.source", _spent_credits),
        Break("the disk fills", "disk.home", _full_disk, _free_disk),
        Break("the scheduler is killed", "service.scheduler", _killed_service, _stopped_service),
    ]


@contextmanager
def staged(folder: Path, receivers: Sequence[Received]) -> Iterator[Stage]:
    """Corpora, a sandbox, and the home that is copied for each break."""
    shutil.rmtree(folder, ignore_errors=True)
    corpora = folder / "corpus", folder / "few"
    stage = Stage(folder, *corpora, url="", receivers=receivers, home=folder / "home")
    for corpus, scale in zip(corpora, (SCALE, SCALE_OF_FEW), strict=True):
        arguments = ["include.sandbox", "generate", "--out", str(corpus), "--seed", str(SEED), "--scale", str(scale)]
        command(arguments, stage.environment(), stage.log)
    take_unit_tests_for_passed(stage.settings())
    with serving(stage.corpus, log_file=folder / "sandbox.log") as url:
        stage.url = url
        stage.run("run")
        yield stage


def make(stage: Stage, one: Break) -> tuple[list[Message], list[str]]:
    """Break, and mend. Returns the messages that came, and what is wrong with them, in words."""
    base = stage.folder / "home"
    stage.home = stage.folder / "broken"
    shutil.rmtree(stage.home, ignore_errors=True)
    shutil.copytree(base, stage.home, symlinks=True)
    begin(stage.home)
    # what the base itself has to say is said before
    _look(stage)
    seen = [len(receiver.messages) for receiver in stage.receivers]
    one.act(stage)
    told = [receiver.messages[before:] for receiver, before in zip(stage.receivers, seen, strict=True)]
    problems: list[str] = []
    for receiver, messages in zip(stage.receivers, told, strict=True):
        way = receiver.address.partition(":")[0]
        problems += _problems(one, messages, way)
    if one.mend is not None:
        one.mend(stage)
        for receiver, before in zip(stage.receivers, seen, strict=True):
            if not [message for message in receiver.messages[before:] if message.is_over]:
                problems.append(f"nobody said that it is over ({receiver.address.partition(':')[0]})")
    stage.home = base
    return told[0], problems


def _problems(one: Break, messages: Sequence[Message], way: str) -> Iterator[str]:
    causes = [message.cause for message in messages]
    right = [cause for cause in causes if cause == one.cause]
    if len(right) != 1:
        yield f"{len(right)} messages of {one.cause} came by {way}, and one has to"
    for cause in causes:
        if cause not in right and cause not in one.also:
            yield f"a message of {cause} came by {way}, and none had to"


def _look(stage: Stage, later: timedelta = timedelta(0), **changes: object) -> None:
    look(stage.settings(**changes), now=utc_now() + later)


def _refused_key(stage: Stage) -> None:
    with Sandbox(stage.url).having(["unauthorised"]):
        stage.run("run", fails=True)
    _look(stage)


def _run_again(stage: Stage) -> None:
    stage.run("run")
    _look(stage)


def _failing_task(stage: Stage) -> None:
    _airflow(stage, "db", "migrate")
    _airflow(stage, "pools", "import", str(REPOSITORY / "config" / "airflow_pools.json"))
    with Sandbox(stage.url).having(["unauthorised"]):
        _airflow(stage, "dags", "test", "ingest_openalex")


def _task_again(stage: Stage) -> None:
    _airflow(stage, "dags", "test", "ingest_openalex")


def _airflow(stage: Stage, *arguments: str) -> None:
    """Airflow with a database of its own; what a DAG ends in is told by its callbacks."""
    home = stage.folder / "airflow"
    environment = stage.environment(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(REPOSITORY / "dags"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__COSMOS__ENABLE_TELEMETRY="False",
        AIRFLOW__COSMOS__CACHE_DIR=str(home / "cosmos"),
        PYTHONPATH=str(REPOSITORY),
    )
    with stage.log.open("a") as out:
        subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            cwd=REPOSITORY,
            env=environment,
            stdout=out,
            stderr=out,
            check=False,
        )


def _lost_works(stage: Stage) -> None:
    with serving(stage.few, log_file=stage.folder / "few.log") as url:
        stage.run("run", fails=True, url=url)
    _look(stage)


def _spoiled_warehouse(stage: Stage) -> None:
    # the fact is a view of this table
    some = "select work_id from marts.fct_works limit 5"
    stage.spoil(f"delete from intermediate.int_scoped_works where work_id in ({some})")
    stage.run("go-on", "--run", "spoiled", "--from", "check", fails=True)
    _look(stage)


def _spoiled_mart(stage: Stage) -> None:
    stage.spoil("update marts.mart_copublication_trends set joint_papers = joint_papers + 1000")
    stage.run("go-on", "--run", "spoiled", "--from", "check", fails=True)
    _look(stage)


def _built_anew(stage: Stage) -> None:
    stage.run("run", "--full-refresh")
    _look(stage)


def _odd_years(stage: Stage) -> None:
    _first_run_with(stage, "absurd_years")


def _new_fields(stage: Stage) -> None:
    _first_run_with(stage, "unknown_fields")


def _first_run_with(stage: Stage, fault: str) -> None:
    shutil.rmtree(stage.home)
    take_unit_tests_for_passed(stage.settings())
    with Sandbox(stage.url).having([fault]):
        stage.run("run")
    _look(stage)


def _nothing_runs(stage: Stage) -> None:
    _look(stage, later=timedelta(days=3))


def _run_days_later(stage: Stage) -> None:
    stage.run("run", ENTANGLED_CLOCK_DAYS="3")
    _look(stage, later=timedelta(days=3))


def _spent_credits(stage: Stage) -> None:
    with Sandbox(stage.url).having(["budget_spent"]):
        stage.run("run", "--full-sweep", fails=True)
    _look(stage)


def _full_disk(stage: Stage) -> None:
    _look(stage, ENTANGLED_LEAST_FREE_GB=1e9)


def _free_disk(stage: Stage) -> None:
    _look(stage)


def _killed_service(stage: Stage) -> None:
    services = Services(stage.settings(), "detached")
    services.start("scheduler", [sys.executable, "-c", "import time; time.sleep(3600)"], stage.environment())
    _look(stage)
    (entry,), _ = read_register(stage.settings())
    os.kill(entry.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(entry.pid)], timeout=60)
    _look(stage)
    # which a watch reaches by itself
    _look(stage, later=PATIENCE)


def _stopped_service(stage: Stage) -> None:
    # as `make down` does
    Services(stage.settings(), "detached").stop()
    end(stage.home)
    _look(stage, later=PATIENCE)
