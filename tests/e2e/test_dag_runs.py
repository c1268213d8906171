"""The DAGs' own tasks, run by Airflow's `dag.test()`, from the source to a published release."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from include.contracts.health import last_runs
from include.contracts.release import Release
from include.health.drill.receivers import webhook
from include.pipeline.faults import Sandbox
from include.pipeline.local_postgres import local_postgres
from include.pipeline.truth import pipeline_environment, serving
from include.sandbox.faults.answers import ANSWERS
from include.sandbox.faults.records import RECORDS
from include.sandbox.snapshot import write_snapshot
from include.settings import REPOSITORY
from tests.faults.keys import files_that_hold

KEY = "key-that-must-not-leak-1234"
SCRIPT = str(Path(__file__).parent / "run_dags.py")
DAGS = str(REPOSITORY / "dags")
LOG = "run.log"

# they share one database of Airflow, and its first runs
pytestmark = pytest.mark.verify
# they skip themselves where nobody is to be asked
ASKING = {"accept_build", "accept_candidate"}
# twelve probes; half of the day is kept for totals and references; six windows of a request each are left
DAY_OF_SIX_WINDOWS = 36
# a run by hand on the first day of a year stands for the year before, as the scheduled one does
BACKFILL_OF_2019 = "backfill_openalex@2020-01-01"
OF_2019 = "+published_from=2019-01-01+published_to=2019-12-31"


def _environment(folder: Path, corpus: Path, sandbox: str) -> dict[str, str]:
    return {
        **pipeline_environment(folder / "var", sandbox, corpus, "demo"),
        "OPENALEX_API_KEY": KEY,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": DAGS,
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__COSMOS__CACHE_DIR": str(folder / "cosmos"),
        "PYTHONPATH": str(REPOSITORY),
    }


def _python(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    # into a file: tasks fork, and a pipe would stay open as long as any of them
    with log.open("ab") as out:
        ended = subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, env=environment, stdout=out, stderr=out)
    assert ended.returncode == 0, log.read_text()[-4000:]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, small_corpus: Path, small_sandbox: str) -> Path:
    """A folder with Airflow's database, and a home with what the DAGs are parsed from."""
    folder = tmp_path_factory.mktemp("dag-runs")
    environment = _environment(folder, small_corpus, small_sandbox)
    for arguments in (
        ["include.warehouse", "manifest"],
        ["airflow", "db", "migrate"],
        ["airflow", "pools", "import", str(REPOSITORY / "config" / "airflow_pools.json")],
    ):
        _python(["-m", *arguments], environment, folder / LOG)
    return folder


@pytest.fixture(scope="module")
def runs(airflow: Path, small_corpus: Path, small_sandbox: str) -> tuple[Path, list[dict[str, Any]]]:
    """Ingest, build, and ingest again, in a home of their own."""
    folder, log = airflow, airflow / LOG
    environment = _environment(folder, small_corpus, small_sandbox)
    _python(
        [SCRIPT, DAGS, str(folder / "states.json"), "ingest_openalex", "build_warehouse", "ingest_openalex"],
        environment,
        log,
    )
    return folder / "var", json.loads((folder / "states.json").read_text())


def test_a_first_run_sweeps_every_year_and_announces_batches(runs: tuple[Path, list[dict[str, Any]]]) -> None:
    first = runs[1][0]
    assert first["state"] == "success"
    assert set(first["tasks"].values()) == {"success"}
    assert sum(task.startswith("extract[") for task in first["tasks"]) == 6


def test_the_build_publishes_a_release_that_accounts_for_every_work(runs: tuple[Path, list[dict[str, Any]]]) -> None:
    home, (_, build, _) = runs
    assert build["state"] == "success"
    assert {task for task, state in build["tasks"].items() if state != "success"} == ASKING
    assert {build["tasks"][task] for task in ASKING} == {"skipped"}
    release = Release.load(home / "releases" / "current" / "release.json")
    assert release.works_in > 300
    assert release.works_in == release.works_loaded + release.works_quarantined
    assert release.data_origin == "synthetic"
    for part in ("marts.duckdb", "report/index.html", "data_docs"):
        assert (home / "releases" / "current" / part).exists()


def test_a_second_run_finds_nothing_new_and_announces_nothing(runs: tuple[Path, list[dict[str, Any]]]) -> None:
    second = runs[1][2]
    assert second["state"] == "success"
    assert second["tasks"]["announce"] == "skipped"
    assert second["tasks"]["extract"] == "skipped"


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database of a real Postgres."""
    with local_postgres() as server:
        yield server.make_database("marts")


def test_what_is_held_is_not_published_over_and_housekeeping_verifies_all_releases(
    runs: tuple[Path, list[dict[str, Any]]], airflow: Path, small_corpus: Path, small_sandbox: str, database: str
) -> None:
    home = runs[0]
    store = airflow / "store"
    store.mkdir()
    elsewhere = {"ENTANGLED_STORE_URL": store.as_uri(), "ENTANGLED_PUBLISH_POSTGRES": database}
    environment = _environment(airflow, small_corpus, small_sandbox) | elsewhere
    held = (home / "releases" / "current").readlink().name
    _python(["-m", "include.release", "rollback", "--to", held, "--reason", "a test"], environment, airflow / LOG)
    asked = [SCRIPT, DAGS, str(airflow / "held.json"), "build_warehouse+full_refresh", "maintain"]
    _python(asked, environment, airflow / LOG)
    build, maintain = json.loads((airflow / "held.json").read_text())
    assert build["state"] == maintain["state"] == "success"
    assert {task for task, state in build["tasks"].items() if state != "success"} == {"publish", *ASKING}
    assert build["tasks"]["publish"] == "skipped"
    # the store has to know of the hold, although nothing was published
    assert build["tasks"]["store"] == "success"
    assert (build["tasks"]["mend_postgres"], build["tasks"]["postgres"]) == ("success", "success")
    assert _served(database) == held
    pointer = json.loads((store / "releases" / "current.json").read_text())
    assert pointer["release_id"] == held
    assert pointer["hold"]["release_id"] == held
    assert build["events"] == []
    assert maintain["tasks"]["verify_releases"] == "success"
    assert f"release {held} is held since" in (airflow / LOG).read_text()
    assert (home / "releases" / "current").readlink().name == held
    _python(["-m", "include.release", "rollforward"], environment, airflow / LOG)
    made = Release.load(home / "releases" / "current" / "release.json")
    assert made.previous == held
    assert _served(database) == made.release_id
    assert f"run {made.run_id} waits" in (airflow / LOG).read_text()
    assert not (home / "releases" / "hold.json").exists()


def _served(database: str) -> str:
    with closing(psycopg2.connect(database)) as server, server.cursor() as cursor:
        cursor.execute("select release_id from marts.release")
        return str(cursor.fetchall()[0][0])


@pytest.fixture(scope="module")
def days(
    airflow: Path, small_corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[dict[str, Any]]]:
    """In another home: a day whose credits cover half of the windows, the next, the same again, and 2019 again."""
    folder = tmp_path_factory.mktemp("ingest-days")
    shutil.copytree(airflow / "var" / "dbt", folder / "var" / "dbt")
    results: list[dict[str, Any]] = []
    with serving(small_corpus, log_file=folder / "sandbox.log") as url:
        environment = _environment(folder, small_corpus, url) | {"AIRFLOW_HOME": str(airflow / "airflow")}
        for credits, asked in (
            (DAY_OF_SIX_WINDOWS, ["ingest_openalex"]),
            (
                10_000,
                ["ingest_openalex", "ingest_openalex", BACKFILL_OF_2019, f"ingest_openalex{OF_2019}"],
            ),
        ):
            requests.post(f"{url}/_limits", json={"daily_credits": credits}, timeout=300).raise_for_status()
            _python([SCRIPT, DAGS, str(folder / "states.json"), *asked], environment, folder / LOG)
            results += json.loads((folder / "states.json").read_text())
    return folder / "var", results


def _labels(run: dict[str, Any]) -> list[str]:
    return [label for _, label in sorted(run["labels"].items())]


def test_a_day_whose_credits_end_is_green_with_a_note_and_the_next_does_the_rest(
    days: tuple[Path, list[dict[str, Any]]],
) -> None:
    first, second, *_ = days[1]
    assert (first["state"], second["state"]) == ("success", "success")
    assert set(first["tasks"].values()) == {"success", "skipped"}
    assert (first["tasks"]["totals"], first["tasks"]["announce"]) == ("skipped", "skipped")
    assert "the day's budget is used up; the next run goes on here" in (days[0].parent / LOG).read_text()
    assert [label[:15] for label in _labels(first)] == ["2017: 2 windows", "2018: 2 windows", "2019: 2 windows"]
    assert [label[:15] for label in _labels(second)] == ["2020: 2 windows", "2021: 2 windows", "2022: 2 windows"]
    assert set(second["tasks"].values()) == {"success"}


def test_the_extract_tasks_and_the_event_of_the_batches_tell_windows_rows_and_credits(
    days: tuple[Path, list[dict[str, Any]]],
) -> None:
    first, second, *_ = days[1]
    assert all(
        re.fullmatch(r"20\d\d: 2 windows, (\d+) received, \1 new or changed, 2 credits", one) for one in _labels(second)
    )
    (event,) = second["events"]
    assert (event["windows"], event["credits"]) == (6, 6)
    assert event["records_received"] == event["records_stored"] > 100
    assert first["events"] == []


def test_a_days_run_that_is_started_again_makes_no_batch(days: tuple[Path, list[dict[str, Any]]]) -> None:
    again = days[1][2]
    assert again["state"] == "success"
    assert again["tasks"]["extract"] == "skipped"
    # nothing was built in between: what waits is announced again, because an event can be lost
    assert (again["tasks"]["announce"], again["events"][0]["windows"]) == ("success", 0)
    assert len(list((days[0] / "raw" / "works").glob("batch=*"))) == 12


def test_a_backfill_stands_for_a_year_of_publication_and_has_it_swept_again(
    days: tuple[Path, list[dict[str, Any]]],
) -> None:
    backfill, ingest = days[1][3:]
    assert backfill["state"] == "success"
    assert backfill["dates"] == {"published_from": "2019-01-01", "published_to": "2019-12-31"}
    assert "".join(f"+{name}={day}" for name, day in backfill["dates"].items()) == OF_2019
    assert [label.split(", ")[0] for label in _labels(ingest)] == ["2019: 2 windows"]
    assert "0 new or changed" in _labels(ingest)[0]


@pytest.fixture(scope="module")
def strategies(airflow: Path, small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """In another home: the works by the snapshot, then by whatever the key may do, which is a paid one."""
    folder = tmp_path_factory.mktemp("ingest-strategies")
    shutil.copytree(airflow / "var" / "dbt", folder / "var" / "dbt")
    write_snapshot(small_corpus, folder / "snapshot", form="parquet")
    results: list[dict[str, Any]] = []
    with serving(small_corpus, log_file=folder / "sandbox.log", plan="paid") as url:
        for strategy in ("snapshot", "auto"):
            environment = _environment(folder, small_corpus, url) | {
                "AIRFLOW_HOME": str(airflow / "airflow"),
                "ENTANGLED_STRATEGY": strategy,
                "ENTANGLED_SNAPSHOT": str(folder / "snapshot"),
            }
            _python([SCRIPT, DAGS, str(folder / "states.json"), "ingest_openalex"], environment, folder / LOG)
            results += json.loads((folder / "states.json").read_text())
    return results


def test_the_same_flow_loads_the_snapshot_and_goes_on_with_updates(strategies: list[dict[str, Any]]) -> None:
    snapshot, updates = strategies
    for run in strategies:
        assert run["state"] == "success"
        assert set(run["tasks"].values()) == {"success"}
    (label,) = _labels(snapshot)
    assert re.fullmatch(
        r"snapshot of 2026-\d\d-\d\d \(parquet\), updated .*: 1 window, (\d+) received, \1 new or changed, 0 credits",
        label,
    )
    assert (snapshot["events"][0]["windows"], snapshot["events"][0]["credits"]) == (1, 0)
    assert [label.split(", ")[0] for label in _labels(updates)] == [f"{year}: 2 windows" for year in range(2017, 2023)]
    # the day before the snapshot's last is asked for again; the list and the count, a credit each
    assert all(", 0 new or changed, " in label for label in _labels(updates))
    assert updates["events"][0]["records_received"] < snapshot["events"][0]["records_received"] / 5


def test_a_task_that_fails_for_good_is_told_at_once_and_its_log_ends_with_what_to_do(
    airflow: Path, small_corpus: Path, small_sandbox: str, tmp_path: Path
) -> None:
    shutil.copytree(airflow / "var" / "dbt", tmp_path / "var" / "dbt")
    with webhook() as received, Sandbox(small_sandbox).having(["unauthorised"]):
        environment = _environment(tmp_path, small_corpus, small_sandbox) | {
            "AIRFLOW_HOME": str(airflow / "airflow"),
            "ENTANGLED_ALERTS": received.address,
        }
        asked = [SCRIPT, DAGS, str(tmp_path / "states.json"), "ingest_openalex", "build_warehouse"]
        _python(asked, environment, tmp_path / LOG)
    ingest, build = json.loads((tmp_path / "states.json").read_text())
    assert (ingest["state"], ingest["tasks"]["plan"]) == ("failed", "failed")
    # of one fault there is one message, though the build has failed for it too
    assert [message.cause for message in received.messages] == ["task.ingest_openalex.plan"]
    (text,) = [message.text for message in received.messages]
    assert "OPENALEX_API_KEY" in text
    assert re.search(r"^look: http://\S+/dags/ingest_openalex/runs/\S+/tasks/plan", text, re.MULTILINE)
    assert (build["state"], build["tasks"]["is_due"]) == ("failed", "failed")
    assert (build["tasks"]["check"], build["tasks"]["export"]) == ("failed", "upstream_failed")
    assert {run.flow: run.state for run in last_runs(tmp_path / "var")} == {
        "ingest_openalex": "failed",
        "build_warehouse": "failed",
    }
    log = (tmp_path / LOG).read_text()
    assert "nothing new because ingest_openalex failed: plan: " in log
    end = log.partition("plan failed for good: ")[2].splitlines()
    assert "what to do: " in end[1]
    assert "look: http://" in end[2]
    assert files_that_hold("a-hidden-word", tmp_path) == []
    assert files_that_hold(KEY, tmp_path) == []


def test_the_key_is_in_no_airflow_log_template_or_file_after_a_run_with_every_fault_of_answers(
    airflow: Path, small_corpus: Path, small_sandbox: str
) -> None:
    folder = airflow
    retried = [fault.name for fault in ANSWERS if fault.ends == "retried"]
    spoilt = [fault.name for fault in RECORDS]
    # of the faults that stop a run one is enough, when the others have struck
    faults = [*(f"{name}:times=1" for name in retried), *spoilt, "unauthorised:first=25"]
    environment = _environment(folder, small_corpus, small_sandbox) | {"OPENALEX_TIMEOUT_SECONDS": "1"}
    with Sandbox(small_sandbox).having(faults):
        _python([SCRIPT, DAGS, str(folder / "spoilt.json"), "ingest_openalex+full_sweep"], environment, folder / LOG)
        assert Sandbox(small_sandbox).spared() == set()
    # the tasks' logs with their exceptions are in the log of the process, the rendered templates in the database
    assert "include.openalex.errors.Unauthorised: " in (folder / LOG).read_text()
    with closing(sqlite3.connect(folder / "airflow" / "airflow.db")) as database:
        assert database.execute("select count(*) from rendered_task_instance_fields").fetchone()[0] > 20
    assert files_that_hold(KEY, folder) == []
