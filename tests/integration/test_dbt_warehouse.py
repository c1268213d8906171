"""dbt on small typed batches: marts worked out by hand, increments, full refresh, gate 2 and the candidate.

Each test that needs a warehouse of its own costs a dbt build (about ten seconds), so the first one is shared.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import re
import runpy
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.common.errors import GateFailed
from include.settings import REPOSITORY, Settings
from include.warehouse import build, check_build, export_candidate
from include.warehouse.environment import dbt_dir, manifest_file
from include.warehouse.errors import DbtFailed
from include.warehouse.state import open_warehouse
from tests.integration.metrics import Metrics
from tests.shared import leave_unit_tests_out
from tests.unit.dbt_models import published_names
from tests.unit.warehouse.typed_batches import (
    NOW,
    Author,
    Rows,
    Work,
    rows_of,
    settings_in,
    totals_rows,
    window_of,
    write_batch,
    write_csv,
    write_plan,
    write_scope,
    write_sweep,
)

MUNICH = ("I1", "Example University of Munich", "0aaaaaaa1", "DE")
OXFORD = ("I2", "Example University of Oxford", "0aaaaaaa2", "GB")
# the real id of a listed body: the real lists are tested with real RORs
HARBIN = ("I204983213", "Harbin Institute of Technology", "01yqg2h08", "CN")
LAB = ("I4", "Example Laboratory in Harbin", "0aaaaaaa4", "CN")

# what a person may call a folder: SQL quotes, patterns, templates, variables and columns of its own are in it
AWKWARD = 'k=1/o\'brien "x" [a]{b}*%20 $HOME {{x}} 数据'

DE = Author(countries=("DE",), institutions=(MUNICH,))
GB = Author(countries=("GB",), institutions=(OXFORD,))
CN = Author(countries=("CN",), institutions=(HARBIN,))
CN_LAB = Author(countries=("CN",), institutions=(LAB,))
PLA = Author(countries=("CN",), address="PLA Air Force Command College, Beijing, China")
UNKNOWN = Author()

NSFC, EPSRC = ("F4320321001", "National Natural Science Foundation of China"), ("F99", "Example Council")
WORKS = (
    Work("W1", (DE, CN), year=2019, funders=(NSFC, EPSRC), awards=(("F4320321001", "no. 12 345", None),)),
    Work("W2", (DE, GB, CN_LAB, UNKNOWN), year=2020, funders=(EPSRC,)),
    # funders without an id: by the award number, by the name, and one that nobody knows; a number that says nothing
    Work(
        "W3",
        (Author(countries=("GB", "CN"), institutions=(OXFORD,)), PLA),
        year=2021,
        topic="T10711",
        funders=((None, "The NSFC"), (None, "Northeastern University")),
        awards=((None, "Grant No. 2018YFB1402500", None), (None, "61872365", "NSFC"), (None, "N/A", None)),
    ),
    Work("W4", (GB, CN), year=2018, day=date(2018, 3, 1)),  # before the scope's years
    Work("W5", (DE, CN), year=2020, topic=None),  # not in the subject
    Work("W6", (DE, GB), year=2020),  # one side only
    Work("W7", (DE, CN), year=2020, is_paratext=True),
    Work("W8", (GB, CN), year=2021, is_retracted=True),
)
TOTALS = {
    ("country", "", "DE", 2020): 10,
    ("group", "", "EUROPE", 2020): 20,
    ("group", "", "CHINA", 2020): 40,
}


def _rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as warehouse:
        return warehouse.execute(sql).fetchall()


def _first_load(home: Path, works: tuple[Work, ...] = WORKS, *, unit_tests: bool = False) -> Settings:
    settings = settings_in(home, unit_tests=unit_tests)
    write_scope(settings)
    rows = rows_of(works)
    rows.add("institution_lineage", institution_id="I4", ancestor_id="I204983213")
    rows.add("institution_lineage", institution_id="I4", ancestor_id="I4")
    write_batch(settings, "works", rows, batch_id="01A", quarantined=2, unknown_fields={"novelty.score $": 3},
                emptied_fields={"authorships[].countries": 2})  # fmt: skip
    write_batch(settings, "totals", totals_rows(TOTALS), batch_id="01B")
    _write_ledger(settings)
    return settings


def _write_ledger(settings: Settings) -> None:
    """Windows of three years and two questions, swept in every way that there is."""
    before, after = NOW - timedelta(days=3), NOW + timedelta(hours=1)
    year = {n: window_of(f"w-{n}", f"{n}-01-01", f"{n}-12-31") for n in (2019, 2020, 2021)}
    other = {n: window_of(f"o-{n}", f"{n}-01-01", f"{n}-12-31", topics="T2") for n in (2019, 2020, 2021)}
    plan = [(year[2019], 3), (year[2020], 9), (year[2021], 9), (other[2019], 6), (other[2020], 8), (other[2021], 7)]
    write_plan(settings, plan)
    write_sweep(settings, year[2019], 3, before, batch_id="01A")
    # taken in halves after the plan, the second half in quarters
    for part, first, last in (("a", "01-01", "06-30"), ("ba", "07-01", "09-30"), ("bb", "10-01", "12-31")):
        write_sweep(settings, window_of(f"w-2020-{part}", f"2020-{first}", f"2020-{last}"), 3, after)
    write_sweep(settings, window_of("w-2021-a", "2021-01-01", "2021-06-30"), 4, after)
    # the source counted one more since; found something that this build does not hold; asked for something else
    write_sweep(settings, other[2019], 5, before)
    write_sweep(settings, other[2020], 8, after, batch_id="01Z")
    write_sweep(settings, window_of("o-2021", "2021-01-01", "2021-12-31", topics="T3"), 7, after)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    # the one build of the suite that runs dbt's unit tests
    home = tmp_path_factory.mktemp("warehouse") / AWKWARD
    settings = _first_load(home, unit_tests=True)
    build(settings)
    return settings


def test_joint_papers_are_counted_full_and_by_credit(built: Settings) -> None:
    rows = _rows(
        built,
        "select reporter_code, publication_year, counting_method, joint_papers from marts.mart_copublication_trends "
        "where joint_papers > 0 and counting_method in ('full', 'fractional') and work_selection = 'all'",
    )
    assert {row[:3]: round(row[3], 9) for row in rows} == {
        ("DE", 2019, "full"): 1, ("DE", 2019, "fractional"): 0.5,
        ("EU27", 2019, "full"): 1, ("EU27", 2019, "fractional"): 0.5,
        ("EUROPE", 2019, "full"): 1, ("EUROPE", 2019, "fractional"): 0.5,
        ("DE", 2020, "full"): 1, ("DE", 2020, "fractional"): 0.25,
        ("GB", 2020, "full"): 1, ("GB", 2020, "fractional"): 0.25,
        ("EU27", 2020, "full"): 1, ("EU27", 2020, "fractional"): 0.25,
        ("EUROPE", 2020, "full"): 1, ("EUROPE", 2020, "fractional"): 0.5,
        # W3: half of the first author; W8: retracted papers count
        ("GB", 2021, "full"): 2, ("GB", 2021, "fractional"): 0.75,
        ("EUROPE", 2021, "full"): 2, ("EUROPE", 2021, "fractional"): 0.75,
    }  # fmt: skip


def test_the_ledger_says_of_every_window_whether_it_is_complete_as_of_when_and_why_not(built: Settings) -> None:
    rows = _rows(
        built,
        "select window_id, window_status, complete_as_of, days_swept, sweeps, expected_records, received_records, "
        "why_not_complete from marts.mart_ops_windows order by window_id",
    )
    now = NOW.replace(tzinfo=None)
    before, after = now - timedelta(days=3), now + timedelta(hours=1)
    waits = "a sweep that ended after this build began waits for the next one"
    assert rows == [
        ("o-2019", "incomplete", before, 365, 1, 5, 6, "the source counted 6 after the sweep of 5"),
        ("o-2020", "incomplete", None, 0, 0, None, None, waits),
        ("o-2021", "never", None, 0, 0, None, None, "never swept with this query: sweep, for a test"),
        ("w-2019", "complete", before, 365, 1, 3, 4, ""),
        ("w-2020", "complete", after, 366, 3, 9, 12, ""),
        ("w-2021", "incomplete", None, 181, 1, None, None, "181 of 365 days swept with this query"),
    ]
    hashes = _rows(
        built, "select left(window_id, 1), count(distinct query_hash) from marts.mart_ops_windows group by 1"
    )
    assert set(hashes) == {("o", 1), ("w", 1)}


def test_one_query_says_whether_a_year_is_complete(built: Settings) -> None:
    rows = _rows(
        built,
        "select publication_year, is_complete, is_swept, complete_as_of, windows, windows_complete, "
        "windows_never_swept, works_loaded, why_not_complete from marts.mart_ops_completeness order by 1",
    )
    assert [row[:8] for row in rows] == [
        (2019, False, True, None, 2, 1, 0, 1),
        (2020, False, False, None, 2, 1, 0, 4),
        (2021, False, False, None, 2, 0, 1, 2),
    ]
    assert rows[0][8] == "o-2019: the source counted 6 after the sweep of 5"
    assert rows[2][8].startswith("o-2021: never swept with this query: sweep, for a test; w-2021: 181 of 365 days")


def test_trends_have_a_row_for_every_reporter_year_method_and_selection(built: Settings) -> None:
    count = _rows(built, "select count(*) from marts.mart_copublication_trends")[0][0]
    assert count == 5 * 3 * 4 * 10  # BG, DE, GB, EUROPE, EU27; three years; four methods; ten selections


def test_shares_use_the_source_s_totals_and_stay_empty_without_them(built: Settings) -> None:
    rows = _rows(
        built,
        "select reporter_code, share_of_reporter_papers, share_of_partner_papers from marts.mart_copublication_trends "
        "where publication_year = 2020 and counting_method = 'full' and work_selection = 'all' order by 1",
    )
    assert rows == [
        # the answer of 2020 leaves Bulgaria and the United Kingdom out, so they have no papers, which a joint paper of
        # the latter contradicts. EU27 was not asked for
        ("BG", None, 0.0), ("DE", 0.1, 0.025), ("EU27", None, 0.025), ("EUROPE", 0.05, 0.025), ("GB", None, 0.025)
    ]  # fmt: skip
    assert _rows(
        built,
        "select reporter_code, reporter_papers, reporter_share_basis, partner_share_basis "
        "from marts.mart_copublication_trends "
        "where publication_year = 2020 and counting_method = 'full' and work_selection = 'all' order by 1",
    ) == [
        ("BG", 0, "source", "source"), ("DE", 10, "source", "source"), ("EU27", None, None, "source"),
        ("EUROPE", 20, "source", "source"), ("GB", 0, "contradicted", "source"),
    ]  # fmt: skip


def test_military_links_are_found_by_ror_lineage_and_address(built: Settings) -> None:
    rows = _rows(
        built,
        "select work_id, body_id, link_method, is_listed_at_publication from marts.fct_work_military_links "
        "where work_id in ('W1', 'W2', 'W3') order by all",
    )
    assert rows == [
        ("W1", "harbin-institute-of-technology", "ror", False),  # July 2019: the tracker began in November
        ("W2", "harbin-institute-of-technology", "lineage", True),
        ("W3", "air-force-command-college", "affiliation_string", True),
    ]


def test_definitions_nest_and_listing_bases_differ(built: Settings) -> None:
    rows = _rows(
        built,
        "select listing_basis, definition_code, sum(military_linked_papers) from marts.mart_military_links "
        "where reporter_code = 'EUROPE' and dimension = 'all' group by all",
    )
    assert {row[:2]: row[2] for row in rows} == {
        ("today", "strict_pla"): 1, ("today", "plus_seven_sons"): 4,
        ("today", "plus_security_industry"): 4, ("today", "any_list"): 4,
        ("at_publication", "strict_pla"): 1, ("at_publication", "plus_seven_sons"): 3,
        ("at_publication", "plus_security_industry"): 3, ("at_publication", "any_list"): 3,
    }  # fmt: skip


def test_a_funder_named_twice_is_one_with_its_award_numbers_made_comparable(built: Settings) -> None:
    rows = _rows(
        built, "select * exclude (programme_codes) from marts.fct_work_funding where work_id = 'W1' order by 2"
    )
    assert rows == [
        ("W1", "F4320321001", "cn_government_programme", "funder_id", 1, "12345", "awards; funders"),
        ("W1", "F99", "other", "funder_id", 0, None, "funders"),
    ]


def test_funders_without_an_id_are_recognised_by_name_or_award_number_and_say_so(built: Settings) -> None:
    rows = _rows(
        built,
        "select funder_id, funder_class, recognised_by, award_numbers, programme_codes from marts.fct_work_funding "
        "where work_id = 'W3' order by 1",
    )
    programme = "cn_government_programme"
    assert rows == [
        ("F4320321001", programme, "funder_name", "61872365", "nsfc"),
        ("F4320335777", programme, "award_pattern", "2018YFB1402500", "national_key_rd"),
        # in Boston or in Shenyang: disclosed, and nobody's
        ("name:northeastern university", "other", "none", None, None),
    ]
    coverage = "marts.mart_funding_coverage where reporter_code = 'EUROPE' and publication_year = 2021 and dimension = "
    ((papers, funded, by_id, otherwise, disclosed_share),) = _rows(
        built,
        "select joint_papers, papers_with_funding, papers_with_funder_id, papers_recognised_otherwise, "
        f"disclosed_share from {coverage} 'all'",
    )
    assert (papers, funded, by_id, otherwise, disclosed_share) == (2, 1, 0, 1, 0.5)


def test_funding_shares_are_of_papers_that_disclose(built: Settings) -> None:
    rows = _rows(
        built,
        "select publication_year, papers, papers_with_funding, joint_papers, disclosed_share "
        "from marts.mart_funding_sources where reporter_code = 'EUROPE' and level = 'side' order by 1",
    )
    assert rows == [(2019, 1, 1, 1, 1.0), (2021, 1, 1, 2, 0.5)]


def test_a_figure_is_computed_for_years_of_the_scope_and_else_says_why_not(built: Settings) -> None:
    rows = _rows(
        built,
        "select figure_id, computed_value, why_not_computable, note from marts.mart_headline_figures "
        "where figure_id in ('joint_papers', 'joint_papers_2019', 'joint_papers_2021', 'share_of_europe_papers_2021')",
    )
    assert {row[0]: row[1:] for row in rows} == {
        "joint_papers": (None, "The scope holds 2019-2021, not 2017-2022.", ""),
        "joint_papers_2019": (1, "", "Not complete: 2019"),
        "joint_papers_2021": (2, "", "Not complete: 2021"),
        "share_of_europe_papers_2021": (
            None,
            "All papers are not counted for all these years, are fewer than the joint ones, or none.",
            "",
        ),
    }  # fmt: skip


def test_fields_that_nobody_reads_are_schema_drift_in_the_marts_and_a_warning_of_gate_2(built: Settings) -> None:
    drift = {check.check_id: check for check in check_build(built)}["schema_drift"]
    assert (drift.severity, drift.passed, drift.observed) == ("warn", False, "works.novelty.score $ in 3 records")
    found = _rows(built, "select measure, items from marts.mart_ops_coverage where measure like 'unknown_field%'")
    assert found == [("unknown_field_works_novelty.score $", 3)]


def test_values_that_cannot_be_read_are_counted_by_field(built: Settings) -> None:
    found = _rows(built, "select measure, items from marts.mart_ops_coverage where measure like 'emptied_field%'")
    assert found == [("emptied_field_works_authorships[].countries", 2)]


def test_every_metric_is_the_number_of_the_mart_that_has_it(built: Settings) -> None:
    metrics = Metrics(json.loads((dbt_dir(built) / "target" / "semantic_manifest.json").read_text()))
    compared, differing = set(), []
    for name in metrics.metrics:
        keys, twin = metrics.keys(name), metrics.meta(name)["same_as"]
        columns = ["reporter_code", "make_date(publication_year, 1, 1)", *keys[2:]]
        of_mart = _rows(
            built, f"select {', '.join(columns)}, {twin['column']} from marts.{twin['mart']} where {twin['where']}"
        )
        of_metric = _rows(built, f"select {', '.join(keys)}, value from ({metrics.sql(name)})")
        expected, found = ({row[:-1]: row[-1] for row in rows} for rows in (of_mart, of_metric))
        assert (len(expected), len(found)) == (len(of_mart), len(of_metric)), f"{name}: keys are not unique"
        compared |= {name for value in expected.values() if value}
        # marts that only have rows with papers leave zeros out
        differing += [
            (name, key, expected.get(key, 0), found.get(key))
            for key in expected | found
            if not _same(expected.get(key, 0), found.get(key))
        ]
    assert differing == []
    assert set(metrics.metrics) - compared == set(), "nothing but zeros was compared"


def _same(expected: float | None, found: float | None) -> bool:
    if expected is None or found is None:
        # a share of nothing
        return found is None and not expected
    return math.isclose(expected, found, abs_tol=1e-12)


def test_the_questions_of_dashboards_can_be_asked_of_every_mart(built: Settings) -> None:
    ask = runpy.run_path(str(REPOSITORY / "benchmarks" / "queries.py"))["ask"]
    timings = ask(built.warehouse_file, 2, "marts")
    answered = {timing.question.split(",")[0] for timing in timings if timing.rows}
    assert {"report", "mart_copublication_trends", "mart_linked_papers_by_funder_class", "mart_ops_windows"} <= answered


def test_exposures_name_the_tables_that_are_read(built: Settings) -> None:
    exposures = json.loads(manifest_file(built).read_text())["exposures"].values()
    named = {one["name"]: {node.split(".")[-1] for node in one["depends_on"]["nodes"]} for one in exposures}
    assert all(one["owner"]["name"] and one["maturity"] and one["description"] for one in exposures)

    def read_by(*files: str) -> set[str]:
        texts = [(REPOSITORY / file).read_text() for file in files]
        return {name for text in texts for name in re.findall(r"\b(?:mart|dim|fct|bi)_[a-z_]+[a-z]\b", text)}

    assert named["report_page"] == read_by("include/report/reading.py")
    assert named["headline_table"] == read_by("include/release/show.py")
    marts = {name for (name,) in _rows(built, "select table_name from duckdb_tables() where table_name like 'mart_%'")}
    assert marts <= named["bi_dashboards"]


def test_the_gate_passes_and_proves_the_records(built: Settings) -> None:
    checks = {check.check_id: check for check in check_build(built)}
    assert all(check.passed for check in checks.values() if check.severity == "fail")
    declared = json.loads(manifest_file(built).read_text())["unit_tests"]
    assert checks["unit_tests_passed"].observed == f"{len(declared)} in this build"
    assert len(declared) > 10
    assert checks["works_loaded"].observed == f"{len(WORKS)} works in fct_works"
    assert checks["records_reconcile"].expected == f"{len(WORKS) + 2 + len(TOTALS)} records of 2 batches"


def test_no_model_reads_one_of_a_later_layer(built: Settings) -> None:
    nodes = json.loads(manifest_file(built).read_text())["nodes"]
    order = ["staging", "intermediate", "marts", "bi"]
    layers = {key: order.index(node["fqn"][1]) for key, node in nodes.items() if node["resource_type"] == "model"}
    arrows = [(read, key) for key in layers for read in nodes[key]["depends_on"]["nodes"] if read in layers]
    assert len(arrows) > 200
    assert [(read, key) for read, key in arrows if layers[read] > layers[key]] == []


def test_the_candidate_describes_every_column_and_names_no_author(built: Settings) -> None:
    lineage = export_candidate(built, "run-1")
    folder = built.build_dir / "run-1"
    published = published_names()
    assert {table.name for table in lineage.tables} == published
    assert {file.stem for file in (folder / "marts").iterdir()} == published
    assert (lineage.works_in, lineage.works_loaded, lineage.works_quarantined) == (10, 8, 2)
    assert lineage.batches == ("01A", "01B")
    assert len(lineage.seeds_sha256) >= 9
    undescribed = [
        f"{table.name}.{column.name}" for table in lineage.tables for column in table.columns if not column.description
    ]
    assert undescribed == []
    people = {"author_id", "author_name", "orcid", "raw_affiliation_string"}
    assert not people & {column.name for table in lineage.tables for column in table.columns}


def test_an_unchanged_warehouse_exports_the_same_bytes(built: Settings) -> None:
    first = export_candidate(built, "run-2")
    second = export_candidate(built, "run-3")
    assert [table.sha256 for table in first.tables] == [table.sha256 for table in second.tables]


MARTS_SQL = "select table_name from information_schema.tables where table_schema = 'marts' order by 1"


def _marts(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every published row, sorted; without when the batches were flattened."""
    with open_warehouse(settings) as warehouse:
        return {
            name: warehouse.execute(f"select * from marts.{name} order by all").fetchall()
            for (name,) in warehouse.execute(MARTS_SQL).fetchall()
        }


@pytest.fixture
def mine(built: Settings, tmp_path: Path) -> Settings:
    """A copy of the home of `built`, to change."""
    shutil.copytree(built.home, tmp_path / "mine")
    return leave_unit_tests_out(settings_in(tmp_path / "mine"))


def _in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the builds that follow make their tables in slices, as if a work took a gigabyte."""
    monkeypatch.setattr("include.warehouse.environment.MEMORY_PER_WORK", 10**9)


def _slices_made(settings: Settings, table: str) -> int:
    """In how many further slices dbt has made the table, in all builds of this home."""
    log = (dbt_dir(settings) / "logs" / "dbt.log").read_text(encoding="utf-8")
    return len(re.findall(rf'insert into "?(warehouse"\."\w+"\.")?{table}\w*" by name', log))


@pytest.mark.verify
def test_increments_in_slices_give_the_same_marts_to_the_row_as_a_full_refresh(
    mine: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = mine
    # W1 loses its Chinese author and one funder, W9 is new, W8 is taken back
    changed = dataclasses.replace(WORKS[0], authors=(DE, DE), funders=(EPSRC,), awards=())
    second = rows_of((changed, Work("W9", (DE, CN), year=2021)))
    second.add("tombstones", entity="works", record_id="W8", reason="deleted", evidence="404")
    write_batch(settings, "works", second, batch_id="01D")
    # a batch that arrives late, with an older W1 and a W2 newer than the first
    late = (WORKS[0], dataclasses.replace(WORKS[1], authors=(GB, CN)))
    write_batch(settings, "works", rows_of(late), batch_id="01C")
    # the question of all countries of 2020 is answered anew, and Germany is no longer in the answer
    write_batch(settings, "totals", totals_rows({("country", "", "GB", 2020): 7}), batch_id="01E")
    # 2019 is swept again, and the source counts as much as came
    swept_at = NOW + timedelta(days=1)
    write_sweep(settings, window_of("o-2019", "2019-01-01", "2019-12-31", topics="T2"), 6, swept_at, batch_id="01D")

    caplog.set_level(logging.INFO)
    with monkeypatch.context() as patch:
        _in_slices(patch)
        build(settings)
    check_build(settings)
    incremental = _marts(settings)
    assert "dbt: " in caplog.text
    assert "built anew" not in caplog.text
    assert _slices_made(settings, "int_works") > 1
    assert _slices_made(settings, "int_work_countries") > 1
    assert _slices_made(settings, "bi_work") > 1
    build(settings, full_refresh=True)
    check_build(settings)

    assert _rows(settings, "select work_id from marts.fct_works where is_joint order by 1") == [
        ("W2",),
        ("W3",),
        ("W9",),
    ]
    assert _rows(settings, "select funder_id from marts.fct_work_funding where work_id = 'W1'") == [("F99",)]
    assert _rows(settings, "select count(*) from marts.fct_work_countries where work_id = 'W8'") == [(0,)]
    assert _rows(settings, "select group_code, papers from intermediate.int_totals where papers > 0 order by 1") == [
        ("CHINA", 40),
        ("EUROPE", 20),
        ("GB", 7),
    ]
    assert _rows(
        settings,
        "select is_complete, complete_as_of, why_not_complete from marts.mart_ops_completeness "
        "where publication_year = 2019",
    ) == [(True, NOW.replace(tzinfo=None) - timedelta(days=3), "")]
    assert incremental == _marts(settings)


@pytest.mark.verify
def test_a_work_is_counted_anew_when_an_institution_turns_out_to_be_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old records have Hong Kong as CN: W1's is corrected at first and no more later, W2's only later."""
    hong_kong, macao = ("I7", "Example University H", None, "CN"), ("I8", "Example University M", None, "CN")
    settings = settings_in(tmp_path)
    write_scope(settings)
    works = (
        Work("W1", (DE, Author(countries=("CN",), institutions=(hong_kong,), address="Example University H"))),
        Work("W2", (DE, Author(countries=("CN",), institutions=(macao,)))),
        Work("W3", (DE, Author(countries=("CN",), institutions=(macao, HARBIN)))),
    )
    write_batch(settings, "works", rows_of(works), batch_id="01A")

    def is_elsewhere(batch_id: str, **countries: str) -> None:
        records = Rows()
        for institution_id, country in countries.items():
            records.add("institutions", institution_id=institution_id, country_code=country)
        write_batch(settings, "institutions", records, batch_id=batch_id)
        build(settings)

    def joint() -> list[tuple[Any, ...]]:
        return _rows(settings, "select work_id, is_joint, country_corrections from marts.fct_works order by 1")

    is_elsewhere("01B", I7="HK")
    assert joint() == [("W1", False, "I7: CN is HK"), ("W2", True, ""), ("W3", True, "")]
    assert _rows(settings, "select country_code from intermediate.int_work_affiliations") == [("HK",)]

    is_elsewhere("01C", I7="CN", I8="MO")
    # W3 stays joint by its other institution in China
    assert joint() == [("W1", True, ""), ("W2", False, "I8: CN is MO"), ("W3", True, "I8: CN is MO")]
    assert _rows(settings, "select institution_b_id from marts.mart_institution_pairs order by 1") == [
        (HARBIN[0],),
        ("I7",),
    ]
    incremental = _marts(settings)
    assert _slices_made(settings, "int_work_countries") == 0
    _in_slices(monkeypatch)
    build(settings, full_refresh=True)
    assert _slices_made(settings, "int_work_countries") > 1
    assert _marts(settings) == incremental


def test_a_batch_that_does_not_add_up_stops_the_build_and_the_gate(mine: Settings) -> None:
    settings = mine
    write_batch(settings, "works", rows_of((Work("W9", (DE, CN)),)), batch_id="01C")
    manifest = settings.typed_zone / "batch=01C" / "_typed.json"
    manifest.write_text(manifest.read_text().replace('"records_in": 1', '"records_in": 2'))

    with pytest.raises(DbtFailed, match="records_in_are_typed_or_quarantined"):
        build(settings)
    with pytest.raises(GateFailed, match=r"records_in_are_typed_or_quarantined\S* fail"):
        check_build(settings)
    with pytest.raises(GateFailed):
        export_candidate(settings, "run-bad")
    assert not (settings.build_dir / "run-bad").exists()


def test_synthetic_data_is_marked_in_the_database_and_real_bodies_have_no_figures(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    write_csv(
        overlay / "military_bodies.csv",
        [
            "body_id,body_name,aliases,country_code,city,ror,openalex_id,category,supervising_agency,source,as_of",
            "demo-son,Demo University of Flight,,CN,,0aaaaaaa4,,seven_sons,,DEMO,2026-01-01",
        ],
    )
    write_csv(
        overlay / "military_lists.csv",
        ["list_id,list_name,publisher,kind,source_url,as_of", "demo,DEMO list,nobody,assessment,,2026-01-01"],
    )
    write_csv(
        overlay / "military_list_membership.csv",
        ["body_id,list_id,listed_as,valid_from,valid_to,source_url,as_of", "demo-son,demo,,2018-01-01,,,2026-01-01"],
    )
    settings = settings_in(tmp_path / "home", ENTANGLED_EXTRA_LISTS=overlay)
    write_scope(settings, 2017, 2022)
    write_batch(settings, "works", rows_of((Work("W1", (DE, CN_LAB)),)), origin="synthetic")
    build(settings)

    figures = dict(
        _rows(
            settings,
            "select figure_id, computed_value from marts.mart_headline_figures where figure_id like 'military_body_%'",
        )
    )
    assert figures.pop("military_body_demo-son") == 1
    assert len(figures) == 10  # the army itself, the Seven Sons, NUDT and Xidian, which is none of the seven
    assert set(figures.values()) == {None}
    unmarked = _rows(
        settings,
        "select name from (select schema_name, table_name as name, comment from duckdb_tables() union all "
        "select schema_name, view_name, comment from duckdb_views()) "
        "where schema_name = 'marts' and not starts_with(comment, 'SYNTHETIC')",
    )
    assert unmarked == []
    assert all(table.description.startswith("SYNTHETIC") for table in export_candidate(settings, "run-1").tables)


def test_a_work_may_be_loaded_without_any_author_topic_or_funder(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    write_scope(settings)
    write_batch(settings, "works", rows_of((Work("W1", (), topic=None),)))
    write_batch(settings, "totals", Rows())
    build(settings)
    check_build(settings)
    assert _rows(settings, "select country_code, credit from marts.fct_work_countries") == [("ZZ", 1.0)]
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as warehouse:
        assert warehouse.execute("select count(*) from marts.mart_institution_pairs").fetchone() == (0,)


EXPECTED_COVERAGE = {
    "authorships_without_country": (1, 9, "W1"),
    "authorships_without_institution": (1, 9, "W1"),
    "works_without_topic": (1, 4, "W4"),
    "works_without_date": (1, 4, "W4"),
    "works_dated_in_another_year": (1, 4, "W3"),
    "works_without_institution": (1, 4, "W4"),
    "works_with_contradictory_funding": (1, 4, "W1"),
    "funding_entries_without_id_or_name": (1, 6, "W1"),
    "funding_entries_without_id": (1, 6, "W1"),
    "fundings_not_recognised": (1, 5, "name:nobody knows"),
    "award_numbers_without_meaning": (1, 1, "W2"),
    "institutions_in_two_countries": (2, 3, "I1; I9"),
    "works_with_truncated_authors": (0, 4, ""),
}


def test_what_cannot_be_placed_is_counted_with_examples_and_what_to_do(tmp_path: Path) -> None:
    moved = ("I1", "Example University of Munich", "0aaaaaaa1", "AT")
    works = (
        Work("W1", (DE, CN, UNKNOWN), funders=((None, None), (None, "Nobody Knows"), NSFC)),
        Work(
            "W2",
            (
                Author(countries=("AT", "XQ"), institutions=(moved,)),
                CN,
                # one institution, put in two countries by one work
                Author(countries=("CN",), institutions=(("I9", "Example Institute", "0aaaaaaa9", "CN"),)),
                Author(countries=("HK",), institutions=(("I9", "Example Institute", "0aaaaaaa9", "HK"),)),
            ),
            awards=(("F99", "N/A", None),),
        ),
        Work("W3", (DE, CN), day=date(2019, 12, 31)),
        Work("W4", (), topic=None),
    )
    settings = settings_in(tmp_path)
    write_scope(settings)
    rows = rows_of(works)
    rows.tables["works"][3]["publication_date"] = None
    # an older field that names a funder which the newer ones do not
    rows.add("work_funders", work_id="W1", funder_id="F7", funder_name="Old Fund", source_field="grants")
    rows.add("work_funders", work_id="W2", funder_id="F7", funder_name="Old Fund", source_field="grants")
    rows.add("work_funders", work_id="W2", funder_id="F7", funder_name="Old Fund", source_field="funders")
    write_batch(settings, "works", rows)
    record = Rows()
    # the institution of a listed body, whose ROR is not the one on the list any more
    record.add("institutions", institution_id="I204983213", institution_name="Harbin", ror=None, country_code="CN")
    write_batch(settings, "institutions", record)
    build(settings)

    found = {
        measure: (items, of_items, examples)
        for measure, items, of_items, examples in _rows(
            settings, "select measure, items, of_items, example_ids from marts.mart_ops_coverage"
        )
    }
    assert {name: found[name] for name in EXPECTED_COVERAGE} == EXPECTED_COVERAGE
    # of as many as the reference tables have
    assert found["unknown_country_codes"][::2] == (1, "XQ")
    assert found["military_bodies_with_another_ror"][::2] == (1, "harbin-institute-of-technology")
    assert (
        _rows(settings, "select measure from marts.mart_ops_coverage where description = '' or what_to_do = ''") == []
    )
