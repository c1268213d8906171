"""Superset for real: started on a release, told what the files say again and again, spoilt by hand, looked at, stopped.

Needs the package index for Superset's own environment, and Debian's chromium for the look.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import psycopg2
import pytest
import requests
from pydantic import SecretStr

from include import release
from include.bi import serving
from include.bi.checking import _faults, _titled, check, find_browser, judge, look
from include.bi.layout import reaches
from include.bi.serving import BiError, Secrets, Shown, words_of
from include.bi.spec import Dashboard, read_pack
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


def to_table(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """A published table that a test may change, whether a release has it as a table or as a view."""
    [[kind]] = db.execute("select table_type from information_schema.tables where table_name = ?", [name]).fetchall()
    db.execute(f"create table of_a_test as from {name}")
    db.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {name}")
    db.execute(f"alter table of_a_test rename to {name}")


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


COUNTRIES = "Countries in numbers"
# two whole years of the corpus
YEARS = "2018-01-01 : 2020-01-01"


def address_of(chosen: dict[str, str]) -> str:
    """What a dashboard's address says when these values of its filters are chosen."""
    filters = ",".join(f"NATIVE_FILTER-{name}:({_state(name, value)})" for name, value in chosen.items())
    return "?native_filters=" + quote(f"({filters})")


def _state(name: str, value: str) -> str:
    text = "'" + value.replace("!", "!!").replace("'", "!'") + "'"
    data, state = f"time_range:{text}", f"value:{text}"
    if column := read_pack().filters[name].column:
        data, state = f"filters:!((col:{column},op:IN,val:!({text})))", f"label:{text},value:!({text})"
    return f"extraFormData:({data}),filterState:({state}),id:NATIVE_FILTER-{name},ownState:()"


def other_values(settings: Settings, dashboard: Dashboard) -> dict[str, str]:
    """For each filter of a dashboard another value than it begins with: the one with most papers."""
    chosen = {}
    with open_current(settings) as db:
        for name in dashboard.filters:
            one = read_pack().filters[name]
            if one.time:
                chosen[name] = YEARS
                continue
            papers = "linked_papers" if one.dataset in ("bi_linked_year", "bi_linked_body_year") else "joint_papers"
            default = (one.default or "").replace("[[side_a]]", words_of(settings)["side_a"])
            [[chosen[name]]] = db.execute(
                f"select {one.column} from {one.dataset} where {one.column} <> ?"
                f" group by all order by sum({papers}) desc, 1 limit 1",
                [default],
            ).fetchall()
    return chosen


@dataclass(frozen=True)
class Filtered:
    """A figure of a dashboard with other values of its filters ($name in `mart`): in a chart's text and rows, and the
    same from a mart."""

    chart: str
    read: Callable[[str, list[dict[str, Any]]], float]
    mart: str


FILTERED = {
    "overview": Filtered(
        "overview_joint_papers",
        lambda text, _: float(text.split()[0].replace(",", "")),
        "select sum(joint_papers) from mart_copublication_trends where reporter_name = $side"
        " and publication_year in (2018, 2019) and counting_method = 'full' and work_selection = 'all'",
    ),
    "co-publication": Filtered(
        "copublication_counted",
        lambda _, rows: sum(row["joint_papers"] for row in rows),
        "select sum(joint_papers) from mart_copublication_trends join dim_counting_method using (counting_method)"
        " where reporter_name = $reporter and method_name = $counting and work_selection = 'all'"
        " and publication_year in (2018, 2019)",
    ),
    "funding": Filtered(
        "funding_coverage",
        lambda text, _: float(text.split("%")[0]) / 100,
        "select round(sum(papers_with_funding) / sum(joint_papers), 3) from mart_funding_coverage"
        " where reporter_name = $reporter and dimension = 'all' and publication_year in (2018, 2019)",
    ),
    "listed-bodies": Filtered(
        "listed_countries",
        lambda _, rows: max(row["linked_papers"] for row in rows),
        "select max(papers) from (select sum(military_linked_papers) as papers from mart_military_links"
        " join dim_reporter using (reporter_code) join dim_military_definition using (definition_code)"
        " join dim_listing_basis using (listing_basis) where dimension = 'all' and reporter_kind = 'country'"
        " and definition_name = $definition and basis_name = $basis and publication_year in (2018, 2019)"
        " group by reporter_code)",
    ),
}


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
@pytest.mark.parametrize("slug", sorted(FILTERED))
def test_filters_change_what_they_should_and_nothing_else(started: Started, slug: str) -> None:
    """Every filter at once: each chart asks for the values of those that reach it, and of no other."""
    pack = read_pack()
    tables = used_tables(pack)
    [dashboard] = [one for one in pack.dashboards if one.slug == slug]
    values = other_values(started.settings, dashboard)
    words = words_of(started.settings)
    wanted = {_titled(pack.charts[chart_id].title, words) for chart_id in dashboard.charts}
    # on a busy machine a page may be looked at before its last chart has asked: then once more
    for _ in range(2):
        [seen] = look(started.settings, find_browser(), [slug], query=address_of(values))
        # as they are now: what was deleted and came back has another number
        titles = {str(chart["id"]): chart["title"] for chart in seen["charts"]}
        # the last query of each: Superset may begin before it has read the address
        asked = {titles[str(one["chart"])]: one for one in seen["asked"] if one["chart"] is not None}
        if wanted <= asked.keys():
            break
    wrong = []
    for chart_id in dashboard.charts:
        chart = pack.charts[chart_id]
        for name, value in values.items():
            one = pack.filters[name]
            written = f"'{value.replace(chr(39), chr(39) * 2)}'" if one.column else "2018-01-01"
            for sql in asked[_titled(chart.title, words)]["sql"]:
                if (written in sql) != reaches(name, one, chart, tables[chart.dataset]):
                    wrong.append(f"{chart_id}, {name}: {sql}")
    assert wrong == []
    assert [f"{chart['title']}: {chart['errors']}" for chart in seen["charts"] if chart["errors"]] == []
    figure = FILTERED[slug]
    title = _titled(pack.charts[figure.chart].title, words)
    [text] = [chart["text"] for chart in seen["charts"] if chart["title"] == title]
    with open_current(started.settings) as db:
        named = {name: value for name, value in values.items() if f"${name}" in figure.mart}
        [[expected]] = db.execute(figure.mart, named).fetchall()
    assert expected > 0
    assert figure.read(text, asked[title]["rows"]) == pytest.approx(expected, rel=1e-9)


def test_only_pipeline_health_has_no_filters() -> None:
    assert sorted(FILTERED) == sorted(one.slug for one in read_pack().dashboards if one.filters)


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
def test_a_reader_gets_from_a_cell_to_the_rows_behind_it(started: Started) -> None:
    [seen] = look(
        started.settings, find_browser(), ["co-publication"], query="#TAB-co-publication-countries", drill=COUNTRIES
    )
    drilled = seen["drilled"]
    assert {"Drill to detail", "Drill to detail by", "Drill by"} <= set(drilled["offered"])
    with open_current(started.settings) as db:
        [[rows]] = db.execute(
            "select count(*) from bi_reporter_year where reporter_name = ?", [drilled["value"]]
        ).fetchall()
    assert rows > 1
    assert f"{rows} rows" in drilled["detail"]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_a_page_that_is_open_during_a_switch_goes_on_with_the_new_release(started: Started, tmp_path: Path) -> None:
    releases, open_page = started.settings.releases_dir, tmp_path / "a page is open"
    old = (releases / "current").resolve()
    new, aside = releases / "29990101T000000Z-newone", tmp_path / "aside"
    shutil.copytree(old, new)
    with duckdb.connect(str(new / "marts.duckdb")) as db:
        # on a tab that nobody has opened yet
        to_table(db, "bi_pair")
        db.execute(
            "update bi_pair set joint_papers = 987654 where joint_papers = (select max(joint_papers) from bi_pair)"
        )
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look, started.settings, find_browser(), ["co-publication"], hold=open_page)
        try:
            while not open_page.exists():
                assert not looking.done(), looking.result()
                time.sleep(0.1)
            point_link(releases / "current", new)
            # nothing goes back to it
            old.rename(aside)
            open_page.unlink()
            [seen] = looking.result()
        finally:
            if aside.exists():
                aside.rename(old)
            point_link(releases / "current", old)
            shutil.rmtree(new)
    assert len(seen["charts"]) == len(started.shown.dashboards["co-publication"]["charts"])
    may_be_empty = {chart.title for chart in read_pack().charts.values() if chart.may_be_empty}
    assert _faults(seen, "co-publication", may_be_empty) == []
    [pairs] = [chart["text"] for chart in seen["charts"] if chart["title"] == "Pairs of institutions"]
    assert "987,654" in pairs


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
        for name in ("bi_side_year", "bi_pair", "bi_month"):
            to_table(db, name)
        db.execute("update bi_side_year set joint_papers = joint_papers + 1")
        db.execute("alter table bi_pair drop column joint_papers")
        db.execute("delete from bi_month")
    point_link(releases / "current", new)
    try:
        verdict = judge(started.settings, ["overview", "co-publication"])
    finally:
        point_link(releases / "current", old)
        shutil.rmtree(new)
    said = "\n".join(verdict.errors)
    assert "overview: Joint papers: shows" in said
    assert "Pairs of institutions" in said
    assert "shows nothing" in said
    assert (verdict.dashboards, verdict.equal, verdict.is_good) == (2, 1, False)
