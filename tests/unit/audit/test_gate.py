"""Gate 3 truly blocks, writes down what it found, and compares with the current release."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from include import release
from include.audit import audit
from include.common.errors import ContractError, GateFailed
from include.contracts.candidate import Verdict
from include.report import write_report
from include.settings import Settings
from tests.unit.audit.conftest import NEXT, RUN, copied
from tests.unit.candidates import make_candidate, pass_audit, rewrite, test_settings

BREAK_NESTING = """
    select * replace (
        if(dimension = 'all' and definition_order = 4, 0, military_linked_papers) as military_linked_papers
    ) from it
"""


def results(settings: Settings, run_id: str = RUN) -> dict[str, tuple[bool, str | None, str]]:
    file = settings.build_dir / run_id / "audit" / "mart_ops_quality_results.parquet"
    rows = duckdb.sql(f"select check_id, passed, accepted_reason, observed from read_parquet('{file}')").fetchall()
    return {check_id: (passed, reason, observed) for check_id, passed, reason, observed in rows}


def verdict_of(settings: Settings, run_id: str = RUN) -> Verdict:
    return Verdict.load(settings.build_dir / run_id / "verdict.json")


@pytest.fixture(scope="module")
def sound(passing_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home whose candidate was audited. Great Expectations would read variables of the environment into its path."""
    settings = copied(passing_home, tmp_path_factory.mktemp("sound") / "a $HOME of {ours} $x")
    audit(settings, RUN)
    return settings


def test_a_sound_candidate_passes_and_is_documented(sound: Settings) -> None:
    settings, verdict = sound, verdict_of(sound)
    assert verdict.passed
    assert set(results(settings)) == {check.check_id for check in verdict.checks}
    docs = settings.build_dir / RUN / "data_docs"
    index = (docs / "index.html").read_text()
    assert all(check.check_id in index for check in verdict.checks)
    links = re.findall(r'href="(validations/[^"]+)"', index)
    # a page a table, and one a group of checks in SQL
    assert {"mart_military_links", "fct_works", "sums", "recounts"} <= {link.split("/")[1] for link in links}
    assert all((docs / link).exists() for link in links)


def test_data_docs_load_nothing(sound: Settings) -> None:
    pages = list((sound.build_dir / RUN / "data_docs").rglob("*.html"))
    assert len(pages) > 35
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<script|<link|<iframe|@import|url\(|<img[^>]+src=\"http", text), page
        assert "definitions_nest" in text or "nesting" not in page.parts


def test_a_failed_check_blocks_after_everything_is_written(settings: Settings) -> None:
    rewrite(settings, RUN, "mart_military_links", BREAK_NESTING)
    with pytest.raises(GateFailed) as caught:
        audit(settings, RUN)
    assert "definitions_nest" in str(caught.value)
    assert "reporter_code=" in str(caught.value)
    assert not verdict_of(settings).passed
    assert results(settings)["definitions_nest"][0] is False
    assert "not published" in (settings.build_dir / RUN / "data_docs" / "index.html").read_text()
    with pytest.raises(GateFailed):
        release.publish(settings, RUN)
    assert release.current(settings) is None


def test_a_warning_shows_and_does_not_block(settings: Settings) -> None:
    window = """
        from it union all by name
        select 'w1' as window_id, 'A window' as window_title, 'never' as window_status, 'postponed' as why_not_complete,
            'x' as query_hash, 365 as days, 0 as days_swept, 0 as sweeps,
            -- of a year before the scope, whose completeness no table tells
            date '1900-01-01' as date_from, date '1900-12-31' as date_to
    """
    rewrite(settings, RUN, "mart_ops_windows", window)
    verdict = audit(settings, RUN)
    assert verdict.passed
    assert [check.check_id for check in verdict.checks if not check.passed] == ["windows_swept"]


def test_a_table_that_is_gone_blocks_in_words(settings: Settings) -> None:
    (settings.build_dir / RUN / "marts" / "mart_institution_pairs.parquet").unlink()
    with pytest.raises(GateFailed):
        audit(settings, RUN)
    failed = {check.check_id: check.observed for check in verdict_of(settings).checks if not check.passed}
    assert {"mart_institution_pairs_rows", "institution_pairs_recounted", "files_as_exported"} <= set(failed)
    assert failed["mart_institution_pairs_rows"].startswith("could not be computed: Catalog Error")


def test_an_old_verdict_does_not_outlive_a_torn_candidate(settings: Settings) -> None:
    pass_audit(settings, RUN)
    (settings.resolved_scope_file).unlink()
    with pytest.raises(ContractError):
        audit(settings, RUN)
    assert not (settings.build_dir / RUN / "verdict.json").exists()


def test_a_candidate_without_joint_papers_passes(settings: Settings) -> None:
    make_candidate(settings, run_id=NEXT, works=0, origin="recorded")
    verdict = audit(settings, NEXT)
    assert verdict.passed
    observed = {check.check_id: check.observed for check in verdict.checks}
    assert observed["topics_known_fail"] == "not checked: 0 joint papers are too few"
    assert observed["trends_grid_complete"] == "not checked: there are no joint papers"


@pytest.mark.verify
def test_fields_that_no_record_has_refuse_no_release(tmp_path: Path) -> None:
    """300 joint papers: neither the first release nor the next one is refused for what the corpus never had."""
    settings = test_settings(tmp_path)
    for run_id in (RUN, NEXT):
        make_candidate(settings, run_id=run_id, lacking=["funding", "topics", "links"])
        audit(settings, run_id)
        checks = {check.check_id: check for check in verdict_of(settings, run_id).checks}
        assert "field=funding, joint_papers_with_it=0 of 300" in checks["fields_recorded"].observed
        for check_id, field in (("funding_disclosed_fail", "funding"), ("topics_known_fail", "topics")):
            assert checks[check_id].observed == (
                f"not checked: the records of 0 of 300 joint papers have {field}, and no release before had more"
            )
        write_report(settings, run_id)
        release.publish(settings, run_id)


def test_fields_and_links_that_vanish_from_a_source_that_had_them_are_refused(published: Settings) -> None:
    make_candidate(published, run_id=NEXT, lacking=["funding", "topics", "links"])
    with pytest.raises(GateFailed):
        audit(published, NEXT)
    assert {
        "fct_work_funding_rows",
        "funding_disclosed_fail",
        "topics_known_fail",
        "disclosed_share_stable_fail",
        "topics_stable_fail",
        "military_links_stable_fail",
    } <= {check.check_id for check in verdict_of(published, NEXT).blocking}


def test_the_command_ends_with_the_gates_exit_code(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.audit import __main__ as command

    rewrite(settings, RUN, "mart_military_links", BREAK_NESTING)
    monkeypatch.setattr(command, "get_settings", lambda: settings)
    monkeypatch.setattr("sys.argv", ["include.audit", "--run", RUN])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == GateFailed.exit_code


def test_a_missing_candidate_is_one_sentence(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(ContractError, match="missing"):
        audit(settings, "01NOSUCHRUN")
