"""`make report-check`: every number of every page against its mart, and pages looked at in chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.common.errors import EntangledError
from include.contracts.release import Release
from include.report.browser import browser, find_browser, look
from include.report.checking import Findings, hold_against
from include.report.reading import marts_of
from include.report.registry import Marts, works_of
from include.settings import Settings

# countries and institutions that are looked at: the largest, one in the middle, the smallest
_COUNTRIES, _INSTITUTIONS = 3, 1


def check_report(settings: Settings, pictures: Path | None = None) -> bool:
    """Check the report of the current release; prints what is wrong and a last line of sums.

    Raises:
        EntangledError: there is no release, or no chromium.
    """
    find_browser()
    current = settings.releases_dir / "current"
    if not current.is_dir():
        raise EntangledError("there is no release to check", where=str(current), fix="make one: make demo, or make run")
    release = current.resolve()
    found, findings = check_folder(settings, release, release / "report", pictures)
    for fault in found.faults:
        print(f"error: {fault}")
    print(
        f"pages: {found.pages}, figures: {found.figures}, equal to marts: {found.equal}, axe findings: {findings}",
        flush=True,
    )
    return not found.faults and not findings and found.figures == found.equal


def check_folder(settings: Settings, release: Path, folder: Path, pictures: Path | None = None) -> tuple[Findings, int]:
    """The pages below `folder` against the marts of the release; and how many findings axe-core has."""
    with _marts_of(settings, release) as marts:
        found = hold_against(marts, _pages(folder))
        with browser() as opened:
            findings = look(opened, folder, _looked_at(folder), marts, found, pictures)
    return found, findings


def check_numbers(settings: Settings, release: Path) -> Findings:
    """Every number of every page of a release's report against its mart, as the files have them."""
    with _marts_of(settings, release) as marts:
        return hold_against(marts, _pages(release / "report"))


@contextmanager
def _marts_of(settings: Settings, release: Path) -> Iterator[Marts]:
    parquet = release / "parquet"
    with marts_of(settings, parquet, [file.stem for file in parquet.glob("*.parquet")]) as db:
        yield Marts(db, works_of(Release.load(release / "release.json")))


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*.html")):
        yield file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")


def _looked_at(folder: Path) -> list[str]:
    names = ["index.html"]
    for kind, count in (("country", _COUNTRIES), ("institution", _INSTITUTIONS)):
        # from the largest page to the smallest: pages with less to say are smaller
        files = sorted((folder / kind).glob("*.html"), key=lambda file: (-file.stat().st_size, file.name))
        step = max(1, (len(files) - 1) // max(1, count - 1)) if files else 1
        names += [f"{kind}/{file.name}" for file in files[::step][:count]]
    return names
