"""Put words and pictures into the templates: the report, a page a country and a page a leading institution."""

from __future__ import annotations

import csv
import io
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from include.common.clock import utc_now
from include.common.files import write_atomic
from include.common.pages import page_templates
from include.contracts.batch import count_checks
from include.contracts.candidate import REPORT
from include.report import sentences, stylesheet, words
from include.report.drawing import NOTHING, Gallery, Picture
from include.report.figures import SMALL_CELL, Figure, Name, figure_id, say
from include.report.pictures import certainty, countries, funding, institutions, links, partners, topics, volume
from include.report.reading import Reading, Row, read
from include.settings import Settings

log = logging.getLogger("entangled")

_FOLDER = Path(__file__).parent
_TEMPLATES = _FOLDER / "templates"


@dataclass(frozen=True)
class Section:
    """A part of the report: its short title, the sentence that states its finding, and its pictures."""

    section_id: str
    title: str
    finding: Markup | None
    pictures: tuple[Picture, ...]
    # what stands there when there is nothing to draw
    otherwise: Markup = NOTHING
    extra: str = ""


def write_pages(settings: Settings, run_id: str) -> Path:
    """See `include.report.write_report`."""
    started = time.monotonic()
    reading = read(settings, run_id)
    candidate = settings.build_dir / run_id
    written = 0
    for name, page in render(reading):
        write_atomic(candidate / REPORT / name, page)
        written += 1
    # the pages are part of what the verdict stands for, and nobody reads them before it is sealed
    reading.verdict.with_report(candidate).save(candidate / "verdict.json")
    index = candidate / REPORT / "index.html"
    log.info("report: %s and %d more pages, %.1f s", index, written - 1, time.monotonic() - started)
    return index


def render(reading: Reading) -> Iterator[tuple[str, str]]:
    """Every page: its path below the report's folder, and its HTML."""
    pages = Pages(reading)
    yield "index.html", pages.report()
    for country in pages.countries:
        yield f"country/{page_name(country['reporter_code'])}.html", pages.country(country)
    for institution in reading["institutions"]:
        yield f"institution/{page_name(institution['institution_id'])}.html", pages.institution(institution)


def page_name(key: str) -> str:
    """The name of a page's file: ids of the source are letters and digits; anything else is encoded."""
    return quote(key, safe="").replace("%", "_")


class Pages:
    """The pages of one release."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._environment = page_templates(_TEMPLATES)
        self._environment.filters |= {
            "whole": words.whole,
            "plain": words.plain,
            "years": words.years,
            "csv": csv_of,
            "capital": words.capital,
        }
        self._environment.globals |= {
            "name": Name,
            "figure": Figure,
            "figure_id": figure_id,
            "reading": reading,
            "lineage": reading.lineage,
            "verdict": reading.verdict,
            "listing": sentences.LISTING,
            "style": stylesheet(),
            "written_at": utc_now(),
        }
        # countries with a joint paper have a page; a side of one country is the report itself
        self.countries = [
            row
            for row in reading.countries
            if len(reading.countries) > 1 and reading.total(row["reporter_code"], "joint_papers")
        ]
        self._with_page = {
            "country": {row["reporter_code"] for row in self.countries},
            "institution": {row["institution_id"] for row in reading["institutions"]},
        }

    def report(self) -> str:
        """The page that is read first."""
        reading = self._reading
        gallery = Gallery(reading.lineage.data_origin)
        sections = self._sections()
        checks = (*reading.lineage.gate_2, *reading.verdict.checks)
        return self._page(
            "report.html.j2",
            "",
            gallery=gallery,
            sections=sections,
            findings=self._findings(sections),
            tiles=tiles(reading, reading.side_code),
            script=_script() if any(section.pictures for section in sections) else "",
            funders=self._funders(),
            figures=headline_sections(reading),
            not_computed=[row for row in reading["headline"] if row["value"] is None],
            compared=reading.may_be_compared_with_the_study,
            gates={
                "Gate 2, warehouse": count_checks(reading.lineage.gate_2),
                "Gate 3, candidate": count_checks(reading.verdict.checks),
            },
            not_passed=[check for check in checks if not check.passed],
            headline=headline_figure,
            published=published_figure,
            coverage=coverage_share,
        )

    def country(self, country: Row) -> str:
        """The page of a country of side A."""
        reading, code = self._reading, country["reporter_code"]
        period = reading.period
        found = [
            volume.by_year(reading, [country], picked=code),
            funding.mix(reading, code),
            funding.classes(reading, code),
            links.ladder(reading, code),
        ]
        said = [
            sentences.volume(reading, code, country["reporter_name"]),
            sentences.shares_of_output(reading, code, country["reporter_name"]),
            sentences.funding(reading, code),
            sentences.links(reading, code),
        ]
        return self._page(
            "country.html.j2",
            "../",
            gallery=Gallery(reading.lineage.data_origin),
            country=country,
            period=period,
            pictures=[picture for picture in found if picture],
            sentences=[sentence for sentence in said if sentence],
            tiles=tiles(reading, code),
            pairs=reading.of("pairs_of_reporters", reporter_code=code),
            topics=reading.of("topics_of_reporters", reporter_code=code),
            pair_papers=sentences.pair_papers,
            is_small=reading.total(code, "joint_papers") < SMALL_CELL,
        )

    def institution(self, institution: Row) -> str:
        """The page of a leading institution."""
        reading, key = self._reading, institution["institution_id"]
        picture = institutions.by_year(reading, institution)
        return self._page(
            "institution.html.j2",
            "../",
            gallery=Gallery(reading.lineage.data_origin),
            institution=institution,
            finding=institutions.finding(reading, institution),
            pictures=[picture] if picture else [],
            partners=reading.of("pairs_of_institutions", institution_id=key),
            partner_papers=institutions.partner_papers,
            classes=reading.of("classes_of_institutions", institution_id=key),
            class_figures=institutions.class_figures,
            listings=institutions.listings(reading, institution),
        )

    def _page(self, template: str, root: str, **values: Any) -> str:
        page = self._environment.get_template(template).render(root=root, **values)

        def link(found: re.Match[str]) -> str:
            kind, key, text = found[1], Markup(found[2]).unescape(), found[3]
            if key not in self._with_page[kind]:
                return text
            return f'<a href="{root}{kind}/{page_name(key)}.html">{text}</a>'

        return re.sub(r'<a data-(country|institution)="([^"]*)">(.*?)</a>', link, page, flags=re.DOTALL)

    def _sections(self) -> list[Section]:
        reading = self._reading
        side = [row for row in reading["reporters"] if row["is_side_a"]]
        pickable = [*side, *(row for row in self.countries)] if len(reading.countries) > 1 else side
        enough = reading.is_enough_to_plot

        def section(key: str, title: str, finding: Markup | None, *drawn: Picture | None, extra: str = "") -> Section:
            shown = tuple(picture for picture in drawn if picture) if enough else ()
            return Section(key, title, finding, shown, Markup("") if shown else self._why_not(key, finding), extra)

        return [
            section(
                "how-much",
                "How much",
                sentences.volume(reading),
                volume.by_year(reading, pickable, picked=reading.side_code) if enough else None,
            ),
            section("how-fast", "How fast", sentences.growth(reading), volume.multiples(reading)),
            section(
                "who",
                "Who",
                sentences.leading_country(reading),
                countries.europe(reading),
                countries.ranked(reading),
            ),
            section(
                "with-whom",
                "Who with whom",
                sentences.first_partner(reading) or sentences.top_pair(reading),
                partners.countries(reading),
                partners.network(reading),
            ),
            section(
                "funding",
                "Who pays",
                sentences.funding(reading),
                funding.mix(reading, reading.side_code),
                funding.classes(reading, reading.side_code),
                extra="funders",
            ),
            section(
                "links",
                "What is linked",
                sentences.linked_papers(reading),
                links.ladder(reading, reading.side_code),
                links.flows(reading),
                links.bodies(reading),
                links.intervals(reading),
                extra="listing",
            ),
            section("topics", "On which topics", sentences.topics(reading), topics.scatter(reading)),
            section("certainty", "How sure", sentences.certainty(reading), certainty.ranges(reading), extra="coverage"),
        ]

    def _why_not(self, key: str, finding: Markup | None) -> Markup:
        """Why a section has no picture."""
        reading = self._reading
        if reading.period is None:
            return Markup("There are no joint papers in this release.")
        if not reading.is_enough_to_plot:
            return say(
                "Too few joint papers in this release to draw: {n}.",
                n=sentences.joint_papers(reading.side_code, reading.period, reading.joint_papers),
            )
        if key in ("how-fast", "who") and len(reading.countries) < 2:
            return say("{a} is the only country of its side: there are no others to compare.", a=Name(reading.side_a))
        if key == "how-fast" and reading.period.first == reading.period.last:
            return say("{year} is the only year: growth takes two.", year=reading.period)
        # then the finding says what is not known
        return NOTHING if finding else Markup("Not known: this release does not hold what it takes.")

    def _findings(self, sections: list[Section]) -> list[tuple[str, Markup]]:
        """The sentences of the first screen, each with the section that shows it."""
        where = {"output": "how-much", "partners": "with-whom"}
        shown = {section.section_id for section in sections}
        said = [(where.get(key, key), sentence(self._reading)) for key, sentence in sentences.FINDINGS.items()]
        return [(key, text) for key, text in said if text and key in shown]

    def _funders(self) -> list[tuple[Row, Figure, Figure]]:
        reading = self._reading
        if reading.period is None or reading.total(reading.side_code, "papers_with_funding") < SMALL_CELL:
            return []
        return [(row, *funding.funder_figures(reading, row, reading.period)) for row in reading["funders"]]


def tiles(reading: Reading, reporter: str) -> list[tuple[Any, Markup]]:
    """The figures that stand out: each with the line below it."""
    period = reading.period
    if period is None or reading.total(reporter, "joint_papers") < SMALL_CELL:
        return []
    papers, disclosed = reading.total(reporter, "joint_papers"), reading.total(reporter, "papers_with_funding")
    found: list[tuple[Any, Markup]] = [
        (sentences.joint_papers(reporter, period, papers), say("joint papers, {period}", period=period))
    ]
    last = period.at_the_ends[1]
    row = sentences.year_row(reading, reporter, period.last)
    own = sentences.ratio(row.get("joint_papers"), row.get("all_papers"))
    if own is not None and (row.get("joint_papers") or 0) >= SMALL_CELL:
        own_figure = sentences.share_figure("own_share", reporter, last.key, value=own)
        found.append((own_figure, say("of all its papers on the subject, {year}", year=last)))
    if disclosed >= SMALL_CELL:
        of_b = reading.total(reporter, "papers_with_side_b_funder")
        share = sentences.share_figure("disclosed_share", reporter, period.key, value=disclosed / papers)
        paid = sentences.share_figure("side_b_of_disclosed", reporter, period.key, value=of_b / disclosed)
        told = say("disclose funding; of these {paid} from {b}", paid=paid, b=sentences.side_b(reading))
        found.append((share, told if sentences.sides_are_known(reading, reporter) else say("disclose funding")))
    rows = [row for row in reading.of("links", reporter_code=reporter) if row["listing_basis"] == "today"]
    if rows and reading["listed_bodies"][0]["bodies"]:
        narrow, wide = rows[0], rows[-1]

        def share_of(row: Row) -> Figure:
            parts = (row["definition_code"], "today", reporter, period.key)
            return sentences.share_figure("linked_share", *parts, value=row["linked_papers"] / papers)

        found.append(
            (
                say("{narrow} – {wide}", narrow=share_of(narrow), wide=share_of(wide)),
                say("linked to a listed body, by definition"),
            )
        )
    return found


def headline_sections(reading: Reading) -> dict[str, list[Row]]:
    """Headline figures that could be computed, by section; growth of each country stands in its picture."""
    found: dict[str, list[Row]] = {}
    for row in reading["headline"]:
        if row["value"] is not None and not re.match(r"(growth|military_body)_", row["figure_id"]):
            found.setdefault(row["section"], []).append(row)
    return found


def headline_figure(row: Row) -> Figure:
    """What this release computes."""
    return Figure(figure_id("headline", row["figure_id"]), row["value"], row["unit"])


def published_figure(row: Row) -> Markup:
    """What the study published, no more exact than it was given."""
    qualifier = {"equal": "", "more_than": "more than"}.get(row["comparison"] or "", row["comparison"] or "")
    text = words.published(row["published_value"], row["unit"], qualifier)
    return say(
        '<data data-figure="{id}" value="{value}">{text}</data>',
        id=figure_id("published", row["figure_id"]),
        value=row["published_value"],
        text=text,
    )


def coverage_share(row: Row) -> Figure:
    """A measure of what cannot be placed."""
    return Figure(figure_id("coverage", row["measure"]), row["share"], "share")


def csv_of(picture: Picture) -> str:
    """The table of a picture as CSV in an address that holds it: nothing is fetched."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.title for column in picture.columns])
    for row in picture.rows:
        writer.writerow([_plain(column.cell(row)) for column in picture.columns])
    return "data:text/csv;charset=utf-8," + quote("\ufeff" + text.getvalue())


def _plain(cell: Any) -> str:
    if isinstance(cell, Figure):
        return "" if cell.value is None else repr(cell.value)
    if isinstance(cell, Name):
        return cell.text
    return Markup(cell).striptags() if isinstance(cell, Markup) else str(cell)


@cache
def _script() -> Markup:
    """Vega-Lite and what puts it in the place of the drawings, as one script."""
    import vl_convert

    bundle = vl_convert.javascript_bundle((_FOLDER / "report.js").read_text())
    # what would end or nest the element
    return Markup(bundle.replace("</script", "<\\/script").replace("<!--", "\\x3c!--"))
