"""Report, quality checks, dbt's documentation and health inside Airflow: in its menu, and as tabs of DAGs and runs.

The pages come from include/pages, behind Airflow's log-in. Every process of Airflow reads this file, tasks too, so
the app and what it needs are imported at the first request.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/entangled"
TITLES = {"report": "Report", "checks": "Quality checks", "dbt": "dbt documentation", "health": "Health"}
# the flow whose runs make releases, and its task that returns the id of one
BUILD, PUBLISH = "build_warehouse", "publish"


def _release_of_run(dag_id: str, run_id: str) -> str | None:
    """What the task that publishes has returned in this run."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    if dag_id != BUILD:
        return None
    query = XComModel.get_many(run_id=run_id, key="return_value", task_ids=PUBLISH, dag_ids=dag_id, limit=1)
    with create_session() as session:
        found = session.scalars(query).first()
        return str(XComModel.deserialize_value(found)) if found is not None else None


def _make_app() -> Any:
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import requires_access_view
    from airflow.configuration import conf
    from fastapi import Depends

    from include.pages import make_app
    from include.settings import get_settings

    host = conf.get("api", "host")
    # who listens at every address is asked at the nearest
    near = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return make_app(
        get_settings(),
        airflow_url=f"http://{f'[{near}]' if ':' in near else near}:{conf.getint('api', 'port')}",
        may_read=Depends(requires_access_view(AccessView.WEBSITE)),
        release_of_run=_release_of_run,
    )


class _AtFirstRequest:
    """The app, made when somebody asks for the first time."""

    def __init__(self) -> None:
        self._app: Any = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with self._lock:
            if self._app is None:
                self._app = await asyncio.to_thread(_make_app)
        await self._app(scope, receive, send)


def _view(page: str, destination: str, address: str) -> dict[str, str]:
    # an address that begins with a slash would leave the path under which a proxy serves Airflow
    return {
        "name": TITLES[page],
        "href": f"{PREFIX[1:]}/{address}",
        "destination": destination,
        "url_route": f"entangled-{page}" if destination == "nav" else f"entangled-{destination}-{page}",
        **({"category": "browse"} if destination == "nav" else {}),
    }


class EntangledPages(AirflowPlugin):
    """The pages and where Airflow shows them."""

    name = "entangled_pages"
    fastapi_apps: ClassVar[list[Any]] = [{"app": _AtFirstRequest(), "url_prefix": PREFIX, "name": "entangled"}]
    external_views: ClassVar[list[Any]] = [
        *(_view(page, "nav", page) for page in TITLES),
        *(_view(page, "dag", page) for page in TITLES),
        *(_view(page, "dag_run", f"runs/{{DAG_ID}}/{{RUN_ID}}/{page}") for page in TITLES),
    ]
