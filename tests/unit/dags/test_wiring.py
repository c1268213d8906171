"""What little the DAG files decide themselves: bundles of windows, and which errors are tried again."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime
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
