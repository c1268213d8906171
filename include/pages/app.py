"""The app: which address shows what. A page of a release is read below one folder, so it never mixes two releases."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import quote

from fastapi import FastAPI, HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from include import health, warehouse
from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.common.pages import page_templates
from include.release.catalogue import current_id
from include.settings import Settings

Page = Literal["report", "checks", "dbt", "health"]
PAGES: tuple[Page, ...] = get_args(Page)

# where a release has the page
_IN_RELEASE: dict[Page, str] = {"report": "report/index.html", "checks": "data_docs/index.html"}
# the page asks for it; columns and their types stand in the manifest, statistics in nothing
_EMPTY_CATALOG = json.dumps({"metadata": {}, "nodes": {}, "sources": {}, "errors": None})
# a page may not send anywhere what it shows, nor be shown by another site
_HEADERS = {
    "Content-Security-Policy": "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; form-action 'none'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # who has logged out sees nothing any more
    "Cache-Control": "no-store",
}


class Message(NamedTuple):
    """A page of one sentence, and where to go from it: an address, and what it is called."""

    title: str
    sentence: str
    link: str = ""
    link_text: str = ""


def make_app(
    settings: Settings, *, airflow_url: str, may_read: Any, release_of_run: Callable[[str, str], str | None]
) -> FastAPI:
    """The app.

    `may_read`: FastAPI's `Depends(...)` that refuses whom the host does not know; it guards every address.
    `release_of_run`: the id of the release that a run made, by DAG and run; None when it made none.
    `airflow_url`: where this Airflow answers, for the page of health.
    """
    # its own pages of documentation would answer anybody
    app = FastAPI(dependencies=[may_read], docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)

    def told(message: Message, code: int) -> Response:
        return HTMLResponse(_page(message), status_code=code, headers=_HEADERS)

    def file(path: Path) -> Response:
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, headers=_HEADERS)

    def go(request: Request, address: str) -> Response:
        # the host may serve the app below a path of its own
        return RedirectResponse(f"{request.scope['root_path']}/{address}", headers=_HEADERS)

    def go_to_release(request: Request, page: Page, release_id: str) -> Response:
        return go(request, f"releases/{quote(release_id)}/{_IN_RELEASE[page]}")

    def health_now() -> health.Health:
        return health.health_of(health.gather(settings, utc_now(), airflow_url=airflow_url), settings)

    @app.get("/health")
    def health_page() -> Response:
        found = health_now()
        return HTMLResponse(health.page(found), status_code=found.code, headers=_HEADERS)

    @app.get("/health.json")
    def health_json() -> Response:
        found = health_now()
        return Response(found.model_dump_json(), found.code, {**_HEADERS, "Content-Type": "application/json"})

    @app.get("/dbt/index.html")
    def dbt_page() -> Response:
        return file(Path(str(files("dbt") / "task" / "docs" / "index.html")))

    @app.get("/dbt/manifest.json")
    def dbt_manifest() -> Response:
        manifest = warehouse.manifest_file(settings)
        if not manifest.is_file():
            raise HTTPException(404, "dbt has written no manifest yet: python -m include.warehouse manifest")
        return file(manifest)

    @app.get("/dbt/catalog.json")
    def dbt_catalog() -> Response:
        return Response(_EMPTY_CATALOG, headers={**_HEADERS, "Content-Type": "application/json"})

    @app.get("/releases/{release_id}/{path:path}")
    def of_release(release_id: str, path: str) -> Response:
        folder = settings.releases_dir / release_id
        # the link itself would follow a switch between a page and its pictures
        if release_id.startswith(".") or folder.is_symlink() or not folder.is_dir():
            return told(_not_kept(release_id), 404)
        wanted = (folder / path).resolve()
        if not wanted.is_relative_to(folder.resolve()) or not wanted.is_file():
            return told(Message("Not in this release", f"Release {release_id} has no file {path}."), 404)
        return file(wanted)

    @app.get("/runs/{dag_id}/{run_id:path}/{page}")
    def of_run(request: Request, dag_id: str, run_id: str, page: Page) -> Response:
        if page not in _IN_RELEASE:
            return go(request, page)
        release_id = release_of_run(dag_id, run_id)
        if release_id is None:
            sentence = f"Run {run_id} of {dag_id} made no release: it had nothing new, was refused or held, goes on, "
            sentence += "or is of a flow that makes none."
            here = f"{request.scope['root_path']}/{page}"
            return told(Message("No release of this run", sentence, here, "The same of the current release"), 404)
        if not (settings.releases_dir / release_id).is_dir():
            return told(_not_kept(release_id), 404)
        return go_to_release(request, page, release_id)

    @app.get("/{page}")
    def current(request: Request, page: Page) -> Response:
        if page == "dbt":
            return go(request, "dbt/index.html")
        release_id = current_id(settings)
        if release_id is None:
            return told(Message("No release yet", "Nothing is published yet: the first release makes this page."), 404)
        return go_to_release(request, page, release_id)

    @app.exception_handler(EntangledError)
    def explained(_: object, error: EntangledError) -> Response:
        return told(Message("This page cannot be made", str(error)), 500)

    return app


def _not_kept(release_id: str) -> Message:
    return Message(
        "Release not kept", f"Release {release_id} is not kept any more (ENTANGLED_KEEP_RELEASES), or never was there."
    )


def _page(message: Message) -> str:
    return page_templates(Path(__file__).parent).get_template("message.html.j2").render(message=message)
