"""The DAGs: exactly these tasks in exactly this order, each owned, documented and bounded; and cheap to parse."""

from __future__ import annotations

import importlib
import importlib.util
import json
from typing import Any

import pytest

from include.contracts.health import DAY_STARTS
from include.settings import REPOSITORY

EDGES = {
    "ingest_openalex": {
        "scope": ["plan"],
        "plan": ["announce", "extract"],
        "extract": ["announce", "totals", "vanished"],
        "vanished": ["flatten"],
        "totals": ["announce", "flatten_references"],
        "flatten": ["references"],
        "references": ["announce", "flatten_references"],
        "flatten_references": ["announce"],
        "announce": [],
    },
    "build_warehouse": {
        "is_due": ["transform"],
        "transform": ["check"],
        "check": ["accept_build"],
        "accept_build": ["export"],
        "export": ["audit"],
        "audit": ["accept_candidate", "publish", "report"],
        "accept_candidate": ["report"],
        "report": ["publish"],
        "publish": ["postgres", "store"],
        "store": [],
        "postgres": [],
        "mend_postgres": [],
    },
    "backfill_openalex": {"dates": ["confirm", "ingest"], "ingest": ["confirm"], "confirm": []},
    "load_snapshot": {
        "scope": ["plan"],
        "plan": ["finish", "load"],
        "load": ["finish"],
        "finish": ["flatten", "totals"],
        "flatten": ["references"],
        "totals": ["flatten_references"],
        "references": ["flatten_references"],
        "flatten_references": ["announce"],
        "announce": [],
    },
    "maintain": {"clean_up": [], "verify_raw": [], "verify_releases": []},
}

# what costs seconds to import; parsing happens every half minute and again in every task
HEAVY = {"great_expectations", "dbt", "altair", "vl_convert", "pyalex", "pandas", "pyarrow", "duckdb"}

# Cosmos' own tasks of the group: the build and its end
COSMOS_TASKS = {"transform.dbt_producer_watcher", "transform.dbt_producer_watcher_done"}


def _own_tasks(parsed: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (dag_id, task_id, task)
        for dag_id, dag in parsed["dags"].items()
        for task_id, task in dag["tasks"].items()
        if task_id not in COSMOS_TASKS
    ]


def _model_tasks(parsed: dict[str, Any], kind: str) -> set[str]:
    tasks = parsed["dags"]["build_warehouse"]["tasks"]
    return {
        task_id.removeprefix("transform.").removesuffix("_run")
        for task_id, task in tasks.items()
        if task["kind"] == kind and task_id not in COSMOS_TASKS
    }


def test_every_file_imports_and_holds_the_dag_it_is_named_after(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}
    assert {dag_id: dag["file"] for dag_id, dag in parsed["dags"].items()} == {name: f"{name}.py" for name in EDGES}


@pytest.mark.parametrize("dag_id", sorted(EDGES))
def test_tasks_and_their_order_are_exactly_these(parsed: dict[str, Any], dag_id: str) -> None:
    assert parsed["dags"][dag_id]["edges"] == EDGES[dag_id]


@pytest.mark.parametrize("dag_id", sorted(EDGES))
def test_a_dag_is_documented_tagged_and_runs_once_at_a_time_without_catching_up(
    parsed: dict[str, Any], dag_id: str
) -> None:
    dag = parsed["dags"][dag_id]
    assert len(dag["doc"]) > 100
    assert "entangled" in dag["tags"]
    assert len(dag["tags"]) > 1
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1


def test_every_task_has_our_owner_and_says_what_it_does(parsed: dict[str, Any]) -> None:
    tasks = _own_tasks(parsed)
    assert len(tasks) > 15
    assert [task_id for _, task_id, task in tasks if not task["doc"]] == []
    assert {task["owner"] for _, _, task in tasks} == {"entangled"}


def test_every_dbt_model_has_one_task_and_nothing_else_of_dbt_has(parsed: dict[str, Any]) -> None:
    assert _model_tasks(parsed, "ModelWatcher") == set(parsed["models"]["built"]) != set()
    assert _model_tasks(parsed, "EmptyOperator") == set(parsed["models"]["inlined"])
    group = {task_id for task_id in parsed["dags"]["build_warehouse"]["tasks"] if task_id.startswith("transform.")}
    assert len(group - COSMOS_TASKS) == len(parsed["models"]["built"] + parsed["models"]["inlined"])


def test_a_process_that_starts_a_watcher_makes_no_other_of_the_models(parsed: dict[str, Any]) -> None:
    assert set(parsed["beside_a_watcher"]) - COSMOS_TASKS == {"transform.bi_work_run"}


def test_what_airflow_imports_beforehand_is_nothing_of_ours() -> None:
    """Code that is changed runs with the next task, without a new scheduler."""
    module = importlib.import_module("plugins.airflow_local_settings")
    ours = {"dags", "include", "plugins", "tests"}
    assert {name.partition(".")[0] for name in module.NEEDED} & ours == set()
    assert all(importlib.util.find_spec(name) for name in module.NEEDED)


def test_pools_bound_the_source_and_the_warehouse_and_exist(parsed: dict[str, Any]) -> None:
    pools = json.loads((REPOSITORY / "config" / "airflow_pools.json").read_bytes())
    used: dict[str, set[str]] = {}
    for dag in parsed["dags"].values():
        for task_id, task in dag["tasks"].items():
            used.setdefault(task["pool"], set()).add(task_id)
    assert set(used) - {"default_pool"} == set(pools)
    assert used["openalex_api"] == {"plan", "extract", "load", "finish", "vanished", "totals", "references"}
    assert used["warehouse_writer"] == {"transform.dbt_producer_watcher"}
    assert used["dbt_watchers"] == {f"transform.{name}_run" for name in parsed["models"]["built"]}
    assert pools["warehouse_writer"]["slots"] == 1


def test_dbt_itself_is_never_run_twice(parsed: dict[str, Any]) -> None:
    tasks = parsed["dags"]["build_warehouse"]["tasks"]
    assert tasks["transform.dbt_producer_watcher"]["retries"] == 0
    assert {task["retries"] for task in tasks.values() if task["kind"] == "ModelWatcher"} == {0}


def test_what_talks_to_the_source_retries_by_the_sources_errors(parsed: dict[str, Any]) -> None:
    policies = {(task["pool"] == "openalex_api", task["policy"]) for _, _, task in _own_tasks(parsed)}
    assert {policy for uses_source, policy in policies if uses_source} == {"SourceRetryPolicy"}
    assert "SourceRetryPolicy" not in {policy for uses_source, policy in policies if not uses_source}


def test_gate_2_runs_whatever_the_colour_of_dbt(parsed: dict[str, Any]) -> None:
    assert parsed["dags"]["build_warehouse"]["tasks"]["check"]["trigger_rule"] == "all_done"


def test_every_failure_is_told_and_the_end_of_every_run_is_noted(parsed: dict[str, Any]) -> None:
    silent = [
        f"{dag_id}.{task_id}"
        for dag_id, dag in parsed["dags"].items()
        for task_id, task in dag["tasks"].items()
        # of dbt the gate behind it tells
        if task["tells"] != ["TellFailure"] and task_id not in COSMOS_TASKS
    ]
    assert silent == []
    assert {dag_id: dag["notes"] for dag_id, dag in parsed["dags"].items()} == {
        dag_id: ["NoteRun", "NoteRun"] for dag_id in EDGES
    }


def test_every_run_and_every_task_ends_at_some_time(parsed: dict[str, Any]) -> None:
    # who is asked has the hours of the settings, as response_timeout
    asking = {"accept_build", "accept_candidate"}
    endless = [
        f"{dag_id}.{task_id}"
        for dag_id, dag in parsed["dags"].items()
        for task_id, task in dag["tasks"].items()
        # an inlined model's task is ended by the scheduler and never runs
        if not task["timeout"] and task_id not in asking
    ]
    assert endless == []
    assert [dag_id for dag_id, dag in parsed["dags"].items() if not dag["timeout"]] == []


def test_what_runs_by_itself_is_not_paused(parsed: dict[str, Any]) -> None:
    running = {dag_id for dag_id, dag in parsed["dags"].items() if dag["paused"] is False}
    assert running == {"ingest_openalex", "build_warehouse", "maintain"}


def test_the_day_of_health_starts_with_the_ingest(parsed: dict[str, Any]) -> None:
    hour = int(DAY_STARTS.total_seconds() // 3600)
    assert parsed["dags"]["ingest_openalex"]["cron"] == f"0 {hour} * * *"


def test_assets_join_the_flows(parsed: dict[str, Any]) -> None:
    outlets = {task_id: task["outlets"] for _, task_id, task in _own_tasks(parsed) if task["outlets"]}
    assert outlets == {"announce": ["openalex_batches"], "publish": ["warehouse_release"]}
    assert parsed["dags"]["build_warehouse"]["timetable"] == "AssetOrTimeSchedule"


def test_extraction_is_mapped_and_each_instance_is_named(parsed: dict[str, Any]) -> None:
    extract = parsed["dags"]["ingest_openalex"]["tasks"]["extract"]
    assert extract["mapped"] is True
    assert extract["label"] == "{{ bundle_title }}"
    load = parsed["dags"]["load_snapshot"]["tasks"]["load"]
    assert (load["mapped"], load["label"]) == (True, "{{ bundle_title }}")


def test_parsing_imports_nothing_heavy(parsed: dict[str, Any]) -> None:
    assert "dags" in parsed["added"]
    assert set(parsed["added"]) & HEAVY == set()
