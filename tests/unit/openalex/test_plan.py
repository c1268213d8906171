"""The plan fits into the day's credits: what is most urgent comes first, and the rest is done on another day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.common.clock import utc_now
from include.contracts.batch import Query
from include.contracts.scope import ResolvedScope
from include.openalex import ExtractSummary, Plan, extract, extract_all, plan, unswept_windows
from include.openalex.errors import BudgetExhausted, UnreliableSource
from include.openalex.queries import WORK_FIELDS
from include.openalex.totals import sync_totals
from include.raw_zone import list_batches
from include.raw_zone.sweeps import last_sweeps, save_sweep
from include.settings import Settings

pytestmark = pytest.mark.usefixtures("no_pause")

QUARTERS = [f"works-{year}q{quarter}" for year in (2019, 2020) for quarter in (1, 2, 3, 4)]
RESERVE = 12 + 3  # the questions of totals, and a request for each kind of reference
SPENT = {"error": "Rate limit exceeded", "message": "Insufficient budget. Resets at midnight UTC.", "retryAfter": 9}


class Day:
    """The day's credits of the scripted source: told in every answer, and refused when they are used up."""

    def __init__(self, source: Any, answer: Any) -> None:
        self.limit = self.left = 1_000_000
        self._source, self._answer = source, answer
        source.intercept = self._take

    def begin(self, credits: int, *, spent: int = 0) -> None:
        """A new day, of which `spent` is used up already."""
        self.limit, self.left = credits, credits - spent

    def begin_with_three_windows_worth(self) -> None:
        """Eight probes, what is kept aside, and three requests."""
        self.begin(2 * RESERVE, spent=2 * RESERVE - (8 + RESERVE + 3))

    def _take(self, path: str, parameters: dict[str, str]) -> Any:
        if self.left == 0:
            return self._answer(429, SPENT)
        self.left -= path == "/works"
        told = self._source._truth(path, parameters)
        told.headers = {"x-ratelimit-limit": str(self.limit), "x-ratelimit-remaining": str(self.left)}
        return told


@pytest.fixture
def day(source: Any, answer: Any) -> Day:
    return Day(source, answer)


@pytest.fixture
def quarters(tmp_path: Path, make_settings: Callable[..., Settings], scope_text: str) -> Settings:
    """Eight windows, all of them old: two years by quarter."""
    text = scope_text.replace("by: year, recent_years: 1", "by: quarter, recent_years: 0")
    (tmp_path / "scope.yaml").write_text(text)
    return make_settings()


@pytest.fixture
def works(source: Any, make_work: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
    """Thirty works a quarter: each quarter is one request."""
    months = [(year, month) for year in (2019, 2020) for month in (2, 5, 8, 11)]
    source.works = [
        make_work(number * 100 + n, day=f"{year}-{month:02d}-{n % 28 + 1:02d}")
        for number, (year, month) in enumerate(months, start=1)
        for n in range(30)
    ]
    source.works.sort(key=lambda work: work["publication_date"])
    return source.works


def actions(made: Plan) -> dict[str, str]:
    return {planned.window_id: planned.action for planned in made.windows}


def swept_days_ago(settings: Settings, window_id: str, days: int) -> None:
    """Make the ledger say that the window was swept then."""
    sweep = last_sweeps(settings, "works")[window_id]
    then = sweep.swept_at - timedelta(days=days)
    file = settings.raw_zone / "works" / f"batch={sweep.batch_id}" / "_manifest.json"
    file.write_text(file.read_text().replace(f"{sweep.swept_at:%Y-%m-%d}", f"{then:%Y-%m-%d}"))
    save_sweep(settings, sweep.model_copy(update={"swept_at": then}))


def test_what_the_credits_do_not_cover_is_postponed_and_done_on_the_next_day(
    quarters: Settings, day: Day, works: Any
) -> None:
    day.begin_with_three_windows_worth()
    with pytest.raises(BudgetExhausted, match="5 windows that were never swept") as caught:
        extract_all(quarters)
    assert caught.value.where == ", ".join(QUARTERS[3:])
    assert sorted(last_sweeps(quarters, "works")) == QUARTERS[:3]
    assert unswept_windows(quarters) == QUARTERS[3:]

    day.begin(100)
    assert [summary.window_id for summary in extract_all(quarters)] == QUARTERS[3:]
    assert unswept_windows(quarters) == []


def test_what_is_kept_aside_is_enough_for_totals(quarters: Settings, day: Day, source: Any, works: Any) -> None:
    source.groups = {"publication_year": {"2019": 7, "2020": 8}, "authorships.countries": {"CN": 9}}
    day.begin_with_three_windows_worth()
    with pytest.raises(BudgetExhausted, match="never swept"):
        extract_all(quarters)
    assert day.left >= RESERVE
    assert [summary.credits for summary in sync_totals(quarters)] == [11]  # and the world once more, to find the years


def test_what_waited_longest_comes_first_and_a_late_visit_is_no_error(quarters: Settings, day: Day, works: Any) -> None:
    extract_all(quarters)
    for number, window_id in enumerate(QUARTERS):
        swept_days_ago(quarters, window_id, 100 + 10 * number)
    day.begin_with_three_windows_worth()
    made = plan(quarters)
    assert [planned.window_id for planned in made.having("sweep")] == QUARTERS[-3:]  # 170, 160 and 150 days ago
    assert "last swept 100 days ago" in made.having("postpone")[0].reason
    assert "today's credits do not cover it" in made.having("postpone")[0].reason
    day.begin_with_three_windows_worth()
    assert [summary.window_id for summary in extract_all(quarters)] == QUARTERS[-3:]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_a_sweep_takes_the_requests_that_the_plan_says(
    settings: Settings, day: Day, source: Any, make_work: Any, count: int
) -> None:
    source.works = [make_work(number) for number in range(count)]
    planned = {each.window_id: each.requests for each in plan(settings).windows}
    summary: ExtractSummary = extract(settings, "works-2019")
    assert planned["works-2019"] == summary.requests == summary.credits


def test_an_unfinished_sweep_goes_first_and_costs_only_what_is_left(
    settings: Settings, day: Day, source: Any, make_work: Any
) -> None:
    source.works = [make_work(n, day=f"2020-{n % 12 + 1:02d}-10") for n in range(250)]
    day.begin(2)
    with pytest.raises(BudgetExhausted):
        extract(settings, "works-2020")
    day.begin(1000)
    first, second = plan(settings).windows
    assert (first.requests, second.requests) == (1, 1)
    assert (second.is_unfinished, second.reason) == (True, "an unfinished sweep goes on")
    day.begin(2 * RESERVE, spent=2 * RESERVE - (2 + RESERVE + 1))
    assert actions(plan(settings)) == {"works-2019": "postpone", "works-2020": "sweep"}


def test_a_window_that_no_day_could_pay_for_is_cut(settings: Settings, day: Day, source: Any, make_work: Any) -> None:
    source.works = [make_work(n, day=f"2019-{n % 12 + 1:02d}-10") for n in range(600)]
    day.begin(24)  # a quarter is six requests, at most 599 records
    assert list(actions(plan(settings))) == ["works-2019-a", "works-2019-b", "works-2020"]


@pytest.mark.parametrize("works_everywhere", [50_000, 10**30])
def test_a_source_that_does_not_obey_dates_is_not_asked_for_ever(
    settings: Settings, source: Any, answer: Any, works_everywhere: int
) -> None:
    source.intercept = lambda path, parameters: answer(
        body={"meta": {"count": works_everywhere, "next_cursor": None}, "results": [], "group_by": []}
    )
    with pytest.raises(UnreliableSource, match="does not obey filters of dates"):
        plan(settings)
    assert source.asked("/works") == 3


def test_a_source_that_states_no_budget_postpones_nothing(quarters: Settings, source: Any, works: Any) -> None:
    made = plan(quarters)
    assert made.budget is None
    assert set(actions(made).values()) == {"sweep"}
    assert made.table().splitlines()[-1].endswith("the source states no budget")


def test_the_plan_says_what_it_will_take(quarters: Settings, day: Day, works: Any) -> None:
    day.begin(1000)
    made = plan(quarters)
    *lines, last = made.table().splitlines()
    assert [line.split()[:2] for line in lines] == [["sweep", window_id] for window_id in QUARTERS]
    assert "30 works      1 credits  never swept with this query" in lines[0]
    assert last.startswith(
        "8 windows, counted with 8 credits: 8 to sweep (8 requests and credits, 0 s at 100 a second), 0 not due; "
        "992 of 1,000 credits left until "
    )
    assert list_batches(quarters) == []


def test_dates_choose_windows_whatever_their_age_and_no_others(quarters: Settings, day: Day, works: Any) -> None:
    extract_all(quarters)
    asked = date(2019, 6, 30), date(2019, 7, 1)
    assert [planned.window_id for planned in plan(quarters, published=asked).having("sweep")] == QUARTERS[1:3]
    assert [summary.window_id for summary in extract_all(quarters, published=asked)] == QUARTERS[1:3]
    assert unswept_windows(quarters) == []


def test_windows_of_a_scope_that_was_not_planned_yet_were_never_swept(quarters: Settings, day: Day, works: Any) -> None:
    day.begin(100)
    extract_all(quarters)
    assert unswept_windows(quarters) == []
    scope = ResolvedScope.load(quarters.resolved_scope_file)
    topics = ((*scope.topic_chunks[0], "T99999"),)
    scope.model_copy(update={"topic_chunks": topics, "fetch_version": "another"}).save(quarters.resolved_scope_file)
    assert unswept_windows(quarters) == QUARTERS
    # a new year of the same scope: only its own windows are missing
    scope.model_copy(update={"year_to": scope.year_to + 1}).save(quarters.resolved_scope_file)
    assert unswept_windows(quarters) == [f"works-{scope.year_to + 1}q{quarter}" for quarter in (1, 2, 3, 4)]


def test_a_window_that_was_swept_in_halves_was_swept(settings: Settings, day: Day, source: Any, works: Any) -> None:
    plan(settings)
    assert unswept_windows(settings) == ["works-2019", "works-2020"]
    extract(settings, "works-2020")
    extract(settings, "works-2019-a")
    assert unswept_windows(settings) == ["works-2019"]
    extract(settings, "works-2019-b")
    assert unswept_windows(settings) == []


def test_a_sweep_of_another_query_counts_as_none(settings: Settings, day: Day, works: Any) -> None:
    extract_all(settings)
    sweep = last_sweeps(settings, "works")["works-2019"]
    other = Query(**{**sweep.query.model_dump(), "select": WORK_FIELDS.removesuffix(",created_date")})
    save_sweep(settings, sweep.model_copy(update={"query": other}))
    assert unswept_windows(settings) == ["works-2019"]


def test_what_was_asked_for_and_not_swept_since_is_named(quarters: Settings, day: Day, works: Any) -> None:
    # one after the other: `extract_all` sweeps some at once, and which of them waited longest would be chance
    plan(quarters)
    for window_id in QUARTERS:
        extract(quarters, window_id)
    begun = utc_now()
    dates = (date(2019, 5, 1), date(2020, 1, 31))  # from within the second quarter into the fifth
    assert unswept_windows(quarters, published=dates, since=begun) == QUARTERS[1:5]
    assert unswept_windows(quarters, published=dates) == []
    # a day that covers two of the four: the rest is named, and nothing else is swept
    day.begin(2 * RESERVE, spent=2 * RESERVE - (8 + RESERVE + 2))
    assert [summary.window_id for summary in extract_all(quarters, published=dates)] == QUARTERS[1:3]
    assert unswept_windows(quarters, published=dates, since=begun) == QUARTERS[3:5]
    # what waited longest goes first on the next day
    day.begin(2 * RESERVE, spent=2 * RESERVE - (8 + RESERVE + 2))
    assert [summary.window_id for summary in extract_all(quarters, published=dates)] == QUARTERS[3:5]
    assert unswept_windows(quarters, published=dates, since=begun) == []
