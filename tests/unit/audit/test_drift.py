"""Drift: nothing moves between equal releases, what hurts is caught, and what is meant or normal is no alarm."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from include.audit.baseline import find_baseline
from include.audit.drift.engine import measure_drift
from include.audit.drift.registry import measures
from include.audit.metrics import Metric
from include.common.errors import ContractError
from include.common.files import sha256_file
from include.contracts.candidate import CandidateColumn, Lineage
from include.contracts.reference import ENTRY_COLUMNS, read_entries, read_tables, table_digests, write_tables
from include.contracts.release import Release
from include.settings import Settings
from tests.unit.audit.conftest import NEXT
from tests.unit.candidates import change_lineage, rewrite

TRENDS, FUNDING, MILITARY = "mart_copublication_trends", "mart_funding_sources", "mart_military_links"
REASON = "the edition of June"


def drift(settings: Settings) -> dict[str, Metric]:
    """Every check of drift of the next candidate, by id."""
    lineage = Lineage.load(settings.build_dir / NEXT / "lineage.json")
    return {
        metric.check.check_id: metric for metric in measure_drift(settings, lineage, find_baseline(settings, lineage))
    }


def failed(found: dict[str, Metric]) -> set[str]:
    return {check_id for check_id, metric in found.items() if check_id.endswith("_fail") and metric.value}


def release_folder(settings: Settings) -> Path:
    return (settings.releases_dir / "current").resolve()


def rewrite_release(settings: Settings, table: str, sql: str) -> None:
    """Replace a table of the published release by `sql`, in which `it` is the table as it was; its record follows."""
    folder = release_folder(settings)
    file, aside = folder / "parquet" / f"{table}.parquet", folder / "new.parquet"
    with duckdb.connect() as db:
        db.execute(f"create view it as from read_parquet('{file}')")
        db.execute(f"copy ({sql}) to '{aside}' (format parquet)")
    aside.replace(file)
    record = Release.load(folder / "release.json")
    tables = tuple(
        one.model_copy(update={"sha256": sha256_file(file)}) if one.name == table else one for one in record.tables
    )
    record.model_copy(update={"tables": tables}).save(folder / "release.json")


def rows_of(settings: Settings, sql: str, table: str = "mart_ops_drift") -> list[tuple[object, ...]]:
    file = settings.build_dir / NEXT / "audit" / f"{table}.parquet"
    with duckdb.connect() as db:
        db.execute(f"create view it as from read_parquet('{file}')")
        return db.execute(sql).fetchall()


def test_an_equal_candidate_moves_nothing(following: Settings) -> None:
    found = drift(following)
    assert {check_id for check_id, metric in found.items() if metric.value or metric.problem} == set()
    assert found["joint_papers_stable_fail"].value == 0
    # each measure notes at least a cell, so that a history of movements has no gaps
    assert {name for (name,) in rows_of(following, "select distinct measure from it")} == {
        measure.name for measure in measures()
    }


@pytest.mark.parametrize(
    ("measure", "table", "change", "cell"),
    [
        (
            "joint_papers",
            TRENDS,
            "select * replace (case reporter_code when 'GB' then 0 else joint_papers end as joint_papers) from it",
            "reporter_code=GB",
        ),
        (
            "joint_papers",
            TRENDS,
            "from it where publication_year <> 2021",
            "publication_year=2021",
        ),
        (
            "reporter_papers",
            TRENDS,
            "select * replace ((reporter_papers / 2)::bigint as reporter_papers) from it",
            "all closed years",
        ),
        ("partner_papers", TRENDS, "select * replace (null::bigint as partner_papers) from it", "partner_code=CHINA"),
        ("joint_papers_by_selection", TRENDS, "from it where counting_method = 'full'", "fractional"),
        ("funding_by_funder", FUNDING, "from it where funder_id <> 'F1'", "funder_id=F1"),
        ("funding_by_class", FUNDING, "from it where level <> 'any'", "level=any"),
        (
            "disclosed_share",
            "mart_funding_coverage",
            "select * replace (0.1 as disclosed_share) from it",
            "dimension=all",
        ),
        (
            "military_links",
            MILITARY,
            "select * replace ((military_linked_papers / 2)::bigint as military_linked_papers) from it",
            "listing_basis=",
        ),
        ("military_links_by_body", MILITARY, "from it where dimension_id <> 'demo-son'", "body_id=demo-son"),
        ("topics", "mart_topic_collaboration", "from it where topic_id <> 'T1'", "topic_id=T1"),
        ("institution_pairs", "mart_institution_pairs", "from it where institution_a_country_code <> 'GB'", "GB"),
        ("row_counts", "fct_works", "from it limit 100", "table_name=fct_works"),
        (
            "headline_counts",
            "mart_headline_figures",
            "select * replace (computed_value * 2 as computed_value) from it",
            "figure_id=joint_papers",
        ),
    ],
)
def test_what_hurts_blocks(following: Settings, measure: str, table: str, change: str, cell: str) -> None:
    rewrite(following, NEXT, table, change)
    found = drift(following)
    metric = found[f"{measure}_stable_fail"]
    assert metric.value, metric.observed
    assert cell in metric.observed
    assert found[f"{measure}_stable_warn"].value
    ((outcome,),) = rows_of(following, f"select outcome from it where measure = '{measure}' limit 1")
    assert outcome == "failed"


def test_a_movement_of_few_papers_is_none(following: Settings) -> None:
    rewrite(following, NEXT, TRENDS, "select * replace (joint_papers + 1 as joint_papers) from it where is_side_a")
    assert "joint_papers_by_selection_stable_fail" not in failed(drift(following))


def test_a_country_whose_last_joint_paper_of_a_year_is_gone_keeps_its_other_papers(following: Settings) -> None:
    """Its row goes with the joint paper: how many papers it has altogether is then not known, and has not shrunk."""
    relations = "mart_country_relations"
    few = "country_code = 'US' and publication_year <> 2022"
    one_each = f"select * replace (if({few}, 1, joint_papers) as joint_papers) from it"
    rewrite_release(following, relations, one_each)
    rewrite(following, NEXT, relations, f"from ({one_each}) where not ({few})")
    found = drift(following)
    assert "country_papers_stable_fail" not in failed(found), found["country_papers_stable_fail"].observed
    rewrite(following, NEXT, relations, "select * replace (country_papers // 2 as country_papers) from it")
    assert "country_papers_stable_fail" in failed(drift(following))


@pytest.mark.parametrize(
    ("factor", "blocks"), [(1.4, False), (3, True), (0.5, True)], ids=["grows", "triples", "shrinks"]
)
def test_a_running_year_may_grow_with_its_days_and_not_shrink(following: Settings, factor: float, blocks: bool) -> None:
    running = "select * replace (publication_year <> 2022 as is_complete_year) from it"
    rewrite_release(following, TRENDS, running)
    grown = f"joint_papers * if(publication_year = 2022, {factor}, 1) as joint_papers"
    rewrite(following, NEXT, TRENDS, f"select * replace ({grown}) from it")
    assert ("joint_papers_stable_fail" in failed(drift(following))) is blocks


def test_a_batch_that_is_gone_blocks_and_other_batches_altogether_are_not_compared(following: Settings) -> None:
    record = Release.load(release_folder(following) / "release.json")
    more = record.model_copy(update={"batches": (*record.batches, "01GONE")})
    more.save(release_folder(following) / "release.json")
    metric = drift(following)["batches_kept"]
    assert (metric.value, metric.examples) == (1, "01GONE")
    # of the same source, though no batch says so
    change_lineage(following, NEXT, source="one")
    others = record.model_copy(update={"batches": ("01GONE",), "source": "one"})
    others.save(release_folder(following) / "release.json")
    assert "from none of these batches" in drift(following)["batches_kept"].skipped


def test_a_column_that_goes_blocks_unless_the_last_release_said_so(following: Settings) -> None:
    place = release_folder(following) / "release.json"
    record = Release.load(place)
    (trends,) = [table for table in record.tables if table.name == TRENDS]
    assert drift(following)["schema_changes_announced"].value == 0

    def with_column(description: str) -> None:
        column = CandidateColumn(name="papers_together", type="BIGINT", description=description)
        more = trends.model_copy(update={"columns": (*trends.columns, column)})
        tables = tuple(more if table.name == TRENDS else table for table in record.tables)
        record.model_copy(update={"tables": tables}).save(place)

    with_column("Papers of both.")
    metric = drift(following)["schema_changes_announced"]
    assert (metric.value, metric.examples) == (1, f"{TRENDS}.papers_together removed")
    with_column("Papers of both. Deprecated: joint_papers has the same.")
    assert drift(following)["schema_changes_announced"].value == 0


def test_limits_follow_from_the_last_releases(following: Settings) -> None:
    folder = release_folder(following)
    told = """
        select 'R' as run_id, 'B' as compared_with, 'joint_papers' as measure, 'x' as cell, 100.0 as value_before,
            100.1 as value_now, 0.001 as movement, 0.05 as warn_limit, 0.1 as fail_limit,
            'thresholds.yml' as limit_basis, true as is_large, 'within' as outcome, null::text as reason
    """
    rewrite_release(following, "mart_ops_drift", told)
    record = Release.load(folder / "release.json")
    for number in range(4):
        copy = following.releases_dir / f"20200101T00000{number}Z-early{number}"
        (copy / "parquet").mkdir(parents=True)
        (copy / "parquet" / "mart_ops_drift.parquet").write_bytes(
            (folder / "parquet" / "mart_ops_drift.parquet").read_bytes()
        )
        earlier = {"release_id": copy.name, "published_at": record.published_at.replace(year=2020 + number)}
        record.model_copy(update=earlier).save(copy / "release.json")
    drift(following)
    ((warn, fail, basis),) = rows_of(
        following, "select distinct warn_limit, fail_limit, limit_basis from it where measure = 'joint_papers'"
    )
    assert (warn, fail, basis) == (0.02, 0.05, "the movements of 5 releases")


# --- what changed on purpose


def change_reference(settings: Settings, edit: Callable[[dict[str, list[dict[str, str]]]], None]) -> None:
    """Change the reference tables of the next candidate."""
    folder = settings.build_dir / NEXT / "reference"
    tables = read_tables(folder)
    edit(tables)
    write_tables(tables, folder)
    change_lineage(settings, NEXT, reference_sha256=table_digests(folder))


def entry(table: str, key: str, change: str, rows: str = "") -> dict[str, str]:
    return dict(zip(ENTRY_COLUMNS, ("2026-11-29", table, key, change, rows, REASON), strict=True))


@pytest.mark.parametrize(
    ("table", "key", "change", "edit"),
    [
        (
            "military_list_membership",
            "beihang-university, aspi_cdut",
            "removed",
            lambda rows: _without(rows),
        ),
        ("military_bodies", "beihang-university", "class", lambda rows: _set(rows, "beihang", "category", "pla")),
        ("military_bodies", "beihang-university", "ids", lambda rows: _set(rows, "beihang", "ror", "")),
        ("country_groups", "EU27, DE", "dates", lambda rows: _set(rows, "DE", "valid_to", "2026-01-01")),
        ("countries", "XX", "added", lambda rows: rows.append({**rows[0], "country_code": "XX"})),
        ("headline_figures", "joint_papers", "values", lambda rows: _set(rows, "joint_papers", "published_value", "1")),
        ("subject_topics", "T9", "added", lambda rows: rows.append({"topic_id": "T9", "topic_name": "New"})),
    ],
)
def test_a_changed_row_without_an_entry_blocks_and_with_one_is_named(
    following: Settings, table: str, key: str, change: str, edit: Callable[[list[dict[str, str]]], None]
) -> None:
    if table == "subject_topics":
        # the invented scope has no topics: it had one before
        folder = release_folder(following) / "reference"
        write_tables({**read_tables(folder), table: [{"topic_id": "T1", "topic_name": "Old"}]}, folder)
        change_reference(following, lambda tables: tables.update({table: [{"topic_id": "T1", "topic_name": "Old"}]}))
    change_reference(following, lambda tables: edit(tables[table]))
    metric = drift(following)["reference_changes_explained"]
    assert metric.value, metric.observed
    assert f"{table}: {key} {change}" in metric.observed

    told = rows_of(following, "select table_name, row_key, change from it", "mart_ops_reference_changes")
    change_reference(
        following, lambda tables: tables["reference_changes"].extend(entry(*map(str, row)) for row in told)
    )
    assert drift(following)["reference_changes_explained"].value == 0
    reasons = rows_of(following, "select distinct reason from it where is_explained", "mart_ops_reference_changes")
    assert reasons == [(REASON,)]


def _set(rows: list[dict[str, str]], of: str, column: str, value: str) -> None:
    for row in rows:
        if any(each == of or each.startswith(f"{of}-university") for each in list(row.values())[:3]):
            row[column] = value


def _without(rows: list[dict[str, str]]) -> None:
    rows[:] = [row for row in rows if row["body_id"] != "beihang-university"]


def test_provenance_is_no_change(following: Settings) -> None:
    change_reference(
        following, lambda tables: [row.update(as_of="2026-11-30") for row in tables["military_bodies"]] and None
    )
    assert drift(following)["reference_changes_explained"].value == 0


def test_an_entry_counts_once(following: Settings) -> None:
    told = entry("military_list_membership", "beihang-university, *", "removed", "1")
    folder = release_folder(following) / "reference"
    write_tables({**read_tables(folder), "reference_changes": [told]}, folder)

    def again(tables: dict[str, list[dict[str, str]]]) -> None:
        _without(tables["military_list_membership"])
        tables["reference_changes"].append(told)

    change_reference(following, again)
    assert drift(following)["reference_changes_explained"].value


@pytest.mark.parametrize(("rows", "explained"), [(0, True), (1, False)], ids=["as many rows", "fewer rows"])
def test_a_pattern_stands_for_the_rows_that_it_says(following: Settings, rows: int, explained: bool) -> None:
    before = len(
        [
            row
            for row in read_tables(following.build_dir / NEXT / "reference")["military_list_membership"]
            if row["body_id"].startswith("b")
        ]
    )

    def half(tables: dict[str, list[dict[str, str]]]) -> None:
        members = tables["military_list_membership"]
        members[:] = [row for row in members if not row["body_id"].startswith("b")]
        tables["reference_changes"].append(entry("military_list_membership", "b*", "removed", str(before - rows)))

    change_reference(following, half)
    assert (drift(following)["reference_changes_explained"].value == 0) is explained


def test_an_entry_excuses_what_the_table_moves_and_nothing_else(following: Settings) -> None:
    def without_beihang(tables: dict[str, list[dict[str, str]]]) -> None:
        _without(tables["military_list_membership"])
        tables["reference_changes"].append(entry("military_list_membership", "beihang-university, *", "removed", "1"))

    change_reference(following, without_beihang)
    count = len(
        [
            row
            for row in read_tables(release_folder(following) / "reference")["military_list_membership"]
            if row["body_id"] == "beihang-university"
        ]
    )
    change_reference(following, lambda tables: tables["reference_changes"][-1].update(rows=str(count)))
    half = "select * replace ((military_linked_papers / 2)::bigint as military_linked_papers) from it"
    rewrite(following, NEXT, MILITARY, half)
    rewrite(following, NEXT, FUNDING, "from it where funder_id <> 'F1'")
    found = drift(following)
    assert found["military_links_stable_fail"].skipped == f"military_list_membership changed (2026-11-29: {REASON})"
    # of bodies, only the one whose row went
    assert found["military_links_by_body_stable_fail"].value
    assert found["funding_by_funder_stable_fail"].value


def test_a_row_that_stands_for_many_figures_excuses_each_of_them_and_no_other(following: Settings) -> None:
    def reworded(tables: dict[str, list[dict[str, str]]]) -> None:
        row = next(row for row in tables["headline_figures"] if row["figure_id"] == "growth_{code}")
        row["period"] = "2018-2022"
        tables["reference_changes"].append(entry("headline_figures", "growth_{code}", "values"))

    change_reference(following, reworded)
    moved = "select * replace (if(unit = 'rate', computed_value + 5, computed_value) as computed_value) from it"
    rewrite(following, NEXT, "mart_headline_figures", moved)
    found = drift(following)["headline_growth_stable_fail"]
    assert "figure_id=growth_" not in found.observed
    assert f"headline_figures changed (2026-11-29: {REASON})" in found.observed


def test_a_country_that_joins_a_group_excuses_the_group_alone(following: Settings) -> None:
    member = {"scope_role": "group", "group_code": "EU27", "country_code": "NO"}
    change_reference(following, lambda tables: tables["scope_groups"].append(member))
    doubled = "joint_papers * if(reporter_code in ('EU27', 'GB'), 2, 1) as joint_papers"
    rewrite(following, NEXT, TRENDS, f"select * replace ({doubled}) from it")
    metric = drift(following)["joint_papers_stable_fail"]
    assert metric.value
    assert "reporter_code=GB" in metric.observed
    assert "reporter_code=EU27" not in metric.observed
    assert "EU27 has other members (NO came)" in metric.observed


def test_a_country_that_side_a_has_no_more_is_not_compared(following: Settings) -> None:
    def narrower(tables: dict[str, list[dict[str, str]]]) -> None:
        rows = [row for row in tables["scope_groups"] if row["scope_role"] != "side_a"]
        few = {"scope_role": "side_a", "group_code": "SIDE_A", "country_code": "DE"}
        tables["scope_groups"][:] = [*rows, few]

    change_reference(following, narrower)
    change_lineage(following, NEXT, fetch_version="v2")
    rewrite(following, NEXT, TRENDS, "from it where reporter_code in ('DE', 'EU27')")
    metric = drift(following)["joint_papers_stable_fail"]
    assert not metric.value, metric.observed
    assert "a country that side A had or has, and not both" in metric.observed


def test_years_that_only_one_scope_has_are_not_compared(following: Settings) -> None:
    def later(tables: dict[str, list[dict[str, str]]]) -> None:
        for row in tables["scope_settings"]:
            if row["setting"] == "year_from":
                row["value"] = "2018"

    change_reference(following, later)
    change_lineage(following, NEXT, fetch_version="v2")
    rewrite(following, NEXT, TRENDS, "from it where publication_year > 2017")
    found = drift(following)
    assert "joint_papers_stable_fail" not in failed(found)
    assert (
        "the scope asked for 2017 to 2022, and asks for 2018 to 2022 now" in found["joint_papers_stable_fail"].observed
    )


def test_a_release_without_reference_tables_is_said(following: Settings) -> None:
    for file in (release_folder(following) / "reference").iterdir():
        file.unlink()
    found = drift(following)
    assert found["reference_changes_explained"].skipped.endswith("carries no reference tables")
    assert found["joint_papers_stable_fail"].value == 0
    change_lineage(following, NEXT, fetch_version="v2")
    assert "asked for other works" in drift(following)["joint_papers_stable_fail"].skipped


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("2026-13-01,countries,XX,added,,why", "date `2026-13-01` is no day"),
        ("2026-11-29,countrys,XX,added,,why", "there is no table `countrys`"),
        ("2026-11-29,countries,XX,come,,why", "change `come` is not known"),
        ("2026-11-29,countries,XX,added,,", "reason is empty"),
        ("2026-11-29,countries,X*,added,,why", "do not fit"),
        ("2026-11-29,countries,XX,added,2,why", "do not fit"),
        ("2026-11-29,countries,XX,added", "more or fewer values"),
    ],
)
def test_a_mistake_in_an_entry_is_one_sentence(tmp_path: Path, line: str, sentence: str) -> None:
    file = tmp_path / "reference_changes.csv"
    with file.open("w") as out:
        csv.writer(out).writerow(ENTRY_COLUMNS)
        out.write(line + "\n")
    with pytest.raises(ContractError, match=sentence) as caught:
        read_entries(file, {"countries"})
    assert caught.value.where.endswith("line 2")
