"""A new figure of a known measure is a row of headline_figures.csv: no model and no check is touched for it."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from include.audit.metrics import compute, reasons_to_skip
from include.audit.registry import load_checks
from include.audit.suites import load_suites
from include.audit.tables import make_helpers, opened
from include.audit.thresholds import load_thresholds
from include.common.sql import quoted
from include.contracts.candidate import Lineage
from include.settings import Settings
from include.warehouse.figures import UNITS
from include.warehouse.reference import Reference, load_reference, reference_faults
from tests.integration.figures_as_sql import FOLDER, MART, count_figures, figure_models

SHARE = {"statistic": "share", "unit": "share"}
OF_ALL = {"base_measure": "joint_papers", "base_geography": "side_a"}
LINKED = {"measure": "linked_papers", "counted_of": "any_list", "period": "2019-2021"}
LINKED_DE = """
    select sum(military_linked_papers) from mart_military_links where reporter_code = 'DE' and dimension = 'all'
    and listing_basis = 'today' and definition_code = 'any_list' and publication_year between 2019 and 2021
"""
# what the row says, and the same from other tables of the release
NEW: dict[str, tuple[dict[str, str], str]] = {
    "it_share_of_joint_papers": (
        {**SHARE, "measure": "joint_papers", "geography": "IT", **OF_ALL, "period": "2018-2020"},
        """
        select sum(joint_papers) filter (reporter_code = 'IT') / sum(joint_papers) filter (is_side_a)
        from full_counts where publication_year between 2018 and 2020
        """,
    ),
    "de_linked_papers": ({"statistic": "sum", "geography": "DE", **LINKED}, LINKED_DE),
    "de_linked_share": (
        {**SHARE, "geography": "DE", **LINKED, "base_measure": "joint_papers", "base_geography": "DE"},
        f"""
        select ({LINKED_DE}) / sum(joint_papers)
        from full_counts where reporter_code = 'DE' and publication_year between 2019 and 2021
        """,
    ),
    "gb_growth_of_all_papers": (
        {"statistic": "growth", "unit": "rate", "measure": "all_papers", "geography": "GB", "period": "2018-2022"},
        """
        select sum(reporter_papers) filter (publication_year = 2022)
            / sum(reporter_papers) filter (publication_year = 2018) - 1
        from full_counts where reporter_code = 'GB'
        """,
    ),
    "papers_with_industry": (
        {"statistic": "sum", "measure": "papers_with_category", "geography": "side_a",
         "counted_of": "defence_industry"},
        """
        select count(distinct work_id) from fct_works join fct_work_military_links using (work_id)
        where is_joint and is_listed_today and category = 'defence_industry'
        """,
    ),
    "gb_funded_by_chinese_universities": (
        {**SHARE, "measure": "papers_funded_by_class", "geography": "GB", "counted_of": "cn_university",
         "base_measure": "papers_with_funding", "base_geography": "GB"},
        """
        select sum(papers) filter (level = 'class' and funder_class = 'cn_university')
            / sum(papers) filter (level = 'any')
        from mart_funding_sources where reporter_code = 'GB'
        """,
    ),
    "au_rank_with_europe_as_one": (
        {"statistic": "rank", "unit": "rank", "measure": "partner_papers", "geography": "AU", "period": "2020",
         "base_measure": "partner_papers", "base_geography": "EUROPE"},
        """
        with others as (
            from mart_country_relations
            where publication_year = 2020 and (
                country_code = 'EUROPE'
                or not is_group
                and country_code not in (select reporter_code from dim_reporter where reporter_kind = 'country')
            )
        )
        select 1 + count(*) from others
        where joint_papers > (select joint_papers from others where country_code = 'AU')
        """,
    ),
}  # fmt: skip
OF_EACH = {
    "figure_order": "3001",
    "figure_id": "linked_papers_{code}",
    "figure": "Linked papers of {name}",
    "for_each": "country",
    "each_of": "side_a",
    "statistic": "sum",
    "geography": "{code}",
    **LINKED,
}


def _row(columns: list[str], order: int, figure_id: str, values: dict[str, str]) -> dict[str, str]:
    known = {
        "figure_order": str(4000 + order), "figure_id": figure_id, "section": "volume", "figure": "A new figure",
        "unit": "papers", "period": "2017-2022", "study_id": "merics_2023", "definition": "As its row says",
        "as_of": "2026-11-30",
    }  # fmt: skip
    return dict.fromkeys(columns, "") | known | values


@pytest.fixture(scope="module")
def columns(shelf_settings: Settings) -> list[str]:
    with (shelf_settings.seeds / "headline_figures.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle).fieldnames or ())


@pytest.fixture(scope="module")
def shelf_settings() -> Settings:
    return Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def rows(columns: list[str]) -> list[dict[str, str]]:
    new = [_row(columns, order, figure_id, values) for order, (figure_id, (values, _)) in enumerate(NEW.items())]
    return [*new, _row(columns, 0, "", OF_EACH)]


@pytest.fixture
def seeds(shelf_settings: Settings, rows: list[dict[str, str]], tmp_path: Path) -> Path:
    """The reference tables, with new figures."""
    folder = tmp_path / "reference"
    shutil.copytree(shelf_settings.seeds, folder)
    with (folder / "headline_figures.csv").open("a", encoding="utf-8", newline="") as handle:
        csv.DictWriter(handle, list(rows[0]), lineterminator="\n").writerows(rows)
    return folder


def _figures(db: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    return db.execute(f"select * from {table} order by figure_id").fetchall()


def test_the_figures_of_a_warehouse_are_those_of_its_rows(released: Settings) -> None:
    with duckdb.connect(str(released.warehouse_file), read_only=True) as db:
        count_figures(db, released, released.seeds)
        assert _figures(db, f"temp.{MART}") == _figures(db, f"marts.{MART}")


def test_a_new_figure_of_a_known_measure_is_a_row(released: Settings, seeds: Path) -> None:
    with duckdb.connect(str(released.warehouse_file), read_only=True) as db:
        count_figures(db, released, seeds)
        before = _figures(db, f"marts.{MART}")
        after = _figures(db, f"temp.{MART}")
        db.execute("use marts")
        db.execute(
            "create temp view full_counts as from marts.mart_copublication_trends "
            "where counting_method = 'full' and work_selection = 'all'"
        )
        found = dict(db.execute(f"select figure_id, computed_value from temp.{MART}").fetchall())
        for figure_id, (_, query) in NEW.items():
            ((expected,),) = db.execute(query).fetchall()
            assert expected, f"{figure_id}: the corpus has no case"
            assert found[figure_id] == pytest.approx(float(expected), rel=1e-12), figure_id
        of_each = {row[1]: row[0] for row in after if str(row[1]).startswith("linked_papers_")}
    assert set(before) <= set(after)
    assert len(of_each) == 30
    assert sorted(of_each.values()) == list(range(3001, 3031))
    assert found["linked_papers_DE"] == found["de_linked_papers"]


def test_the_gate_recounts_a_new_figure_by_its_row(released: Settings, seeds: Path) -> None:
    (candidate,) = [folder for folder in released.build_dir.iterdir() if (folder / "lineage.json").is_file()]
    with duckdb.connect(str(released.warehouse_file), read_only=True) as db:
        count_figures(db, released, seeds)
        db.execute(f"copy temp.{MART} to {quoted(candidate / 'marts' / f'{MART}.parquet')} (format parquet)")
    shutil.copy(seeds / "headline_figures.csv", candidate / "reference")
    thresholds = load_thresholds()
    names = ("headline_figures_recounted", "headline_figures_as_published", "headline_figures_present")
    checks = [check for check in load_checks(thresholds) if check.check_id in names]
    with opened(released, Lineage.load(candidate / "lineage.json"), thresholds, load_suites()) as db:

        def broken() -> set[str]:
            metrics = compute(db, checks, reasons_to_skip(db, thresholds))
            return {metric.check.check_id for metric in metrics if not metric.passed}

        assert broken() == set()
        # one of the new figures is wrong, each in turn
        db.execute(f"create table sound as from {MART}")
        db.execute(f"drop view {MART}")
        for figure_id in (*NEW, "linked_papers_DE"):
            wrong = f"if(figure_id = '{figure_id}', computed_value + 1, computed_value)"
            db.execute(f"create or replace table {MART} as select * replace ({wrong} as computed_value) from sound")
            make_helpers(db)
            assert broken() == {"headline_figures_recounted"}, figure_id


def test_the_rules_of_the_reference_data_know_a_new_figure(released: Settings, rows: list[dict[str, str]]) -> None:
    reference = load_reference(released)
    tables = {**reference.tables, "headline_figures": [*reference.tables["headline_figures"], *rows]}
    assert reference_faults(released, Reference(tables, reference.subjects)) == []


def test_no_country_body_or_class_is_named_in_the_models_of_figures(shelf_settings: Settings) -> None:
    """What figures are of stands in the reference table alone."""
    reference = load_reference(shelf_settings).tables
    names = {
        row[column]
        for table, columns in {
            "countries": ("country_code", "country_name"),
            "country_groups": ("group_code",),
            "military_bodies": ("body_id", "category"),
            "military_definitions": ("definition_code",),
            "funder_class_labels": ("funder_class",),
            "funder_classes": ("funder_id", "programme_code"),
            "sensitive_topics": ("topic_id", "label"),
            "headline_figures": ("figure_id",),
            "studies": ("study_id", "subject_id"),
        }.items()
        for row in reference[table]
        for column in columns
    }
    # some figures bear the name of what they are
    names -= {"", *UNITS, *(row["measure"] for row in reference["figure_measures"])}
    models = figure_models()
    assert len(models) > 8 and len(names) > 1000
    for name, text in models.items():
        quoted_texts = set(re.findall(r"'([^']*)'", text))
        assert quoted_texts & names == set(), name
    assert not any(re.search(r"starts_with\(|figure_id (=|in|like) [('\"]", text) for text in models.values())


def test_every_column_of_the_steps_is_described_and_none_is_published(released: Settings) -> None:
    described = {
        model["name"]: [column["name"] for column in model["columns"] if column["description"].endswith(".")]
        for file in FOLDER.parents[1].glob("*/steps/_steps.yml")
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    }
    with duckdb.connect(str(released.warehouse_file), read_only=True) as db:
        built = {
            name: [column for column, *_ in db.execute(f"describe steps.{name}").fetchall()]
            for (name,) in db.execute("select table_name from duckdb_tables() where schema_name = 'steps'").fetchall()
        }
    assert described == built
    assert figure_models().keys() - {MART} <= set(built)
    parquet = {file.stem for file in (released.releases_dir / "current" / "parquet").iterdir()}
    assert MART in parquet and not parquet & set(built)


def test_no_model_of_figures_is_long_and_each_says_its_grain() -> None:
    for name, text in figure_models().items():
        assert text.startswith("-- "), name
        assert len(text.splitlines()) <= 200, name
