"""The files of checks, suites and thresholds: they cover every published table, and a mistake in one is a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.audit.registry import CheckFileError, load_checks
from include.audit.suites import load_suites
from include.audit.thresholds import load_thresholds
from include.contracts.typed import TABLES
from include.settings import REPOSITORY
from tests.unit.candidates import contract_columns

CHECK = """-- severity: fail
-- kind: integrity
-- group: sums
-- table: fct_works
-- sentence: At least {limit:.0%} of the works,
--     and {enough_papers:.0f} papers.
-- applies: always
-- at_least: 0.5
select 1 as share
"""
THRESHOLDS = {"enough_papers": 100.0, "part_warn": 0.5, "part_fail": 0.1}


def test_every_published_table_has_a_suite_that_speaks_of_its_columns() -> None:
    suites, contracts = load_suites(), contract_columns()
    assert set(suites) == set(contracts)
    for name, suite in suites.items():
        assert suite.named_columns - {column for column, _, _ in contracts[name]} == set(), name


def test_facts_are_judged_in_duckdb_and_all_else_by_great_expectations() -> None:
    assert {name for name, suite in load_suites().items() if suite.judged_by == "duckdb"} == {
        name for name in contract_columns() if name.startswith("fct_")
    }


def test_every_check_names_a_table_that_there_is() -> None:
    known = {*contract_columns(), "candidate", "typed"}
    assert {check.table for check in load_checks(load_thresholds())} - known == set()


def test_the_rows_of_every_typed_table_are_held_against_its_manifest() -> None:
    (check,) = (each for each in load_checks(load_thresholds()) if each.check_id == "typed_rows_as_told")
    assert [table for table in TABLES if f"from typed.{table}\n" not in check.sql] == []


def test_small_cells_are_marked_from_the_number_that_the_models_have() -> None:
    macro = (REPOSITORY / "dbt_project" / "macros" / "numbers.sql").read_text()
    assert f"macro small_cell() -%}}\n    {load_thresholds()['small_cell_papers']:.0f}\n" in macro


@pytest.fixture
def checks_of(tmp_path: Path) -> Callable[[str], list[object]]:
    def load(text: str) -> list[object]:
        (tmp_path / "a_check.sql").write_text(text)
        return list(load_checks(THRESHOLDS, tmp_path))

    return load


def test_a_header_is_read(checks_of: Callable[[str], list[object]]) -> None:
    (check,) = checks_of(CHECK)
    assert check.sentence == "At least 50% of the works, and 100 papers."  # type: ignore[attr-defined]
    assert check.expected == "at least 0.5"  # type: ignore[attr-defined]


def test_one_number_is_held_against_two_floors(checks_of: Callable[[str], list[object]]) -> None:
    both = checks_of(CHECK.replace("severity: fail", "severity: warn, fail").replace("0.5\n", "part\n"))
    assert [(each.check_id, each.severity, each.at_least) for each in both] == [  # type: ignore[attr-defined]
        ("a_check_warn", "warn", 0.5),
        ("a_check_fail", "fail", 0.1),
    ]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("-- severity: fail\n", "", "the header lacks severity"),
        ("severity: fail", "severity: error", "severity `error` is not fail, warn or `warn, fail`"),
        ("-- at_least: 0.5\n", "", "cannot be filled in"),
        ("severity: fail", "severity: fail, fail", "severity `fail, fail`"),
        ("-- kind: integrity\n", "", "the header lacks kind"),
        ("kind: integrity", "kind: both", "kind `both` is none of integrity, judgement"),
        ("group: sums", "group: sum", "group `sum` is none of completeness, "),
        ("applies: always", "applies: sometimes", "applies `sometimes` is none of always, "),
        ("-- table", "-- tables", "the header has a key `tables`"),
        ("-- table: fct_works", "-- group: sums", "the header has `group` twice"),
        ("{enough_papers:.0f}", "{enough:.0f}", "the sentence cannot be filled in: 'enough'"),
        ("at_least: 0.5", "at_least: half", "at_least names `half`, which is no number and no threshold"),
        ("select 1 as share", "selec 1", "DuckDB cannot read the SQL: Parser Error"),
        ("select 1 as share", "drop table fct_works", "the SQL is 1 statements, not one select"),
        ("select 1 as share", "select 1; select 2", "the SQL is 2 statements, not one select"),
        ("select 1 as share", "", "the SQL is 0 statements, not one select"),
        (CHECK, "", "the header lacks severity, kind, group, table, sentence, applies"),
    ],
)
def test_a_mistake_in_a_check_is_a_sentence(
    checks_of: Callable[[str], list[object]], before: str, after: str, what: str
) -> None:
    with pytest.raises(CheckFileError) as caught:
        checks_of(CHECK.replace(before, after))
    assert caught.value.what.startswith("the check a_check cannot be used: ")
    assert what in caught.value.what
    assert caught.value.where.endswith("a_check.sql")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nulable: [a]", "it has a key `nulable`"),
        ("rows: often", "rows `often` is none of always, "),
        ("judged_by: pandas", "judged_by `pandas` is none of "),
        ("nullable: a", "nullable is no list"),
        ("sets: [a]", "sets is no mapping of columns"),
        ("sets: {a: [1]}", "`1` is no text"),
        ("ranges: {a: [0]}", "`[0]` is not two ends of a range"),
        ("ranges: {a: [0, [1]]}", "`[1]` is no end of a range"),
        ("at_most: [[a]]", "`['a']` is not two columns"),
        ("holds: {a: 1}", "`1` is no text"),
        ("[a, b]", "it is no mapping of keys"),
        ("a: [", "while parsing"),
    ],
)
def test_a_mistake_in_a_suite_is_a_sentence(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "mart.yml").write_text(text)
    with pytest.raises(CheckFileError) as caught:
        load_suites(tmp_path)
    assert caught.value.what.startswith("the suite of mart cannot be used: ")
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("checks: {enough_papers: many}", "the thresholds have `enough_papers: many`, which is not a number"),
        ("checks: {enough_papers: true}", "the thresholds have `enough_papers: True`, which is not a number"),
        ("drift: {}", "the thresholds have no section `checks`"),
        ("checks: [1]", "the thresholds have no section `checks`"),
        ("checks: {", "the thresholds cannot be read"),
    ],
)
def test_a_mistake_in_the_thresholds_is_a_sentence(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "thresholds.yml").write_text(text)
    with pytest.raises(CheckFileError) as caught:
        load_thresholds(tmp_path / "thresholds.yml")
    assert what in caught.value.what
