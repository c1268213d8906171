"""With a paid key only updates are asked for, from the day before the last sweep began; a count that does not fit tells
of vanished works."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from include.common.clock import utc_now
from include.openalex import extract, extract_all, plan, sync_vanished, unswept_windows
from include.openalex.errors import BudgetExhausted, PlanRequired, Unauthorised
from include.openalex.scope import resolve_scope
from include.openalex.snapshot.models import CompleteLoad, Snapshot
from include.openalex.updates import known_since
from include.raw_zone import list_batches, verify
from include.raw_zone.sweeps import Sweep, last_sweeps, save_sweep
from include.settings import Settings

pytestmark = pytest.mark.usefixtures("no_pause")

WINDOW = "works-2019"
NOW = utc_now()
YESTERDAY = f"{NOW - timedelta(days=1):%Y-%m-%d}"
SPENT = {"error": "Rate limit exceeded", "message": "Insufficient budget. Resets at midnight UTC.", "retryAfter": 9}


@pytest.fixture
def works(source: Any, make_work: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
    """250 works of 2019, three pages, and ten of 2020."""
    source.is_paid = True
    source.works = [make_work(number, day=f"2019-{number % 12 + 1:02d}-10") for number in range(1, 251)]
    source.works += [make_work(number, day="2020-02-02") for number in range(300, 310)]
    source.works.sort(key=lambda work: work["publication_date"])
    return source.works


@pytest.fixture
def paid(settings: Settings, make_settings: Callable[..., Settings], source: Any, works: Any) -> Settings:
    """A home whose windows were all swept, by a key that may ask for updates."""
    extract_all(settings)
    source.requests.clear()
    return make_settings(ENTANGLED_STRATEGY="updated_since")


def change(work: dict[str, Any], **fields: Any) -> None:
    work |= {"updated_date": NOW.isoformat(), **fields}


def pages_read(source: Any) -> list[str]:
    """The filters that whole pages were asked for with."""
    return [parameters["filter"] for _, parameters, _ in source.requests if "cursor" in parameters]


def began(settings: Settings, days_ago: int) -> Sweep:
    """Let the last sweep of the window have begun then."""
    swept = last_sweeps(settings, "works")[WINDOW]
    save_sweep(settings, swept.model_copy(update={"begun_at": swept.swept_at - timedelta(days=days_ago)}))
    return swept


def test_only_what_was_updated_is_read_and_only_what_changed_is_stored(
    paid: Settings, source: Any, works: list[Any], make_work: Any
) -> None:
    change(works[0], cited_by_count=9)
    change(works[1], display_name="Another title")
    works.append({**make_work(900, day="2019-12-31"), "updated_date": NOW.isoformat()})
    (summary,) = extract_all(paid)
    assert (summary.received, summary.stored, summary.entered, summary.unchanged) == (3, 2, 1, 1)
    assert [text.split(",")[-1] for text in pages_read(source)] == [f"from_updated_date:{YESTERDAY}"]
    last = list_batches(paid, "works")[-1]
    assert (last.strategy, last.window.window_id, last.stored) == ("updated_since", WINDOW, 2)
    assert verify(paid).problems == ()


def test_the_ledger_goes_on_from_updates_as_from_a_sweep(paid: Settings, source: Any, works: list[Any]) -> None:
    before = last_sweeps(paid, "works")[WINDOW]
    change(works[1], display_name="Another title")
    extract_all(paid)
    after = last_sweeps(paid, "works")[WINDOW]
    assert after.swept_at > before.swept_at
    assert (after.query, after.records, after.whole_at) == (before.query, 250, before.swept_at)
    assert unswept_windows(paid, since=before.swept_at) == ["works-2020"]


def test_updates_are_asked_for_from_the_day_before_the_last_sweep_began(paid: Settings) -> None:
    began(paid, days_ago=3)
    change_day = f"{NOW - timedelta(days=4):%Y-%m-%d}"
    planned = {each.window_id: each for each in plan(paid).windows}
    assert f"nothing updated since {change_day}" in planned[WINDOW].reason


def test_a_window_goes_on_from_the_snapshot_unless_it_was_left_out_of_it(settings: Settings, works: list[Any]) -> None:
    extract_all(settings)
    swept = last_sweeps(settings, "works")[WINDOW]
    today = swept.swept_at.date()
    long_sweep = swept.model_copy(update={"begun_at": swept.swept_at - timedelta(days=9)})

    def since(earlier: Sweep | None, newest: date | None) -> int | None:
        found = known_since(earlier, snapshot_of(newest) if newest is not None else None)
        return (today - found).days if found is not None else None

    assert since(None, None) is None
    assert since(None, today - timedelta(days=100)) == 101
    assert since(long_sweep, None) == 10
    # a window that was swept when the snapshot was old by then was left as it was
    assert since(long_sweep, today - timedelta(days=1)) == 10
    assert since(long_sweep, today) == 1


def snapshot_of(newest: date) -> CompleteLoad:
    """The record of a snapshot that was loaded as a whole."""
    found = Snapshot(
        root="/snapshot/works",
        layout="legacy",
        format="jsonl",
        released_on=None,
        data_origin="synthetic",
        manifest_sha256="0" * 64,
        newest=newest,
        parts=1,
        records=1,
    )
    return CompleteLoad(fetch_version="1", snapshot=found, last_parts=(), tombstones=0, completed_at=NOW)


def test_with_nothing_updated_and_the_same_count_a_window_is_not_due(paid: Settings, source: Any) -> None:
    made = plan(paid)
    assert [each.action for each in made.windows] == ["skip", "skip"]
    assert made.probes == len(source.requests) == 5  # what the key may do, and two counts a window
    assert extract_all(paid) == []


def test_a_plan_says_what_updates_take(paid: Settings, works: list[Any]) -> None:
    for work in works[:150]:
        change(work, cited_by_count=9)
    (due,) = plan(paid).due
    assert (due.expected, due.to_read, due.requests) == (250, 150, 3)
    assert due.reason == f"150 updated since {YESTERDAY}"
    (summary,) = extract_all(paid)
    assert (summary.received, summary.stored, summary.batch_id) == (150, 0, None)


def test_a_vanished_work_makes_its_window_be_swept_whole_and_gets_a_tombstone(
    paid: Settings, source: Any, works: list[Any], make_work: Any
) -> None:
    # one goes and one comes: the count alone says nothing
    lost = works.pop(7)
    works.insert(7, {**make_work(900, day="2019-12-31"), "updated_date": NOW.isoformat()})
    (summary,) = extract_all(paid)
    assert (summary.gone, summary.entered, summary.stored) == (1, 1, 1)
    assert last_sweeps(paid, "works")[WINDOW].gone_ids == (lost["id"].rsplit("/", 1)[1],)
    found = sync_vanished(paid)
    assert found is not None and found.deleted == 1
    assert extract_all(paid)[0].gone == 0  # what was updated today is read again, and fits


def test_one_work_gone_and_one_moved_here_do_not_balance_each_other(paid: Settings, works: list[Any]) -> None:
    lost = works.pop(7)
    change(works[-1], publication_date="2019-12-31", publication_year=2019)
    planned = {each.window_id: each for each in plan(paid).due}
    assert (planned[WINDOW].expected, planned[WINDOW].to_read) == (250, 1)
    extract_all(paid)
    assert last_sweeps(paid, "works")[WINDOW].gone_ids == (lost["id"].rsplit("/", 1)[1],)


def test_updates_fit_in_windows_that_were_cut_in_halves_meanwhile(
    paid: Settings, source: Any, works: list[Any]
) -> None:
    scope = resolve_scope(paid)
    smaller = scope.windows.model_copy(update={"max_records": 130})
    scope.model_copy(update={"windows": smaller}).save(paid.resolved_scope_file)
    # the halves bring nothing that is new, so what is known of their works came with the whole
    assert [(each.received, each.stored) for each in extract_all(paid)] == [(125, 0), (125, 0)]
    source.requests.clear()
    change(works[1], display_name="Another title")
    (summary,) = extract_all(paid)
    assert (summary.window_id, summary.received, summary.stored, summary.entered) == (f"{WINDOW}-a", 1, 1, 0)
    assert ["from_updated_date" in text for text in pages_read(source)] == [True]


def test_fewer_works_than_before_are_no_matter_of_updates(paid: Settings, source: Any, works: list[Any]) -> None:
    del works[7]
    (due,) = plan(paid).due
    assert (due.updated_since, due.reason) == (None, "249 records now, 250 at the last sweep")


def test_a_window_is_read_whole_at_its_age(paid: Settings, source: Any, works: list[Any]) -> None:
    swept = last_sweeps(paid, "works")[WINDOW]
    save_sweep(paid, swept.model_copy(update={"swept_whole_at": swept.swept_at - timedelta(days=90)}))
    (due,) = plan(paid).due
    assert (due.updated_since, due.reason) == (None, "last read whole 90 days ago, revisited every 90")


def test_without_an_earlier_sweep_all_windows_are_swept_first(
    settings: Settings, make_settings: Callable[..., Settings], source: Any, works: list[Any]
) -> None:
    paid = make_settings(ENTANGLED_STRATEGY="updated_since")
    assert sum(summary.stored for summary in extract_all(paid)) == 260
    assert {batch.strategy for batch in list_batches(paid)} == {"publication_window"}
    assert [text for text in pages_read(source) if "from_updated_date" in text] == []


def test_without_its_ledger_a_home_goes_on_from_the_whole_sweep(paid: Settings, works: list[Any]) -> None:
    whole = last_sweeps(paid, "works")[WINDOW]
    change(works[1], display_name="Another title")
    extract_all(paid)
    (paid.raw_zone / "works" / "_sweeps" / f"{WINDOW}.json").unlink()
    assert last_sweeps(paid, "works")[WINDOW].batch_id == whole.batch_id
    assert extract_all(paid)[0].stored == 0


def test_updates_that_were_interrupted_go_on_at_their_cursor(
    paid: Settings, source: Any, answer: Any, works: list[Any]
) -> None:
    for work in works[:150]:
        change(work, display_name="Another title")
    source.intercept = lambda _, asked: answer(429, SPENT) if asked.get("cursor") == "100" else None
    with pytest.raises(BudgetExhausted):
        extract_all(paid)
    source.intercept = None
    source.requests.clear()
    (summary,) = extract_all(paid)
    assert [parameters["cursor"] for _, parameters, _ in source.requests if "cursor" in parameters] == ["100"]
    assert (summary.received, summary.stored) == (150, 150)


def test_another_strategy_drops_updates_that_were_interrupted(
    paid: Settings, settings: Settings, source: Any, answer: Any, works: list[Any]
) -> None:
    for work in works[:150]:
        change(work, display_name="Another title")
    source.intercept = lambda _, asked: answer(429, SPENT) if asked.get("cursor") == "100" else None
    with pytest.raises(BudgetExhausted):
        extract_all(paid)
    source.intercept = None
    assert extract(settings, WINDOW, again=True).stored == 150
    assert verify(settings).in_progress == ()


def test_a_list_of_updates_that_stays_incomplete_makes_the_window_be_swept_whole(
    paid: Settings, source: Any, works: list[Any]
) -> None:
    change(works[1], display_name="Another title")

    def lie(path: str, parameters: dict[str, str]) -> Any:
        found = source._truth(path, parameters)
        if "cursor" in parameters and "from_updated_date" in parameters["filter"]:
            found.body["meta"]["count"] += 1
        return found

    source.intercept = lie
    (summary,) = extract_all(paid)
    assert (summary.received, summary.stored) == (250, 1)


def test_a_free_key_is_told_before_anything_is_asked_for(
    settings: Settings, make_settings: Callable[..., Settings], source: Any, works: Any
) -> None:
    source.is_paid = False
    with pytest.raises(PlanRequired, match="does not allow the strategy updated_since") as caught:
        extract_all(make_settings(ENTANGLED_STRATEGY="updated_since"))
    assert "publication_window" in caught.value.fix
    assert len(source.requests) == 1


@pytest.mark.parametrize(("is_paid", "strategy"), [(True, "updated_since"), (False, "publication_window")])
def test_auto_takes_what_the_key_may_do_and_says_so(
    settings: Settings, make_settings: Any, source: Any, works: Any, caplog: Any, is_paid: bool, strategy: str
) -> None:
    caplog.set_level(logging.INFO)
    source.is_paid = is_paid
    made = plan(make_settings(ENTANGLED_STRATEGY="auto"))
    assert made.strategy == strategy
    assert f"strategy {strategy} (auto: the key's plan may " in made.summary()
    assert f"strategy {strategy} (auto: " in caplog.text


def test_auto_concludes_nothing_from_another_refusal(
    settings: Settings, make_settings: Any, source: Any, answer: Any, works: Any
) -> None:
    source.intercept = lambda path, parameters: answer(403, {"error": "Forbidden"})
    with pytest.raises(Unauthorised):
        plan(make_settings(ENTANGLED_STRATEGY="auto"))
    assert len(source.requests) == 1
