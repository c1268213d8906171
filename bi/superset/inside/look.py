"""Look at every dashboard as a person does, through Debian's chromium, and tell what is seen.

Runs in Superset's environment: `python bi/superset/inside/look.py <request.json>`. The request names the address, the
log-in, the dashboards and where screenshots go. Prints one line of JSON: for each dashboard its charts (title, kind,
marks, text, errors), the console's errors, the seconds from navigation to the last chart, and the
milliseconds of each answer.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

WIDTH, HEIGHT = 1440, 900
# tall enough for the longest tab: Superset draws only what can be seen
TALL = 4200
PATIENCE_SECONDS = 90.0

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
            print(json.dumps([_look(context, request, slug) for slug in request["dashboards"]]))
        finally:
            browser.close()


def _log_in(browser: Browser, request: dict[str, Any]) -> BrowserContext:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{request['url']}/login/")
    page.fill("input#username, input[name=username]", request["user"])
    page.fill("input#password, input[name=password]", request["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url, timeout=60_000)
    page.close()
    return context


def _look(context: BrowserContext, request: dict[str, Any], slug: str) -> dict[str, Any]:
    """One dashboard, with its tabs one after the other."""
    page = context.new_page()
    console: list[str] = []
    page.on("console", lambda message: _note(console, message))
    page.on("pageerror", lambda error: console.append(f"uncaught: {error}"))
    answers: list[float] = []
    page.on("requestfinished", lambda request: _time(answers, request))
    started = time.monotonic()
    page.goto(f"{request['url']}/superset/dashboard/{slug}/{request['query']}")
    page.wait_for_selector('[data-test="chart-grid-component"]', timeout=60_000)
    _wait(page)
    seconds = time.monotonic() - started
    page.set_viewport_size({"width": WIDTH, "height": TALL})
    charts: dict[str, Any] = {}
    tabs = page.locator(".ant-tabs-tab").all()
    for number, tab in enumerate(tabs or [None]):
        name = ""
        if tab is not None:
            name = f"-{number + 1}"
            tab.click()
        page.wait_for_timeout(500)
        _wait(page)
        # bars and lines grow for a second
        page.wait_for_timeout(1500)
        charts |= {chart["id"]: chart for chart in page.evaluate(_SEEN)}
        if request["pictures"]:
            _picture(page, Path(request["pictures"]) / f"{slug}{name}.png")
    page.close()
    return {"slug": slug, "seconds": seconds, "charts": list(charts.values()), "console": console, "answers": answers}


def _note(console: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        console.append(f"{message.text[:300]} ({message.location.get('url', '')[:120]})")


def _time(answers: list[float], request: Request) -> None:
    """Milliseconds until the answer to a chart's query begins: Superset and DuckDB together."""
    if "/api/v1/chart/data" in request.url:
        answers.append(request.timing["responseStart"] - request.timing["requestStart"])


def _wait(page: Page) -> None:
    """Until no chart that can be seen loads any more."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    quiet = 0
    while time.monotonic() < deadline and quiet < 2:
        seen = page.evaluate(_SEEN)
        quiet = quiet + 1 if seen and not any(chart["loading"] for chart in seen) else 0
        page.wait_for_timeout(200)


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
