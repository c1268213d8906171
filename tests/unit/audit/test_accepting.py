"""What gate 3 refuses for judgements alone, a person can accept; it goes on to its release, which tells of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from markupsafe import Markup

from include import release
from include.audit import audit
from include.audit.drift.engine import drift_checks
from include.audit.metrics import Metric
from include.audit.registry import Applies, AuditCheck, load_checks
from include.audit.suites import load_suites, table_suites
from include.audit.thresholds import load_thresholds
from include.common.clock import utc_now
from include.common.errors import GateFailed
from include.contracts.acceptance import Refused, accepted_folder, refusals_in
from include.contracts.candidate import Lineage
from include.contracts.release import Release
from include.pipeline.accepting import NotAccepted, accept, find_refusal, go_on
from include.release.show import refusal_lines, releases_table, show
from include.settings import Settings
from tests.unit.audit.conftest import NEXT, RUN, copied
from tests.unit.audit.test_drift import TRENDS, drift, rewrite_release
from tests.unit.candidates import rewrite

TODAY = utc_now().date()
SOON = TODAY + timedelta(days=7)
# in the release: drift, and no fault of the candidate itself
TRIPLED = "select * replace ((if({condition}, 3, 1) * joint_papers)::bigint as joint_papers) from it"


@pytest.fixture(scope="module")
def refused_home(following_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = copied(following_home, tmp_path_factory.mktemp("refused") / "home")
    rewrite_release(settings, TRENDS, TRIPLED.format(condition="reporter_code = 'GB'"))
    rewrite_release(settings, "mart_topic_collaboration", TRIPLED.format(condition="topic_id = 'T1'"))
    with pytest.raises(Refused):
        audit(settings, NEXT)
    return settings.home


@pytest.fixture
def refused(refused_home: Path, tmp_path: Path) -> Settings:
    """A home whose candidate `NEXT` is refused for its drift alone."""
    return copied(refused_home, tmp_path / "home")


def findings(settings: Settings) -> list[str]:
    return [check.name for check in refusals_in(settings.home)[0].checks]


@pytest.mark.verify
def test_what_is_accepted_is_published_and_told_everywhere(refused: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    names = findings(refused)
    assert [name.split("#")[0] for name in names] == ["joint_papers_stable_fail", "topics_stable_fail"]
    assert any(f"make accept RUN={NEXT} FINDING=" in line for line in refusal_lines(refused))
    refusal = find_refusal(refused, names)
    accept(refused, refusal, names, reason=" a publisher\n left", who="A & B", until=TODAY)
    # an acceptance ends while the run waits
    with monkeypatch.context() as patch:
        patch.setattr("include.release.fitness.utc_now", lambda: utc_now() + timedelta(days=1))
        with pytest.raises(GateFailed, match="the last day of that is over: joint_papers_stable_fail#"):
            go_on(refused, refusal)
    result = go_on(refused, refusal)
    assert result is not None
    made = Release.load(refused.releases_dir / "current" / "release.json")
    assert (result.is_new, made.run_id) == (True, NEXT)
    assert [check.name for check in made.accepted] == names
    said = f"a publisher left, A & B, until {TODAY}"
    assert {str(check.accepted) for check in made.accepted} == {said}
    rows = release.query(
        refused,
        "select finding, accepted_reason, accepted_by, accepted_until, kind, passed from mart_ops_quality_results "
        "where accepted_by is not null order by finding",
    ).rows
    assert rows == [(name, "a publisher left", "A & B", TODAY, "judgement", False) for name in sorted(names)]
    assert release.query(refused, "select max(failures_accepted) from mart_ops_releases").rows == [(len(names),)]
    assert f"accepted in {made.release_id}: {names[0]}: {said}" in releases_table(refused)
    assert f"{names[0]}: {said}" in show(refused)
    folder = refused.releases_dir / "current"
    page = Markup((folder / "report" / "index.html").read_text().split("<script")[0]).striptags()
    assert f"accepted: {said}" in page
    assert names[0] in (folder / "data_docs" / "index.html").read_text()
    assert refusals_in(refused.home) == []
    assert refusal_lines(refused) == []


def test_one_accepted_finding_lets_no_other_through_and_a_fault_of_integrity_nobody_accepts(refused: Settings) -> None:
    names = findings(refused)
    refusal = find_refusal(refused, names)
    accept(refused, refusal, names[:1], reason="known", who="A", until=SOON)
    rewrite(refused, NEXT, "dim_military_list", "select * replace ('Another' as list_name) from it")
    with pytest.raises(Refused) as caught:
        go_on(refused, refusal)
    # the candidate is another one, so that its row counts and labels are judged anew; the accepted finding is the same
    assert names[0] not in caught.value.what
    assert names[1] in caught.value.what
    (fault,) = (name for name in findings(refused) if name.startswith("military_lists_as_reference#"))
    assert f"Nobody can accept {fault}" in caught.value.fix
    with pytest.raises(NotAccepted, match="is a fault of integrity"):
        accept(refused, find_refusal(refused, [fault]), [fault], reason="x", who="y", until=SOON)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": "  "}, "it is not said why"),
        ({"who": ""}, "it is not said who accepts it"),
        ({"until": TODAY - timedelta(days=1)}, "is over"),
        ({"until": TODAY + timedelta(days=32)}, "is more than 31 days away"),
    ],
)
def test_an_acceptance_says_why_who_and_until_when(refused: Settings, changes: dict[str, object], told: str) -> None:
    names = findings(refused)
    given: dict[str, object] = {"reason": "known", "who": "A", "until": SOON, **changes}
    with pytest.raises(NotAccepted, match=told):
        accept(refused, find_refusal(refused, names), names, **given)  # type: ignore[arg-type]
    assert not accepted_folder(refused.home).exists()


def test_a_finding_that_the_run_does_not_have_is_refused_and_near_ones_are_named(refused: Settings) -> None:
    (name, *_) = findings(refused)
    with pytest.raises(NotAccepted, match=f"run {NEXT} has no finding `{name[:-1]}x`") as caught:
        find_refusal(refused, [f"{name[:-1]}x"])
    assert f"did you mean {name}" in caught.value.fix
    with pytest.raises(NotAccepted, match="nothing of `nobody` was refused") as caught:
        find_refusal(refused, [name], run="nobody")
    assert caught.value.fix == f"refused are: {NEXT}"


def test_where_nothing_was_refused_there_is_nothing_to_accept(published: Settings) -> None:
    with pytest.raises(NotAccepted, match="nothing was refused here"):
        find_refusal(published, ["a#1"])


def test_a_name_stands_for_all_cells_not_for_the_three_that_the_text_shows(following: Settings) -> None:
    file = following.releases_dir / "current" / "parquet" / f"{TRENDS}.parquet"
    before, found = file.read_bytes(), []
    for reporters in ("'GB', 'DE'", "'GB', 'DE', 'NO'"):
        rewrite_release(following, TRENDS, TRIPLED.format(condition=f"reporter_code in ({reporters})"))
        found.append(drift(following)["joint_papers_stable_fail"])
        file.write_bytes(before)
    assert len({metric.examples for metric in found}) == 1
    assert len({metric.finding for metric in found}) == 2


def _all_checks(settings: Settings) -> list[AuditCheck]:
    thresholds = load_thresholds()
    tables = Lineage.load(settings.build_dir / RUN / "lineage.json").tables
    values = {**thresholds, "year_from": 2017.0, "year_to": 2022.0}
    suites = table_suites(load_suites(), tables, dict.fromkeys(get_args(Applies), ""), values)
    return [*load_checks(thresholds), *drift_checks(), *(check for suite in suites for check in suite.checks)]


def test_every_check_says_whether_a_person_may_judge_it(settings: Settings) -> None:
    """Movements and coverage a person may judge; what contradicts itself nobody."""
    kinds: dict[str, set[str]] = {}
    for check in _all_checks(settings):
        of = "movements" if "_stable_" in check.check_id else check.group
        kinds.setdefault(of, set()).add(check.kind)
    judgements = {group for group, said in kinds.items() if "judgement" in said}
    assert kinds["coverage"] == kinds["movements"] == {"judgement"}
    assert judgements == {"coverage", "movements", "sums", "drift"}
    # one of the sums warns of what works and totals of two days say; a batch may have been moved, and a column renamed
    assert [
        check.check_id
        for check in _all_checks(settings)
        if check.kind == "judgement" and check.group in ("sums", "drift") and "_stable_" not in check.check_id
    ] == ["small_or_running_cells_within_totals", "batches_kept", "schema_changes_announced"]


def test_what_could_not_be_computed_is_no_judgement() -> None:
    check = AuditCheck("a_floor_fail", "fail", "judgement", "coverage", "fct_works", "", at_least=0.5)
    assert Metric(check, 0.1).kind == "judgement"
    assert Metric(check, None, problem="no such table").kind == "integrity"
