"""Write the site aside, then put it in its place as a whole."""

from __future__ import annotations

import logging
import re
import shutil
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from markupsafe import Markup

from include.common.clock import utc_now
from include.common.errors import EntangledError, StorageError
from include.common.files import publish_dir, remove_tree, storage_errors, write_atomic
from include.common.pages import page_templates
from include.contracts.release import Release, releases_in
from include.report import stylesheet, words
from include.report.figures import Figure, Name, figure_id
from include.settings import REPOSITORY, Settings
from include.site.moves import steps

log = logging.getLogger("entangled")

# says that a folder is a site of ours, so that it may be replaced
MARK = "site.json"
_TEMPLATES = Path(__file__).parent / "templates"
_METHOD = REPOSITORY / "docs" / "METHOD.md"
# of a release: what people look at and take away
_COPIED = (
    "report",
    "data_docs",
    "dictionary.html",
    "dictionary.csv",
    "csv",
    "parquet",
    "reference",
    "marts.duckdb",
    "marts.xlsx",
    "release.json",
)
_DOWNLOADS = {
    "marts.xlsx": "The tables that fit, as a workbook, with dictionary and definitions",
    "marts.duckdb": "Every table in one database (DuckDB)",
    "dictionary.csv": "What stands in every column",
    "release.json": "What the release was made from, its checks, and a digest of every file",
}


@dataclass(frozen=True)
class Download:
    """A file to take away: its path in the site, what it is, and its size in bytes."""

    path: str
    what: str
    size: int

    @property
    def size_text(self) -> str:
        """`2.3 MB`."""
        return f"{self.size / 1e6:.1f} MB" if self.size >= 1e5 else f"{max(1, round(self.size / 1e3))} kB"


def write(settings: Settings, out: Path) -> Path:
    """See `include.site.write_site`."""
    started = time.monotonic()
    release_folder = _current(settings)
    _refuse_other_things(settings, out)
    # `.` and `..` have a name too
    out = out.resolve()
    try:
        with storage_errors(out):
            _fill(settings, release_folder, out)
    except shutil.Error as error:
        # of many files at once: it has no number that says what went wrong
        raise StorageError(
            "the release could not be copied", where=str(out), fix="look whether the disk is full, then run it again"
        ) from error
    log.info("site: %s, %.1f s", out, time.monotonic() - started)
    return out / "index.html"


def _fill(settings: Settings, release_folder: Path, out: Path) -> None:
    aside = out.with_name(f".{out.name}.making")
    remove_tree(aside)
    try:
        aside.mkdir(parents=True)
    except FileNotFoundError:
        # /proc and its like, which nobody can make folders in
        raise StorageError("no folder can be made there", where=str(out), fix="name a folder on a disk") from None
    for name in _COPIED:
        source = release_folder / name
        if source.is_dir():
            shutil.copytree(source, aside / name)
        elif source.is_file():
            shutil.copy2(source, aside / name)
    release = Release.load(release_folder / "release.json")
    for name, page in _pages(settings, release, aside).items():
        write_atomic(aside / name, page)
    write_atomic(aside / MARK, f'{{"release_id": "{release.release_id}"}}\n')
    out.parent.mkdir(parents=True, exist_ok=True)
    publish_dir(aside, out, replace=True)


def _current(settings: Settings) -> Path:
    current = settings.releases_dir / "current"
    if not current.is_dir():
        raise EntangledError(
            "there is no release to make a site of", where=str(current), fix="make one: make demo, or make run"
        )
    if not (current / "report" / "index.html").is_file():
        raise EntangledError(
            "the release has no pages of the report: an older version of the code made it",
            where=str(current.resolve()),
            fix="make a release with this version: make run",
        )
    return current.resolve()


def _refuse_other_things(settings: Settings, out: Path) -> None:
    if out.resolve().is_relative_to(settings.releases_dir.resolve()):
        raise EntangledError(
            "a site cannot stand among the releases, which nobody changes",
            where=str(out),
            fix="name a folder elsewhere",
        )
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise EntangledError("the site needs a folder of its own", where=str(out), fix="name a folder that is free")
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise EntangledError(
            "the folder holds something that is no site, and is left as it is",
            where=str(out),
            fix="name a folder that is free, or empty this one",
        )


def _pages(settings: Settings, release: Release, site: Path) -> dict[str, str]:
    environment = page_templates(_TEMPLATES)
    kept = [one for one in releases_in(settings.releases_dir) if one.published_at <= release.published_at]
    environment.filters["years"] = words.years
    environment.globals |= {
        "release": release,
        "style": stylesheet(),
        "name": Name,
        "written_at": utc_now(),
        "headline": lambda step, row, key: Figure(
            f"@{(step.release if key == 'value_now' else step.before).release_id}/"
            + figure_id("headline", row["figure_id"]),
            row[key],
            row["unit"],
        ),
        "works": lambda one: Figure(f"@{one.release_id}/works/loaded", one.works_loaded),
    }
    shown: dict[str, Any] = {
        "countries": _linked(site, "country", release),
        "institutions": _linked(site, "institution", release),
        "downloads": _downloads(site),
        "tables": _tables(site),
        "steps": steps(settings.releases_dir, kept),
        "method": _method(),
    }
    names = {
        "index.html": "index.html.j2",
        "method.html": "method.html.j2",
        "releases.html": "releases.html.j2",
        "feed.xml": "feed.xml.j2",
    }
    return {name: environment.get_template(template).render(**shown) for name, template in names.items()}


def _linked(site: Path, kind: str, release: Release) -> list[tuple[str, str]]:
    """Path and title of each page of a kind, by title."""
    found = []
    for file in (site / "report" / kind).glob("*.html"):
        head = file.read_text(encoding="utf-8")[:4000]
        title = Markup(head.split("<title>")[1].split("</title>")[0]).unescape()
        # names may hold a colon too
        name = title.removeprefix("SYNTHETIC: ").removesuffix(f": {release.scope_title}")
        found.append((f"report/{kind}/{file.name}", name))
    return sorted(found, key=lambda one: one[1])


def _downloads(site: Path) -> list[Download]:
    return [
        Download(name, what, (site / name).stat().st_size)
        for name, what in _DOWNLOADS.items()
        if (site / name).is_file()
    ]


def _tables(site: Path) -> list[tuple[str, list[Download]]]:
    """Each table with its files."""
    found = []
    for file in sorted((site / "parquet").glob("*.parquet")):
        files = [Download(f"parquet/{file.name}", "Parquet", file.stat().st_size)]
        csv_file = site / "csv" / f"{file.stem}.csv.gz"
        if csv_file.is_file():
            files.append(Download(f"csv/{csv_file.name}", "CSV", csv_file.stat().st_size))
        found.append((file.stem, files))
    return found


def _method() -> Markup:
    """docs/METHOD.md as HTML."""
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(_METHOD.read_text(encoding="utf-8"))
    # a heading of the page stands above; what is wide scrolls, also by keyboard
    rendered = rendered.replace("<h1>", "<h2>").replace("</h1>", "</h2>").replace("<pre>", '<pre tabindex="0">')
    numbers = count(1)

    def region(_: re.Match[str]) -> str:
        return f'<div class="scroll" tabindex="0" role="region" aria-label="Table {next(numbers)}"><table>'

    return Markup(re.sub("<table>", region, rendered).replace("</table>", "</table></div>"))
