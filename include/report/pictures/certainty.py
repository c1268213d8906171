"""How sure: what becomes of the first figure under other selections of works and other ways of counting."""

from __future__ import annotations

from markupsafe import Markup

from include.report.drawing import (
    MUTED,
    RULE,
    SIDE_A,
    Column,
    Picture,
    Spec,
    names_axis,
    number_text,
    numbers,
    placed,
    values,
)
from include.report.figures import SMALL_CELL, Figure, Name, figure_id, say
from include.report.reading import Reading, Row, Rows
from include.report.sentences import share_figure, side_a


def ranges(reading: Reading) -> Picture | None:
    """Joint papers by selection of works and by way of counting."""
    period = reading.period
    if period is None or reading.joint_papers < SMALL_CELL:
        return None
    rows: Rows = []
    for row in reading["selections"]:
        figure = Figure(figure_id("selected_papers", row["work_selection"], period.key), row["papers"])
        rows.append(_row(row["selection_name"], "Selections of works", figure))
    for row in reading["methods"]:
        if row["counting_method"] != "full":
            figure = Figure(figure_id("counted_papers", row["counting_method"], period.key), row["papers"], "credit")
            rows.append(_row(row["method_name"], "Ways of counting", figure))
    if not rows:
        return None
    order = [row["name"] for row in rows]
    x = {
        "field": "papers",
        "type": "quantitative",
        "title": None,
        "axis": {"tickCount": 5},
        "scale": {"domain": [0, reading.joint_papers * 1.12]},
    }
    spec: Spec = {
        "width": 520,
        "height": {"step": 21},
        "data": values(rows),
        "encoding": {"y": names_axis(order, 320)},
        "layer": [
            {
                "data": values([{"papers": reading.joint_papers}]),
                "mark": {"type": "rule", "stroke": RULE, "strokeWidth": 2},
                "encoding": {"x": x, "y": {"value": 0}, "y2": {"value": {"expr": "height"}}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {
                    "x": x,
                    "description": {"field": "words"},
                    "fill": {
                        "condition": {"test": "datum.group == 'Ways of counting'", "value": MUTED},
                        "value": SIDE_A,
                    },
                },
            },
            placed(number_text("papers", align="left", dx=9), x=x),
        ],
    }
    return Picture(
        "certainty",
        "The number of joint papers under other selections and ways of counting",
        say(
            "Joint papers, {period}. Blue: full count of a selection of works; grey: all works, counted in fractions. "
            "Line: the figure used on this page.",
            period=period,
        ),
        "Dots: " + "; ".join(f"{row['name']}: {row['papers_text']}" for row in rows),
        spec,
        rows,
        (
            Column("Way", lambda row: Name(row["name"])),
            Column("Of what", lambda row: Name(row["group"])),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
        ),
        definition=say(
            "Counted in fractions, a joint paper is split over its authors; what is shown is the part of {a}.",
            a=side_a(reading),
        ),
        coverage=_unplaced(reading),
        has_names=True,
    )


def _row(name: str, group: str, figure: Figure) -> Row:
    return {
        "name": name,
        "group": group,
        "words": f"{name}: {figure.text}",
        **numbers({"papers": figure}),
        "papers_figure": figure,
    }


def _unplaced(reading: Reading) -> Markup:
    share = reading.not_placed("authorships_without_country")
    if share is None:
        return say("Every place in an author list has a country.")
    return say(
        "{share} of the places in author lists have no country; a paper is joint by those that have one.",
        share=share_figure("coverage", "authorships_without_country", value=share),
    )
