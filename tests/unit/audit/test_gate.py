"""Gate 3 truly blocks, writes down what it found, compares with the current release, and takes accepted failures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from include import release
from include.audit import audit
from include.common.errors import ContractError, GateFailed, SettingsError
from include.contracts.candidate import Verdict
from include.settings import Settings
from tests.unit.audit.conftest import NEXT, RUN
from tests.unit.candidates import make_candidate, pass_audit, rewrite

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


def test_a_sound_candidate_passes_and_is_documented(settings: Settings) -> None:
    verdict = audit(settings, RUN)
    assert verdict.passed
    assert verdict == verdict_of(settings)
    assert set(results(settings)) == {check.check_id for check in verdict.checks}
    docs = settings.build_dir / RUN / "data_docs"
    index = (docs / "index.html").read_text()
    assert all(check.check_id in index for check in verdict.checks)
    links = re.findall(r'href="(validations/[^"]+)"', index)
    assert len(links) >= 5
    assert all((docs / link).exists() for link in links)


def test_data_docs_load_nothing(settings: Settings) -> None:
    audit(settings, RUN)
    pages = list((settings.build_dir / RUN / "data_docs").rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<script|<link|<iframe|@import|url\(|<img[^>]+src=\"http", text), page
        assert "definitions_nest" in text or page.name != "metrics-nesting.html"


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
    rewrite(settings, RUN, "mart_copublication_trends", "select * replace (null::bigint as partner_papers) from it")
    verdict = audit(settings, RUN)
    assert verdict.passed
    assert [check.check_id for check in verdict.checks if not check.passed] == ["totals_known"]


def test_an_accepted_failure_passes_and_is_recorded(settings: Settings, accepting: Callable[[str], Settings]) -> None:
    rewrite(settings, RUN, "mart_military_links", BREAK_NESTING)
    following = ("bodies_within_definition", "hospitals_within_military", "military_funding_is_of_linked_papers")
    accepted = accepting(
        "definitions_nest=list corrected, seen by A; " + "; ".join(f"{check} = follows from it" for check in following)
    )
    verdict = audit(accepted, RUN)
    assert verdict.passed
    assert verdict.accepted == {
        "definitions_nest": "list corrected, seen by A",
        **dict.fromkeys(following, "follows from it"),
    }
    assert results(settings)["definitions_nest"][:2] == (False, "list corrected, seen by A")


def test_accepting_what_passes_is_not_recorded(accepting: Callable[[str], Settings]) -> None:
    assert audit(accepting("definitions_nest=just in case"), RUN).accepted == {}


def test_accepting_one_check_lets_no_other_through(settings: Settings, accepting: Callable[[str], Settings]) -> None:
    rewrite(settings, RUN, "mart_military_links", BREAK_NESTING)
    with pytest.raises(GateFailed, match="bodies_within_definition"):
        audit(accepting("definitions_nest=known"), RUN)


def test_accepting_a_check_of_gate_1_leaves_gate_3_alone(accepting: Callable[[str], Settings]) -> None:
    verdict = audit(accepting("raw_volume=the source lost a publisher"), RUN)
    assert verdict.passed
    assert verdict.accepted == {}


def test_accepting_a_check_that_is_not_there_is_refused(accepting: Callable[[str], Settings]) -> None:
    with pytest.raises(SettingsError, match="no check `definition_nests`") as caught:
        audit(accepting("definition_nests=x"), RUN)
    assert "definitions_nest" in caught.value.fix


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
    assert observed["mart_military_links_not_empty"] == "not checked: 0 joint papers are too few"


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
