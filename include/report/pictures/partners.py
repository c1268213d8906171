"""Who with whom: the countries that side B writes with, and the institutions that write together."""

from __future__ import annotations

from markupsafe import Markup

from include.report.drawing import (
    OTHER,
    SIDE_A,
    SIDE_B,
    Column,
    Picture,
    Spec,
    numbers,
    spread,
    values,
    years_axis,
)
from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say
from include.report.reading import Reading, Row, Rows, grouped
from include.report.sentences import joint_papers, pair_papers, side_a, side_b
from include.report.words import without_brackets

# lines whose ends are labelled; with more, labels lie on each other
_MOST_LINES = 8
_NAME_LENGTH = 46


def countries(reading: Reading) -> Picture | None:
    """Joint papers of side B with its largest partners by year, and with side A as one."""
    period = reading.period
    if period is None or period.first == period.last:
        return None
    by_country = grouped(reading["partners"], lambda row: row["country_code"])
    at_end = {
        code: rows[-1]["joint_papers"]
        for code, rows in by_country.items()
        if rows[-1]["publication_year"] >= period.last
    }
    largest = sorted(at_end, key=lambda code: (-at_end[code], code))[:_MOST_LINES]
    rows: Rows = []
    for code in largest:
        for row in by_country[code]:
            if period.first <= row["publication_year"] <= period.last:
                year = Years(row["publication_year"], row["publication_year"])
                papers = Figure(figure_id("papers_with_partner", code, year.key), row["joint_papers"])
                kind = "side_a" if row["is_side_a_country"] else "other"
                rows.append(_point(row["country_name"], kind, year, papers))
    if len(reading.countries) > 1:
        for row in reading.in_period(reading.side_code):
            year = Years(row["publication_year"], row["publication_year"])
            papers = joint_papers(reading.side_code, year, row["joint_papers"])
            rows.append(_point(f"{reading.side_a} as one", "whole", year, papers))
    if not rows or max(row["papers"] for row in rows) < SMALL_CELL:
        return None
    highest = max(row["papers"] for row in rows)
    last = [row for row in rows if row["year"] == str(period.last)]
    ends = spread(last, "papers", highest, gap=0.062)
    colour = {
        "field": "kind",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["side_a", "other", "whole"], "range": [SIDE_A, OTHER, SIDE_A]},
    }
    dash = {
        "field": "kind",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["side_a", "other", "whole"], "range": [[1, 0], [1, 0], [5, 4]]},
    }
    x = years_axis(period.last - period.first + 1)
    y = {
        "field": "papers",
        "type": "quantitative",
        "scale": {"domain": [0, highest * 1.08]},
        "axis": {"tickCount": 4, "title": None},
    }
    place = {"field": "place", "type": "quantitative", "scale": {"domain": [0, highest * 1.08]}}
    spec: Spec = {
        "width": 600,
        "height": 270,
        "layer": [
            {
                "data": values(rows),
                "mark": {"type": "line", "strokeWidth": 2.2},
                "encoding": {"x": x, "y": y, "detail": {"field": "name"}, "stroke": colour, "strokeDash": dash},
            },
            {
                "data": values(rows),
                "mark": {"type": "point", "filled": True, "size": 26, "opacity": 1},
                "encoding": {"x": x, "y": y, "fill": colour, "description": {"field": "words"}},
            },
            {
                "data": values(ends),
                "mark": {"type": "text", "align": "left", "dx": 12, "fontWeight": 600},
                "encoding": {
                    "x": x,
                    "y": place,
                    "fill": colour,
                    "text": {"field": "papers_text"},
                    "description": {"field": "papers_id"},
                },
            },
            {
                "name": "names_partner",
                "data": values(ends),
                "mark": {"type": "text", "align": "left", "dx": 72, "aria": False},
                "encoding": {
                    "x": x,
                    "y": place,
                    "fill": colour,
                    "text": {"field": "name"},
                },
            },
        ],
    }
    by_name = grouped(rows, lambda row: row["name"])
    table = [{"name": name, "first": own[0]["figure"], "last": own[-1]["figure"]} for name, own in by_name.items()]
    for row in rows:
        del row["figure"]
    for row in ends:
        row.pop("figure", None)
    first_year, last_year = period.at_the_ends
    return Picture(
        "partners",
        f"With whom {reading.side_b} writes",
        say(
            "Papers of {b} with each country, {period}, full count. Blue: {a}; dashed: {a} as one.",
            b=Name(reading.side_b_in_full),
            a=side_a(reading),
            period=period,
        ),
        f"Lines of the largest partners of {reading.side_b}: "
        + "; ".join(f"{row['name']}: {row['first'].text} to {row['last'].text}" for row in table),
        spec,
        table,
        (
            Column("Country", lambda row: Name(row["name"])),
            Column(str(first_year), lambda row: row["first"], is_number=True),
            Column(str(last_year), lambda row: row["last"], is_number=True),
        ),
        definition=say("Papers with at least one author in {b} and one in the country.", b=side_b(reading)),
        coverage=say("A paper of several countries counts in each of them, so the lines do not add up."),
    )


def _point(name: str, kind: str, year: Years, papers: Figure) -> Row:
    return {
        "name": name,
        "kind": kind,
        "year": str(year.last),
        "words": f"{name}, {year}: {papers.text}",
        "figure": papers,
        **numbers({"papers": papers}),
    }


def network(reading: Reading) -> Picture | None:
    """The leading institutions of both sides, and how many papers each two of them have together."""
    pairs = reading["network"]
    if not pairs:
        return None
    names = {row["institution_id"]: row for row in reading["institutions"]}
    lefts = _column([row["institution_a_id"] for row in pairs], names)
    rights = _column([row["institution_b_id"] for row in pairs], names)
    highest = max(row["joint_papers"] for row in pairs)
    links = [
        {
            "x": 0,
            "x2": 1,
            "y": lefts[row["institution_a_id"]],
            "y2": rights[row["institution_b_id"]],
            "weight": row["joint_papers"] / highest,
            "is_listed": bool(row["b_is_listed_today"]),
            "words": f"{row['a_label']} and {row['b_label']}: {row['joint_papers']:,} joint papers",
        }
        for row in reversed(pairs)
    ]
    nodes = [
        {
            "x": side,
            "y": place,
            "label": _short(names[key]["institution_name"]),
            "is_listed": bool(names[key]["is_listed_today"]),
            "words": names[key]["institution_label"],
        }
        for side, column in ((0, lefts), (1, rights))
        for key, place in column.items()
    ]
    y = {
        "field": "y",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [max(len(lefts), len(rights)) - 0.5, -0.5]},
    }
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    colour = {"condition": {"test": "datum.is_listed", "value": SIDE_B}, "value": OTHER}

    def side(number: int, **mark: object) -> Spec:
        return {
            "name": f"names_{number}",
            "transform": [{"filter": f"datum.x == {number}"}],
            "data": values(nodes),
            "mark": {"type": "text", "limit": 300, "aria": False, **mark},
            "encoding": {
                "x": x,
                "y": y,
                "text": {"field": "label"},
                "fill": {"condition": {"test": "datum.is_listed", "value": SIDE_B}, "value": "var(--ink)"},
            },
        }

    spec: Spec = {
        "width": 300,
        "height": 26 * max(len(lefts), len(rights)),
        "layer": [
            {
                "data": values(links),
                "mark": {"type": "rule", "strokeCap": "round"},
                "encoding": {
                    "x": x,
                    "y": y,
                    "x2": {"field": "x2"},
                    "y2": {"field": "y2"},
                    "stroke": colour,
                    "strokeWidth": {
                        "field": "weight",
                        "type": "quantitative",
                        "legend": None,
                        "scale": {"domain": [0, 1], "range": [0.4, 9]},
                    },
                    "strokeOpacity": {"value": 0.5},
                    "description": {"field": "words"},
                },
            },
            {
                "data": values(nodes),
                "mark": {"type": "circle", "size": 60, "opacity": 1},
                "encoding": {"x": x, "y": y, "fill": colour, "description": {"field": "words"}},
            },
            side(0, align="right", dx=-10),
            side(1, align="left", dx=10),
        ],
    }
    return Picture(
        "network",
        "Which leading institutions write together",
        say(
            "The institutions of {a} (left) and of {b} (right) with most joint papers, all years of the release. A "
            "broader line: more papers. Orange: on a list today, or a part of a listed body.",
            a=side_a(reading),
            b=side_b(reading),
        ),
        f"Lines between institutions; the broadest joins {pairs[0]['a_label']} and {pairs[0]['b_label']}.",
        spec,
        pairs,
        (
            Column(f"Of {reading.side_a}", lambda row: institution_link(row["institution_a_id"], row["a_label"])),
            Column(f"Of {reading.side_b}", lambda row: institution_link(row["institution_b_id"], row["b_label"])),
            Column(
                "Joint papers",
                lambda row: pair_papers(row["institution_a_id"], row["institution_b_id"], row["joint_papers"]),
                is_number=True,
            ),
            Column("Listed as", lambda row: Name(row["b_listed_category_name"] or "")),
        ),
        definition=say("A pair: both institutions are named in the author list of the paper."),
        coverage=say("A paper of three institutions counts in each pair, so pairs do not add up."),
    )


def _column(keys: list[str], names: dict[str, Row]) -> dict[str, int]:
    """Place of each institution in its column, the largest first."""
    return {
        key: place
        for place, key in enumerate(sorted(dict.fromkeys(keys), key=lambda key: (-names[key]["joint_papers"], key)))
    }


def _short(name: str) -> str:
    name = without_brackets(name)
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"


def institution_link(institution_id: str, label: str) -> Markup:
    """The institution's name; pages.py makes it a link where it has a page."""
    return say('<a data-institution="{id}">{name}</a>', id=institution_id, name=Name(label))
