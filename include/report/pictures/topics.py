"""On which topics: growth against the share that is linked."""

from __future__ import annotations

from statistics import median

from markupsafe import Markup

from include.report.drawing import OTHER, RULE, SIDE_B, Column, Picture, Spec, name_text, numbers, placed, values
from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say
from include.report.reading import ENOUGH_FOR_A_TOPIC, MOST_TOPICS, Reading, Row, Rows
from include.report.sentences import ratio, share_figure, topic_papers, topics

# beside those that the study names, so many of the largest are labelled
_LABELLED = 6


def scatter(reading: Reading) -> Picture | None:
    """Topics by growth, linked share and size; a table of the largest where there is too little to plot."""
    period = reading.period
    if period is None or not reading["topics"]:
        return None
    rows = [_topic(reading, row) for row in reading["topics"]]
    plotted = [row for row in rows if row["papers"] >= ENOUGH_FOR_A_TOPIC and row["growth"] is not None]
    if len(plotted) < 5:
        return _largest(reading, rows, period)
    for place, row in enumerate(plotted):
        row["is_labelled"] = row["is_named"] or place < _LABELLED
    x = {
        "field": "growth",
        "type": "quantitative",
        "scale": {"zero": False},
        "axis": {"format": "+.0%", "title": f"Growth of joint papers, {period.first} to {period.last}", "tickCount": 6},
    }
    y = {
        "field": "linked",
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {"format": ".0%", "title": "Linked to a body on any list today", "tickCount": 5},
    }
    colour = {"condition": {"test": "datum.is_named", "value": SIDE_B}, "value": OTHER}
    spec: Spec = {
        "width": 760,
        "height": 360,
        "layer": [
            {
                "data": values([{"growth": median(row["growth"] for row in plotted)}]),
                "mark": {"type": "rule", "stroke": RULE, "strokeWidth": 1.5},
                "encoding": {"x": x},
            },
            {
                "data": values([{"linked": median(row["linked"] for row in plotted)}]),
                "mark": {"type": "rule", "stroke": RULE, "strokeWidth": 1.5},
                "encoding": {"y": y},
            },
            {
                "data": values(plotted),
                "mark": {"type": "circle", "opacity": 0.7},
                "encoding": {
                    "x": x,
                    "y": y,
                    "fill": colour,
                    "size": {"field": "papers", "type": "quantitative", "legend": None, "scale": {"range": [20, 900]}},
                    "description": {"field": "words"},
                },
            },
            {
                **placed(name_text("name", dy=-14, limit=230, fontSize=12), x=x, y=y),
                "data": values([row for row in plotted if row["is_labelled"]]),
            },
        ],
    }
    return _picture(
        reading,
        period,
        rows,
        title="Topics by growth and by the share that is linked",
        reading_line=say(
            "Topics with at least a hundred joint papers, {period}; size: joint papers. Orange: topics that the "
            "study names. "
            "Lines: medians.",
            period=period,
        ),
        description="A scatter of topics. The largest: "
        + "; ".join(f"{row['name']}: {row['papers_text']} papers, {row['linked_text']} linked" for row in plotted[:3]),
        spec=spec,
    )


def _largest(reading: Reading, rows: Rows, period: Years) -> Picture | None:
    shown = rows[:12]
    if reading.joint_papers < SMALL_CELL:
        return None
    order = [row["name"] for row in shown]
    spec: Spec = {
        "width": 420,
        "height": {"step": 24},
        "data": values(shown),
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": order,
                "title": None,
                "axis": {"labelLimit": 380, "labelColor": "var(--ink)"},
            },
            "x": {
                "field": "papers",
                "type": "quantitative",
                "axis": None,
                "scale": {"domain": [0, shown[0]["papers"] * 1.2]},
            },
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": 14},
                "encoding": {
                    "fill": {"condition": {"test": "datum.is_named", "value": SIDE_B}, "value": OTHER},
                    "description": {"field": "words"},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"text": {"field": "papers_text"}, "description": {"field": "papers_id"}},
            },
        ],
    }
    return _picture(
        reading,
        period,
        rows,
        title="The largest topics",
        reading_line=say(
            "Joint papers by primary topic, {period}. Orange: topics that the study names. Too few papers a "
            "topic to show "
            "growth and links.",
            period=period,
        ),
        description="Bars from large to small: " + "; ".join(f"{row['name']}: {row['papers_text']}" for row in shown),
        spec=spec,
    )


def _topic(reading: Reading, row: Row) -> Row:
    period = reading.period
    assert period is not None
    first, last = row["first_papers"] or 0, row["last_papers"] or 0
    is_enough = first >= SMALL_CELL and last >= SMALL_CELL and period.first != period.last
    papers = topic_papers(reading, row)
    parts = (row["topic_id"], reading.side_code, period.key)
    linked = share_figure(
        "topic_linked_share",
        *parts,
        value=ratio(row["linked_papers"], row["papers"]) if row["papers"] >= SMALL_CELL else None,
    )
    rate = Figure(figure_id("topic_growth", *parts), last / first - 1 if is_enough else None, "rate")
    return {
        "name": row["topic_name"],
        "is_named": bool(row["is_named"]),
        "words": f"{row['topic_name']}: {papers.text} joint papers, {linked.text} linked, growth {rate.text}",
        **numbers({"papers": papers, "linked": linked, "growth": rate}),
        "papers_figure": papers,
        "linked_figure": linked,
        "growth_figure": rate,
    }


def _picture(
    reading: Reading, period: Years, rows: Rows, *, title: str, reading_line: Markup, description: str, spec: Spec
) -> Picture:
    named = [row for row in rows[MOST_TOPICS:] if row["is_named"]]
    few = Name("too few papers")
    return Picture(
        "topics",
        title,
        reading_line,
        description,
        spec,
        [*rows[:MOST_TOPICS], *named],
        (
            Column("Topic", lambda row: Name(row["name"])),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column("Growth", lambda row: row["growth_figure"] if row["growth"] is not None else few, is_number=True),
            Column(
                "Linked, any list today",
                lambda row: row["linked_figure"] if row["linked"] is not None else few,
                is_number=True,
            ),
        ),
        finding=topics(reading),
        definition=say("Each paper has one primary topic, given by the source."),
        coverage=_without_topic(reading),
        has_names=True,
    )


def _without_topic(reading: Reading) -> Markup:
    row = next((row for row in reading["coverage"] if row["measure"] == "works_without_topic"), None)
    if row is None:
        return say("Every work loaded has a topic.")
    return say(
        "{share} of the works loaded have no topic.", share=share_figure("coverage", row["measure"], value=row["share"])
    )
