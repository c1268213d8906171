"""Look at pages as readers do, in headless chromium: light and dark, desk and phone, print, with and without script.

Needs Debian's chromium and the packages of requirements-dev.txt (playwright, axe-core).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from include.common.chromium import find_chromium
from include.report.checking import Findings, Marts, compare, numbers_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESK = (390, 844), (1280, 900)
# what the first page must keep to, at a desk: where its first picture begins, how tall it is, when it is first painted
FIRST_PICTURE_PX, TALLEST_PX, FIRST_PAINT_MS = 900, 8500, 1000
_PATIENCE_MS = 20_000


@dataclass(frozen=True)
class View:
    """A way of looking at a page."""

    name: str
    size: tuple[int, int] = DESK
    colours: Literal["light", "dark"] = "light"
    has_script: bool = True
    is_print: bool = False


VIEWS = (
    View("light desk"),
    View("dark phone", PHONE, "dark"),
    View("without script", has_script=False),
    View("print", is_print=True),
)

# pictures without marks or without room
_EMPTY = """
() => [...document.querySelectorAll("figure.picture")].filter(figure => {
  if (figure.closest("details:not([open])")) return false;
  const svg = figure.querySelector(".drawing svg");
  if (!svg) return true;
  const box = svg.getBoundingClientRect();
  return box.width < 100 || box.height < 40 || !svg.querySelector("[class*='role-mark'] *");
}).map(figure => figure.id)
"""
_LAYOUT = """
() => ({
  overflows: document.documentElement.scrollWidth > window.innerWidth + 1,
  height: document.documentElement.scrollHeight,
  first: document.querySelector("figure svg")?.getBoundingClientRect().top ?? 0,
  paint: performance.getEntriesByType("paint").find(one => one.name === "first-contentful-paint")?.startTime ?? 0,
})
"""


def find_browser() -> str:
    """Debian's chromium.

    Raises:
        EntangledError: it is not installed.
    """
    return find_chromium("the pages")


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--hide-scrollbars"])
        try:
            yield opened
        finally:
            opened.close()


def look(
    opened: Browser, folder: Path, names: Sequence[str], marts: Marts, found: Findings, pictures: Path | None = None
) -> int:
    """Look at pages of `folder` in every view; what is wrong goes to `found`, screenshots to `pictures`.

    Returns how many findings axe-core has.
    """
    findings = 0
    for name in names:
        for view in VIEWS:
            findings += _look(opened, folder, name, view, marts, found, pictures)
    return findings


def _look(
    opened: Browser, folder: Path, name: str, view: View, marts: Marts, found: Findings, pictures: Path | None
) -> int:
    where = f"{name}, {view.name}"
    width, height = view.size
    context = opened.new_context(
        viewport={"width": width, "height": height}, color_scheme=view.colours, java_script_enabled=view.has_script
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(f"uncaught: {error}"))
    page.on("request", lambda request: _only_disk(request.url, said))
    try:
        page.goto((folder / name).resolve().as_uri())
        if view.is_print:
            page.emulate_media(media="print")
        findings = 0
        if view.has_script:
            _wait_for_script(page)
            found.faults += [f"{where}: {fault}" for fault in _layout_faults(page, view, is_first=name == "index.html")]
            findings = _accessibility(page, where, found) if not view.is_print else 0
            # what Vega-Lite has drawn is read too
            compare(marts, where, numbers_of(page.content()), found)
            if name == "index.html" and view.name == "light desk":
                _pick_a_country(page, marts, where, found)
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            shot = f"{name.removesuffix('.html')}-{view.name}".replace("/", "-").replace(" ", "-")
            page.screenshot(path=str(pictures / f"{shot}.png"), full_page=True)
    finally:
        context.close()
    found.faults += [f"{where}: console: {text[:300]}" for text in dict.fromkeys(said)]
    return findings


def _only_disk(url: str, said: list[str]) -> None:
    if not url.startswith(("file:", "data:", "blob:", "about:")):
        said.append(f"asks for {url}")


def _wait_for_script(page: Page) -> None:
    page.wait_for_function(
        "() => [...document.querySelectorAll('script[data-spec]')].every(script => "
        "document.querySelector(`#picture-${script.dataset.spec} .drawing`).dataset.taken)",
        timeout=_PATIENCE_MS,
    )


def _layout_faults(page: Page, view: View, *, is_first: bool) -> list[str]:
    faults = [f"{picture} shows nothing" for picture in page.evaluate(_EMPTY)]
    layout: dict[str, Any] = page.evaluate(_LAYOUT)
    if layout["overflows"]:
        faults.append("is wider than its window")
    if is_first and view.size == DESK and not view.is_print:
        if layout["first"] > FIRST_PICTURE_PX:
            faults.append(f"the first picture begins at {layout['first']:.0f} px")
        if layout["height"] > TALLEST_PX:
            faults.append(f"is {layout['height']} px tall")
        if layout["paint"] > FIRST_PAINT_MS:
            faults.append(f"is first painted after {layout['paint']:.0f} ms")
    return faults


def _accessibility(page: Page, where: str, found: Findings) -> int:
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page)
    for one in results.response["violations"]:
        first = one["nodes"][0]
        found.faults.append(f"{where}: axe: {one['id']}: {one['help']} ({', '.join(map(str, first['target']))})")
    return len(results.response["violations"])


def _pick_a_country(page: Page, marts: Marts, where: str, found: Findings) -> None:
    """Pick the last country of the list: the picture must show its numbers."""
    picker = page.locator("#picture-volume select")
    if not picker.count():
        return
    code = str(picker.locator("option").last.get_attribute("value"))
    picker.select_option(code)
    page.wait_for_timeout(500)
    numbers = numbers_of(page.locator("#picture-volume .drawing").inner_html())
    if not any(f"/{code}/" in number.figure_id for number in numbers):
        found.faults.append(f"{where}: {code} was picked, and the picture shows no number of it")
    compare(marts, f"{where}, {code} picked", numbers, found)
