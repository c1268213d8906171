"""The pages that Airflow shows: whom they answer, and of which release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from starlette.testclient import TestClient

from include.pages import PAGES, make_app
from include.settings import Settings
from include.warehouse import manifest_file

RUNS = {("build_warehouse", "made"): "R2", ("build_warehouse", "a/b+c:00"): "R1", ("build_warehouse", "old"): "R0"}
NOBODY = "http://127.0.0.1:1"


def _known(name: str = Header("")) -> None:
    if name != "somebody":
        raise HTTPException(401, "Not authenticated")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": str(tmp_path / "var")})


@pytest.fixture
def client(settings: Settings) -> TestClient:
    host = FastAPI()
    app = make_app(
        settings,
        airflow_url=NOBODY,
        may_read=Depends(_known),
        release_of_run=lambda dag, run: RUNS.get((dag, run)),
    )
    host.mount("/entangled", app)
    return TestClient(host, headers={"name": "somebody"})


@pytest.fixture
def published(settings: Settings) -> Settings:
    """Two releases, as far as the pages look at them."""
    for name in ("R1", "R2"):
        for page in ("report/index.html", "report/country/DE.html", "data_docs/index.html"):
            file = settings.releases_dir / name / page
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{page} of {name}")
    (settings.releases_dir / "current").symlink_to("R2")
    return settings


ADDRESSES = [
    *PAGES,
    "health.json",
    "dbt/index.html",
    "dbt/manifest.json",
    "dbt/catalog.json",
    "releases/R2/report/index.html",
    *(f"runs/build_warehouse/made/{page}" for page in PAGES),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_not_logged_in_sees_nothing(published: Settings, client: TestClient, address: str) -> None:
    for name in ("", "nobody"):
        answer = client.get(f"/entangled/{address}", headers={"name": name}, follow_redirects=False)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Not authenticated"})


def test_every_address_is_tried_above(client: TestClient, published: Settings) -> None:
    host = client.app
    assert isinstance(host, FastAPI)
    [mounted] = [route for route in host.routes if getattr(route, "path", "") == "/entangled"]
    shapes = {route.path for route in mounted.app.routes}  # type: ignore[attr-defined]
    assert shapes == {
        "/health",
        "/health.json",
        "/dbt/index.html",
        "/dbt/manifest.json",
        "/dbt/catalog.json",
        "/releases/{release_id}/{path:path}",
        "/runs/{dag_id}/{run_id:path}/{page}",
        "/{page}",
    }


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("report", "releases/R2/report/index.html"),
        ("checks", "releases/R2/data_docs/index.html"),
        ("dbt", "dbt/index.html"),
        ("runs/build_warehouse/made/report", "releases/R2/report/index.html"),
        # as Airflow writes it into the address of the frame
        ("runs/build_warehouse/a%2Fb%2Bc%3A00/checks", "releases/R1/data_docs/index.html"),
        ("runs/ingest_openalex/any/health", "health"),
        ("runs/ingest_openalex/any/dbt", "dbt"),
    ],
)
def test_a_page_leads_into_one_release(published: Settings, client: TestClient, address: str, leads_to: str) -> None:
    answer = client.get(f"/entangled/{address}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"/entangled/{leads_to}")


def test_pages_of_a_release_come_from_its_folder(published: Settings, client: TestClient) -> None:
    answer = client.get("/entangled/report")
    assert (answer.text, answer.headers["content-type"]) == (
        "report/index.html of R2",
        "text/html; charset=utf-8",
    )
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert client.get("/entangled/releases/R1/report/country/DE.html").text == "report/country/DE.html of R1"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("runs/ingest_openalex/any/report", "Run any of ingest_openalex made no release"),
        ("runs/build_warehouse/%3Cscript%3E/report", "Run &lt;script&gt; of build_warehouse made no release"),
        ("runs/build_warehouse/old/checks", "Release R0 is not kept any more"),
        # the link would follow a switch
        ("releases/current/report/index.html", "Release current is not kept any more"),
        ("releases/.R3/report/index.html", "Release .R3 is not kept any more"),
        ("releases/R2/report/nothing.html", "Release R2 has no file report/nothing.html"),
        ("releases/R2/report", "Release R2 has no file report"),
        ("releases/R2/..%2F..%2Fsecret", "Release R2 has no file ../../secret"),
        ("releases/R2/%2Fetc%2Fpasswd", "Release R2 has no file /etc/passwd"),
    ],
)
def test_what_is_not_there_is_said(published: Settings, client: TestClient, address: str, sentence: str) -> None:
    (published.home / "secret").write_text("nobody reads this")
    answer = client.get(f"/entangled/{address}")
    assert answer.status_code == 404
    assert sentence in answer.text


def test_before_the_first_release_the_page_says_so(client: TestClient) -> None:
    answer = client.get("/entangled/report")
    assert (answer.status_code, "Nothing is published yet" in answer.text) == (404, True)


def test_health_is_that_of_the_home(settings: Settings, client: TestClient) -> None:
    told = client.get("/entangled/health.json")
    # the Airflow that was named does not answer
    assert (told.status_code, told.json()["status"]) == (503, "dead")
    page = client.get("/entangled/health")
    assert (page.status_code, "a service is dead" in page.text) == (503, True)


def test_the_documentation_of_dbt_asks_for_what_is_there(settings: Settings, client: TestClient) -> None:
    assert "manifest.json" in client.get("/entangled/dbt").text
    assert client.get("/entangled/dbt/manifest.json").status_code == 404
    manifest_file(settings).parent.mkdir(parents=True)
    manifest_file(settings).write_text(json.dumps({"nodes": {}}))
    assert client.get("/entangled/dbt/manifest.json").json() == {"nodes": {}}
    assert set(client.get("/entangled/dbt/catalog.json").json()) == {"metadata", "nodes", "sources", "errors"}
