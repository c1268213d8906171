"""The plots, drawn to SVG that stands in the page: no script, nothing loaded, readable in light, dark and print.

Vega draws with fixed colours; stand-ins are drawn and then replaced by the page's CSS variables, so that one drawing
follows the reader's colour scheme. Lines and bars carry their labels; there are no legends to look up.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.report.data import ReportData, Rows
from include.report.words import listed, plain, rate, share, whole

if TYPE_CHECKING:
    import altair as alt

# stand-in -> CSS variable of report.css
COLOURS = {
    "#0a0b01": "--ink",
    "#0a0b02": "--muted",
    "#0a0b03": "--rule",
    "#0a0b04": "--c1",
    "#0a0b05": "--c2",
    "#0a0b06": "--c3",
    "#0a0b07": "--c4",
    "#0a0b08": "--alert",
    "#0a0b09": "--soft",
}
INK, MUTED, RULE, C1, C2, C3, C4, ALERT, SOFT = COLOURS
# plots that stand side by side are drawn narrow, so that their letters stay as large as those of the wide ones
WIDE, NARROW, HEIGHT = 620, 300, 240
NARROW_CHARTS = frozenset({"papers", "shares", "military_today", "military_at_publication"})
BAR_CHARTS = frozenset({"countries", "funding_classes", "topics"})
# the page's letters can be wider than those that Vega measures with
PADDING = {"left": 16, "top": 4, "right": 16, "bottom": 4}
PADDING_OF_NAMES = PADDING | {"left": 36}


@dataclass(frozen=True)
class Chart:
    """A plot of the page: its heading, the line below, what it shows in words, and the drawing."""

    chart_id: str
    title: str
    subtitle: str
    description: str
    svg: str


def draw(data: ReportData) -> dict[str, Chart]:
    """Every plot that has something to show, by id; none when there is too little to plot."""
    if not data.is_enough_to_plot:
        return {}
    shown = {
        _papers: data.years,
        _shares: data.years,
        _countries: data.countries,
        _coverage: data.funding_years,
        _funding_classes: data.funding_classes,
        _military_today: data.military,
        _military_then: data.military,
        _topics: data.topics,
    }
    return {chart.chart_id: chart for chart in (plot(data) for plot, rows in shown.items() if rows)}


def _papers(data: ReportData) -> Chart:
    import altair as alt

    rows = [row | {"label": whole(row["papers"]), "year": str(row["year"])} for row in data.years]
    base = alt.Chart(alt.InlineData(values=_plain(rows, "year", "papers", "label", "is_complete"))).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, ticks=False, domainColor=MUTED)),
        y=alt.Y("papers:Q", axis=None),
    )
    bars = base.mark_bar(size=min(46, 400 // len(rows))).encode(
        color=alt.condition("datum.is_complete", alt.value(C1), alt.value(SOFT))
    )
    labels = base.mark_text(dy=-8, color=INK, fontSize=13).encode(text="label:N")
    first, last = data.years[0], data.years[-1]
    return _chart(
        data,
        "papers",
        f"Joint papers of {data.side_a} and {data.side_b}",
        "Papers a year, full count" + ("" if last["is_complete"] else f"; {last['year']} is not complete"),
        f"{whole(first['papers'])} in {first['year']}, {whole(last['papers'])} in {last['year']}.",
        bars + labels,
    )


def _shares(data: ReportData) -> Chart:
    names = {"share_of_a": f"{data.side_a}’s papers", "share_of_b": f"{data.side_b}’s papers"}
    rows = [
        {"year": row["year"], "series": name, "value": row[key]}
        for key, name in names.items()
        for row in data.years
        if row[key] is not None
    ]
    return _chart(
        data,
        "shares",
        "Share of each side's papers that are joint",
        "Joint papers in per cent of all papers of the subject, by year",
        _ends(rows),
        _lines(rows, dict(zip(names.values(), (C1, C2), strict=True))),
    )


def _countries(data: ReportData) -> Chart:
    rows = [row | {"label": f"{whole(row['papers'])}  ({rate(row['growth'])})"} for row in data.countries]
    first = data.countries[0]
    span = f"{first['first_year']} to {first['last_year']}"
    return _chart(
        data,
        "countries",
        "Joint papers by country",
        f"All years, full count; in brackets the growth from {span}, – where there were none at its start",
        f"{first['name']} leads with {whole(first['papers'])} papers, {share(first['share'])} of all joint papers.",
        _bars(rows, C1),
    )


def _coverage(data: ReportData) -> Chart:
    names = {"disclosed_share": "Disclose funding", "partner_share": f"Of these, {data.side_b}"}
    rows = [
        {"year": row["year"], "series": name, "value": row[key]}
        for key, name in names.items()
        for row in data.funding_years
        if row[key] is not None
    ]
    return _chart(
        data,
        "coverage",
        f"Papers that disclose funding, and funders of {data.side_b} among them",
        "Per cent of joint papers, and per cent of those that disclose funding, by year",
        _ends(rows),
        _lines(rows, dict(zip(names.values(), (MUTED, C2), strict=True)), top=1.0),
    )


def _funding_classes(data: ReportData) -> Chart:
    rows = [row | {"label": f"{share(row['share'])}  ({whole(row['papers'])})"} for row in data.funding_classes]
    return _chart(
        data,
        "funding_classes",
        "Who funds: classes of funders",
        "Per cent of the papers that disclose funding, papers in brackets; a paper can have funders of several classes",
        "; ".join(f"{row['name']}: {share(row['share'])}" for row in rows),
        _bars(rows, C2),
    )


def _military_today(data: ReportData) -> Chart:
    return _military(data, "today", "on a list today")


def _military_then(data: ReportData) -> Chart:
    return _military(data, "at_publication", "on a list on the day of publication")


def _military(data: ReportData, basis: str, words: str) -> Chart:
    names = {one.code: plain(one.code) for one in data.definitions}
    rows = [
        {"year": row["year"], "series": names[row["definition"]], "value": row["share"]}
        for row in data.military
        if row["basis"] == basis and row["share"] is not None
    ]
    top = max((row["share"] for row in data.military if row["share"] is not None), default=None)
    colours = dict(zip(names.values(), (C3, C2, C4, C1), strict=False))
    return _chart(
        data,
        f"military_{basis}",
        f"Joint papers linked to a body {words}",
        "Per cent of joint papers, by year and definition; each definition contains the narrower ones",
        _ends(rows),
        _lines(rows, colours, top=top),
    )


def _topics(data: ReportData) -> Chart:
    rows = [row | {"label": f"{whole(row['papers'])}  ({share(row['share'])})"} for row in data.topics]
    named = [row["name"] for row in rows if row["is_named"]]
    return _chart(
        data,
        "topics",
        "Joint papers by primary topic",
        "All years; per cent of joint papers in brackets"
        + ("; topics that the study names stand out" if named else ""),
        f"The largest topic is {rows[0]['name']}." + (f" Named by the study: {listed(named)}." if named else ""),
        _bars(rows, C3, marked="is_named"),
    )


def _plain(rows: Rows, *keys: str) -> list[dict[str, Any]]:
    return [{key: row[key] for key in keys} for row in rows]


def _ends(rows: Rows) -> str:
    """First and last value of each series, in words."""
    series: dict[str, Rows] = {}
    for row in rows:
        series.setdefault(row["series"], []).append(row)
    return "; ".join(
        f"{name}: {share(found[0]['value'])} in {found[0]['year']}, {share(found[-1]['value'])} in {found[-1]['year']}"
        for name, found in series.items()
    )


def _lines(rows: Rows, colours: dict[str, str], *, top: float | None = None) -> alt.LayerChart:
    """Shares by year, one line a series, each with its name and last value beside its end."""
    import altair as alt

    last_year = max((row["year"] for row in rows), default=0)
    highest = top if top is not None else max((row["value"] for row in rows), default=1.0)
    ends = _spread([row for row in rows if row["year"] == last_year], highest)
    named = [
        {"year": str(row["year"]), "series": row["series"], "value": row["value"], "percent": share(row["value"])}
        for row in rows
    ]
    colour = alt.Color(
        "series:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())[: len(colours)]), legend=None
    )
    # a point scale of years, with room at the right for the labels
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, ticks=False, domainColor=MUTED))
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(domain=[0, highest * 1.08]),
        axis=alt.Axis(format=".0%", tickCount=4, domain=False, ticks=False, gridColor=RULE),
    )
    base = alt.Chart(alt.InlineData(values=named)).encode(x=x, color=colour)
    line = base.mark_line(strokeWidth=2.5).encode(y=y)
    points = base.mark_point(filled=True, size=36, opacity=1).encode(y=y)
    label = (
        alt.Chart(alt.InlineData(values=ends))
        .mark_text(align="left", dx=12, fontSize=12.5, lineHeight=14)
        .encode(x=x, y=alt.Y("place:Q", scale=alt.Scale(domain=[0, highest * 1.08])), text="label:N", color=colour)
    )
    return line + points + label


def _spread(ends: Rows, highest: float) -> list[dict[str, Any]]:
    """Where the labels of the lines' ends stand: at the value, moved apart where two would lie on each other."""
    gap = highest * 0.13
    placed: list[dict[str, Any]] = []
    lowest = highest * 0.04  # clear of the axis
    for row in sorted(ends, key=lambda row: float(row["value"])):
        lowest = max(float(row["value"]), lowest)
        label = [row["series"], share(row["value"])]
        placed.append({"year": str(row["year"]), "series": row["series"], "place": lowest, "label": ": ".join(label)})
        lowest += gap
    return placed


def _bars(rows: Rows, colour: str, *, marked: str | None = None) -> alt.LayerChart:
    """Bars from large to small, named at the left and labelled at the end; rows with `marked` stand out."""
    import altair as alt

    order = [row["name"] for row in rows]
    highest = max((row["papers"] for row in rows), default=1)
    values = [
        {"name": row["name"], "papers": row["papers"], "label": row["label"], "is_marked": bool(marked and row[marked])}
        for row in rows
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(
            "name:N",
            sort=order,
            title=None,
            axis=alt.Axis(ticks=False, domain=False, labelLimit=340, labelPadding=8, labelColor=INK),
        ),
        x=alt.X("papers:Q", axis=None, scale=alt.Scale(domain=[0, highest * 1.45])),
    )
    bars = base.mark_bar(height=13).encode(color=alt.condition("datum.is_marked", alt.value(C2), alt.value(colour)))
    labels = base.mark_text(align="left", dx=6, color=INK, fontSize=12).encode(text="label:N")
    return (bars + labels).properties(height=alt.Step(22))


def _chart(
    data: ReportData, chart_id: str, title: str, subtitle: str, description: str, drawing: alt.LayerChart
) -> Chart:
    import altair as alt
    import vl_convert

    mark = {"synthetic": "SYNTHETIC: invented data", "recorded": "A small recorded sample"}.get(
        data.lineage.data_origin
    )
    if mark:
        # inside the drawing, so that a picture cut out of the page still says it
        drawing = drawing.properties(
            title=alt.TitleParams(text=mark, anchor="start", color=ALERT, fontSize=12, fontWeight="bold", offset=10)
        )
    drawing = drawing.properties(width=NARROW if chart_id in NARROW_CHARTS else WIDE)
    if chart_id == "papers":
        drawing = drawing.properties(width=NARROW + 120)  # it has no labels at its right
    if chart_id not in BAR_CHARTS:
        drawing = drawing.properties(height=HEIGHT)
    spec = drawing.configure(
        background="transparent",
        font="system-ui, sans-serif",
        padding=PADDING_OF_NAMES if chart_id in BAR_CHARTS else PADDING,
        view={"stroke": None},
        axis={"labelColor": MUTED, "labelFontSize": 12.5, "gridColor": RULE},
    ).to_dict()
    return Chart(
        chart_id,
        title,
        subtitle,
        description,
        _for_page(vl_convert.vegalite_to_svg(spec), chart_id, title, description),
    )


def _for_page(svg: str, chart_id: str, title: str, description: str) -> str:
    """The drawing with the page's colours, a name and a description for readers who cannot see it, and fluid width."""
    for stand_in, variable in COLOURS.items():
        svg = re.sub(re.escape(stand_in), f"var({variable})", svg, flags=re.IGNORECASE)
    # the parts are described as a whole; read one by one they are noise
    svg = re.sub(r'\s(?:role|aria-[a-z]+)="[^"]*"', "", svg)
    # clip paths are named alike in every drawing
    svg = re.sub(r"(id=\"|url\(#)(clip|gradient)", rf"\1{chart_id}-\2", svg)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width = f' style="max-width:{float(size[1]) * 1.15:.0f}px"' if size else ""
    svg = re.sub(r'\s(width|height)="[\d.]+"', "", svg, count=2)
    names = f"{chart_id}-title {chart_id}-description"
    opened = f'<svg role="img" aria-labelledby="{names}"{width} '
    told = (
        f'<title id="{chart_id}-title">{html.escape(title)}</title>'
        f'<desc id="{chart_id}-description">{html.escape(description)}</desc>'
    )
    return re.sub(r"<svg ([^>]*)>", lambda found: f"{opened}{found[1]}>{told}", svg, count=1)
