"""Windows cover the scope once, and their ids alone say what they hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.common.errors import EntangledError
from include.contracts.batch import Window
from include.contracts.scope import ResolvedScope
from include.openalex.queries import WORK_FIELDS, works_filter, works_query
from include.openalex.scope import read_scope
from include.openalex.windows import are_nested, depth, halves, window_by_id, windows
from include.settings import Settings


@pytest.fixture
def make_scope(tmp_path: Path, make_settings: Callable[..., Settings], scope_text: str) -> Callable[..., ResolvedScope]:
    def make(cut: str = "by: year", **changes: object) -> ResolvedScope:
        text = scope_text.replace("by: year, recent_years: 1", cut)
        (tmp_path / "scope.yaml").write_text(text)
        return read_scope(make_settings()).model_copy(update=changes)

    return make


@pytest.mark.parametrize(
    ("cut", "count"),
    [
        ("by: year, recent_years: 0", 2),
        ("by: quarter, recent_years: 0", 8),
        ("by: month, recent_years: 0", 24),
        ("by: year, recent_by: quarter, recent_years: 1", 5),
        ("by: none, recent_years: 0", 1),
    ],
)
def test_windows_cover_every_day_once(make_scope: Callable[..., ResolvedScope], cut: str, count: int) -> None:
    cut_windows = windows(make_scope(cut))
    assert len(cut_windows) == count
    days: list[date] = []
    for window in cut_windows:
        assert window.date_from is not None and window.date_to is not None
        days += [window.date_from + timedelta(n) for n in range((window.date_to - window.date_from).days + 1)]
    assert days == [date(2019, 1, 1) + timedelta(n) for n in range(731)]


def test_names_are_readable(make_scope: Callable[..., ResolvedScope]) -> None:
    scope = make_scope("by: year, recent_by: quarter, recent_years: 1", topic_chunks=(("T1",), ("T2",)))
    first, second, third, *_ = windows(scope)
    assert (first.window_id, first.title) == ("works-2019-chunk1", "works 2019 (topics 1/2)")
    assert second.window_id == "works-2019-chunk2"
    assert third.window_id == "works-2020q1-chunk1"
    assert [window.window_id for window in windows(make_scope())] == ["works-2019", "works-2020"]


@given(path=st.text(alphabet="ab", min_size=1, max_size=7))
def test_a_half_is_found_by_its_id(path: str) -> None:
    scope = _scope_of_2019()
    window = windows(scope)[0]
    for step in path:
        both = halves(window)
        assert both is not None
        assert both[0].date_from == window.date_from and both[1].date_to == window.date_to
        assert both[0].date_to is not None
        assert both[1].date_from == both[0].date_to + timedelta(1)
        window = both["ab".index(step)]
    assert window_by_id(scope, window.window_id) == window
    assert depth(window) == len(path)


def test_a_single_day_and_a_window_without_dates_have_no_halves() -> None:
    assert halves(Window(window_id="w", title="w")) is None
    assert halves(Window(window_id="w", title="w", date_from=date(2020, 1, 1), date_to=date(2020, 1, 1))) is None


@pytest.mark.parametrize(
    "name", ["works-2031", "works-2019-chunk9", "works-2019-c", "nonsense", "works-2019-" + "a" * 20]
)
def test_an_unknown_window_is_refused(name: str) -> None:
    with pytest.raises(EntangledError, match="has no window"):
        window_by_id(_scope_of_2019(), name)


def test_the_query_asks_for_joint_works_of_the_window(make_scope: Callable[..., ResolvedScope]) -> None:
    scope = make_scope()
    query = works_query(scope, windows(scope)[0])
    text = query.filter or ""
    conditions = text.split(",")
    assert [part for part in conditions if part.startswith("authorships.countries:")][1] == "authorships.countries:cn"
    assert "primary_topic.id:T10028|T10036" in conditions
    assert "from_publication_date:2019-01-01" in conditions and "to_publication_date:2019-12-31" in conditions
    assert "is_paratext:false" in conditions
    assert query.sort == "publication_date"
    assert "grants" not in (query.select or "").split(",")


def test_a_scope_that_admits_everything_has_no_filter(make_settings: Callable[..., Settings]) -> None:
    scope = read_scope(make_settings(ENTANGLED_SCOPE="recorded"))
    (window,) = windows(scope)
    assert window.date_from is None
    assert works_filter(scope, window) is None
    # older fields are not asked for: a source that still has one gives it in the place of today's
    assert works_query(scope, window).select == WORK_FIELDS


def _scope_of_2019() -> ResolvedScope:
    settings = Settings(_env_file=None, ENTANGLED_SCOPE="demo")
    return read_scope(settings).model_copy(update={"year_from": 2019, "year_to": 2019, "topic_chunks": ((),)})


@pytest.mark.parametrize(
    ("one", "other", "nested"),
    [
        ("works-2019-chunk1", "works-2019-chunk1", True),
        ("works-2019-chunk1", "works-2019-chunk1-b", True),
        ("works-2019-chunk1-ba", "works-2019-chunk1-b", True),
        ("works-2019-chunk1-a", "works-2019-chunk1-b", False),
        ("works-2019-chunk1", "works-2019-chunk10", False),
        ("works-2019", "works-2019q1", False),
        ("", "works-2019", False),
    ],
)
def test_ids_tell_which_window_was_cut_out_of_which(one: str, other: str, nested: bool) -> None:
    assert are_nested(one, other) is are_nested(other, one) is nested
