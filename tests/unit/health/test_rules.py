"""What people are told follows from the facts: lateness by the promised hour, and each other cause by its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.alerts import Alert
from include.contracts.acceptance import Refusal
from include.contracts.batch import Check
from include.contracts.health import COMMAND, CreditsEnded, Failure, ReleaseConfirmed, SourceChecked, start_of_day
from include.contracts.release import Release
from include.health import Facts, alerts_of, status_of
from include.health.facts import Credits
from include.local.hearts import Service
from include.settings import Settings
from tests.unit.releases import publish_record

MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
LONG_AGO = MIDNIGHT - timedelta(days=30)


def at(hour: float, day: int = 0) -> datetime:
    return MIDNIGHT + timedelta(days=day, hours=hour)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})


@pytest.fixture
def release(settings: Settings) -> Release:
    """A record of a release, without checks that did not pass."""
    return Release.load(publish_record(settings) / "release.json").model_copy(update={"published_at": at(6, day=-5)})


def healthy(now: datetime, **changes: Any) -> Facts:
    """A home whose day's run has ended well, with nothing new."""
    given: dict[str, Any] = {
        "now": now,
        "began_at": LONG_AGO,
        "confirmed": ReleaseConfirmed(confirmed_at=at(6.2), how="nothing new"),
        "source": SourceChecked(checked_at=at(4.3), found="nothing new"),
        "free_bytes": 50_000_000_000,
        "total_bytes": 100_000_000_000,
        "services": (Service("scheduler", True, "runs"),),
    }
    return Facts(**(given | changes))


def causes(facts: Facts, settings: Settings) -> list[str]:
    return [alert.cause for alert in _told(facts, settings)]


def _told(facts: Facts, settings: Settings) -> Sequence[Alert]:
    return [alert for alerts in alerts_of(facts, settings).values() for alert in alerts]


def test_a_day_starts_at_four() -> None:
    assert start_of_day(at(3.9)) == at(4, day=-1)
    assert start_of_day(at(4)) == at(4)


def test_a_home_whose_run_found_nothing_new_is_well_all_day(settings: Settings, release: Release) -> None:
    for hour in range(8, 32):
        facts = healthy(at(hour), release=release)
        assert causes(facts, settings) == []
        assert status_of(facts, settings) == "ok"


def test_a_release_is_late_from_the_promised_hour_on_until_something_is_found(
    settings: Settings, release: Release
) -> None:
    yesterday = {
        "confirmed": ReleaseConfirmed(confirmed_at=at(6.2, day=-1), how="nothing new"),
        "source": SourceChecked(checked_at=at(4.3, day=-1), found="nothing new"),
        "release": release,
    }
    assert causes(healthy(at(7.9), **yesterday), settings) == []
    late = healthy(at(8), **yesterday)
    assert causes(late, settings) == ["late.release"]
    assert status_of(late, settings) == "late"
    (alert,) = _told(late, settings)
    assert f"release {release.release_id} is late" in alert.sentence
    assert status_of(healthy(at(9), release=release), settings) == "ok"


def test_a_run_of_yesterday_afternoon_is_none_of_today(settings: Settings, release: Release) -> None:
    afternoon = {
        "confirmed": ReleaseConfirmed(confirmed_at=at(15, day=-1), how="nothing new"),
        "source": SourceChecked(checked_at=at(14, day=-1), found="nothing new"),
    }
    assert causes(healthy(at(8), release=release, **afternoon), settings) == ["late.release"]


def test_nothing_new_says_nothing_when_the_source_was_not_asked(settings: Settings, release: Release) -> None:
    not_asked = SourceChecked(checked_at=at(4.3, day=-1), found="nothing new")
    facts = healthy(at(8), release=release, source=not_asked)
    assert causes(facts, settings) == ["late.release"]
    published = replace(facts, release=release.model_copy(update={"published_at": at(6)}))
    assert causes(published, settings) == []


def test_a_candidate_that_waits_for_a_rollback_is_not_late(settings: Settings, release: Release) -> None:
    held = ReleaseConfirmed(confirmed_at=at(6.2), how="held")
    assert causes(healthy(at(8), release=release, confirmed=held, source=None), settings) == []


@pytest.mark.parametrize(("began", "first"), [(at(3), at(8)), (at(4.5), at(8, day=1)), (at(9), at(8, day=1))])
def test_a_new_home_is_starting_until_the_first_day_that_it_can_keep(
    settings: Settings, began: datetime, first: datetime
) -> None:
    new = {"began_at": began, "confirmed": None, "source": None}
    before = healthy(first - timedelta(minutes=1), **new)
    assert (status_of(before, settings), causes(before, settings)) == ("starting", [])
    after = healthy(first, **new)
    assert (status_of(after, settings), causes(after, settings)) == ("late", ["late.release"])


def test_where_nobody_watches_nothing_was_promised(settings: Settings) -> None:
    assert causes(healthy(at(12), began_at=None, confirmed=None, source=None), settings) == []


def test_another_hour_can_be_promised(tmp_path: Path) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": tmp_path, "ENTANGLED_RELEASE_BY": "20:30"})
    nothing_today = {"confirmed": ReleaseConfirmed(confirmed_at=at(6, day=-1), how="published"), "source": None}
    assert causes(healthy(at(20.4), **nothing_today), settings) == []
    assert causes(healthy(at(20.5), **nothing_today), settings) == ["late.release"]


def test_a_dead_service_is_told_after_it_could_have_been_started_again(settings: Settings) -> None:
    dead = healthy(at(12), services=(Service("scheduler", False, "its process ended"),))
    assert status_of(dead, settings) == "dead"
    (alert,) = _told(dead, settings)
    assert alert.cause == "service.scheduler"
    assert timedelta(minutes=1) <= alert.patience <= timedelta(minutes=10)


def test_who_cannot_see_services_says_nothing_of_them(settings: Settings) -> None:
    assert "service" not in alerts_of(healthy(at(12), services=None), settings)


def failure(**changes: Any) -> Failure:
    given: dict[str, Any] = {
        "flow": "ingest_openalex",
        "task": "plan",
        "run_id": "scheduled",
        "failed_at": at(4.1),
        "what": "the source refuses the key",
        "fix": "correct OPENALEX_API_KEY",
        "look": "http://127.0.0.1:8080/dags/ingest_openalex",
    }
    return Failure(**(given | changes))


def test_a_failed_task_is_told_with_its_sentence_its_remedy_and_its_log(settings: Settings) -> None:
    (alert,) = _told(healthy(at(12), failures=(failure(),)), settings)
    assert alert.sentence == "plan of ingest_openalex failed for good: the source refuses the key"
    assert (alert.what_to_do, alert.look) == ("correct OPENALEX_API_KEY", failure().look)


@pytest.mark.parametrize(
    "told_elsewhere",
    [
        {"refused_by_gate": True},
        {"flow": "build_warehouse", "task": "is_due", "follows": True},
        {"flow": "build_warehouse", "task": "transform.fct_works_run"},
        # a release came after it, by whichever way
        {"flow": COMMAND, "failed_at": at(5)},
    ],
)
def test_one_fault_is_told_once(settings: Settings, told_elsewhere: dict[str, Any]) -> None:
    assert causes(healthy(at(12), failures=(failure(**told_elsewhere),)), settings) == []


def refusal(gate: str = "gate_3", kind: str = "judgement", **changes: Any) -> Refusal:
    check = Check.made(
        "joint_papers_stable_fail",
        kind=kind,  # type: ignore[arg-type]
        passed=False,
        observed="7 rows, such as reporter_code=GB: 534 -> 178 (-66.7%)",
        expected="at most 20%",
    )
    given: dict[str, Any] = {"gate": gate, "subject": "01RUN", "refused_at": at(6.5), "checks": (check,)}
    return Refusal(**(given | changes))


def test_a_refusal_names_check_rows_limit_and_who_is_asked_to_do_what(settings: Settings) -> None:
    (alert,) = _told(healthy(at(12), refusals=(refusal(),)), settings)
    assert alert.cause == "gate.gate_3"
    # first, because a message leaves out what is too much
    assert alert.details[0] == "asked: whoever answers for the figures, whether it is right"
    assert "joint_papers_stable_fail#" in alert.details[1]
    assert "reporter_code=GB: 534 -> 178 (-66.7%) (expected: at most 20%)" in alert.details[1]
    assert "make accept RUN=01RUN" in alert.what_to_do
    assert alert.look.endswith("build/01RUN/data_docs/index.html")
    (fault,) = _told(healthy(at(12), refusals=(refusal(kind="integrity"),)), settings)
    assert fault.details[0] == "asked: an engineer"
    assert "Nobody can accept" in fault.what_to_do


def test_a_refusal_is_over_when_something_good_came_after_it(settings: Settings) -> None:
    assert causes(healthy(at(12), refusals=(refusal(refused_at=at(5)),)), settings) == []


def test_windows_that_gate_1_refused_are_one_alert_until_the_source_has_answered_all(settings: Settings) -> None:
    windows = tuple(refusal("gate_1", subject=f"works-{year}", refused_at=at(4.5)) for year in (2018, 2019))
    published = {"confirmed": ReleaseConfirmed(confirmed_at=at(4.2), how="published")}
    (alert,) = _told(healthy(at(7), refusals=windows, source=None, **published), settings)
    assert alert.cause == "gate.gate_1"
    assert alert.sentence.startswith("gate 1 refused 2 windows")
    assert [detail.split(":")[0] for detail in alert.details] == ["asked", "works-2018", "works-2019"]
    answered = SourceChecked(checked_at=at(6), found="nothing new")
    assert causes(healthy(at(7), refusals=windows, source=answered), settings) == []


def test_a_release_with_warnings_and_a_drifted_schema_are_told_each_as_an_event(
    settings: Settings, release: Release
) -> None:
    def check(name: str, observed: str) -> Check:
        return Check.made(name, severity="warn", passed=False, observed=observed, expected="none")

    checks = (check("dbt_warnings", "two"), drift := check("schema_drift", "works.new in 3, works.newer in 5 records"))
    warned = release.model_copy(update={"gates": {"gate_2": checks}})
    warning, news = _told(healthy(at(12), release=warned, drift=drift), settings)
    assert (warning.cause, warning.matter, warning.is_event) == ("warnings.release", release.release_id, True)
    assert "went out with 1 warning" in warning.sentence
    assert (news.cause, news.is_event) == ("drift.schema", True)
    assert news.sentence.endswith("works.new, works.newer")


def plan(**changes: Any) -> Credits:
    given: dict[str, Any] = {
        "limit": 10_000,
        "left": 9_000,
        "resets_at": at(24),
        "planned_at": at(4.1),
        "postponed": 0,
        "postponed_credits": 0,
    }
    return Credits(**(given | changes))


@pytest.mark.parametrize(
    ("credits", "ended", "told"),
    [
        (plan(), None, ""),
        (plan(left=999), None, "999 of 10,000 are left"),
        (plan(postponed=3, postponed_credits=120), None, "3 windows with 120 credits wait"),
        (plan(), CreditsEnded(ended_at=at(4.2), resets_at=at(24)), "the rest is fetched after 2026-03-11 00:00 UTC"),
        # yesterday's end is over with today's plan, and yesterday's plan says nothing of today
        (plan(), CreditsEnded(ended_at=at(4, day=-1), resets_at=at(0)), ""),
        (plan(left=0, resets_at=at(0)), None, ""),
    ],
)
def test_credits_that_run_low_are_told(
    settings: Settings, credits: Credits, ended: CreditsEnded | None, told: str
) -> None:
    alerts = _told(healthy(at(12), credits=credits, credits_ended=ended), settings)
    assert [told in alert.sentence for alert in alerts] == ([True] if told else [])


def test_a_disk_that_fills_is_told(settings: Settings) -> None:
    assert causes(healthy(at(12), free_bytes=1_900_000_000), settings) == ["disk.home"]
