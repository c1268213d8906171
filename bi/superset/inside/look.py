"""Look at every dashboard as a person does, through Debian's chromium, and tell what is seen.

Runs in Superset's environment: `python bi/superset/inside/look.py <request.json>`. The request names the address, the
log-in, the dashboards and where screenshots go. Prints one line of JSON: for each dashboard its charts (title, kind,
marks, text, errors), the console's errors, the seconds from navigation to the last chart, and what was asked: of each
query the chart or filter, its SQL, its rows, and the milliseconds of the answer.

With `rounds` every dashboard is opened so often again and each query sent so often again, one at a time: then it
prints the seconds of each opening and the milliseconds of each answer. With `hold` it makes that file when a page is
open, and goes on to the page's tabs when somebody has removed it. With `drill`, the title of a table, it right-clicks
the first cell there and prints what is offered, and the rows behind the cell.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

WIDTH, HEIGHT = 1440, 900
# tall enough for the longest tab: Superset draws only what can be seen
TALL = 4200
PATIENCE_SECONDS = 90.0
# charts that depend on the filters begin anew when these have their values
QUIET_SECONDS = 0.5

_QUERY = re.compile(r"/api/v1/chart/data|/superset/explore_json")

# whether there is no chart yet, or one that shows nothing yet and tells of no fault: asked often, so it reads no pixels
_LOADING = """
() => {
  const charts = [...document.querySelectorAll('[data-test="chart-grid-component"]')]
    .filter(e => e.offsetParent !== null);
  const errors = '.ant-alert-error, [data-test="error-alert"], .missing-chart-container';
  const loading = '[data-test="loading-indicator"], .loading';
  const shown = 'canvas, path.datamaps-subunit, tbody tr, .ag-row, .header-line, '
    + '.ant-empty, [data-test="empty-state"]';
  return !charts.length || charts.some(e => {
    const holder = e.closest('[data-test="dashboard-component-chart-holder"]') || e;
    const box = e.querySelector('.chart-container, .slice_container');
    // a chart of words has no element of its own
    const isText = e.getAttribute('data-test-viz-type') === 'handlebars' && box && box.textContent.trim().length > 20;
    const isThere = e.querySelector(shown) || isText || /No results were returned/.test(e.textContent);
    return !holder.querySelector(errors) && (e.querySelector(loading) || !isThere);
  });
}
"""

# what each chart of the page shows; text at full length, because numbers are compared
_SEEN = """
() => [...document.querySelectorAll('[data-test="chart-grid-component"]')]
  .filter(e => e.offsetParent !== null).map(e => {
  const holder = e.closest('[data-test="dashboard-component-chart-holder"]') || e;
  const box = e.querySelector('.chart-container, .slice_container');
  const text = (box || e).innerText;
  const count = selector => (box || e).querySelectorAll(selector).length;
  // a canvas that is one colour all over shows nothing
  const drawn = [...e.querySelectorAll('canvas')].some(c => {
    if (!c.width || !c.height) return false;
    const pixels = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
    return new Set(pixels).size >= 4;
  });
  const boxes = '.ant-alert-error, [data-test="error-alert"], .missing-chart-container';
  const errors = [...holder.querySelectorAll(boxes)].map(x => x.innerText.slice(0, 300));
  const words = /An error occurred|Unexpected error|Data error|violates the following Content Security/;
  if (words.test(text) && !errors.length)
    errors.push(text.slice(0, 300));
  return {
    id: e.getAttribute('data-test-chart-id'),
    title: e.getAttribute('data-test-chart-name'),
    kind: e.getAttribute('data-test-viz-type'),
    loading: !errors.length && (!box || e.querySelector('[data-test="loading-indicator"], .loading') !== null),
    empty: count('.ant-empty, [data-test="empty-state"]') > 0 || /No results were returned/.test(text),
    // what is drawn, countries of a map, rows of a table, a big number, a sentence of a chart of words
    marks: (drawn ? 1 : 0) + count('path.datamaps-subunit, tbody tr, .ag-row, .header-line, [data-test="handlebars"] *')
      + (e.getAttribute('data-test-viz-type') === 'handlebars' && text.trim().length > 20 ? 1 : 0),
    text: text.slice(0, 20000),
    errors,
  };
})
"""


def main() -> None:
    """Look, and print what was seen."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=request["chromium"],
            args=["--no-sandbox", "--force-color-profile=srgb", "--hide-scrollbars"],
        )
        try:
            context = _log_in(browser, request)
            one = _time if request["rounds"] else _look
            print(json.dumps([one(context, request, slug) for slug in request["dashboards"]]))
        finally:
            browser.close()


def _log_in(browser: Browser, request: dict[str, Any]) -> BrowserContext:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{request['url']}/login/")
    page.fill("input#username, input[name=username]", request["user"])
    page.fill("input#password, input[name=password]", request["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url, timeout=180_000)
    page.close()
    return context


def _look(context: BrowserContext, request: dict[str, Any], slug: str) -> dict[str, Any]:
    """One dashboard, with its tabs one after the other."""
    page = context.new_page()
    console: list[str] = []
    page.on("console", lambda message: _note(console, message))
    page.on("pageerror", lambda error: console.append(f"uncaught: {error}"))
    asked = _listen(page)
    seconds = _open(page, request, slug)
    if request["hold"]:
        _hold(Path(request["hold"]))
    drilled = _drill(page, request["drill"]) if request["drill"] else None
    charts: dict[str, Any] = {}
    for name in _tabs(page):
        # bars and lines grow for a second
        page.wait_for_timeout(1500)
        charts |= {chart["id"]: chart for chart in page.evaluate(_SEEN)}
        if request["pictures"]:
            _picture(page, Path(request["pictures"]) / f"{slug}{name}.png")
    told = [_told(one) for one in asked]
    page.close()
    seen = {"charts": list(charts.values()), "console": console, "asked": told, "drilled": drilled}
    return {"slug": slug, "seconds": seconds, **seen}


def _drill(page: Page, title: str) -> dict[str, Any]:
    """What the first cell of a table offers, and the text of the rows behind it."""
    chart = page.locator(f'[data-test="chart-grid-component"][data-test-chart-name="{title}"]')
    cell = chart.locator("tbody td").first
    value = cell.inner_text()
    cell.click(button="right")
    menu = page.locator('[data-test="chart-context-menu"]')
    menu.wait_for()
    # it unfolds, and does not hear the mouse before it has
    page.wait_for_timeout(1000)
    menu.get_by_text("Drill to detail by", exact=True).hover()
    offered = [line for line in menu.inner_text().splitlines() if line]
    page.locator(
        ".ant-dropdown-menu-submenu-popup [role=menuitem], .ant-menu-submenu-popup [role=menuitem]"
    ).first.click()
    modal = page.locator(".ant-modal-content")
    # once among the filters, once in a row
    modal.get_by_text(value, exact=True).nth(1).wait_for()
    detail = modal.inner_text()
    # by its own cross: the modal hears the Escape key only while something in it has the focus
    page.locator(".ant-modal-close").click()
    modal.wait_for(state="hidden")
    return {"value": value, "offered": offered, "detail": detail}


def _hold(file: Path) -> None:
    """Keep the page open until the file is gone."""
    file.touch()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while file.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"nobody removed {file} within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.1)


def _time(context: BrowserContext, request: dict[str, Any], slug: str) -> dict[str, Any]:
    """One dashboard, opened again and again; then each of its queries by itself."""
    page = context.new_page()
    asked = _listen(page)
    # what this opening fills of the caches of server and browser, the others find
    _open(page, request, slug)
    for _ in _tabs(page):
        pass
    told = [_ask_again(context, one, request["rounds"]) for one in asked]
    page.close()
    seconds = [_open_once(context, request, slug) for _ in range(request["rounds"])]
    return {"slug": slug, "seconds": seconds, "asked": told}


def _open_once(context: BrowserContext, request: dict[str, Any], slug: str) -> float:
    page = context.new_page()
    seconds = _open(page, request, slug)
    page.close()
    return seconds


def _open(page: Page, request: dict[str, Any], slug: str) -> float:
    """Go to a dashboard; seconds until its last chart is there.

    Superset draws all charts of a page at once for a browser without a window, for people those that they can see.
    """
    started = time.monotonic()
    page.goto(f"{request['url']}/superset/dashboard/{slug}/{request['query']}", wait_until="commit")
    return _wait(page) - started


def _tabs(page: Page) -> Iterator[str]:
    """Each tab of the dashboard when its charts are there, by what its picture is called; one without tabs has one."""
    page.set_viewport_size({"width": WIDTH, "height": TALL})
    for number, tab in enumerate(page.locator(".ant-tabs-tab").all() or [None]):
        if tab is not None:
            tab.click()
        page.wait_for_timeout(500)
        _wait(page)
        yield "" if tab is None else f"-{number + 1}"


def _listen(page: Page) -> list[Request]:
    """The queries of charts and filters, as they are answered."""
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request) if _QUERY.search(request.url) else None)
    return asked


def _told(asked: Request) -> dict[str, Any]:
    """What was asked, by which chart or filter, and what was answered; milliseconds until the answer began."""
    answer = asked.response()
    content = answer.json() if answer and answer.ok else {"result": []}
    # a map is still asked for, and answered, as charts were of old: by itself, in another form
    results = content.get("result", [content])
    form = content.get("form_data") or json.loads(asked.post_data or "{}").get("form_data", {})
    return {
        "chart": form.get("slice_id"),
        "filter": form.get("native_filter_id"),
        "sql": [one["query"] for one in results],
        "rows": [row for one in results for row in one["data"]],
        "taken_ms": [asked.timing["responseStart"] - asked.timing["requestStart"]],
    }


def _ask_again(context: BrowserContext, asked: Request, rounds: int) -> dict[str, Any]:
    """The same query by itself, warm: what was asked, and the milliseconds of each answer."""
    taken = []
    for _ in range(rounds):
        started = time.monotonic()
        again = context.request.post(asked.url, data=asked.post_data, headers=_passed_on(asked))
        taken.append((time.monotonic() - started) * 1000)
        if not again.ok:
            raise SystemExit(f"Superset refuses what it has answered before: {again.status} {again.text()[:300]}")
    return {**_told(asked), "rows": [], "taken_ms": taken}


def _passed_on(asked: Request) -> dict[str, str]:
    """What Superset wants of a request beside its log-in: its kind, and the sign that a page of its own sends it."""
    headers = asked.all_headers()
    return {name: headers[name] for name in ("content-type", "x-csrftoken", "referer") if name in headers}


def _note(console: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        console.append(f"{message.text[:300]} ({message.location.get('url', '')[:120]})")


def _wait(page: Page) -> float:
    """Until no chart that can be seen loads any more, and none begins again; returns the moment of the first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    since = None
    while time.monotonic() < deadline:
        now = time.monotonic()
        if page.evaluate(_LOADING):
            since = None
        elif since is None:
            since = now
        elif now - since > QUIET_SECONDS:
            return since
        page.wait_for_timeout(50)
    return time.monotonic()


def _picture(page: Page, file: Path) -> None:
    """The dashboard as far down as it goes."""
    bottom = page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('[data-test=\"dashboard-component-chart-holder\"]')]"
        ".filter(e => e.offsetParent !== null).map(e => e.getBoundingClientRect().bottom)) + 24"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(file), clip={"x": 0, "y": 0, "width": WIDTH, "height": min(bottom, TALL)})


if __name__ == "__main__":
    main()
