"""Data Docs that open from disk, without a network: Great Expectations' pages load styles and scripts from the web.

What they load is taken out, a few lines of style are put in, and the index, which is drawn by a script, is written anew
as a plain table of all checks that links to the pages.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from include.contracts.candidate import Lineage

_LOADED = re.compile(
    r"<script\b.*?</script>"
    r"|<style\b.*?</style>"
    r"|<link\b[^>]*>"
    r"|<img\b[^>]*\bsrc=\"https?:[^>]*>"
    r"|<footer>.*?</footer>",
    re.DOTALL | re.IGNORECASE,
)
_TEMPLATES = Path(__file__).parent


@dataclass(frozen=True)
class DocumentedCheck:
    """A check as the index shows it. `outcome` is passed, failed, warned, accepted or skipped."""

    check_id: str
    group: str
    severity: str
    kind: str
    outcome: str
    sentence: str
    observed: str
    expected: str
    finding: str
    accepted: str


def make_self_contained(docs: Path, lineage: Lineage, checks: list[DocumentedCheck], passed: bool) -> None:
    """Clean the pages under `docs` and write the index."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    style = (_TEMPLATES / "docs.css").read_text()
    pages = {}
    for page in sorted(docs.glob("validations/**/*.html")):
        pages[page.relative_to(docs / "validations").parts[0]] = page.relative_to(docs).as_posix()
    for page in docs.rglob("*.html"):
        text = _LOADED.sub("", page.read_text())
        page.write_text(text.replace("</head>", f"<style>{style}</style></head>", 1))
    # fonts and pictures of pages that are not there
    shutil.rmtree(docs / "static", ignore_errors=True)
    index = environment.get_template("index.html.j2").render(
        lineage=lineage, checks=checks, passed=passed, pages=pages, style=style
    )
    docs.mkdir(parents=True, exist_ok=True)
    (docs / "index.html").write_text(index)
