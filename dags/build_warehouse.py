"""The flow from typed batches to a published release: dbt, gate 2, export, gate 3, report, publish.

Runs when batches were announced, and once a day in any case: asset events can merge or get lost (airflow#56050), so a
run publishes every batch that waits, never one event's payload.

dbt is one `dbt build` in one process, because DuckDB has one writer; Cosmos shows it as one task a model (WATCHER),
which only watches (dags/model_watcher.py). With DBT_TARGET=spark that one process builds on the cluster.
Whether the build was good is read from dbt's results and the data by the `check` task, never from the colour of these
tasks (cosmos#2554): it runs whatever that is, and names what failed.

When a gate refuses only what a person may judge, `accept_build` and `accept_candidate` ask whether it is right, if the
settings say so (ENTANGLED_ASK_TO_ACCEPT_HOURS); otherwise they skip themselves (dags/asking.py).
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import AssetOrTimeSchedule, Param, TriggerRule, dag, get_current_context, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import (
    DbtResourceType,
    ExecutionMode,
    InvocationMode,
    LoadMode,
    SeedRenderingBehavior,
    TestBehavior,
)

from dags.asking import ASKED, AskToAccept, or_ask
from dags.figures import flattened, say
from dags.model_watcher import model_task
from dags.shared import (
    DEFAULT_ARGS,
    LONGEST_RUN,
    NOTED,
    OPENALEX_BATCHES,
    WAREHOUSE_POOL,
    WAREHOUSE_RELEASE,
    WATCHERS_POOL,
    FollowsFailure,
    at,
    refuse_silence,
    tell_lineage,
    this_run,
)
from include.settings import get_settings
from include.warehouse import dbt_alone, dbt_environment, manifest_file

log = logging.getLogger("entangled")

# watchers look at what dbt has reported so far; a look is one small request
POKE_SECONDS = 1
# the one task that runs dbt
DBT_TASK = "transform.dbt_producer_watcher"
# without test tasks Cosmos limits the build to models, seeds and snapshots; this puts the tests back into it
TESTS_TOO = ["--resource-type", "test", "--resource-type", "unit_test"]


def models_with_tasks() -> list[str]:
    """The models that `transform` makes tasks of: all of them where the list is empty.

    Airflow reads this file anew for each task that it starts. The process of a watcher needs that task alone, and
    making the two hundred others doubles its time.
    """
    task_id = get_parsing_context().task_id or ""
    is_watcher = task_id.startswith("transform.") and task_id.endswith("_run")
    return [task_id.removeprefix("transform.").removesuffix("_run")] if is_watcher else []


def transform() -> DbtTaskGroup:
    """The dbt project as a task group: one `dbt build`, one watching task a model."""
    settings = get_settings()
    return DbtTaskGroup(
        group_id="transform",
        project_config=ProjectConfig(
            dbt_project_path=settings.dbt_project,
            manifest_path=manifest_file(settings),
            project_name="entangled",
            install_dbt_deps=False,
        ),
        profile_config=ProfileConfig(
            profile_name="entangled", target_name="dev", profiles_yml_filepath=settings.dbt_project / "profiles.yml"
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            # a child process: in-process dbt keeps DuckDB's lock (dbt-duckdb#616)
            invocation_mode=InvocationMode.SUBPROCESS,
            # dbt of this very environment, with the warehouse's lock held
            dbt_executable_path=dbt_alone(),
            setup_operator_args={"pool": WAREHOUSE_POOL, "dbt_cmd_flags": TESTS_TOO},
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            select=models_with_tasks(),
            # tests and seeds run in the one `dbt build`; they get no tasks of their own
            test_behavior=TestBehavior.NONE,
            seed_rendering_behavior=SeedRenderingBehavior.NONE,
            node_converters={DbtResourceType.MODEL: model_task},
            emit_datasets=False,
        ),
        operator_args={
            # read when the build starts, not when this file is; and a template would read braces of a path as its own
            "env": {name: f"{{{{ dbt_variable('{name}') }}}}" for name in dbt_environment(settings)},
            "append_env": True,
            "full_refresh": "{{ params.full_refresh }}",
            "pool": WATCHERS_POOL,
            "deferrable": False,
            "poke_interval": POKE_SECONDS,
            "retries": 0,
        },
    )


def state_of(task_id: str) -> str | None:
    """How a task of this run ended."""
    context = get_current_context()
    run = context["run_id"]
    states = context["ti"].get_task_states(dag_id=context["ti"].dag_id, task_ids=[task_id], run_ids=[run])
    return states.get(run, {}).get(task_id)


def _serve() -> str:
    from include import lineage, release

    if release.current(get_settings()) is None:
        raise AirflowSkipException("there is no release yet")
    served = release.serve(get_settings())
    lineage.tell_served(get_settings(), served.release_id, served.where, this_run())
    return str(served)


@dag(
    schedule=AssetOrTimeSchedule(timetable=at("0 6 * * *"), assets=[OPENALEX_BATCHES]),
    is_paused_upon_creation=False,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    # a person who is asked takes as long as the settings say
    **{**NOTED, "dagrun_timeout": LONGEST_RUN + timedelta(hours=2 * get_settings().ask_hours)},
    tags=["entangled", "dbt", "release"],
    user_defined_macros={"dbt_variable": lambda name: dbt_environment(get_settings())[name]},
    description="Typed batches to a published release",
    doc_md=__doc__,
    params={
        "force": Param(False, type="boolean", description="Build and publish even when nothing is new."),
        "full_refresh": Param(False, type="boolean", description="Rebuild the warehouse from all typed batches."),
    },
)
def build_warehouse() -> None:
    """Wire the flow."""

    @task.short_circuit(
        doc_md="Go on only when a batch waits to be published, when scope, flatten, models or lists changed, or when "
        "forced; never while a window of the scope was not swept yet. Typed batches of another flatten are made anew."
    )
    def is_due() -> bool:
        from include import flatten, openalex, release, warehouse
        from include.contracts.health import note_release
        from include.pipeline.waiting import due_because

        settings, params = get_settings(), get_current_context()["params"]
        due = due_because(settings)
        if not (params["force"] or params["full_refresh"] or due):
            refuse_silence(settings.home)
            if release.current(settings) is not None:
                note_release(settings.home, "nothing new")
            say("nothing new: readers have what a build would make now")
            return False
        missing = openalex.unswept_windows(settings)
        if missing:
            say(f"nothing is built: {len(missing):,} windows were never swept ({', '.join(missing[:5])})")
            return False
        say(f"a new release is due: {due or 'it was asked for'}")
        if again := flatten.flatten_stale(settings):
            log.info("%s", flattened(again))
        warehouse.prepare(settings)
        return True

    @task(
        doc_md="Gate 2: read dbt's own results and the data; a skipped model or a failed test ends the run here. It "
        "runs whatever the colour of the tasks before it.",
        trigger_rule=TriggerRule.ALL_DONE,
    )
    def check() -> None:
        from include import warehouse
        from include.contracts.batch import count_checks

        if state_of("is_due") != "success":
            raise FollowsFailure("is_due failed, so that nothing was built")
        # also of a build that the gate refuses
        tell_lineage()
        judged = or_ask(lambda: warehouse.check_build(get_settings()))
        if state_of(DBT_TASK) != "success":
            # what gate 2 has judged then is an earlier build
            raise AirflowFailException(
                f"dbt was stopped before its end. What to do: see the end of the log of {DBT_TASK}, mend what it names,"
                " and start build_warehouse again"
            )
        say(f"gate 2: {count_checks(judged)}" if judged is not None else ASKED)

    @task(
        doc_md="Write the marts as Parquet with their lineage: the candidate. Returns its run id.",
        trigger_rule="none_failed",
    )
    def export() -> str:
        from include import warehouse
        from include.common.ids import new_ulid

        candidate = warehouse.export_candidate(get_settings(), new_ulid())
        rows = sum(table.rows for table in candidate.tables)
        say(f"candidate {candidate.run_id}: {len(candidate.tables):,} tables, {rows:,} rows")
        tell_lineage()
        return candidate.run_id

    @task(doc_md="Gate 3: Great Expectations on the candidate, drift against the last release; a failed check blocks.")
    def audit(candidate: str) -> str:
        from include import audit as stage
        from include.contracts.batch import count_checks

        verdict = or_ask(lambda: stage.audit(get_settings(), candidate))
        say(f"gate 3: {count_checks(verdict.checks)}" if verdict is not None else ASKED)
        return candidate

    @task(doc_md="Write the page that people look at into the candidate.", trigger_rule="none_failed")
    def report(candidate: str) -> str:
        from include import report as stage

        return str(stage.write_report(get_settings(), candidate))

    @task(
        doc_md="Make the release and point `current` at it, in one rename. Skipped while a rollback holds: then the "
        "candidate waits for `make rollforward`.",
        outlets=[WAREHOUSE_RELEASE],
    )
    def publish(candidate: str, report_file: str, *, outlet_events: object = None) -> str:
        from include import release
        from include.contracts.health import note_release

        made = release.publish(get_settings(), candidate)
        tell_lineage()
        hold = release.hold(get_settings())
        note_release(get_settings().home, "published" if hold is None else "held")
        if hold is not None:
            raise AirflowSkipException(f"{hold}: run {candidate} waits, `make rollforward` publishes it")
        outlet_events[WAREHOUSE_RELEASE].extra = {  # type: ignore[index]
            "release_id": made.release_id,
            "works": made.works_loaded,
            "report": report_file,
        }
        say(f"release {made.release_id}: {made.works_loaded:,} works")
        return made.release_id

    @task(
        doc_md="Copy the batches and the release that the object store does not have to it; also when publishing was "
        "skipped, since the store has to know of a hold.",
        trigger_rule="none_failed",
    )
    def store(release_id: str) -> str:
        from include import store as stage

        return stage.push(get_settings())

    @task(
        doc_md="Let Postgres serve what `current` names; also when publishing was skipped, since a rollback may hold.",
        trigger_rule="none_failed",
    )
    def postgres(release_id: str) -> str:
        return _serve()

    @task(
        doc_md="Bring Postgres to the current release if it was away when that was published: with nothing new, no "
        "other task does."
    )
    def mend_postgres() -> str:
        return _serve()

    accept_build = AskToAccept(
        task_id="accept_build",
        gate="gate_2",
        doc_md="Ask a person about what gate 2 refused, if that can be accepted; skipped when there is nothing.",
    )
    accept_candidate = AskToAccept(
        task_id="accept_candidate",
        gate="gate_3",
        candidate="{{ ti.xcom_pull(task_ids='audit') }}",
        doc_md="Ask a person about what gate 3 refused, if that can be accepted; skipped when there is nothing.",
    )
    candidate = export()
    audited = audit(candidate)
    page = report(audited)
    is_due() >> transform() >> check() >> accept_build >> candidate
    audited >> accept_candidate >> page
    published = publish(audited, page)
    if get_settings().store_url:
        store(published)
    if get_settings().publish_postgres:
        mend_postgres()
        postgres(published)


build_warehouse()
