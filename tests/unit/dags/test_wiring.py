"""What little the DAG files decide themselves: bundles of windows, and which errors are tried again."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

FAILS, RETRIES = "fail", "retry"

# error of the source or of a stage -> what a retry would do
POLICY = {
    "include.openalex.errors.Throttled": RETRIES,
    "include.openalex.errors.UpstreamTimeout": RETRIES,
    "include.openalex.errors.Unreachable": RETRIES,
    "include.openalex.errors.IncompleteWindow": RETRIES,
    "include.openalex.errors.MalformedPage": RETRIES,
    "include.openalex.errors.UnreliableSource": RETRIES,
    "include.openalex.errors.SnapshotFault": FAILS,
    "include.openalex.errors.SnapshotChanged": FAILS,
    "include.openalex.errors.PlanRequired": FAILS,
    "include.openalex.errors.Unauthorised": FAILS,
    "include.openalex.errors.BadRequest": FAILS,
    "include.common.errors.SettingsError": FAILS,
    "include.common.errors.ContractError": FAILS,
    "include.common.errors.GateFailed": FAILS,
    "include.common.errors.BusyError": RETRIES,
    "include.common.errors.ServerAway": RETRIES,
    "builtins.ConnectionError": RETRIES,
    "builtins.ValueError": FAILS,
}


def _window(window_id: str, start: date | None, expected: int) -> Any:
    return SimpleNamespace(
        window=SimpleNamespace(window_id=window_id, title="everything", date_from=start), to_read=expected, requests=1
    )


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The DAG module; Airflow's first import writes into its home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        return importlib.import_module("dags.ingest_openalex")


def test_windows_are_bundled_by_year_and_every_window_is_in_one_bundle(ingest: Any) -> None:
    windows = [_window(f"{year}-{part}", date(year, part, 1), 10) for year in (2017, 2018) for part in (1, 4, 7)]
    bundles = ingest.by_year(windows)
    assert [(bundle["title"], bundle["expected"], bundle["credits"]) for bundle in bundles] == [
        ("2017", 30, 3),
        ("2018", 30, 3),
    ]
    assert [window for bundle in bundles for window in bundle["window_ids"]] == [
        planned.window.window_id for planned in windows
    ]


def test_a_window_without_dates_is_a_bundle_under_its_own_title(ingest: Any) -> None:
    assert ingest.by_year([_window("all", None, 206)]) == [
        {"title": "everything", "window_ids": ["all"], "expected": 206, "credits": 1}
    ]


def test_nothing_due_is_no_bundle(ingest: Any) -> None:
    assert ingest.by_year([]) == []


def test_an_extract_task_is_named_by_what_is_expected_and_then_by_what_came(ingest: Any) -> None:
    (bundle,) = ingest.by_year([_window(f"2019-{part}", date(2019, part, 1), 2506) for part in (1, 4)])
    assert ingest.expectation(bundle) == "2019: 2 windows, 5,012 works to read"
    done = [SimpleNamespace(received=2506, stored=31, credits=26)]
    assert (
        ingest.outcome(bundle, ingest.add_up(done)) == "2019: 1 window, 2,506 received, 31 new or changed, 26 credits"
    )


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        (None, None, None),
        ("2019-01-01", "2019-12-31", (date(2019, 1, 1), date(2019, 12, 31))),
        ("2019-01-01", None, (date(2019, 1, 1), date.max)),
        (None, "2019-12-31", (date.min, date(2019, 12, 31))),
    ],
)
def test_a_run_may_be_asked_for_publication_dates(ingest: Any, first: Any, last: Any, asked: Any) -> None:
    assert ingest.dates_asked_for({"published_from": first, "published_to": last}) == asked


@pytest.mark.parametrize("path", sorted(POLICY))
def test_errors_of_the_source_are_tried_again_only_where_that_can_help(ingest: Any, path: str) -> None:
    module, _, name = path.rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    error = kind("said")
    decision = importlib.import_module("dags.shared").RETRY_SOURCE.evaluate(error, try_number=1, max_tries=3)
    assert decision.action.value == POLICY[path]


def after(name: str, tries: int, **given: Any) -> int | None:
    """Seconds until the source is asked again after its error `name` came so many times; None: it is not."""
    shared, errors = importlib.import_module("dags.shared"), importlib.import_module("include.openalex.errors")
    pause = shared.when_to_ask_again(getattr(errors, name)("said", **given), tries, timedelta(hours=2))
    return None if pause is None else int(pause.total_seconds())


def test_a_source_that_is_away_for_an_hour_costs_an_hour(ingest: Any) -> None:
    pauses = [after("Unreachable", tries) for tries in range(1, 10)]
    assert pauses == [20, 120, 300, 600, 900, 1800, 2700, None, None]
    waited = [sum(pause or 0 for pause in pauses[:tries]) for tries in range(1, 8)]
    # asked again soon after the first hour, and given up within two
    assert min(seconds for seconds in waited if seconds > 3600) < 3600 + 300
    assert waited[-1] < 2 * 3600
    assert after("UpstreamTimeout", 3) == 300


def test_what_the_source_asks_for_is_waited_for(ingest: Any) -> None:
    assert after("Throttled", 1, retry_after=4000) == 4000
    assert after("Unreachable", 1, retry_after=1800) == 1800
    assert after("Throttled", 1, retry_after=1) == 20
    assert after("Throttled", 1, retry_after=86_000) is None, "that is another day's"


def test_a_source_that_contradicts_itself_is_not_swept_for_hours(ingest: Any) -> None:
    assert [after("IncompleteWindow", tries) for tries in (1, 2, 3)] == [20, 20, None]


def test_who_sits_before_a_demo_does_not_wait_for_hours(ingest: Any) -> None:
    shared, errors = importlib.import_module("dags.shared"), importlib.import_module("include.openalex.errors")
    away = [shared.when_to_ask_again(errors.Unreachable("said"), tries, timedelta(minutes=3)) for tries in (1, 2, 3)]
    assert [pause is not None for pause in away] == [True, True, False]


def test_an_exhausted_budget_ends_the_task_as_skipped(ingest: Any) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    errors = importlib.import_module("include.openalex.errors")

    def exhausted() -> None:
        raise errors.BudgetExhausted("the day's credits are spent", resets_at=datetime(2026, 11, 24, tzinfo=UTC))

    with pytest.raises(AirflowSkipException, match="the next run goes on here"):
        ingest.until_the_budget_ends(exhausted)


@pytest.mark.parametrize(("hours", "is_of_judgements", "fails"), [(1, True, False), (1, False, True), (0, True, True)])
def test_a_refusal_fails_the_gates_task_unless_a_person_is_asked_about_all_of_it(
    ingest: Any, monkeypatch: pytest.MonkeyPatch, hours: float, is_of_judgements: bool, fails: bool
) -> None:
    asking = importlib.import_module("dags.asking")
    refused = importlib.import_module("include.contracts.acceptance").Refused("refused")
    refused.is_of_judgements = is_of_judgements
    monkeypatch.setattr(asking, "get_settings", lambda: SimpleNamespace(ask_hours=hours))

    def judge() -> None:
        raise refused

    if fails:
        with pytest.raises(type(refused)):
            asking.or_ask(judge)
    else:
        asking.or_ask(judge)


def test_where_nothing_was_refused_nobody_is_asked(
    ingest: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    asking = importlib.import_module("dags.asking")
    monkeypatch.setattr(asking, "get_settings", lambda: SimpleNamespace(home=tmp_path, ask_hours=1))
    with pytest.raises(AirflowSkipException, match="nothing to accept"):
        asking.AskToAccept(task_id="ask", gate="gate_2").execute({})


@pytest.fixture
def home(ingest: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings of an empty home, as tasks read them."""
    settings = importlib.import_module("include.settings")
    made = settings.Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})
    monkeypatch.setattr(settings, "get_settings", lambda: made)
    return made


def failing(task: str, error: object) -> dict[str, Any]:
    """The context of a task that failed for good."""
    instance = SimpleNamespace(dag_id="build_warehouse", task_id=task, run_id="run", log_url="http://there")
    return {"ti": instance, "exception": error}


def test_a_failed_task_is_noted_with_its_sentence_and_a_gates_refusal_as_one(
    home: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shared, health = importlib.import_module("dags.shared"), importlib.import_module("include.contracts.health")
    errors = importlib.import_module("include.common.errors")
    refused = importlib.import_module("include.contracts.acceptance").Refused("gate 3 refuses")
    shared.TellFailure().notify(failing("export", errors.StorageError("the disk is full", where="/x", fix="free some")))
    shared.TellFailure().notify(failing("audit", refused))
    shared.TellFailure().notify(failing("is_due", shared.FollowsFailure("nothing new because ingest failed")))
    noted = {failure.task: failure for failure in health.failures_in(home.home)}
    assert (noted["export"].what, noted["export"].fix, noted["export"].look) == (
        *("the disk is full", "free some", "http://there"),
    )
    assert noted["audit"].refused_by_gate
    assert noted["is_due"].follows
    assert noted["is_due"].what == "nothing new because ingest failed"
    told = [record.message for record in caplog.records if record.levelname == "ERROR"][:3]
    assert told == ["export failed for good: the disk is full", "what to do: free some", "look: http://there"]


def test_the_end_of_a_run_is_noted_and_closes_or_opens_what_failed(home: Any) -> None:
    shared, health = importlib.import_module("dags.shared"), importlib.import_module("include.contracts.health")
    context = {"dag": SimpleNamespace(dag_id="build_warehouse"), "run_id": "run"}
    shared.NoteRun("failed").notify({**context, "reason": "task_failure"})
    assert health.failures_in(home.home) == []
    shared.NoteRun("failed").notify({**context, "reason": "timed_out"})
    (failure,) = health.failures_in(home.home)
    assert (failure.task, "longer than it may" in failure.what) == ("run", True)
    assert health.last_run(home.home, "build_warehouse").state == "failed"
    shared.NoteRun("success").notify(context)
    assert health.failures_in(home.home) == []
    assert health.last_run(home.home, "build_warehouse").state == "success"


def test_nobody_to_be_told_fails_no_task(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("anything")

    monkeypatch.setattr("include.health.look", broken)
    importlib.import_module("dags.shared").look_around()


def test_a_day_whose_ingest_failed_is_not_green_because_nothing_is_new(ingest: Any, home: Any) -> None:
    shared = importlib.import_module("dags.shared")
    shared.refuse_silence(home.home)
    instance = SimpleNamespace(dag_id="ingest_openalex", task_id="plan", run_id="run", log_url="http://there")
    error = importlib.import_module("include.common.errors").EntangledError("the key is wrong", fix="correct it")
    shared.TellFailure().notify({"ti": instance, "exception": error})
    with pytest.raises(shared.FollowsFailure, match=r"ingest_openalex failed: plan: the key is wrong\. .* correct it"):
        shared.refuse_silence(home.home)
