"""Gate 2 reads dbt's kept results and the data, and blocks: on a handmade warehouse file, without dbt."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.common.errors import GateFailed
from include.contracts.acceptance import Refused, refusals_in
from include.contracts.batch import Check
from include.settings import Settings
from include.warehouse import check_build, resource_types_left_out
from include.warehouse.project import built_with_now, note
from tests.shared import accept_newest
from tests.unit.warehouse.typed_batches import Author, Work, rows_of, settings_in, write_batch, write_scope

GOOD = [
    ("model.entangled.fct_works", "model", "error", "success", ""),
    ("test.entangled.t", "test", "error", "pass", ""),
    ("unit_test.entangled.fct_works.u", "unit_test", "error", "pass", ""),
]
WITHOUT_UNIT_TESTS = GOOD[:2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path, unit_tests=True)
    write_scope(settings)
    write_batch(settings, "works", rows_of((Work("W1", (Author(countries=("DE",)),)),)), batch_id="01A")
    return settings


def _warehouse(
    settings: Settings,
    results: list[tuple[str, str, str, str, str]],
    *,
    works: int = 1,
    batches: tuple[str, ...] = ("01A",),
) -> None:
    """A warehouse whose last build gave `results`; a build before it was good."""
    settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema marts; create schema ops")
        db.execute(f"create table marts.fct_works as select 'W' || i as work_id from range({works}) t(i)")
        db.execute("create table marts.mart_ops_batches (batch_id varchar)")
        for batch in batches:
            db.execute("insert into marts.mart_ops_batches values (?)", [batch])
        db.execute(
            "create table ops.dbt_results (invocation_id varchar, command varchar, dbt_version varchar, "
            "started_at timestamptz, node_id varchar, resource_type varchar, severity varchar, status varchar, "
            "failures bigint, message varchar, seconds double)"
        )
        for invocation, day, rows in (("old", "2026-01-01", GOOD), ("new", "2026-01-02", results)):
            for node, kind, severity, status, message in rows:
                db.execute(
                    "insert into ops.dbt_results values (?, 'build', '1.11', ?, ?, ?, ?, ?, 0, ?, 0.1)",
                    [invocation, f"{day} 00:00:00+00", node, kind, severity, status, message],
                )


def _by_id(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.check_id: check for check in checks}


def test_a_whole_build_passes(settings: Settings) -> None:
    _warehouse(settings, GOOD)
    checks = _by_id(check_build(settings))
    assert checks["dbt_build_whole"].observed == "1 models built, 2 tests passed"
    assert checks["works_loaded"].passed


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (
            ("model.entangled.a", "model", "error", "error", "Binder Error: no column"),
            "a error .Binder Error: no column",
        ),
        (("model.entangled.a", "model", "error", "skipped", ""), "a skipped"),
        (("model.entangled.a", "model", "error", "not run", "not reached"), "a not run"),
        (("test.entangled.a", "test", "error", "fail", "Got 3 results"), "a fail .Got 3 results"),
        (("test.entangled.a", "test", "error", "error", "no table"), "a error"),
    ],
)
def test_whatever_is_not_whole_in_the_last_build_blocks(
    settings: Settings, result: tuple[str, str, str, str, str], told: str
) -> None:
    _warehouse(settings, [*GOOD, result])
    with pytest.raises(GateFailed, match=told):
        check_build(settings)


def test_the_cause_is_named_before_what_it_skipped(settings: Settings) -> None:
    skipped = [(f"model.entangled.m{number}", "model", "error", "skipped", "") for number in range(20)]
    _warehouse(settings, [*skipped, ("model.entangled.z", "model", "error", "error", "why"), *GOOD])
    with pytest.raises(GateFailed, match=r"z error \(why\); and 20 more failed or were not reached"):
        check_build(settings)


# as dbt keeps them: the model, its file, then DuckDB's own words
FULL = 'Runtime Error in model a (models/marts/a.sql)\n  IO Error: Could not write file "/x": No space left on device'
TOO_LITTLE = (
    "Runtime Error in model a (models/marts/a.sql)\n  Out of Memory Error: failed to pin block of size 256.0 KiB"
)


@pytest.mark.parametrize(
    ("message", "told"),
    [(FULL, "the disk is full or cannot be written: IO Error"), (TOO_LITTLE, "DuckDB needs more memory")],
)
def test_a_full_disk_or_too_little_memory_is_the_reason_not_the_models(
    settings: Settings, message: str, told: str
) -> None:
    _warehouse(settings, [*GOOD, ("model.entangled.a", "model", "error", "error", message)])
    with pytest.raises(GateFailed, match=f"gate 2 failed, because {told}") as caught:
        check_build(settings)
    assert caught.value.where == str(settings.home)
    assert "run the same command again" in caught.value.fix


def test_a_build_that_could_not_write_its_results_is_told_by_the_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _warehouse(settings, [])
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("delete from ops.dbt_results")
    monkeypatch.setattr("include.common.files._NEARLY_NOTHING_BYTES", 2**60)
    with pytest.raises(GateFailed, match="gate 2 failed, because the disk is full: "):
        check_build(settings)


def test_a_warning_shows_and_does_not_block(settings: Settings) -> None:
    _warehouse(settings, [*GOOD, ("test.entangled.w", "test", "warn", "warn", "Got 2 results")])
    check = _by_id(check_build(settings))["dbt_warnings"]
    assert (check.passed, check.severity) == (False, "warn")
    assert "w warn (Got 2 results)" in check.observed


def test_old_batches_show_and_do_not_block(settings: Settings) -> None:
    _warehouse(settings, GOOD)
    check = _by_id(check_build(settings))["source_fresh"]
    assert check.severity == "warn"


def test_unit_tests_are_left_out_of_the_next_build_of_the_same_project(settings: Settings, tmp_path: Path) -> None:
    note(settings, built_with_now(settings))
    assert resource_types_left_out(settings) == ""
    _warehouse(settings, GOOD)
    check_build(settings)
    note(settings, built_with_now(settings))
    assert resource_types_left_out(settings) == "unit_test"
    settings.warehouse_file.unlink()
    _warehouse(settings, WITHOUT_UNIT_TESTS)
    assert _by_id(check_build(settings))["unit_tests_passed"].passed

    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "award_patterns.csv").write_text("pattern_id\n")
    changed = settings.model_copy(update={"extra_lists": lists})
    note(changed, built_with_now(changed))
    assert resource_types_left_out(changed) == ""
    with pytest.raises(GateFailed, match=r"unit_tests_passed#\w+: none in this build .expected the unit tests of this"):
        check_build(changed)


def test_a_unit_test_that_failed_is_asked_again(settings: Settings) -> None:
    note(settings, built_with_now(settings))
    failed = ("unit_test.entangled.fct_works.v", "unit_test", "error", "fail", "")
    _warehouse(settings, [*GOOD, failed])
    with pytest.raises(GateFailed, match=r"fct_works\.v fail"):
        check_build(settings)
    assert resource_types_left_out(settings) == ""


def test_no_results_at_all_block(settings: Settings) -> None:
    _warehouse(settings, [])
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("drop table ops.dbt_results")
    with pytest.raises(GateFailed, match="dbt_build_whole"):
        check_build(settings)


def test_a_build_that_was_killed_is_not_judged_by_the_one_before(settings: Settings) -> None:
    _warehouse(settings, [("entangled", "invocation", "error", "started", "")])
    with pytest.raises(GateFailed, match="no build has ended: the last one was stopped"):
        check_build(settings)


def test_a_lost_work_blocks(settings: Settings) -> None:
    _warehouse(settings, GOOD, works=0)
    with pytest.raises(GateFailed, match=r"works_loaded#\w+: 0 works in fct_works .expected 1"):
        check_build(settings)


def test_a_work_taken_back_later_is_not_missed(settings: Settings) -> None:
    rows = rows_of(())
    rows.add("tombstones", entity="works", record_id="W1", reason="deleted", evidence="404")
    write_batch(settings, "works", rows, batch_id="01B")
    _warehouse(settings, GOOD, works=0, batches=("01A", "01B"))
    assert _by_id(check_build(settings))["works_loaded"].passed


def test_a_batch_that_the_build_did_not_see_blocks(settings: Settings) -> None:
    _warehouse(settings, GOOD, batches=())
    with pytest.raises(GateFailed, match=r"batches_loaded#\w+: differing: 01A"):
        check_build(settings)


JUDGEMENT = ("test.entangled.shares_are_usual.0a1b2c3d4e", "test", "judgement", "warn", "Got 3 results")


def test_a_test_that_is_a_judgement_blocks_until_a_person_accepts_what_it_found(settings: Settings) -> None:
    _warehouse(settings, [*GOOD, JUDGEMENT])
    with pytest.raises(Refused, match="shares_are_usual#") as caught:
        check_build(settings)
    assert "make accept RUN=new FINDING=" in caught.value.fix
    accept_newest(settings, "a publisher left")
    check = _by_id(check_build(settings))["shares_are_usual"]
    assert (check.passed, check.kind) == (False, "judgement")
    assert str(check.accepted).startswith("a publisher left, a test, until ")
    assert refusals_in(settings.home) == []


def test_what_was_accepted_of_one_build_is_not_of_the_next(settings: Settings) -> None:
    _warehouse(settings, [*GOOD, JUDGEMENT])
    with pytest.raises(Refused):
        check_build(settings)
    accept_newest(settings, "known")
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute(
            "insert into ops.dbt_results select * replace ('third' as invocation_id, "
            "'2026-01-03 00:00:00+00' as started_at) from ops.dbt_results where invocation_id = 'new'"
        )
    with pytest.raises(Refused):
        check_build(settings)
    assert [refusal.subject for refusal in refusals_in(settings.home)] == ["third"]


@pytest.mark.parametrize("status", ["error", "not run"])
def test_a_judgement_that_was_not_made_is_a_fault_of_the_build(settings: Settings, status: str) -> None:
    _warehouse(settings, [*GOOD, (*JUDGEMENT[:3], status, "")])
    with pytest.raises(Refused, match="dbt_build_whole#") as caught:
        check_build(settings)
    assert "Nobody can accept" in caught.value.fix


def test_every_check_of_gate_2_says_whether_a_person_may_judge_it(settings: Settings) -> None:
    _warehouse(settings, GOOD)
    blocking = {check.check_id: check.kind for check in check_build(settings) if check.severity == "fail"}
    assert {check_id for check_id, kind in blocking.items() if kind == "judgement"} == {"something_arrived"}
