"""Past publication years swept whole again: what `airflow backfill` means here.

A run stands for a year of publication: it has `ingest_openalex` sweep the windows that hold works of it, whatever
their age; so all that is downstream, budget and totals and release, is as on any day:

    airflow backfill create --dag-id backfill_openalex --from-date 2019-01-01 --to-date 2021-12-31

A year that the day's credits do not cover fails and says so; the same command with `--reprocess-behavior failed`, on
another day, goes on with what was not swept for the longest time. The schedule does the same for the year that has just
ended. The daily flow itself is no use for a backfill: a day of it stands for no part of the corpus, and a year of days
would sweep the same windows 365 times.
"""

from __future__ import annotations

from datetime import date, timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import CronDataIntervalTimetable, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from dags.shared import DEFAULT_ARGS, LONGEST_RUN, NOTED

LOOK_EVERY_SECONDS = 10


@dag(
    schedule=CronDataIntervalTimetable("0 0 1 1 *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    **{**NOTED, "dagrun_timeout": 3 * LONGEST_RUN},
    tags=["entangled", "ingest", "openalex"],
    description="Sweep past publication years again",
    doc_md=__doc__,
)
def backfill_openalex() -> None:
    """Wire the flow."""

    @task(doc_md="The publication dates that this run stands for: its data interval.")
    def dates() -> dict[str, str]:
        context = get_current_context()
        start, end = context.get("data_interval_start"), context.get("data_interval_end")
        if start is None or end is None or end - start < timedelta(days=1):
            raise AirflowFailException(
                "this run stands for no dates. What to do: `airflow backfill create --dag-id backfill_openalex "
                "--from-date ... --to-date ...`, or start ingest_openalex with `published_from` and `published_to`"
            )
        return {"published_from": f"{start:%Y-%m-%d}", "published_to": f"{end - timedelta(days=1):%Y-%m-%d}"}

    @task(doc_md="Fail when windows of these dates were not swept: today's credits ended before.")
    def confirm(published: dict[str, str]) -> None:
        from include import openalex
        from include.settings import get_settings

        begun = get_current_context()["dag_run"].start_date
        first, last = (date.fromisoformat(published[name]) for name in ("published_from", "published_to"))
        missing = openalex.unswept_windows(get_settings(), published=(first, last), since=begun)
        if missing:
            raise AirflowFailException(
                f"{len(missing)} windows were not swept, first {missing[0]}: the day's credits ended before. What to "
                "do: the same `airflow backfill create` on another day, with `--reprocess-behavior failed`"
            )

    published = dates()
    ingest = TriggerDagRunOperator(
        task_id="ingest",
        doc_md="Start `ingest_openalex` for these dates and wait for it; it runs after any run that is under way.",
        trigger_dag_id="ingest_openalex",
        trigger_run_id="published__{{ ti.xcom_pull(task_ids='dates')['published_from'] }}",
        conf=published,
        logical_date=None,
        # a run of the same dates is repeated, and so is one that this task has started before it was killed
        reset_dag_run=True,
        wait_for_completion=True,
        poke_interval=LOOK_EVERY_SECONDS,
        retries=0,
        # with the time that another run of it may take before
        execution_timeout=2 * LONGEST_RUN,
    )
    ingest >> confirm(published)


backfill_openalex()
