"""The pages that people look at: the report, a page a country and a page a leading institution, each one HTML file that
stands alone.

`reading.py` reads the candidate's BI layer, `sentences.py` says the findings, `pictures/` draws (Vega-Lite, to SVG),
and `pages.py` puts them into `templates/`. Every number on a page carries the id of its figure (`figures.py`);
`checking.py` reads the pages back and holds each number against its mart (`measures/`).
"""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from include.settings import Settings

__all__ = ["stylesheet", "write_report"]


def stylesheet() -> Markup:
    """The looks of the pages, for what stands beside them."""
    return Markup((Path(__file__).parent / "report.css").read_text(encoding="utf-8"))


def write_report(settings: Settings, run_id: str) -> Path:
    """Write the pages of a candidate into `build/<run_id>/report/` and return the path of the first, `index.html`.

    Raises:
        ContractError: the candidate or its verdict is missing or torn.
    """
    # imported late: `--help` and DAG parsing must not pay for the drawing library
    from include.report.pages import write_pages

    return write_pages(settings, run_id)
