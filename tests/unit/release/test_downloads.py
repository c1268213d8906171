"""What a release offers to take away: CSV that equals the tables, and a dictionary of every column."""

from __future__ import annotations

import csv
import gzip
import io
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from include import release
from include.contracts.candidate import CandidateColumn, CandidateTable
from include.contracts.release import Release
from include.release.downloads import unit_of, write_csvs
from include.release.ops import QUALITY_RESULTS, RELEASES
from include.settings import Settings
from tests.unit.dbt_models import published
from tests.unit.release.conftest import FIRST


@pytest.fixture
def made(settings: Settings) -> Release:
    return release.publish(settings, FIRST)


def in_release(settings: Settings, name: str) -> Path:
    return settings.releases_dir / "current" / name


def dictionary(settings: Settings) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(in_release(settings, "dictionary.csv").read_text())))


class Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links |= {str(given["href"])} if tag == "a" else set()
        self.anchors |= {str(given["id"])} if "id" in given else set()


def test_every_mart_dimension_and_bridge_is_there_as_csv_and_facts_are_not(settings: Settings, made: Release) -> None:
    expected = {f"csv/{table.name}.csv.gz" for table in made.tables if not table.name.startswith("fct_")}
    assert {name for name in made.files_sha256 if name.startswith("csv/")} == expected
    assert {"dictionary.csv", "dictionary.html"} <= set(made.files_sha256)
    assert f"csv/{QUALITY_RESULTS}.csv.gz" in expected
    assert f"csv/{RELEASES}.csv.gz" in expected


def test_a_csv_holds_the_rows_of_its_table_in_the_same_order(settings: Settings, made: Release) -> None:
    for table in made.tables:
        if table.name.startswith("fct_"):
            continue
        file = in_release(settings, f"csv/{table.name}.csv.gz")
        with gzip.open(file, "rt", encoding="utf-8", newline="") as handle:
            header, *rows = csv.reader(handle)
        assert header == [column.name for column in table.columns]
        assert len(rows) == table.rows
        columns = ", ".join(f"'{column.name}': '{column.type}'" for column in table.columns)
        parquet = in_release(settings, f"parquet/{table.name}.parquet")
        with duckdb.connect() as db:
            db.execute("set timezone = 'UTC'")
            text = db.execute(f"from read_csv('{file}', header = true, columns = {{{columns}}})").fetchall()
            # an empty text and an unknown one look alike in CSV
            assert text == [
                tuple(None if value == "" else value for value in row)
                for row in db.execute(f"from read_parquet('{parquet}')").fetchall()
            ]


FORMULAS = ["=HYPERLINK(1)", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "\u00a0=1"]
HARMLESS = ["-5", "+3.5 %", "1,000", "a=b", "Université", "x@y.example", "", None]


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "parquet").mkdir()
    with duckdb.connect() as db:
        db.execute("create table t (place integer, name varchar, number double)")
        db.executemany("insert into t values (?, ?, ?)", [[at, n, -1.5] for at, n in enumerate(FORMULAS + HARMLESS)])
        db.execute(f"copy t to '{tmp_path / 'parquet' / 'mart_t.parquet'}' (format parquet)")
        columns = tuple(
            CandidateColumn(name=name, type=kind, description="")
            for name, kind, *_ in db.execute("describe t").fetchall()
        )
    table = CandidateTable(name="mart_t", description="", grain="place", rows=0, sha256="", columns=columns)
    write_csvs(settings, tmp_path, [table])
    with gzip.open(tmp_path / "csv" / "mart_t.csv.gz", "rt", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["name"] for row in rows] == [f"'{text}" for text in FORMULAS] + [text or "" for text in HARMLESS]
    assert {row["number"] for row in rows} == {"-1.5"}


def test_the_dictionary_has_every_column_with_type_unit_and_description(settings: Settings, made: Release) -> None:
    rows = dictionary(settings)
    described = {(row["table_name"], row["column_name"]): row for row in rows}
    assert list(described) == [(table.name, column.name) for table in made.tables for column in table.columns]
    with duckdb.connect(str(in_release(settings, "marts.duckdb")), read_only=True) as db:
        in_database = db.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns() where not internal"
        ).fetchall()
    assert {row[:3] for row in in_database} == {
        (table, column, row["column_type"]) for (table, column), row in described.items()
    }
    assert all(comment.endswith(described[table, column]["description"]) for table, column, _, comment in in_database)
    assert all(row["table_description"].startswith("SYNTHETIC") for row in rows)
    small = described["mart_funding_sources", "is_small_cell"]
    assert (small["unit"], small["description"][:13]) == ("true or false", "Fewer than 25")
    assert described["mart_funding_sources", "disclosed_share"]["unit"] == "share, 0 to 1"
    assert described["mart_headline_figures", "figure_id"]["is_in_key"] == "true"


def test_the_page_links_to_every_file_and_says_what_is_invented(settings: Settings, made: Release) -> None:
    text = in_release(settings, "dictionary.html").read_text()
    page = Page(text)
    files = {link for link in page.links if not link.startswith("#")}
    assert [link for link in files if not in_release(settings, link).is_file()] == []
    assert {name for name in made.files_sha256 if name.startswith(("csv/", "parquet/"))} <= files
    assert {link[1:] for link in page.links if link.startswith("#")} == {table.name for table in made.tables}
    assert {table.name for table in made.tables} <= page.anchors
    assert "SYNTHETIC" in text
    assert "is_small_cell" in text


def test_every_number_of_every_published_model_has_a_unit() -> None:
    columns = [
        (name, CandidateColumn(name=column["name"], type=column["data_type"], description=""))
        for name, model in published().items()
        for column in model["columns"]
    ]
    assert len(columns) > 300
    assert [(model, column.name) for model, column in columns if column.type != "varchar" and not unit_of(column)] == []


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("share_of_joint_papers", "DOUBLE", "share, 0 to 1"),
        ("joint_papers", "DOUBLE", "papers"),
        ("credit_by_country", "DOUBLE", "papers, in parts of 1"),
        ("credits", "BIGINT", "credits"),
        ("growth_on_year_before", "DOUBLE", "rate, 0.5 is +50 %"),
        ("works_count_of_source", "BIGINT", "works"),
        ("rank_in_country_a", "BIGINT", "rank, 1 is most"),
        ("published_at", "TIMESTAMP", "moment, UTC"),
        ("published_value", "DOUBLE", "what the column unit of the row says"),
        ("figure", "VARCHAR", ""),
    ],
)
def test_a_unit_follows_from_name_and_type(name: str, kind: str, unit: str) -> None:
    assert unit_of(CandidateColumn(name=name, type=kind, description="")) == unit
