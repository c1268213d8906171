"""The BI layer of a small release: questions answered from it are those of the facts, and its metrics fail to null."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from include.common.errors import EntangledError
from include.contracts.release import Release
from include.questions.asking import Answered, ask_all, summary
from include.questions.reading import Question, QuestionFileError, load_questions
from include.release import open_current
from include.settings import REPOSITORY, Settings
from tests.shared import Shelf, home_settings

MODELS = REPOSITORY / "dbt_project" / "models" / "bi"
CHOICE = re.compile(r"COUNT\(DISTINCT (\w+)\) = 1")


def datasets() -> dict[str, dict[str, Any]]:
    """Table of the BI layer -> its meta: of models, and of the tables that publishing adds."""
    found = {}
    for file in sorted(MODELS.glob("_*.yml")):
        told = yaml.safe_load(file.read_text())
        tables = told.get("models", []) + [table for source in told.get("sources", []) for table in source["tables"]]
        found |= {table["name"]: table["config"]["meta"] for table in tables}
    return found


DATASETS = datasets()
METRICS = [(name, metric) for name, meta in DATASETS.items() for metric in meta["metrics"]]


@pytest.fixture(scope="module")
def home(shelf: Shelf, released_corpus: Path) -> Settings:
    # read only
    return home_settings(shelf.released_home(), released_corpus)


@pytest.fixture(scope="module")
def answers(home: Settings) -> list[Answered]:
    return ask_all(home)


@pytest.fixture(scope="module")
def db(home: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_current(home) as connection:
        yield connection


def test_every_answer_from_the_bi_layer_is_that_of_the_facts(answers: list[Answered]) -> None:
    assert [answer.line for answer in answers if not answer.is_settled] == []
    # none of them is right because there is nothing
    assert [answer.question.name for answer in answers if not answer.rows and not answer.question.not_answerable] == []
    asked = len(answers) - sum(bool(answer.question.not_answerable) for answer in answers)
    assert asked >= 35
    last = summary(answers)
    assert last == f"questions: {len(answers)}, right: {asked}, not answerable and said so: {len(answers) - asked}"


def test_an_answer_that_is_not_that_of_the_facts_is_wrong(home: Settings) -> None:
    counted = "select count(*) from fct_works where is_joint"
    wrong = [
        Question("one_less", "?", "select count(*) - 1 from bi_work", counted),
        Question("no_rows", "?", "select work_id from bi_work where false", "select work_id from fct_works"),
        Question("no_table", "?", "select * from bi_nothing", counted),
        Question("another_order", "?", "select unnest([2, 1])", "select unnest([1, 2])"),
    ]
    found = ask_all(home, questions=wrong)
    assert [answer.is_settled for answer in found] == [False] * len(wrong)
    assert summary(found) == "questions: 4, right: 0, not answerable and said so: 0"
    assert "the facts say" in found[0].line and "the facts have" in found[1].line


def test_a_question_reads_what_it_may_and_nothing_else(tmp_path: Path) -> None:
    cases = {
        "mart": ("select 1 from mart_copublication_trends", "select 1 from fct_works", "not of the BI layer"),
        "facts_of_bi": ("select 1 from bi_work", "select 1 from bi_work", "which is none of them"),
        "facts_of_mart": ("select 1 from bi_work", "with a as (from mart_institution_pairs) from a", "none of them"),
        "one": ("select 1 from bi_work", "", "1 statements, not two"),
    }
    for name, (answer, facts, message) in cases.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.sql").write_text(f"-- question: Well?\n{answer};\n{facts}{';' if facts else ''}\n")
        with pytest.raises(QuestionFileError) as raised:
            load_questions(folder)
        assert message in raised.value.what
    assert len(load_questions()) >= 35


def test_without_a_release_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EntangledError) as raised:
        ask_all(Settings.model_validate({"ENTANGLED_HOME": tmp_path}))
    assert "there is no current release" in raised.value.what
    assert "make demo" in raised.value.fix


def test_a_release_that_is_not_kept_and_one_without_its_batches_are_named(home: Settings, tmp_path: Path) -> None:
    with pytest.raises(EntangledError) as raised:
        ask_all(home, "20200101T000000Z-nobody")
    assert "there is no release 20200101T000000Z-nobody" in raised.value.what
    moved = Settings.model_validate({"ENTANGLED_HOME": tmp_path})
    shutil.copytree(home.releases_dir, moved.releases_dir, symlinks=True)
    with pytest.raises(EntangledError) as raised:
        ask_all(moved)
    assert "typed batches" in raised.value.what


def test_what_is_torn_is_told(home: Settings, tmp_path: Path) -> None:
    torn = Settings.model_validate({"ENTANGLED_HOME": tmp_path})
    shutil.copytree(home.releases_dir, torn.releases_dir, symlinks=True)
    shutil.copytree(home.typed_zone, torn.typed_zone)
    file = torn.releases_dir / "current" / "marts.duckdb"
    whole = file.read_bytes()
    file.write_bytes(whole[:100_000])
    with pytest.raises(EntangledError, match="cannot be read"):
        ask_all(torn)
    file.write_bytes(whole)
    totals = next(one for one in torn.typed_zone.glob("batch=*/totals.parquet"))
    totals.write_bytes(totals.read_bytes()[:40])
    with pytest.raises(EntangledError, match="cannot be read"):
        ask_all(torn)


def test_a_release_of_an_earlier_version_is_named(home: Settings, tmp_path: Path) -> None:
    earlier = Settings.model_validate({"ENTANGLED_HOME": tmp_path})
    shutil.copytree(home.releases_dir, earlier.releases_dir, symlinks=True)
    record = earlier.releases_dir / "current" / "release.json"
    release = Release.load(record)
    marts = tuple(table for table in release.tables if not table.name.startswith("bi_"))
    release.model_copy(update={"tables": marts}).save(record)
    with pytest.raises(EntangledError) as raised:
        ask_all(earlier)
    assert "has no BI layer" in raised.value.what


@pytest.mark.parametrize(("table", "metric"), METRICS, ids=[f"{table}.{one['name']}" for table, one in METRICS])
def test_a_metric_is_null_while_a_choice_is_missing(
    db: duckdb.DuckDBPyConnection, table: str, metric: dict[str, Any]
) -> None:
    expression = metric["expression"]
    choices = list(dict.fromkeys(CHOICE.findall(expression)))
    open_choices = [
        choice for choice in choices if db.execute(f"select count(distinct {choice}) > 1 from {table}").fetchall()[0][0]
    ]
    (found,) = db.execute(f"select {expression} from {table}").fetchall()[0]
    assert found is None or not open_choices
    for choice in open_choices:
        # all other choices are made, and this one is missing
        others = [other for other in choices if other != choice]
        rows = db.execute(
            f"select {', '.join([*others, f'count(distinct {choice})', expression])} from {table} "
            f"{'group by ' + ', '.join(others) if others else ''}"
        ).fetchall()
        assert [row for row in rows if row[-2] > 1 and row[-1] is not None] == []


# growth needs 25 papers at both ends, which a small corpus has for groups alone
SELDOM = {("bi_reporter_year", "growth"), ("bi_topic_year", "growth"), ("bi_ops_table_rows", "change")}


@pytest.mark.parametrize(("table", "metric"), METRICS, ids=[f"{table}.{one['name']}" for table, one in METRICS])
def test_a_metric_has_a_value_once_all_is_chosen(
    db: duckdb.DuckDBPyConnection, table: str, metric: dict[str, Any]
) -> None:
    choices = list(dict.fromkeys(CHOICE.findall(metric["expression"])))
    # what is chosen by a condition, or is none of the choices
    grain = {"bi_pair": ["institution_a_id", "institution_b_id"], "bi_work_link": ["is_listed_today"]}.get(table, [])
    by = f"group by {', '.join([*choices, *grain])}" if choices or grain else ""
    values = [value for (value,) in db.execute(f"select {metric['expression']} from {table} {by}").fetchall()]
    if (table, metric["name"]) not in SELDOM:
        assert [value for value in values if value is not None], "no choice gives a value"
    if metric["d3format"].endswith("%") and "growth" not in metric["name"]:
        assert all(0 <= value <= 1 + 1e-9 for value in values if value is not None)


def test_papers_with_links_are_null_while_listings_of_both_days_are_mixed(db: duckdb.DuckDBPyConnection) -> None:
    (metric,) = (one for one in DATASETS["bi_work_link"]["metrics"] if one["name"] == "papers")
    for chosen, expected in (
        ("true", "any_value(null)"),
        ("is_listed_today", "sum(is_linked_today::int)"),
        ("is_listed_at_publication", "sum(is_linked_at_publication::int)"),
    ):
        found = db.execute(f"select {metric['expression']} from bi_work_link where {chosen}").fetchall()
        assert found == db.execute(f"select {expected} from bi_work").fetchall()


def test_metrics_say_what_the_marts_say(db: duckdb.DuckDBPyConnection) -> None:
    def metric(table: str, name: str) -> str:
        return next(one["expression"] for one in DATASETS[table]["metrics"] if one["name"] == name)

    pooled = {
        ("bi_side_year", "joint_papers"): "select sum(joint_papers) from mart_copublication_trends where is_side_a "
        "and counting_method = 'full' and work_selection = 'all'",
        ("bi_side_year", "linked_papers"): "select sum(military_linked_papers) from mart_military_links "
        "where dimension = 'all' and definition_code = 'any_list' and listing_basis = 'today' and reporter_code = ?",
        ("bi_side_year", "disclosed_share"): "select sum(papers_with_funding) / sum(joint_papers) "
        "from mart_funding_coverage where dimension = 'all' and reporter_code = ?",
    }
    ((whole,),) = db.execute("select reporter_code from dim_reporter where is_side_a").fetchall()
    for (table, name), sql in pooled.items():
        found = db.execute(f"select {metric(table, name)} from {table} where reporter_code = ?", [whole]).fetchall()
        assert found[0][0] == pytest.approx(float(db.execute(sql, [whole] if "?" in sql else []).fetchall()[0][0]))
        assert found[0][0] > 0
    # what a year that a mart leaves out does to a share over years
    share = metric("bi_linked_year", "linked_share")
    chosen = "definition_code = 'strict_pla' and listing_basis = 'today' and reporter_code = ?"
    ((of_metric,),) = db.execute(f"select {share} from bi_linked_year where {chosen}", [whole]).fetchall()
    counted = "select coalesce(sum(military_linked_papers), 0) from mart_military_links where dimension = 'all' and "
    ((linked,),) = db.execute(counted + chosen, [whole]).fetchall()
    ((papers,),) = db.execute("select count(*) from bi_work").fetchall()
    assert of_metric == pytest.approx(float(linked) / papers)


def test_every_table_of_the_bi_layer_is_a_dataset_with_metrics(db: duckdb.DuckDBPyConnection) -> None:
    listed = db.execute("select table_name from information_schema.tables where table_name like 'bi\\_%' escape '\\'")
    assert {name for (name,) in listed.fetchall()} == set(DATASETS)
