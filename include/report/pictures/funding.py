"""Who pays: five kinds of funding that add up to all joint papers, and the classes of funders."""

from __future__ import annotations

from markupsafe import Markup

from include.report.drawing import (
    BOTH,
    INK,
    NONE,
    OTHER,
    SIDE_A,
    SIDE_B,
    Column,
    Picture,
    Spec,
    lengths_axis,
    names_axis,
    number_text,
    numbers,
    placed,
    values,
)
from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say
from include.report.reading import Reading, Row, Rows
from include.report.sentences import joint_papers, ratio, share_figure
from include.report.words import capital, without_brackets

# order of bi_funding_mix -> colour
MIX_COLOURS = [SIDE_B, BOTH, SIDE_A, OTHER, NONE]
# segments that are narrower have no label inside
_WIDE_ENOUGH = 0.055


def mix(reading: Reading, reporter: str) -> Picture | None:
    """Who pays for all joint papers of a reporter: one bar of the period, and for side A one of each year."""
    period = reading.period
    rows = reading.of("mix", reporter_code=reporter)
    papers = reading.total(reporter, "joint_papers")
    disclosed = reading.total(reporter, "papers_with_funding")
    if period is None or papers < SMALL_CELL or not disclosed:
        return None
    segments = _segments(rows, reporter, period.key, papers)
    domain = [row["mix"] for row in segments]
    colour = {"field": "mix", "type": "nominal", "legend": None, "scale": {"domain": domain, "range": MIX_COLOURS}}
    x = {"field": "start", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    middle = {"field": "middle", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    # on the dark segments, letters are of the paper's colour
    letters = {"condition": {"test": "datum.is_pale", "value": INK}, "value": "var(--on-mark)"}
    whole: Spec = {
        "width": 820,
        "height": 96,
        "data": values(segments),
        "encoding": {"y": {"value": 68}},
        "layer": [
            {
                "mark": {"type": "bar", "height": 46},
                "encoding": {"x": x, "x2": {"field": "end"}, "fill": colour, "description": {"field": "words"}},
            },
            {
                "transform": [{"filter": "datum.is_wide"}],
                "name": "names_mix",
                "mark": {"type": "text", "align": "left", "dx": 1, "aria": False},
                "encoding": {
                    "x": x,
                    "text": {"field": "name"},
                    "y": {"field": "name_at", "type": "quantitative", "axis": None, "scale": None},
                },
            },
            {
                **placed(number_text("share", fontWeight=600, fontSize=15), x=middle, fill=letters),
                "transform": [{"filter": "datum.is_wide"}],
            },
        ],
    }
    panels = [whole]
    years = _by_year(reading) if reporter == reading.side_code else []
    if years:
        panels.append(
            {
                "title": "Year by year",
                "width": 820,
                "height": {"step": 20},
                "data": values(years),
                "mark": {"type": "bar", "height": 14},
                "encoding": {
                    "y": {"field": "year", "type": "ordinal", "title": None},
                    "x": {**x, "axis": {"format": ".0%", "tickCount": 5, "title": None}},
                    "x2": {"field": "end"},
                    "fill": colour,
                    "fillOpacity": {"condition": {"test": "datum.is_complete", "value": 1}, "value": 0.45},
                    "description": {"field": "words"},
                },
            }
        )
    return Picture(
        "funding",
        "Who pays for the joint papers",
        say(
            "All {n} joint papers of {period}: which sides the funders that they disclose are of. The parts exclude "
            "one another and add up to all papers.",
            n=joint_papers(reporter, period, papers),
            period=period,
        ),
        "A bar of five parts: " + "; ".join(f"{row['name']}: {row['share_text']}" for row in segments),
        {"vconcat": panels, "spacing": 14},
        segments,
        (
            Column("Funders", lambda row: Name(row["name"])),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column("Of all joint papers", lambda row: row["share_figure"], is_number=True),
        ),
        definition=say("A paper discloses funding when the source names at least one funder or award of it."),
        coverage=say(
            "{share} of the papers disclose funding; of the others nobody knows who pays. Disclosure differs by "
            "country, publisher and year.",
            share=share_figure("disclosed_share", reporter, period.key, value=ratio(disclosed, papers)),
        )
        + _without_class(reading),
    )


def _without_class(reading: Reading) -> Markup:
    """How many funders nobody has classed: unknown, and not of neither side."""
    share = reading.not_placed("funders_without_class")
    if share is None:
        return Markup("")
    return say(
        " {share} of the funders are in no class that is known, and count as others.",
        share=share_figure("coverage", "funders_without_class", value=share),
    )


def _segments(rows: Rows, reporter: str, period: str, papers: int) -> Rows:
    found: Rows = []
    start = 0.0
    for row in rows:
        part = row["papers"] / papers
        name = capital(without_brackets(row["funding_mix_name"]))
        count = Figure(figure_id("mix_papers", row["funding_mix"], reporter, period), row["papers"])
        share = share_figure("mix_share", row["funding_mix"], reporter, period, value=part)
        found.append(
            {
                "mix": row["funding_mix"],
                "name": name,
                "start": start,
                "end": start + part,
                "middle": start + part / 2,
                # names of narrow neighbours stand on two lines
                "name_at": 30 if sum(one["is_wide"] for one in found) % 2 else 14,
                "is_wide": part >= _WIDE_ENOUGH,
                "is_pale": row["funding_mix"] == "not_disclosed",
                "words": f"{name}: {share.text} of the joint papers, {count.text}",
                **numbers({"share": share}),
                "papers_figure": count,
                "share_figure": share,
            }
        )
        start += part
    return found


def _by_year(reading: Reading) -> Rows:
    shown = reading.shown_years
    found: Rows = []
    starts: dict[int, float] = {}
    for row in reading["mix_by_year"]:
        year = row["publication_year"]
        if shown is None or not shown.first <= year <= shown.last or not row["joint_papers"]:
            continue
        start = starts.get(year, 0.0)
        end = start + row["papers"] / row["joint_papers"]
        starts[year] = end
        found.append(
            {
                "year": str(year),
                "mix": row["funding_mix"],
                "start": start,
                "end": end,
                "is_complete": bool(row["is_complete_year"]),
                "words": f"{year}, {row['funding_mix_name']}: {row['papers']:,} of {row['joint_papers']:,} papers",
            }
        )
    return found


def classes(reading: Reading, reporter: str) -> Picture | None:
    """Classes of funders, in per cent of the papers that disclose funding."""
    period = reading.period
    rows = reading.of("classes", reporter_code=reporter)
    disclosed = reading.total(reporter, "papers_with_funding")
    if period is None or disclosed < SMALL_CELL or not rows:
        return None
    shown = []
    for row in rows:
        papers = Figure(figure_id("class_papers", row["funder_class"], reporter, period.key), row["papers"])
        share = share_figure("class_share", row["funder_class"], reporter, period.key, value=row["papers"] / disclosed)
        shown.append(
            {
                "name": row["funder_class_name"],
                "words": f"{row['funder_class_name']}: {papers.text} papers",
                **numbers({"share": share}),
                "papers_figure": papers,
                "share_figure": share,
            }
        )
    order = [row["name"] for row in shown]
    spec: Spec = {
        "width": 480,
        "height": {"step": 24},
        "data": values(shown),
        "encoding": {
            "y": names_axis(order, 330),
            "x": lengths_axis("share", max(row["share"] for row in shown)),
        },
        "layer": [
            {"mark": {"type": "bar", "height": 14, "fill": SIDE_B}, "encoding": {"description": {"field": "words"}}},
            number_text("share", align="left", dx=6),
        ],
    }
    return Picture(
        "classes",
        "Classes of funders",
        say(
            "In per cent of the {n} joint papers of {period} that disclose funding. A paper can have funders of "
            "several classes: the bars add up to more than the whole.",
            n=Figure(figure_id("papers_with_funding", reporter, period.key), disclosed),
            period=period,
        ),
        "Bars from large to small: " + "; ".join(f"{row['name']}: {row['share_text']}" for row in shown),
        spec,
        shown,
        (
            Column("Class of funders", lambda row: Name(row["name"])),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column("Of papers that disclose", lambda row: row["share_figure"], is_number=True),
        ),
        is_folded=True,
        has_names=True,
    )


def funder_figures(reading: Reading, row: Row, period: Years) -> tuple[Figure, Figure]:
    """Papers of a funder with side A, and their share of the papers that disclose funding."""
    code = reading.side_code
    return (
        Figure(figure_id("funder_papers", row["funder_id"], code, period.key), row["papers"]),
        share_figure(
            "funder_share",
            row["funder_id"],
            code,
            period.key,
            value=ratio(row["papers"], reading.total(code, "papers_with_funding")),
        ),
    )
