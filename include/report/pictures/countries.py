"""Who: a map of side A, and its countries by joint papers and by dependence."""

from __future__ import annotations

import gzip
import json
import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from include.report.drawing import (
    MUTED,
    NONE,
    PAPER,
    RULE,
    SIDE_A,
    STEPS,
    Column,
    Picture,
    Spec,
    name_text,
    number_text,
    numbers,
    placed,
    values,
)
from include.report.figures import SMALL_CELL, Figure, Name, say
from include.report.reading import Reading, Row, Rows
from include.report.sentences import joint_papers, large_enough, ratio, share_figure, side_a, year_row

Point = tuple[float, float]

_OUTLINES = Path(__file__).parent.parent / "outlines.json.gz"
# countries that the bars show; the rest stands in the table
_MOST_BARS = 14
_MAP_WIDTH, _MAP_HEIGHT = 520, 430
_CODE: Spec = {"dy": -8, "fontSize": 11, "fontWeight": 600, "clip": True}
_NO_SHARE = "not known, or too few papers"


def ranked(reading: Reading) -> Picture | None:
    """Countries by joint papers, with the share of their own papers in the first and the last year."""
    period = reading.period
    if period is None or len(reading.countries) < 2:
        return None
    rows = [row for row in country_rows(reading) if row["papers"]]
    if not rows:
        return None
    shown = rows[:_MOST_BARS]
    order = [row["name"] for row in shown]
    y = {"field": "name", "type": "nominal", "sort": order, "title": None}
    bars: Spec = {
        "title": f"Joint papers, {period}",
        "width": 290,
        "height": {"step": 24},
        "data": values(shown),
        "encoding": {
            "y": {**y, "axis": {"labelLimit": 170, "labelColor": "var(--ink)"}},
            "x": {
                "field": "papers",
                "type": "quantitative",
                "axis": None,
                "scale": {"domain": [0, shown[0]["papers"] * 1.35]},
            },
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": 14, "fill": SIDE_A},
                "encoding": {
                    "fillOpacity": {"condition": {"test": "datum.is_small", "value": 0.45}, "value": 1},
                    "description": {"field": "words"},
                },
            },
            number_text("papers", align="left", dx=6),
        ],
    }
    known = [row for row in shown if row["own"] is not None and not row["is_small_year"]]
    panels = [bars]
    if known:
        highest = max(max(row["own"], row["own_first"] or 0) for row in known)
        x = {
            "type": "quantitative",
            "scale": {"domain": [0, highest * 1.25]},
            "title": None,
            "axis": {"format": ".0%", "tickCount": 4},
        }
        panels.append(
            {
                "title": f"Share of its own papers, {period.first} and {period.last}",
                "width": 280,
                "height": {"step": 24},
                "data": values(known),
                "encoding": {"y": {**y, "axis": None, "scale": {"domain": order}}},
                "layer": [
                    {
                        "transform": [{"filter": "isValid(datum.own_first)"}],
                        "mark": {"type": "rule", "stroke": MUTED},
                        "encoding": {"x": {"field": "own_first", **x}, "x2": {"field": "own"}},
                    },
                    {
                        "transform": [{"filter": "isValid(datum.own_first)"}],
                        "mark": {"type": "point", "filled": False, "stroke": MUTED, "size": 36},
                        "encoding": {"x": {"field": "own_first", **x}},
                    },
                    {
                        "mark": {"type": "point", "filled": True, "fill": SIDE_A, "size": 60, "opacity": 1},
                        "encoding": {"x": {"field": "own", **x}, "description": {"field": "words"}},
                    },
                    placed(number_text("own", align="left", dx=9), x={"field": "label_at", **x}),
                ],
            }
        )
    return Picture(
        "countries",
        f"Countries of {reading.side_a} by joint papers with {reading.side_b}",
        say(
            "Left: joint papers, {period}, full count: a paper of two countries counts in each. Right: the share of "
            "all papers of the country that are joint, ring {first}, dot {last}.",
            period=period,
            first=period.at_the_ends[0],
            last=period.at_the_ends[1],
        ),
        "Bars from large to small: " + "; ".join(f"{row['name']}: {row['papers_text']}" for row in shown),
        {"hconcat": panels},
        rows,
        (
            Column("Country", lambda row: row["link"]),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column(f"Of all of {reading.side_a}", lambda row: row["part_figure"], is_number=True),
            Column(f"Of its own papers, {period.first}", lambda row: row["own_first_cell"], is_number=True),
            Column(f"Of its own papers, {period.last}", lambda row: row["own_cell"], is_number=True),
        ),
        definition=say(
            "Countries add up to more than {a}, because a paper of two of them counts in each.", a=side_a(reading)
        ),
        coverage=say("Pale bars and missing dots: fewer than twenty-five papers, or no count of all papers."),
        is_folded=True,
        has_names=True,
    )


def country_rows(reading: Reading) -> Rows:
    """Countries of side A by joint papers, with the figures that pictures and tables show."""
    period = reading.period
    if period is None:
        return []
    first, last = period.at_the_ends
    found = []
    for country in reading.countries:
        code, name = country["reporter_code"], country["reporter_name"]
        total = reading.total(code, "joint_papers")
        row, row_first = year_row(reading, code, period.last), year_row(reading, code, period.first)
        own = share_figure(
            "own_share", code, last.key, value=large_enough(row.get("joint_papers"), row.get("all_papers"))
        )
        own_first = share_figure(
            "own_share", code, first.key, value=large_enough(row_first.get("joint_papers"), row_first.get("all_papers"))
        )
        papers = joint_papers(code, period, total)
        part = share_figure("part_of_side", code, period.key, value=ratio(total, reading.joint_papers))
        found.append(
            {
                "code": code,
                "name": name,
                "link": say('<a data-country="{code}">{name}</a>', code=code, name=Name(name)),
                "is_small": total < SMALL_CELL,
                "is_small_year": (row.get("joint_papers") or 0) < SMALL_CELL,
                "label_at": max(own.value or 0, own_first.value or 0),
                "words": f"{name}: {papers.text} joint papers"
                + (f", {own.text} of its own in {period.last}" if own.value is not None else ""),
                **numbers({"papers": papers, "own": own, "own_first": own_first}),
                "papers_figure": papers,
                "part_figure": part,
                "own_cell": _cell(own, row),
                "own_first_cell": _cell(own_first, row_first),
            }
        )
    return sorted(found, key=lambda row: (-row["papers"], row["code"]))


def _cell(share: Figure, row: Row) -> Figure | Name:
    """What a table shows: a share that nobody can compute is not known, one of a few papers is not stated."""
    return Name("too few papers") if share.value is None and row.get("all_papers") is not None else share


# --- the map ----------------------------------------------------------------------------------------------------------


def europe(reading: Reading) -> Picture | None:
    """The countries of side A on a map, by the share of their own papers in the last year of the period."""
    period = reading.period
    if period is None or len(reading.countries) < 2:
        return None
    rows = {row["code"]: row for row in country_rows(reading)}
    known = [row for row in rows.values() if row["own"] is not None and not row["is_small_year"]]
    if not known:
        return None
    steps = _steps(max(row["own"] for row in known))
    frame = _Frame.around([country for country in reading.countries if country["latitude"] is not None])
    if frame is None:
        return None
    around, members, spots = [], [], []
    for code, feature in outlines().items():
        if not frame.shows(feature):
            continue
        if code not in rows:
            around.append(feature)
            continue
        row = rows[code]
        is_known = row["own"] is not None and not row["is_small_year"]
        step = _step_of(row["own"], steps) if is_known else _NO_SHARE
        members.append({**feature, "properties": {"step": step, "words": row["words"]}})
    for country in reading.countries:
        row = rows[country["reporter_code"]]
        if country["latitude"] is None or row["own"] is None or row["is_small_year"]:
            continue
        spots.append(
            {
                "longitude": country["longitude"],
                "latitude": country["latitude"],
                "code": row["code"],
                "words": row["words"],
            }
        )
    labels = [_class_name(*step) for step in steps]
    legend = {
        "title": None,
        "orient": "left",
        "direction": "vertical",
        "symbolType": "square",
        "symbolSize": 160,
        "symbolStrokeWidth": 0,
        "labelLimit": 260,
    }
    spec: Spec = {
        "width": _MAP_WIDTH,
        "height": _MAP_HEIGHT,
        "projection": frame.projection,
        "layer": [
            {
                "data": values(around),
                "mark": {
                    "type": "geoshape",
                    "fill": RULE,
                    "stroke": PAPER,
                    "strokeWidth": 0.5,
                    "clip": True,
                    "aria": False,
                },
            },
            {
                "data": values(members),
                "mark": {"type": "geoshape", "stroke": PAPER, "strokeWidth": 0.8, "clip": True},
                "encoding": {
                    "fill": {
                        "field": "properties.step",
                        "type": "nominal",
                        "legend": legend,
                        "scale": {"domain": [*labels, _NO_SHARE], "range": [*STEPS[: len(labels)], NONE]},
                    },
                    "description": {"field": "properties.words"},
                },
            },
            {
                "data": values(spots),
                "mark": {"type": "circle", "size": 14, "fill": "var(--ink)", "opacity": 0.8, "clip": True},
                "encoding": {
                    "longitude": {"field": "longitude", "type": "quantitative"},
                    "latitude": {"field": "latitude", "type": "quantitative"},
                    "description": {"field": "words"},
                },
            },
            # a halo, so that codes are read on dark land too
            {
                **_on_map(name_text("code", **_CODE, stroke=PAPER, strokeWidth=2.5, strokeOpacity=0.75), spots),
                "name": "names_halo",
            },
            _on_map(name_text("code", **_CODE), spots),
        ],
    }
    last = period.at_the_ends[1]
    by_share = sorted(rows.values(), key=lambda row: -(row["own"] if row["own"] is not None else -1))
    highest = max(known, key=lambda row: row["own"])
    return Picture(
        "map",
        f"Share of each country's papers that are joint with {reading.side_b}, {period.last}",
        say("Joint papers of {year} in per cent of all papers of the country on the subject, full count.", year=last),
        f"A map. The share is highest in {highest['name']}: {highest['own_text']}.",
        spec,
        by_share,
        (
            Column("Country", lambda row: row["link"]),
            Column(f"Of its own papers, {period.last}", lambda row: row["own_cell"], is_number=True),
            Column("Joint papers, all years shown", lambda row: row["papers_figure"], is_number=True),
        ),
        definition=say(
            "All papers of a country on the subject are counted by the source, in the same way as joint ones."
        ),
        coverage=say("Pale: fewer than twenty-five joint papers in that year, or no count of all papers."),
        note=say("Outlines: Natural Earth (public domain). They take no position on borders."),
    )


def _on_map(layer: Spec, spots: Rows) -> Spec:
    place = {name: {"field": name, "type": "quantitative"} for name in ("longitude", "latitude")}
    return {**placed(layer, **place), "data": values(spots)}


def _steps(highest: float) -> list[tuple[float, float]]:
    """Up to five classes of equal width from nothing to the highest share, at a round number."""
    rough = highest / len(STEPS)
    size = 10 ** math.floor(math.log10(rough)) if rough else 0.01
    width = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    count = max(1, math.ceil(highest / width - 1e-9))
    return [(number * width, (number + 1) * width) for number in range(count)]


def _step_of(value: float, steps: list[tuple[float, float]]) -> str:
    low, high = next(step for step in reversed(steps) if value >= step[0])
    return _class_name(low, high)


def _class_name(low: float, high: float) -> str:
    return f"{100 * low:.3g} to {100 * high:.3g} %"


@cache
def outlines() -> dict[str, dict[str, Any]]:
    """Country code (ISO 3166-1 alpha-2) -> its outline as GeoJSON, degrees to a tenth. Source: Natural Earth 4.1,
    1:50m."""
    found = json.loads(gzip.decompress(_OUTLINES.read_bytes()))
    return {feature["id"] or f"-{number}": feature for number, feature in enumerate(found["features"])}


class _Frame:
    """A window on the world around the main land of some countries, in an equal-area projection."""

    def __init__(self, centre: Point, scale: float, translate: Point) -> None:
        self._centre, self._scale, self._translate = centre, scale, translate

    @classmethod
    def around(cls, countries: Rows) -> _Frame | None:
        lands = [outlines().get(str(country["reporter_code"])) for country in countries]
        rings = [_main_land(feature) for feature in lands if feature is not None]
        if not rings:
            return None
        centre = (
            sum(country["longitude"] for country in countries) / len(countries),
            sum(country["latitude"] for country in countries) / len(countries),
        )
        points = [_projected(point, centre) for ring in rings for point in ring]
        left, right = min(x for x, _ in points), max(x for x, _ in points)
        bottom, top = min(y for _, y in points), max(y for _, y in points)
        scale = 0.94 * min(_MAP_WIDTH / (right - left), _MAP_HEIGHT / (top - bottom))
        return cls(
            centre,
            scale,
            (_MAP_WIDTH / 2 - scale * (left + right) / 2, _MAP_HEIGHT / 2 + scale * (bottom + top) / 2),
        )

    @property
    def projection(self) -> Spec:
        return {
            "type": "azimuthalEqualArea",
            "rotate": [-self._centre[0], -self._centre[1], 0],
            "scale": self._scale,
            "translate": list(self._translate),
        }

    def shows(self, feature: dict[str, Any]) -> bool:
        """Whether a part of the outline lies in the window."""
        for polygon in feature["geometry"]["coordinates"]:
            for point in polygon[0]:
                x, y = _projected(point, self._centre)
                if (
                    0 <= self._translate[0] + self._scale * x <= _MAP_WIDTH
                    and 0 <= self._translate[1] - self._scale * y <= _MAP_HEIGHT
                ):
                    return True
        return False


def _main_land(feature: dict[str, Any]) -> list[Point]:
    """The largest ring of an outline."""

    def size(ring: list[Point]) -> float:
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)))

    return max((polygon[0] for polygon in feature["geometry"]["coordinates"]), key=size)


def _projected(point: Point, centre: Point) -> Point:
    """Lambert's azimuthal equal-area projection, of degrees, on a globe of radius 1."""
    longitude, latitude = math.radians(point[0] - centre[0]), math.radians(point[1])
    middle = math.radians(centre[1])
    cosine = math.sin(middle) * math.sin(latitude) + math.cos(middle) * math.cos(latitude) * math.cos(longitude)
    factor = math.sqrt(2 / max(1 + cosine, 1e-6))
    return (
        factor * math.cos(latitude) * math.sin(longitude),
        factor * (math.cos(middle) * math.sin(latitude) - math.sin(middle) * math.cos(latitude) * math.cos(longitude)),
    )
