"""Daily housekeeping: old candidates and abandoned batches go, raw zone and releases are verified.

Nothing here changes what readers see. Whether a release is late is noticed outside Airflow (include/health).
"""

from __future__ import annotations

from airflow.sdk import dag, task

from dags.figures import say
from dags.shared import DEFAULT_ARGS, NOTED, at


@dag(
    schedule=at("0 3 * * *"),
    is_paused_upon_creation=False,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    **NOTED,
    tags=["entangled", "maintenance"],
    description="Retention and verification",
    doc_md=__doc__,
)
def maintain() -> None:
    """Wire the flow: three independent tasks."""

    @task(doc_md="Remove candidates that no release was made of and batches that nobody came back to, by age.")
    def clean_up() -> int:
        from include import maintenance
        from include.settings import get_settings

        removed = len(maintenance.clean_up(get_settings()))
        say(f"{removed:,} leftovers removed")
        return removed

    @task(doc_md="Compare every page of the raw zone with its manifest; a torn or foreign file fails the task.")
    def verify_raw() -> int:
        from include import raw_zone
        from include.settings import get_settings

        found = raw_zone.verify(get_settings())
        found.require_whole()
        say(f"{found.batches:,} raw batches are whole")
        return found.batches

    @task(doc_md="Compare every file of every kept release with its record; a torn one fails the task and is named.")
    def verify_releases() -> str:
        from include import release
        from include.settings import get_settings

        found = release.verify(get_settings())
        found.require_whole()
        say(found.last_line)
        return found.last_line

    clean_up()
    verify_raw()
    verify_releases()


maintain()
