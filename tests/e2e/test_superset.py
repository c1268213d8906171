"""Superset for real: started on a release, told what the files say again and again, spoilt by hand, looked at, stopped.

Needs the package index for Superset's own environment, and Debian's chromium for the look.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
import requests
from pydantic import SecretStr

from include import release
from include.bi import serving
from include.bi.checking import check, find_browser, look
from include.bi.serving import BiError, Secrets, Shown
from include.bi.spec import read_pack
from include.bi.tables import used_tables
from include.common.files import point_link
from include.local.checks import PortTakenError
from include.pipeline.local_postgres import local_postgres
from include.release import open_current
from include.settings import Settings
from tests.shared import RELEASED_SCALE, RELEASED_SEED, Shelf, free_port, home_settings

pytestmark = pytest.mark.verify


class Started:
    """A Superset on a home of its own, and what its first import left."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shown = serving.up(settings)

    def metadata(self) -> sqlite3.Connection:
        return sqlite3.connect(self.settings.superset_home / "superset.db", timeout=60)

    def session(self, user: str) -> requests.Session:
        """Logged in as `admin` or `reader`."""
        session = requests.Session()
        session.trust_env = False
        made = Secrets.of(self.settings)
        body = {"username": user, "password": getattr(made, user), "provider": "db"}
        answer = session.post(f"{serving.url(self.settings)}/api/v1/security/login", json=body, timeout=60)
        answer.raise_for_status()
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        # what is refused shall be refused for the right reason
        token = session.get(f"{serving.url(self.settings)}/api/v1/security/csrf_token/", timeout=60).json()["result"]
        session.headers.update({"X-CSRFToken": token, "Referer": serving.url(self.settings)})
        return session

    def ask(self, session: requests.Session, table: str, metric: str, **query: Any) -> requests.Response:
        """One query as a chart asks it."""
        with closing(self.metadata()) as db:
            [[dataset]] = db.execute("select id from tables where table_name = ?", [table]).fetchall()
        body = {
            "datasource": {"id": dataset, "type": "table"},
            "queries": [{"columns": [], "metrics": [metric], "filters": [], "row_limit": 10, **query}],
            "result_format": "json",
            "result_type": "full",
        }
        return session.post(f"{serving.url(self.settings)}/api/v1/chart/data", json=body, timeout=60)


@pytest.fixture(scope="module")
def started(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    home = tmp_path_factory.mktemp("superset") / "home"
    shutil.copytree(shelf.released_home(), home, symlinks=True)
    corpus = shelf.corpus(RELEASED_SEED, RELEASED_SCALE)
    settings = home_settings(home, corpus, ENTANGLED_SUPERSET_PORT=free_port())
    try:
        yield Started(settings)
    finally:
        serving.down(settings)


def _same(one: Shown, other: Shown) -> bool:
    return (one.dashboards, one.charts, one.datasets) == (other.dashboards, other.charts, other.datasets)


def test_an_import_again_changes_nothing(started: Started) -> None:
    again = serving.up(started.settings)
    assert again.removed == 0
    assert _same(again, started.shown)
    assert len(again.dashboards) == 5 and again.charts >= 45


def test_what_somebody_changed_or_deleted_is_made_good_and_what_they_made_stays(started: Started) -> None:
    with closing(started.metadata()) as db:
        before = dict(db.execute("select uuid, params from slices").fetchall())
        db.execute("update slices set slice_name = 'mine', params = '{}' where slice_name = 'Countries'")
        db.execute("delete from dashboard_slices where slice_id in (select id from slices where slice_name = 'Topics')")
        db.execute("delete from slices where slice_name = 'Topics'")
        db.execute("update dashboards set dashboard_title = 'spoilt', json_metadata = '{}' where slug = 'funding'")
        columns = "slice_name, created_on, changed_on, datasource_id, datasource_type, viz_type, params"
        # one that a former pack made, and one that a person made and put on a dashboard
        for name, managed in (("of a former pack", 1), ("of a person", 0)):
            db.execute(
                f"insert into slices ({columns}, uuid, is_managed_externally)"
                " select ?, created_on, changed_on, datasource_id, datasource_type, viz_type, params, randomblob(16), ?"
                " from slices limit 1",
                [name, managed],
            )
            db.execute(
                "insert into dashboard_slices (dashboard_id, slice_id) select d.id, s.id from dashboards d, slices s"
                " where d.slug = 'overview' and s.slice_name = ?",
                [name],
            )
        db.commit()
    again = serving.up(started.settings)
    assert again.removed == 1
    titles = {slug: sorted(one["charts"].values()) for slug, one in again.dashboards.items()}
    assert titles == {slug: sorted(one["charts"].values()) for slug, one in started.shown.dashboards.items()}
    assert again.dashboards["funding"]["title"] == started.shown.dashboards["funding"]["title"]
    with closing(started.metadata()) as db:
        after = dict(db.execute("select uuid, params from slices where is_managed_externally").fetchall())
        names = [name for [name] in db.execute("select slice_name from slices where not is_managed_externally")]
    assert {uuid: json.loads(text)["viz_type"] for uuid, text in after.items()} == {
        uuid: json.loads(text)["viz_type"] for uuid, text in before.items()
    }
    assert names == ["of a person"]


def test_a_new_release_shows_without_a_restart(started: Started) -> None:
    reader = started.session("reader")

    def works() -> int:
        answer = started.ask(reader, "bi_work", "papers")
        answer.raise_for_status()
        count: int = answer.json()["result"][0]["data"][0]["papers"]
        return count

    releases = started.settings.releases_dir
    old = (releases / "current").resolve()
    before = works()
    new = releases / "29990101T000000Z-newone"
    shutil.copytree(old, new)
    with duckdb.connect(str(new / "marts.duckdb")) as db:
        db.execute("delete from bi_work where work_id = (select min(work_id) from bi_work)")
    point_link(releases / "current", new)
    try:
        assert works() == before - 1
    finally:
        point_link(releases / "current", old)
        shutil.rmtree(new)
    assert works() == before


def test_a_metric_is_null_where_a_choice_is_missing(started: Started) -> None:
    reader = started.session("reader")
    [row] = started.ask(reader, "bi_linked_year", "linked_papers").json()["result"][0]["data"]
    assert row == {"linked_papers": None}


def test_a_reader_looks_and_does_nothing_else(started: Started) -> None:
    reader, url = started.session("reader"), serving.url(started.settings)
    assert reader.get(f"{url}/api/v1/dashboard/", timeout=60).json()["count"] == 5
    assert started.ask(reader, "bi_side_year", "joint_papers").status_code == 200
    sql = {"database_id": 1, "sql": "select 1 as a", "schema": "main"}
    assert reader.post(f"{url}/api/v1/sqllab/execute/", json=sql, timeout=60).status_code in (401, 403)
    chart = {"slice_name": "x", "viz_type": "table", "datasource_id": 1, "datasource_type": "table", "params": "{}"}
    assert reader.post(f"{url}/api/v1/chart/", json=chart, timeout=60).status_code in (401, 403)
    [[number]] = started.metadata().execute("select id from dashboards where slug = 'overview'").fetchall()
    changed = reader.put(f"{url}/api/v1/dashboard/{number}", json={"dashboard_title": "x"}, timeout=60)
    assert changed.status_code in (401, 403)


def test_nobody_gets_in_without_a_log_in(started: Started) -> None:
    url = serving.url(started.settings)
    assert requests.get(f"{url}/api/v1/dashboard/", timeout=60).json().get("count", 0) == 0
    for user, password in (("admin", "admin"), ("admin", ""), ("reader", "reader")):
        body = {"username": user, "password": password, "provider": "db"}
        assert requests.post(f"{url}/api/v1/security/login", json=body, timeout=60).status_code in (400, 401)


def test_not_even_an_administrator_writes_to_the_release_or_reads_other_files(started: Started, tmp_path: Path) -> None:
    admin, url = started.session("admin"), serving.url(started.settings)
    secret = tmp_path / "secret.csv"
    secret.write_text("word\nopen sesame\n")

    def ask(sql: str) -> requests.Response:
        body = {"database_id": 1, "sql": sql, "schema": "main", "runAsync": False}
        return admin.post(f"{url}/api/v1/sqllab/execute/", json=body, timeout=60)

    assert ask("select count(*) as papers from bi_work").json()["data"][0]["papers"] > 0
    for sql in (f"select * from read_csv('{secret}')", "create table t as select 1 as a", "delete from bi_work"):
        assert ask(sql).status_code >= 400, sql
        assert "open sesame" not in ask(sql).text


def test_a_taken_port_is_named_with_the_setting(started: Started, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        home = tmp_path / "home"
        (home / "releases").mkdir(parents=True)
        current = (started.settings.releases_dir / "current").resolve()
        (home / "releases" / current.name).symlink_to(current)
        point_link(home / "releases" / "current", home / "releases" / current.name)
        settings = Settings(  # type: ignore[call-arg]
            _env_file=None, ENTANGLED_HOME=home, ENTANGLED_SUPERSET_PORT=taken.getsockname()[1]
        )
        with pytest.raises(PortTakenError, match="is taken") as told:
            serving.up(settings)
    assert "ENTANGLED_SUPERSET_PORT" in told.value.fix


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_every_chart_of_every_dashboard_is_seen(started: Started) -> None:
    verdict = check(started.settings)
    assert verdict.errors == ()
    assert str(verdict).startswith("dashboards: 5, charts: ")
    assert verdict.charts >= 45 and verdict.equal == 5


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_a_filter_changes_what_it_should_and_nothing_else(started: Started) -> None:
    chosen = "European Union (27)"
    query = (
        f"?native_filters=(NATIVE_FILTER-side:(extraFormData:(filters:!((col:reporter_name,op:IN,val:!('{chosen}')))),"
        f"filterState:(label:'{chosen}',value:!('{chosen}')),id:NATIVE_FILTER-side,ownState:()))"
    )
    [seen] = look(started.settings, find_browser(), ["overview"], query=query)
    texts = {chart["title"]: chart["text"] for chart in seen["charts"]}
    with open_current(started.settings) as db:
        [[papers]] = db.execute(
            "select sum(joint_papers) from mart_copublication_trends"
            " where reporter_code = 'EU27' and counting_method = 'full' and work_selection = 'all'"
        ).fetchall()
    assert texts["Joint papers"].strip() == f"{papers:,.0f}"
    # the ranking of countries is not the filter's
    assert "United Kingdom" in texts["Share of a country's AI papers written with China"]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_the_link_of_an_institution_leads_to_its_papers(started: Started) -> None:
    expression = used_tables(read_pack())["bi_institution"].columns["papers_link"].expression
    with open_current(started.settings) as db:
        # few enough to stand on one page of the table
        [[link, papers]] = db.execute(
            f"select {expression}, joint_papers from bi_institution where joint_papers between 3 and 15"
            " order by joint_papers desc, institution_id limit 1"
        ).fetchall()
    address = re.search(r'href="/superset/dashboard/listed-bodies/([^"]+)"', link)
    assert address
    [seen] = look(started.settings, find_browser(), ["listed-bodies"], query=address.group(1))
    [text] = [chart["text"] for chart in seen["charts"] if chart["title"] == "Papers of the institution chosen above"]
    assert text.count("Invented study") == papers


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_on_postgres_every_chart_is_seen_as_well(started: Started) -> None:
    """By one setting, on the same Superset: it is told another source, and goes back to the files."""
    with local_postgres() as server:
        owner = server.make_database("marts")
        release.serve(started.settings.model_copy(update={"publish_postgres": SecretStr(owner)}))
        with closing(psycopg2.connect(owner)) as database, database, database.cursor() as cursor:
            cursor.execute("create role analyst login password 'reads' in role entangled_reader")
        with pytest.raises(BiError, match="may do more than read"):
            serving.up(started.settings.model_copy(update={"bi_postgres": SecretStr(owner)}))
        address = SecretStr(server.address("marts", "analyst", "reads"))
        try:
            verdict = check(started.settings.model_copy(update={"bi_postgres": address}))
            with closing(started.metadata()) as db:
                [[uri]] = db.execute("select sqlalchemy_uri from dbs where database_name = 'entangled'").fetchall()
            # nobody writes, whoever asks
            sql = {"database_id": 1, "sql": "create table marts.t as select 1 as a", "schema": "marts"}
            url = f"{serving.url(started.settings)}/api/v1/sqllab/execute/"
            refused = started.session("admin").post(url, json=sql, timeout=60)
        finally:
            serving.up(started.settings)
    assert verdict.errors == ()
    assert str(verdict) == f"dashboards: 5, charts: {len(read_pack().charts)}, errors: 0, numbers equal: 5"
    assert uri == "postgresql+psycopg2://current-release/marts"
    assert refused.status_code >= 400
    assert started.ask(started.session("reader"), "bi_side_year", "joint_papers").status_code == 200


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_a_broken_chart_and_a_wrong_number_are_found(started: Started) -> None:
    """The look must be able to fail: a release whose figures and columns are not what the charts ask for."""
    releases = started.settings.releases_dir
    old = (releases / "current").resolve()
    new = releases / "29990101T000000Z-broken"
    shutil.copytree(old, new)
    with duckdb.connect(str(new / "marts.duckdb")) as db:
        db.execute("update bi_side_year set joint_papers = joint_papers + 1")
        db.execute("alter table bi_pair drop column joint_papers")
        db.execute("delete from bi_month") if _is_table(db, "bi_month") else db.execute("delete from bi_funding_mix")
    point_link(releases / "current", new)
    try:
        verdict = check(started.settings)
    finally:
        point_link(releases / "current", old)
        shutil.rmtree(new)
    said = "\n".join(verdict.errors)
    assert "overview: Joint papers: shows" in said
    assert "Pairs of institutions" in said
    assert "shows nothing" in said
    assert verdict.equal == 4 and not verdict.is_good


def _is_table(db: duckdb.DuckDBPyConnection, name: str) -> bool:
    return bool(db.execute("select 1 from duckdb_tables() where table_name = ?", [name]).fetchall())
