"""Put data and plots into the template."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

from include.common.clock import utc_now
from include.common.files import write_atomic
from include.common.pages import page_templates
from include.contracts.batch import count_checks
from include.contracts.candidate import REPORT
from include.report import words
from include.report.charts import draw
from include.report.data import Figure, ReportData, read_report_data
from include.settings import Settings

log = logging.getLogger("entangled")

_FOLDER = Path(__file__).parent
# rows that repeat one figure for each country or body; they stand in tables of their own
_MANY = re.compile(r"^(growth|military_body)_")
_KEY_FIGURES = ("joint_papers", "share_of_europe_papers_2021", "cn_funded_share", "military_linked_share")


def write_page(settings: Settings, run_id: str) -> Path:
    """See `include.report.write_report`."""
    started = time.monotonic()
    data = read_report_data(settings, run_id)
    candidate = settings.build_dir / run_id
    page = candidate / REPORT / "index.html"
    write_atomic(page, render(data))
    # the page is part of what the verdict stands for, and nobody reads it before it is sealed
    data.verdict.with_report(candidate).save(candidate / "verdict.json")
    log.info("report: %s, %.1f s", page, time.monotonic() - started)
    return page


def render(data: ReportData) -> str:
    """The page as HTML."""
    from markupsafe import Markup

    environment = page_templates(_FOLDER)
    environment.filters |= {
        "whole": words.whole,
        "share": words.share,
        "rate": words.rate,
        "plain": words.plain,
        "listed": words.listed,
        "years": words.years,
    }
    shown = [one for one in data.figures if not _MANY.match(one.figure_id)]
    many = [one for one in data.figures if _MANY.match(one.figure_id) and one.is_computable]
    return environment.get_template("report.html.j2").render(
        data=data,
        lineage=data.lineage,
        verdict=data.verdict,
        charts={key: (chart, Markup(chart.svg)) for key, chart in draw(data).items()},
        style=Markup((_FOLDER / "report.css").read_text()),
        figure=words.figure,
        published=words.published,
        difference=words.difference,
        sections=_sections(shown),
        not_computed=[one for one in shown if not one.is_computable],
        growth=[one for one in many if one.figure_id.startswith("growth_")],
        bodies=[one for one in many if one.figure_id.startswith("military_body_")],
        key_figures=[one for one in map(data.figure, _KEY_FIGURES) if one],
        gates={
            "Gate 2, warehouse": count_checks(data.lineage.gate_2),
            "Gate 3, candidate": count_checks(data.verdict.checks),
        },
        not_passed=[check for check in (*data.lineage.gate_2, *data.verdict.checks) if not check.passed],
        written_at=utc_now(),
    )


def _sections(figures: list[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for one in figures:
        if one.is_computable:
            found.setdefault(one.section, []).append(one)
    return found
