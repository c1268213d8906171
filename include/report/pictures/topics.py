"""On which topics: growth against the share that is linked."""

from __future__ import annotations

from statistics import median

from markupsafe import Markup

from include.report.drawing import (
    MUTED,
    OTHER,
    RULE,
    SIDE_B,
    Column,
    Picture,
    Spec,
    lengths_axis,
    name_text,
    names_axis,
    number_text,
    numbers,
    placed,
    values,
)
from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say
from include.report.reading import ENOUGH_FOR_A_TOPIC, MOST_TOPICS, Reading, Row, Rows
from include.report.sentences import ratio, share_figure, topic_papers

# beside those that the study names, so many of the largest are labelled
_LABELLED = 4
_WIDTH, _HEIGHT = 760, 330
# of a label, in pixels: a letter, a line, and the longest that is written out
_LETTER, _LINE, _LONGEST = 6.4, 15, 34


def scatter(reading: Reading) -> Picture | None:
    """Topics by growth, linked share and size; a table of the largest where there is too little to plot."""
    period = reading.period
    if period is None or not reading["topics"]:
        return None
    rows = [_topic(reading, row) for row in reading["topics"]]
    plotted = [row for row in rows if row["papers"] >= ENOUGH_FOR_A_TOPIC and row["growth"] is not None]
    if len(plotted) < 5:
        return _largest(reading, rows, period)
    labels = _labels(plotted)
    x = {
        "field": "growth",
        "type": "quantitative",
        "scale": {"domain": _domain(plotted, "growth"), "nice": False},
        "axis": {"format": "+.0%", "title": f"Growth of joint papers, {period.first} to {period.last}", "tickCount": 6},
    }
    y = {
        "field": "linked",
        "type": "quantitative",
        "scale": {"domain": _domain(plotted, "linked"), "nice": False},
        "axis": {"format": ".0%", "title": "Linked to a body on any list today", "tickCount": 5},
    }
    colour = {"condition": {"test": "datum.is_named", "value": SIDE_B}, "value": OTHER}
    spec: Spec = {
        "width": _WIDTH,
        "height": _HEIGHT,
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
                "data": values(labels),
                "mark": {"type": "rule", "stroke": MUTED, "strokeWidth": 0.8, "aria": False},
                "encoding": {"x": x, "y": y, "x2": {"field": "growth"}, "y2": {"field": "label_at"}},
            },
            {
                **placed(name_text("label", fontSize=12), x=x, y={**y, "field": "label_at"}),
                "data": values(labels),
            },
        ],
    }
    return _picture(
        reading,
        period,
        rows,
        title="Topics by growth and by the share that is linked",
        reading_line=say(
            "Topics with at least a hundred joint papers, {period}; size: joint papers. Orange: topics that the study "
            "names. Lines: medians.",
            period=period,
        ),
        description="A scatter of topics. The largest: "
        + "; ".join(f"{row['name']}: {row['papers_text']} papers, {row['linked_text']} linked" for row in plotted[:3]),
        spec=spec,
    )


def _domain(rows: Rows, field: str) -> list[float]:
    """From the least to the most, with room at both ends: what is compared are places, not lengths."""
    low, high = min(row[field] for row in rows), max(row[field] for row in rows)
    room = (high - low or 0.1) * 0.12
    return [low - room, high + room]


def _labels(plotted: Rows) -> Rows:
    """The topics that are named in the picture, each with the height of its name, where names leave each other room.

    A name stands as near above or below its circle as it can; one that finds no room is left to the table."""
    chosen = [row for place, row in enumerate(plotted) if row["is_named"] or place < _LABELLED]
    left, right = _domain(plotted, "growth")
    low, high = _domain(plotted, "linked")
    taken: list[tuple[float, float, float]] = []
    found = []
    for row in sorted(chosen, key=lambda row: -row["papers"]):
        name = row["name"]
        label = name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"
        half = len(label) * _LETTER / 2
        x = (row["growth"] - left) / (right - left) * _WIDTH
        y = (high - row["linked"]) / (high - low) * _HEIGHT
        for step in range(1, 9):
            tries = (y - 8 - step * _LINE, y + 8 + step * _LINE)
            place = next((at for at in tries if 8 < at < _HEIGHT - 8 and _is_free(x, at, half, taken)), None)
            if place is not None:
                taken.append((x, place, half))
                found.append({**row, "label": label, "label_at": high - place / _HEIGHT * (high - low)})
                break
    return found


def _is_free(x: float, y: float, half: float, taken: list[tuple[float, float, float]]) -> bool:
    """Whether a label fits into the picture at this place, and lies on no other."""
    fits = half < x < _WIDTH - half
    return fits and all(abs(x - at) > half + width + 6 or abs(y - height) > _LINE for at, height, width in taken)


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
            "y": names_axis(order, 380),
            "x": lengths_axis("papers", shown[0]["papers"]),
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": 14},
                "encoding": {
                    "fill": {"condition": {"test": "datum.is_named", "value": SIDE_B}, "value": OTHER},
                    "description": {"field": "words"},
                },
            },
            number_text("papers", align="left", dx=6),
        ],
    }
    return _picture(
        reading,
        period,
        rows,
        title="The largest topics",
        reading_line=say(
            "Joint papers by primary topic, {period}. Orange: topics that the study names. Too few papers a topic to "
            "show growth and links.",
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
        definition=say("Each paper has one primary topic, given by the source."),
        coverage=_without_topic(reading),
        has_names=True,
    )


def _without_topic(reading: Reading) -> Markup:
    share = reading.not_placed("works_without_topic")
    if share is None:
        return say("Every work loaded has a topic.")
    return say(
        "{share} of the works loaded have no topic.", share=share_figure("coverage", "works_without_topic", value=share)
    )
