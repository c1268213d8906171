"""A candidate is published only as it was audited: of this scope, of its origin, younger than what readers have."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from include import release
from include.common.errors import ContractError, EntangledError, GateFailed
from include.contracts.batch import Check
from include.contracts.candidate import AUDITED, Lineage, Verdict, files_of
from include.contracts.finding import Accepted
from include.contracts.home import HomeSource, source_file
from include.contracts.scope import ResolvedScope
from include.release.catalogue import ReleaseError
from include.settings import Settings
from tests.unit.candidates import change_lineage, pass_audit
from tests.unit.release.conftest import FIRST

MakeRun = Callable[[int], str]


@pytest.fixture
def candidate(settings: Settings) -> Path:
    return settings.build_dir / FIRST


def assert_refused(settings: Settings, said: str, kind: type[EntangledError] = EntangledError) -> EntangledError:
    with pytest.raises(kind, match=said) as caught:
        release.publish(settings, FIRST)
    assert caught.value.fix
    assert release.current(settings) is None
    return caught.value


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def seal_again(candidate: Path, **changes: object) -> None:
    """What somebody does who edits the verdict and knows of its digests."""
    verdict = Verdict.load(candidate / "verdict.json").model_copy(update=changes)
    own = verdict.model_copy(update={"files_sha256": files_of(candidate, *AUDITED)})
    own.with_report(candidate).save(candidate / "verdict.json")


def failed(candidate: Path) -> tuple[Check, ...]:
    (check,) = Verdict.load(candidate / "verdict.json").checks
    return (check.model_copy(update={"passed": False, "observed": "7"}),)


def test_an_edited_verdict_is_refused(settings: Settings, candidate: Path) -> None:
    pass_audit(settings, FIRST, passed=False)
    edit(candidate / "verdict.json", '"passed": false', '"passed": true')
    assert_refused(settings, "was changed after it was written", ContractError)


def test_a_verdict_without_its_digest_is_refused(settings: Settings, candidate: Path) -> None:
    file = candidate / "verdict.json"
    told = json.loads(file.read_text())
    del told["own_sha256"]
    file.write_text(json.dumps(told))
    assert_refused(settings, "was changed after it was written", ContractError)


@pytest.mark.parametrize("passed", [True, False])
def test_passed_is_computed_from_the_checks(settings: Settings, candidate: Path, passed: bool) -> None:
    seal_again(candidate, checks=failed(candidate), passed=passed)
    assert_refused(settings, "did not pass its audit: invented_check", GateFailed)


@pytest.mark.parametrize(
    "change",
    [
        {
            "checks": (
                Check(
                    check_id="invented_check",
                    severity="fail",
                    kind="judgement",
                    passed=False,
                    observed="0",
                    expected="at most 0",
                    finding="invented_check#0a1b2c",
                    accepted=Accepted(reason="nobody looks", who="A"),
                ),
            )
        },
        {"checks": ()},
        {
            "checks": (
                Check(check_id="invented_check", severity="fail", passed=True, observed="0", expected="at most 0"),
            )
        },
        {"checks": (Check(check_id="other", severity="fail", passed=True, observed="0", expected="at most 0"),)},
    ],
    ids=["accepted", "no checks", "passed", "another check"],
)
def test_a_refused_candidate_is_not_published_by_an_edit_of_its_verdict_alone(
    settings: Settings, candidate: Path, change: dict[str, object]
) -> None:
    """With all digests put right: the table of results, which readers get, still says what the audit found."""
    pass_audit(settings, FIRST, passed=False)
    seal_again(candidate, **{"passed": True, **change})
    assert_refused(settings, "verdict of run", GateFailed)


@pytest.mark.parametrize("severity", ["warn"])
def test_a_check_is_not_made_a_warning_afterwards(settings: Settings, candidate: Path, severity: str) -> None:
    pass_audit(settings, FIRST, passed=False)
    (check,) = Verdict.load(candidate / "verdict.json").checks
    seal_again(candidate, passed=True, checks=(check.model_copy(update={"severity": severity}),))
    assert_refused(settings, "not what its audit found: invented_check", GateFailed)


PARTS = {
    "a table": ("marts/dim_country.parquet", "dim_country"),
    "the lineage": ("lineage.json", "lineage.json was changed"),
    "the results": ("audit/mart_ops_quality_results.parquet", "mart_ops_quality_results.parquet was changed"),
    "the report": ("report/index.html", "report/index.html was changed"),
    "the data docs": ("data_docs/index.html", "data_docs/index.html was changed"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_file_that_was_edited_after_the_audit_is_named(settings: Settings, candidate: Path, part: str) -> None:
    name, said = PARTS[part]
    (candidate / name).write_bytes((candidate / name).read_bytes() + b"\n")
    assert_refused(settings, said, ContractError)


@pytest.mark.parametrize("name", ["data_docs/extra.html", "report/extra.js", "audit/extra.parquet"])
def test_a_file_that_was_added_after_the_audit_is_named(settings: Settings, candidate: Path, name: str) -> None:
    (candidate / name).write_text("x")
    assert_refused(settings, f"{name} was added", ContractError)


def test_a_report_of_an_earlier_audit_is_refused(settings: Settings, candidate: Path) -> None:
    file = candidate / "verdict.json"
    verdict = Verdict.load(file)
    audited = {name: sha256 for name, sha256 in verdict.files_sha256.items() if not name.startswith("report/")}
    verdict.model_copy(update={"files_sha256": audited}).save(file)
    error = assert_refused(settings, "does not know the report", ContractError)
    assert f"include.report --run {FIRST}" in error.fix


def test_a_verdict_of_an_earlier_program_can_be_read_and_is_not_enough(settings: Settings, candidate: Path) -> None:
    file = candidate / "verdict.json"
    fields = ("schema_version", "run_id", "audited_at", "compared_with", "passed", "checks")
    told = json.loads(file.read_text())
    file.write_text(json.dumps({name: told[name] for name in fields} | {"accepted": {"invented_check": "known"}}))
    assert Verdict.load(file).passed
    assert [str(check.accepted) for check in Verdict.load(file).checks] == ["known"]
    error = assert_refused(settings, "audited by an earlier program", GateFailed)
    assert "include.audit" in error.fix


def test_an_unknown_candidate_says_which_there_are(settings: Settings) -> None:
    with pytest.raises(ContractError, match="there is no candidate nobody") as caught:
        release.publish(settings, "nobody")
    assert FIRST in caught.value.fix


@pytest.mark.parametrize("change", [{"scope_id": "quantum"}, {"fetch_version": "of-before"}])
def test_a_candidate_of_another_scope_than_the_home_is_refused(settings: Settings, change: dict[str, str]) -> None:
    change_lineage(settings, FIRST, **change)
    pass_audit(settings, FIRST)
    assert_refused(settings, f"is of scope .*{next(iter(change.values()))}", ContractError)


def test_a_former_name_of_the_same_scope_is_no_other(settings: Settings) -> None:
    scope = ResolvedScope.load(settings.resolved_scope_file)
    scope.model_copy(update={"fetch_version": "v2", "former_versions": ("v1",)}).save(settings.resolved_scope_file)
    assert release.publish(settings, FIRST).fetch_version == "v1"


@pytest.mark.parametrize("origin", ["openalex", "recorded"])
def test_invented_data_that_says_it_is_not_is_refused(settings: Settings, origin: str) -> None:
    change_lineage(settings, FIRST, data_origin=origin)
    pass_audit(settings, FIRST)
    assert_refused(settings, f"is {origin}, and the description of .* it says SYNTHETIC", ContractError)


def test_invented_data_without_its_mark_is_refused(settings: Settings, candidate: Path) -> None:
    tables = Lineage.load(candidate / "lineage.json").tables
    bare = tables[3].model_copy(update={"description": "What it holds."})
    change_lineage(settings, FIRST, tables=(*tables[:3], bare, *tables[4:]))
    pass_audit(settings, FIRST)
    assert_refused(settings, f"the description of {bare.name} does not say SYNTHETIC", ContractError)


def test_a_candidate_of_another_source_than_the_home_is_refused(settings: Settings) -> None:
    change_lineage(settings, FIRST, source="generated-v7-seed-1-scale-1")
    pass_audit(settings, FIRST)
    HomeSource(source="generated-v7-seed-2-scale-1").save(source_file(settings.home))
    assert_refused(settings, "is of source generated-v7-seed-1-scale-1, and this home holds", ContractError)


def test_an_older_candidate_is_refused_after_a_younger_one(settings: Settings, next_run: MakeRun) -> None:
    older, younger = next_run(1), next_run(2)
    built_at = Lineage.load(settings.build_dir / younger / "lineage.json").built_at
    change_lineage(settings, older, built_at=built_at - timedelta(minutes=5))
    pass_audit(settings, older)
    now = release.publish(settings, younger)
    with pytest.raises(ReleaseError, match=f"before release {now.release_id}") as caught:
        release.publish(settings, older)
    assert "rollback" in caught.value.fix
    assert release.current(settings) == now
    assert len(release.list_releases(settings)) == 1


def test_a_release_is_not_made_current_again_by_publishing(settings: Settings, next_run: MakeRun) -> None:
    release.publish(settings, FIRST)
    now = release.publish(settings, next_run(1))
    with pytest.raises(ReleaseError, match="do not go back by publishing"):
        release.publish(settings, FIRST)
    assert release.current(settings) == now


def test_the_release_says_when_it_was_built(settings: Settings, candidate: Path) -> None:
    made = release.publish(settings, FIRST)
    assert made.built_at == Lineage.load(candidate / "lineage.json").built_at


def test_no_column_of_a_release_has_a_time_zone(settings: Settings) -> None:
    made = release.publish(settings, FIRST)
    with release.open_current(settings) as db:
        kinds = db.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
    assert [column for column in kinds if "TIME ZONE" in column[2]] == []
    assert [c for table in made.tables for c in table.columns if "TIME ZONE" in c.type or "TIMESTAMPTZ" in c.type] == []
    assert any(kind == "TIMESTAMP" for _, _, kind in kinds)


def test_results_that_cannot_be_read_are_no_traceback(settings: Settings, candidate: Path) -> None:
    file = candidate / "audit" / "mart_ops_quality_results.parquet"
    with duckdb.connect() as db:
        db.execute(f"copy (select 1 as something_else) to '{file}' (format parquet)")
    seal_again(candidate)
    assert_refused(settings, "results", ContractError)
