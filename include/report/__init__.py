"""The page that people look at: one self-contained HTML file with the study's figures, plots, definitions and sources.

`data.py` reads the candidate's marts, `charts.py` draws, `page.py` puts both into `report.html.j2`. Every number on the
page comes from a mart or from the lineage; the template has none.
"""

from __future__ import annotations

from pathlib import Path

from include.settings import Settings

__all__ = ["write_report"]


def write_report(settings: Settings, run_id: str) -> Path:
    """Write `build/<run_id>/report/index.html` and return its path.

    Raises:
        ContractError: the candidate or its verdict is missing or torn.
    """
    # imported late: `--help` and DAG parsing must not pay for the plotting library
    from include.report.page import write_page

    return write_page(settings, run_id)
