"""Publishing: only what passed, all of it, in one switch; killed anywhere, readers are whole and a rerun finishes."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from include import release
from include.common.errors import BusyError, ContractError, GateFailed
from include.common.files import only_one, sha256_file
from include.common.sql import quoted, read_parquet
from include.contracts.batch import Check
from include.contracts.finding import Accepted
from include.contracts.release import Release
from include.release import catalogue, database, downloads, ops, publishing, workbook
from include.release.catalogue import ReleaseError
from include.release.database import KEY_UP_TO_ROWS
from include.settings import Settings
from tests.unit.candidates import contract_columns, pass_audit, raising_after, rewrite
from tests.unit.models_as_sql import bi_models, is_view
from tests.unit.release.conftest import FIRST, keeping

MakeRun = Callable[[int], str]


def folder(settings: Settings) -> Path:
    return settings.releases_dir / "current"


def assert_whole(settings: Settings, release_id: str) -> None:
    """What readers follow is the release `release_id`, every file of it as recorded."""
    assert folder(settings).resolve().name == release_id
    record = Release.load(folder(settings) / "release.json")
    assert record.release_id == release_id
    for name, checksum in record.files_sha256.items():
        assert sha256_file(folder(settings) / name) == checksum, name
    with duckdb.connect(str(folder(settings).resolve() / "marts.duckdb"), read_only=True) as db:
        for table in record.tables:
            (rows,) = db.execute(f"select count(*) from {table.name}").fetchall()[0]
            assert rows == table.rows, table.name


def test_a_release_holds_everything(settings: Settings) -> None:
    made = release.publish(settings, FIRST)
    assert release.current(settings) == made
    assert_whole(settings, made.release_id)
    files = set(made.files_sha256)
    assert {"marts.duckdb", "report/index.html", "data_docs/index.html"} <= files
    assert {f"parquet/{table.name}.parquet" for table in made.tables} <= files
    assert {"mart_ops_quality_results", "mart_ops_releases"} <= {table.name for table in made.tables}
    assert made.run_id == FIRST
    assert made.previous is None
    assert made.changes["fct_works"] == 60
    assert set(made.gates) == {"gate_1", "gate_2", "gate_3"}


def test_tables_and_columns_carry_their_descriptions_and_the_synthetic_mark(settings: Settings) -> None:
    made = release.publish(settings, FIRST)
    with duckdb.connect(str(folder(settings) / "marts.duckdb"), read_only=True) as db:
        tables = dict(db.execute("select table_name, comment from duckdb_tables()").fetchall())
        views = dict(db.execute("select view_name, comment from duckdb_views() where not internal").fetchall())
        columns = db.execute(
            "select table_name, column_name, comment from duckdb_columns() where not internal"
        ).fetchall()
        keys = db.execute(
            "select table_name from duckdb_constraints() where constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    assert all(comment.startswith("SYNTHETIC") for comment in (tables | views).values())
    assert set(views) == {"bi_ops_release", *(name for name in bi_models() if is_view(name))}
    assert "One row per (reporter_code, partner_code" in tables["mart_copublication_trends"]
    described = {(table, column): comment for table, column, comment in columns}
    contracts = contract_columns()
    for mart in contracts:
        for name, _, description in contracts[mart]:
            assert described[mart, name].startswith("SYNTHETIC")
            assert described[mart, name].endswith(description)
    small = {table.name for table in made.tables if table.rows <= KEY_UP_TO_ROWS}
    assert {table for (table,) in keys} == set(tables) & small
    assert "dim_listing_basis" in small
    assert all(comment for comment in described.values())


def test_views_say_what_their_tables_say(settings: Settings) -> None:
    """A view is evaluated by whoever reads it; its Parquet file is what the audit judged."""
    made = release.publish(settings, FIRST)
    views = [table for table in made.tables if table.view_sql]
    assert len(views) > 5
    with duckdb.connect() as db:
        # under another name than its own, as a tool may attach it
        db.execute(f"attach {quoted(folder(settings) / 'marts.duckdb')} as another (read_only)")
        for view in views:
            file = read_parquet(folder(settings) / "parquet" / f"{view.name}.parquet")
            of_view, of_file = (
                db.execute(f"from {source} order by all").fetchall() for source in (f"another.{view.name}", file)
            )
            assert len(of_view) == view.rows
            assert of_view == of_file


def test_no_column_has_a_time_zone(settings: Settings) -> None:
    release.publish(settings, FIRST)
    with duckdb.connect(str(folder(settings) / "marts.duckdb"), read_only=True) as db:
        kinds = db.execute("select distinct data_type from duckdb_columns() where not internal").fetchall()
    assert ("TIMESTAMP",) in kinds
    assert [kind for (kind,) in kinds if "TIME ZONE" in kind] == []


def test_real_data_is_not_marked_synthetic(settings: Settings) -> None:
    lineage = settings.build_dir / FIRST / "lineage.json"
    text = lineage.read_text().replace('"synthetic"', '"openalex"')
    lineage.write_text(text.replace("SYNTHETIC (invented data, says nothing about the world): ", ""))
    pass_audit(settings, FIRST)
    release.publish(settings, FIRST)
    with duckdb.connect(str(folder(settings) / "marts.duckdb"), read_only=True) as db:
        comments = db.execute(
            "select comment from duckdb_tables() union all select comment from duckdb_columns()"
        ).fetchall()
    assert not any("SYNTHETIC" in (comment or "") for (comment,) in comments)


def test_a_doubled_row_that_was_accepted_is_published_without_a_key(settings: Settings) -> None:
    rewrite(settings, FIRST, "dim_country", "from it union all (from it limit 1)")
    pass_audit(settings, FIRST)
    made = release.publish(settings, FIRST)
    assert_whole(settings, made.release_id)


def test_the_database_has_the_storage_of_old_clients(settings: Settings) -> None:
    release.publish(settings, FIRST)
    # bytes 12 to 19 of a DuckDB file: its storage version; 64 is what 1.2 wrote first
    version = int.from_bytes((folder(settings) / "marts.duckdb").read_bytes()[12:20], "little")
    with duckdb.connect() as db:
        newest = folder(settings).parent / "newest.duckdb"
        db.execute(f"attach '{newest}' (storage_version 'latest')")
        db.execute("create table newest.t as select 1")
        db.execute("detach newest")
    assert version < int.from_bytes(newest.read_bytes()[12:20], "little")


def test_what_did_not_pass_is_not_published(settings: Settings) -> None:
    pass_audit(settings, FIRST, passed=False)
    with pytest.raises(GateFailed, match="did not pass"):
        release.publish(settings, FIRST)
    (settings.build_dir / FIRST / "verdict.json").unlink()
    with pytest.raises(GateFailed, match="not been audited"):
        release.publish(settings, FIRST)
    assert release.list_releases(settings) == []


def test_a_verdict_of_another_run_does_not_count(settings: Settings, next_run: MakeRun) -> None:
    other = next_run(1)
    shutil.copy(settings.build_dir / FIRST / "verdict.json", settings.build_dir / other / "verdict.json")
    with pytest.raises(GateFailed):
        release.publish(settings, other)


@pytest.mark.parametrize("change", ["altered", "gone"])
def test_a_table_changed_after_the_audit_is_refused(settings: Settings, change: str) -> None:
    file = settings.build_dir / FIRST / "marts" / "mart_headline_figures.parquet"
    if change == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(ContractError, match="mart_headline_figures"):
        release.publish(settings, FIRST)
    assert release.current(settings) is None


@pytest.mark.parametrize("part", ["report", "data_docs"])
def test_a_candidate_without_a_part_names_the_command(settings: Settings, part: str) -> None:
    (settings.build_dir / FIRST / part / "index.html").unlink()
    with pytest.raises(ContractError) as caught:
        release.publish(settings, FIRST)
    assert f"--run {FIRST}" in caught.value.fix


def test_publishing_a_run_twice_gives_the_same_release(settings: Settings) -> None:
    made = release.publish(settings, FIRST)
    assert release.publish(settings, FIRST) == made
    assert release.list_releases(settings) == [made]


def test_a_run_with_the_same_data_makes_no_release(
    settings: Settings, next_run: MakeRun, caplog: pytest.LogCaptureFixture
) -> None:
    made = release.publish(settings, FIRST)
    same = next_run(1)
    for name in ("dim_country.parquet",):
        shutil.copy(settings.build_dir / FIRST / "marts" / name, settings.build_dir / same / "marts" / name)
    tables = json.loads((settings.build_dir / FIRST / "lineage.json").read_text())["tables"]
    lineage = settings.build_dir / same / "lineage.json"
    lineage.write_text(json.dumps(json.loads(lineage.read_text()) | {"tables": tables}))
    pass_audit(settings, same)
    with caplog.at_level(logging.INFO, "entangled"):
        assert release.publish(settings, same) == made
    assert "unchanged" in caplog.text
    assert release.list_releases(settings) == [made]


def test_the_same_data_mends_a_release_that_is_torn(settings: Settings, next_run: MakeRun) -> None:
    torn = release.publish(settings, FIRST)
    (folder(settings) / "report" / "index.html").unlink()
    with pytest.raises(ReleaseError, match=r"is torn: report/index.html is missing"):
        release.publish(settings, FIRST)
    same = next_run(1)
    shutil.copytree(settings.build_dir / FIRST / "marts", settings.build_dir / same / "marts", dirs_exist_ok=True)
    tables = json.loads((settings.build_dir / FIRST / "lineage.json").read_text())["tables"]
    lineage = settings.build_dir / same / "lineage.json"
    lineage.write_text(json.dumps(json.loads(lineage.read_text()) | {"tables": tables}))
    pass_audit(settings, same)
    made = release.publish(settings, same)
    assert made.release_id != torn.release_id
    assert_whole(settings, made.release_id)


def test_other_data_makes_a_release_that_says_what_changed(settings: Settings, next_run: MakeRun) -> None:
    before = release.publish(settings, FIRST)
    made = release.publish(settings, next_run(1))
    assert made.previous == before.release_id
    assert made.changes["dim_country"] == 1
    # nothing came or went, tables that are written with the release neither
    assert made.schema_changes == ()
    assert made.changes["fct_works"] == 0
    with duckdb.connect(str(folder(settings) / "marts.duckdb"), read_only=True) as db:
        query = "select release_id, previous_release_id from mart_ops_releases order by published_at"
        listed = db.execute(query).fetchall()
    assert listed == [(before.release_id, None), (made.release_id, before.release_id)]


STEPS = {
    "while tables are copied": (publishing.shutil, "copyfile", 3),
    "before the report is copied": (publishing, "_copy_folder", 0),
    "between report and data docs": (publishing, "_copy_folder", 1),
    "before the list of releases": (ops, "add_releases", 0),
    "before the database": (publishing, "write_database", 0),
    "within the database": (database, "_add_table", 4),
    "before the workbook": (publishing, "write_workbook", 0),
    "within the workbook": (workbook, "_writer", 20),
    "before the downloads": (publishing, "write_downloads", 0),
    "within the downloads": (downloads, "write_atomic", 1),
    "before release.json": (Release, "save", 0),
    "before the folder is shown": (publishing, "publish_dir", 0),
    "before the switch": (publishing, "point_at", 0),
    "within the switch": (catalogue, "point_link", 0),
    "before old releases go": (publishing, "remove_old", 0),
    "while old releases go": (catalogue, "remove_tree", 0),
}


# `make test` has a kill of each part of a publish, `make verify` the others
SAMPLE = {"within the database", "before release.json", "before the switch", "while old releases go"}


@pytest.mark.parametrize(
    "step", [step if step in SAMPLE else pytest.param(step, marks=pytest.mark.verify) for step in STEPS]
)
def test_killed_anywhere_readers_are_whole_and_a_rerun_finishes(
    settings: Settings, next_run: MakeRun, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    keep_one = keeping(settings, 1)
    release.publish(keep_one, next_run(1))
    before = release.publish(keep_one, next_run(2))
    run_id = next_run(3)
    target, name, calls = STEPS[step]
    with raising_after(target, name, calls, monkeypatch) as seen, pytest.raises(KeyboardInterrupt):
        release.publish(keep_one, run_id)
    assert seen() == calls + 1, "the fault was not reached"
    now = release.current(keep_one)
    assert now is not None
    assert now.release_id == before.release_id or now.run_id == run_id
    assert_whole(keep_one, now.release_id)

    made = release.publish(keep_one, run_id)
    assert made.run_id == run_id
    assert_whole(keep_one, made.release_id)
    assert not [entry.name for entry in keep_one.releases_dir.iterdir() if entry.name.startswith(".")]
    assert [one.run_id for one in release.list_releases(keep_one)] == [run_id, before.run_id]


def test_half_removed_and_unfinished_releases_are_cleaned_and_never_listed(
    settings: Settings, next_run: MakeRun
) -> None:
    made = release.publish(settings, FIRST)
    for name in (".20200101T000000Z-abc.tmp", ".20200101T000000Z-abc.99.removed"):
        shutil.copytree(folder(settings), settings.releases_dir / name)
    assert release.list_releases(settings) == [made]
    release.publish(settings, next_run(1))
    assert not list(settings.releases_dir.glob(".2020*"))


def test_a_reader_is_not_disturbed_by_a_switch_nor_by_removal(settings: Settings, next_run: MakeRun) -> None:
    keep_one = keeping(settings, 1)
    first = release.publish(keep_one, FIRST)
    with duckdb.connect(str(folder(keep_one) / "marts.duckdb"), read_only=True) as reader:
        before = reader.execute("select count(*) from dim_country").fetchall()
        for number in (1, 2, 3):
            release.publish(keep_one, next_run(number))
        assert first.release_id not in {one.release_id for one in release.list_releases(keep_one)}
        assert reader.execute("select count(*) from dim_country").fetchall() == before
        assert len(reader.execute("select * from mart_military_links").fetchall()) > 0
    assert release.query(keep_one, "select count(*) from dim_country").rows != before


def test_the_last_few_are_kept(settings: Settings, next_run: MakeRun) -> None:
    made = [release.publish(settings, next_run(number)).release_id for number in range(1, 6)]
    assert [one.release_id for one in release.list_releases(settings)] == made[:1:-1]


def test_neither_the_current_release_nor_the_one_before_is_removed(settings: Settings, next_run: MakeRun) -> None:
    made = [release.publish(settings, next_run(number)).release_id for number in (1, 2, 3)]
    release.rollback(settings)
    keep_one = keeping(settings, 1)
    catalogue.remove_old(keep_one)
    # current is the second; the first is the one before it, the third is the newest
    assert {one.release_id for one in release.list_releases(keep_one)} == set(made)


def test_two_cannot_publish_at_once(settings: Settings) -> None:
    with only_one(catalogue.lock_file(settings), "a test"), pytest.raises(BusyError):
        release.publish(settings, FIRST)
    assert release.current(settings) is None


def test_gate_1_tells_in_how_many_batches_a_person_accepted_what_was_found() -> None:
    passed = Check(check_id="raw_volume", severity="fail", kind="judgement", passed=True, observed="9", expected="9")
    accepted = passed.model_copy(
        update={"passed": False, "finding": "raw_volume#0a1b2c", "accepted": Accepted(reason="known", who="A")}
    )
    refused = accepted.model_copy(update={"accepted": None})

    def together(*checks: Check) -> Check:
        (check,) = publishing.gate_1([cast(Any, SimpleNamespace(checks=(check,))) for check in checks])
        return check

    told = together(passed, accepted, passed)
    assert told.observed == "passed in 2 of 3 batches, accepted in 1"
    assert (told.name, str(told.accepted), told.blocks) == ("raw_volume#0a1b2c", "known, A", False)
    assert together(accepted, refused).blocks
    assert together(passed, passed).observed == "passed in 2 of 2 batches"
