"""`make bi-check`: import twice, open every dashboard in headless chromium, look at every chart.

A number of each dashboard is held against a mart that its charts do not read.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from include.bi import serving
from include.bi.environment import python
from include.bi.serving import BiError, Secrets, words_of
from include.bi.spec import SUPERSET, Pack, read_pack
from include.common.chromium import find_chromium
from include.release import open_current
from include.settings import REPOSITORY, Settings, bare_environment

LOOK = SUPERSET / "inside" / "look.py"
# errors of the console that are Superset's own and change nothing that is seen
_KNOWN_ERRORS = (
    # its telemetry pixel, which our content security policy blocks
    re.compile(r"apachesuperset\.gateway\.scarf\.sh"),
    # React's warnings about Superset's own components
    re.compile(r"^Warning: "),
)

# of the scope, whichever that is; NUMBERS read it as the variable `country`, and its name as {country}
_LEADING_COUNTRY = (
    "select reporter_code, reporter_name from mart_copublication_trends where not is_group"
    " and counting_method = 'full' and work_selection = 'all'"
    " group by all order by sum(joint_papers) desc, reporter_code limit 1"
)
_SIDE_A = "reporter_code = (select reporter_code from dim_reporter where is_side_a)"


@dataclass(frozen=True)
class Number:
    """A figure that a chart shows: how to read it from the chart's text, and the same from other tables."""

    chart: str
    reading: str
    mart: str
    as_text: Callable[[Any], str]


def _count(value: Any) -> str:
    return f"{value:,.0f}"


def _share(value: Any) -> str:
    return f"{100 * value:.1f}%"


# a figure a dashboard, from the marts, which the charts do not read
NUMBERS = {
    "overview": Number(
        "overview_joint_papers",
        r"^\s*([\d,]+)",
        f"select sum(joint_papers) from mart_copublication_trends"
        f" where {_SIDE_A} and counting_method = 'full' and work_selection = 'all'",
        _count,
    ),
    "co-publication": Number(
        "copublication_country_table",
        r"{country}\s+([\d,]+)",
        "select sum(joint_papers) from mart_copublication_trends"
        " where reporter_code = getvariable('country') and counting_method = 'full' and work_selection = 'all'",
        _count,
    ),
    "funding": Number(
        "funding_coverage",
        r"([\d.]+%)",
        f"select sum(papers_with_funding) / sum(joint_papers) from mart_funding_disclosure where {_SIDE_A}",
        _share,
    ),
    "listed-bodies": Number(
        "listed_countries",
        r"{country}\s+([\d,]+)",
        "select sum(military_linked_papers) from mart_linked_papers where reporter_code = getvariable('country')"
        " and definition_code = 'any_list' and listing_basis = 'today'",
        _count,
    ),
    "pipeline-health": Number(
        "health_loaded",
        r"([\d,]+)",
        "select count(*) from fct_works",
        _count,
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What the check found: the errors in words, how many charts and numbers were looked at, and how long it took."""

    dashboards: int
    charts: int
    errors: tuple[str, ...]
    equal: int
    times: tuple[str, ...] = ()

    def __str__(self) -> str:
        looked_at = f"dashboards: {self.dashboards}, charts: {self.charts}"
        return f"{looked_at}, errors: {len(self.errors)}, numbers equal: {self.equal}"

    @property
    def is_good(self) -> bool:
        """Nothing is wrong and every number is the mart's."""
        return not self.errors and self.equal == self.dashboards > 0


def check(settings: Settings, pictures: Path | None = None) -> Verdict:
    """Import twice, look at everything as a reader, and compare; stops Superset again when it did not run before.

    Raises:
        BiError: there is no chromium, or Superset could not be started or looked at.
    """
    # without one, nothing is started
    find_browser()
    ran = serving.is_up(settings)
    try:
        first = serving.up(settings)
        second = serving.up(settings)
        verdict = judge(settings, [dashboard.slug for dashboard in read_pack().dashboards], pictures)
    finally:
        if not ran:
            serving.down(settings)
    return replace(verdict, errors=(*_differences(first, second), *verdict.errors))


def judge(settings: Settings, dashboards: list[str], pictures: Path | None = None) -> Verdict:
    """Look at these dashboards (slugs) of a Superset that runs, at every chart, and compare a number of each.

    Raises:
        BiError: there is no chromium, or a dashboard could not be opened.
    """
    pack, words = read_pack(), words_of(settings)
    seen = look(settings, find_browser(), dashboards, pictures)
    may_be_empty = {_titled(chart.title, words) for chart in pack.charts.values() if chart.may_be_empty}
    titles = {one.slug: _titled(one.title, words) for one in pack.dashboards}
    errors = [fault for one in seen for fault in _faults(one, titles[one["slug"]], may_be_empty)]
    errors += _missing(pack, words, seen)
    equal = sum(_is_equal(settings, pack, words, dashboard, errors) for dashboard in seen)
    return Verdict(
        dashboards=len(seen),
        charts=sum(len(dashboard["charts"]) for dashboard in seen),
        errors=tuple(errors),
        equal=equal,
        times=tuple(_times(dashboard) for dashboard in seen),
    )


def _times(seen: dict[str, Any]) -> str:
    answers = sorted(taken for query in seen["asked"] for taken in query["taken_ms"])
    slowest = answers[math.ceil(0.95 * len(answers)) - 1] if answers else 0.0
    return f"{seen['slug']}: {seen['seconds']:.1f} s to the last chart, {len(answers)} queries, p95 {slowest:.0f} ms"


def find_browser() -> str:
    """Debian's chromium.

    Raises:
        BiError: it is not installed.
    """
    return find_chromium("the dashboards", BiError)


def look(
    settings: Settings,
    browser: str,
    dashboards: list[str],
    pictures: Path | None = None,
    query: str = "",
    hold: Path | None = None,
    drill: str = "",
) -> list[dict[str, Any]]:
    """What a reader sees, by dashboard; see bi/superset/inside/look.py.

    Screenshots go to `pictures`; `query` is added to the addresses, `?native_filters=...` to choose something. `hold`
    is a file that is made when a page is open; its tabs are looked at when somebody has removed it. `drill` is the
    title of a table, the rows behind whose first cell are looked at.

    Raises:
        BiError: the browser or Superset fails.
    """
    asked = {"pictures": str(pictures or ""), "query": query, "hold": str(hold or ""), "drill": drill}
    return _in_browser(settings, browser, dashboards, **asked)


@dataclass(frozen=True)
class Asked:
    """A query of a chart, or of a filter: whose, its SQL statements, and Superset's answers in milliseconds."""

    title: str
    is_chart: bool
    sql: tuple[str, ...]
    taken_ms: tuple[float, ...]


@dataclass(frozen=True)
class Opened:
    """A dashboard: seconds from navigation to its last chart, opening by opening, and what it asks."""

    slug: str
    seconds: tuple[float, ...]
    asked: tuple[Asked, ...]


def time_dashboards(settings: Settings, browser: str, shown: serving.Shown, rounds: int) -> list[Opened]:
    """How long a reader waits, warm: every dashboard is opened, and every query sent by itself, `rounds` times.

    Raises:
        BiError: the browser or Superset fails.
    """
    pack = read_pack()
    found = []
    for one in _in_browser(settings, browser, list(shown.dashboards), rounds=rounds):
        titles = shown.dashboards[one["slug"]]["charts"]
        asked = [
            Asked(
                f"{one['slug']}: {_name_of(query, titles, pack)}",
                query["chart"] is not None,
                tuple(query["sql"]),
                tuple(query["taken_ms"]),
            )
            for query in one["asked"]
        ]
        found.append(Opened(one["slug"], tuple(one["seconds"]), tuple(asked)))
    return found


def _name_of(query: dict[str, Any], titles: dict[str, str], pack: Pack) -> str:
    if query["chart"] is not None:
        return titles[str(query["chart"])]
    name = str(query["filter"]).removeprefix("NATIVE_FILTER-")
    return f"filter {pack.filters[name].name}"


def _in_browser(settings: Settings, browser: str, dashboards: list[str], **asked: Any) -> list[dict[str, Any]]:
    request = settings.superset_home / "look.json"
    content = {
        "url": serving.url(settings),
        "user": "reader",
        "password": Secrets.of(settings).reader,
        "chromium": browser,
        "dashboards": dashboards,
        "pictures": "",
        "query": "",
        "hold": "",
        "drill": "",
        "rounds": 0,
    }
    serving.write_private(request, content | asked)
    try:
        done = subprocess.run(
            [str(python()), str(LOOK), str(request)],
            env=bare_environment(),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        request.unlink()
    if done.returncode:
        raise BiError(
            f"the dashboards could not be looked at:\n{done.stderr.strip()[-1500:]}",
            where=serving.url(settings),
            fix="see that a browser can open the address, then run the same again",
        )
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    return seen


def _differences(first: serving.Shown, second: serving.Shown) -> list[str]:
    """A second import must change nothing."""
    if first.dashboards == second.dashboards and (first.charts, first.datasets) == (second.charts, second.datasets):
        return [f"the second import removed {second.removed} things"] if second.removed else []
    return ["a second import leaves something else than the first"]


def _faults(seen: dict[str, Any], title: str, may_be_empty: set[str]) -> list[str]:
    """What is wrong with a dashboard: error boxes, charts without marks, errors of the console."""
    faults = []
    for chart in seen["charts"]:
        where = f"{title}: {chart['title']}"
        faults += [f"{where}: {error}" for error in chart["errors"]]
        if chart["loading"]:
            faults.append(f"{where}: still loads")
        elif not chart["errors"] and (chart["empty"] or not chart["marks"]) and chart["title"] not in may_be_empty:
            faults.append(f"{where}: shows nothing")
    unknown = [text for text in seen["console"] if not any(known.search(text) for known in _KNOWN_ERRORS)]
    return faults + [f"{title}: console: {text}" for text in dict.fromkeys(unknown)]


def _titled(text: str, words: dict[str, str]) -> str:
    for token, value in words.items():
        text = text.replace(f"[[{token}]]", value)
    return text


def _missing(pack: Pack, words: dict[str, str], seen: list[dict[str, Any]]) -> list[str]:
    """Charts of the pack that were not on the pages that were seen."""
    found = {(dashboard["slug"], chart["title"]) for dashboard in seen for chart in dashboard["charts"]}
    slugs = {dashboard["slug"] for dashboard in seen}
    wanted = {
        (one.slug, _titled(pack.charts[chart].title, words))
        for one in pack.dashboards
        if one.slug in slugs
        for chart in one.charts
    }
    return [f"{slug}: {title}: is not on the page" for slug, title in sorted(wanted - found)]


def _is_equal(settings: Settings, pack: Pack, words: dict[str, str], seen: dict[str, Any], errors: list[str]) -> bool:
    """Whether the dashboard's number is the mart's; what differs is added to `errors`."""
    number = NUMBERS[seen["slug"]]
    title = _titled(pack.charts[number.chart].title, words)
    text = next((chart["text"] for chart in seen["charts"] if chart["title"] == title), "")
    with open_current(settings) as db:
        code, name = db.execute(_LEADING_COUNTRY).fetchone() or ("", "no country")
        db.execute("set variable country = ?", [code])
        [[value]] = db.execute(number.mart).fetchall()
    read = re.search(number.reading.replace("{country}", re.escape(name)), text)
    expected = "nothing" if value is None else number.as_text(value)
    shown = read.group(1) if read else f"none in {text[:80]!r}"
    if shown != expected:
        errors.append(f"{seen['slug']}: {title}: shows {shown}, the mart has {expected}")
    return shown == expected
