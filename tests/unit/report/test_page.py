"""The page says what the marts say, loads nothing, and says loudly when its data is invented."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from include.common.errors import ContractError
from include.contracts.candidate import Verdict
from include.contracts.finding import Accepted
from include.report import words, write_report
from include.report.charts import COLOURS, draw
from include.report.data import read_report_data
from include.settings import Settings
from tests.unit.candidates import change_lineage, make_candidate, pass_audit, rewrite
from tests.unit.report.conftest import RUN

PLOTS = {
    "papers",
    "shares",
    "countries",
    "coverage",
    "funding_classes",
    "military_today",
    "military_at_publication",
    "topics",
}


class Page(HTMLParser):
    """What of a page matters here: its text, the text of table rows by id, and everything that it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.loads, self.rows, self.plots = "", [], {}, {}
        self._row = self._plot = ""
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self._hidden += tag in ("style", "script")
        if tag == "tr":
            self._row = values.get("id") or ""
        if tag == "svg":
            self._plot = (values.get("aria-labelledby") or "").split("-")[0]
            self.plots[self._plot] = ""
        for name, value in attributes:
            is_load = name in ("src", "srcset", "data", "xlink:href", "action") or (name == "href" and tag != "a")
            if is_load and value and not value.startswith(("data:,", "#")):
                self.loads.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script")
        if tag == "svg":
            self._plot = ""

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self.text += data
        if self._row:
            self.rows[self._row] = self.rows.get(self._row, "") + " " + data
        if self._plot:
            self.plots[self._plot] += " " + data


def page_of(settings: Settings, run_id: str = RUN) -> tuple[Page, str]:
    html = write_report(settings, run_id).read_text()
    return Page(html), html


def mart(settings: Settings, name: str, sql: str, run_id: str = RUN) -> list[tuple[object, ...]]:
    with duckdb.connect() as db:
        db.execute(f"create view it as from read_parquet('{settings.build_dir}/{run_id}/marts/{name}.parquet')")
        return db.execute(sql).fetchall()


def test_the_page_loads_nothing(settings: Settings) -> None:
    page, html = page_of(settings)
    assert page.loads == []
    assert not re.search(r"<script|@import|url\((?!#)|<iframe|<object|<embed", html)


def test_the_page_leads_to_the_dictionary_and_the_checks(settings: Settings) -> None:
    _, html = page_of(settings)
    assert 'href="../dictionary.html"' in html
    assert 'href="../data_docs/index.html"' in html


def test_every_computed_figure_stands_beside_the_published_one(settings: Settings) -> None:
    page, _ = page_of(settings)
    figures = mart(
        settings,
        "mart_headline_figures",
        """
        select figure_id, unit, computed_value, published_value, published_qualifier from it
        where is_computable and figure_id not like 'growth_%'
        """,
    )
    assert len(figures) > 5
    for figure_id, unit, computed, published, qualifier in figures:
        row = page.rows[f"figure-{figure_id}"]
        assert words.figure(computed, str(unit)) in row  # type: ignore[arg-type]
        if published is not None:
            assert words.published(published, str(unit), str(qualifier)) in row  # type: ignore[arg-type]


def test_a_changed_mart_changes_the_page(settings: Settings) -> None:
    """The page holds no number of its own."""
    rewrite(
        settings,
        RUN,
        "mart_headline_figures",
        "select * replace (if(figure_id = 'joint_papers', 54321, computed_value) as computed_value) from it",
    )
    page, _ = page_of(settings)
    assert "54,321" in page.rows["figure-joint_papers"]


def test_plots_carry_the_numbers_of_the_marts(settings: Settings) -> None:
    page, _ = page_of(settings)
    assert set(page.plots) == PLOTS
    years = mart(
        settings,
        "mart_copublication_trends",
        "select joint_papers from it where is_side_a and counting_method = 'full' and work_selection = 'all'",
    )
    for (papers,) in years:
        assert f" {papers:.0f} " in page.plots["papers"] + " "
    countries = mart(
        settings,
        "mart_copublication_trends",
        """
        select reporter_name, sum(joint_papers) from it
        where not is_group and counting_method = 'full' and work_selection = 'all' group by all
        """,
    )
    for name, papers in countries:
        assert str(name) in page.plots["countries"]
        assert f" {papers:.0f} " in page.plots["countries"]
    shares = mart(
        settings,
        "mart_military_links",
        """
        select share_of_joint_papers from it where reporter_code = 'EUROPE' and publication_year = 2022
            and dimension = 'all' and listing_basis = 'today'
        """,
    )
    assert len(shares) == 4
    for (value,) in shares:
        assert words.share(value) in page.plots["military_today"]  # type: ignore[arg-type]


def test_what_a_release_has_nothing_of_is_said_and_not_drawn(settings: Settings) -> None:
    for table in ("mart_topic_collaboration", "mart_funding_sources", "mart_military_links"):
        rewrite(settings, RUN, table, "from it limit 0")
    page, _ = page_of(settings)
    assert set(page.plots) == PLOTS - {"topics", "funding_classes", "military_today", "military_at_publication"}
    for sentence in (
        "No joint paper has a topic.",
        "No joint paper discloses funding.",
        "is linked to a listed body of",
    ):
        assert sentence in page.text

    rewrite(settings, RUN, "dim_country_group", "select * replace ('IS' as country_code) from it")
    page, _ = page_of(settings)
    assert "No body on these lists is of Europe or of China, so no paper can be linked to one." in page.text


def test_side_a_is_the_one_that_the_scope_names_also_when_a_group_has_as_many_papers(settings: Settings) -> None:
    """And when the side is one country, which is no group."""
    rewrite(
        settings,
        RUN,
        "mart_copublication_trends",
        "select * replace (is_group and reporter_code <> 'EUROPE' as is_group, "
        "if(reporter_code = 'EUROPE', 'The North', reporter_name) as reporter_name) from it",
    )
    page, _ = page_of(settings)
    assert "joint papers of The North and China" in page.text


def test_institution_pairs_and_funders_are_those_of_the_marts(settings: Settings) -> None:
    page, _ = page_of(settings)
    (top,) = mart(
        settings,
        "mart_institution_pairs",
        """
        select institution_a_name, institution_b_name, joint_papers_all_years from it
        order by joint_papers_all_years desc, institution_a_id, institution_b_id limit 1
        """,
    )
    assert all(words.whole(part) if isinstance(part, int) else str(part) in page.text for part in top)
    funders = mart(settings, "mart_funding_sources", "select distinct funder_name from it where level = 'funder'")
    assert all(str(name) in page.text for (name,) in funders)


def test_synthetic_data_is_called_synthetic_on_the_page_and_in_every_plot(settings: Settings) -> None:
    page, html = page_of(settings)
    assert 'class="banner"' in html
    assert "SYNTHETIC" in page.text.split("This release")[0]
    assert re.search(r"<title>SYNTHETIC", html)
    assert all("SYNTHETIC" in text for text in page.plots.values())


def test_real_data_is_not_called_synthetic(settings: Settings) -> None:
    change_lineage(settings, RUN, data_origin="openalex")
    _, html = page_of(settings)
    assert "SYNTHETIC" not in html
    assert 'class="banner' not in html


def test_a_recorded_sample_says_so(settings: Settings) -> None:
    change_lineage(settings, RUN, data_origin="recorded")
    page, html = page_of(settings)
    assert "small recorded sample" in page.text
    assert 'class="banner recorded"' in html
    assert "SYNTHETIC" not in html
    assert all("recorded sample" in text for text in page.plots.values())


@pytest.mark.parametrize(("works", "sentence"), [(0, "There are no joint papers"), (5, "Too few joint papers")])
def test_without_enough_papers_there_are_words_instead_of_plots(settings: Settings, works: int, sentence: str) -> None:
    run_id = "01RUN0000000000000000000C3"
    make_candidate(settings, run_id=run_id, works=works, origin="recorded")
    pass_audit(settings, run_id)
    page, _ = page_of(settings, run_id)
    assert sentence in page.text
    assert page.plots == {}
    assert "cannot be computed" in page.text
    assert "nan" not in page.text.lower().replace("finance", "")


def test_failed_and_accepted_checks_are_on_the_page(settings: Settings) -> None:
    file = settings.build_dir / RUN / "verdict.json"
    verdict = Verdict.load(file)
    accepted = Accepted(reason="a publisher left", who="A & B", until=date(2026, 12, 5))
    failed = tuple(check.model_copy(update={"passed": False, "accepted": accepted}) for check in verdict.checks)
    verdict.model_copy(update={"checks": failed}).save(file)
    page, html = page_of(settings)
    assert "0 of 1 checks passed" in page.text
    assert "accepted: a publisher left, A & B, until 2026-12-05" in page.text
    assert "A &amp; B" in html


def test_names_cannot_put_markup_into_the_page(settings: Settings) -> None:
    evil = "<script>alert(1)</script>"
    rewrite(settings, RUN, "mart_institution_pairs", f"select * replace ('{evil}' as institution_a_name) from it")
    rewrite(settings, RUN, "mart_topic_collaboration", f"select * replace ('{evil}' as topic_name) from it")
    rewrite(settings, RUN, "mart_copublication_trends", f"select * replace ('{evil}' as partner_name) from it")
    page, html = page_of(settings)
    assert "<script" not in html
    assert evil in page.text


def test_plots_follow_the_readers_colours_and_can_be_read_aloud(settings: Settings) -> None:
    charts = draw(read_report_data(settings, RUN))
    css = (Path(write_report.__code__.co_filename).parent / "report.css").read_text()
    for variable in COLOURS.values():
        # light, dark and print each define it (colours of marks)
        assert css.count(f"{variable}:") == 3, variable
    for chart in charts.values():
        assert not re.search(r"#0a0b0\d", chart.svg, re.IGNORECASE)
        assert "var(--" in chart.svg
        assert f'<title id="{chart.chart_id}-title">' in chart.svg
        assert re.search(r"<desc [^>]*>\S.+</desc>", chart.svg)
        ids = re.findall(r'\bid="([^"]+)"', chart.svg)
        assert all(one.startswith(f"{chart.chart_id}-") for one in ids)


def test_a_run_without_a_verdict_has_no_page(settings: Settings) -> None:
    (settings.build_dir / RUN / "verdict.json").unlink()
    with pytest.raises(ContractError, match="verdict"):
        write_report(settings, RUN)
    assert not (settings.build_dir / RUN / "report" / "index.html.tmp").exists()


@pytest.mark.parametrize(
    ("value", "relative", "unit", "said"),
    [
        (0.004, 0.01, "share", "+0.4 points"),
        (-0.0001, -0.001, "share", "0 points"),
        (-33305.0, -0.9, "papers", "−33,305 (−90.0 %)"),
        (0.0, 0.0, "links", "0"),
        (1.0, 0.5, "rank", "+1"),
        (None, None, "papers", ""),
    ],
)
def test_differences_in_words(value: float | None, relative: float | None, unit: str, said: str) -> None:
    assert words.difference(value, relative, unit) == said


def test_published_figures_are_no_more_exact_than_given() -> None:
    assert words.published(0.05, "share", "about") == "about 5 %"
    assert words.published(0.166667, "share", "about") == "about 16.7 %"
    assert words.published(16386, "papers", "exactly") == "16,386"
