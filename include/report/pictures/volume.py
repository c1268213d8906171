"""How much and how fast: joint papers by year, their share of each side's papers, and growth by country."""

from __future__ import annotations

from markupsafe import Markup

from include.report.drawing import (
    BOTH,
    MUTED,
    NONE,
    SIDE_A,
    SIDE_B,
    Column,
    Picture,
    Spec,
    drawn,
    name_text,
    number_text,
    numbers,
    placed,
    spread,
    values,
    years_axis,
)
from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say
from include.report.reading import Reading, Row, Rows
from include.report.sentences import joint_papers, large_enough, share_figure

# more bars than this are labelled at their ends and their top alone
_MOST_LABELLED = 12
# countries that the small multiples show
_MULTIPLES, _IN_A_ROW = 12, 6

_CHOSEN: Spec = {"filter": "datum.reporter == reporter_picked"}

_FULL_COUNT = "Full count: a paper counts once for each country or group that takes part."


def by_year(reading: Reading, reporters: Rows, *, picked: str) -> Picture | None:
    """Joint papers and their shares by year; with several reporters the reader can pick one."""
    rows = [_year(row) for one in reporters for row in reading.years_of(one["reporter_code"])]
    shown = [row for row in rows if row["reporter"] == picked]
    if not any(row["papers"] for row in shown):
        return None
    names = {row["reporter_code"]: row["reporter_name"] for row in reporters}
    _label_some(rows)
    count = len(shown)
    bars: Spec = {
        "title": "Joint papers a year",
        "width": 400,
        "height": 210,
        "encoding": {
            "x": years_axis(count),
            "y": {"field": "papers", "type": "quantitative", "axis": None},
        },
        "layer": [
            {
                "mark": {"type": "bar", "width": {"band": 0.78}},
                "encoding": {
                    "fill": {"condition": {"test": "datum.is_complete", "value": BOTH}, "value": NONE},
                    "description": {"field": "words"},
                },
            },
            {**number_text("papers", dy=-8), "transform": [{"filter": "datum.is_labelled"}]},
        ],
    }
    lines = _shares(reading, rows, shown, count)
    spec: Spec = {
        "data": values(rows),
        "transform": [_CHOSEN],
        "params": [_picker(names, picked)],
        "hconcat": [bars, lines] if lines else [bars],
    }
    first, last = shown[0], shown[-1]
    unfinished = [row["year"] for row in shown if not row["is_complete"]]
    return Picture(
        "volume",
        f"Joint papers of {names[picked]} and {reading.side_b} by year",
        say(
            "{a} with {b}, all works of the subject, {years}. Full count.{unfinished}",
            a=Name(names[picked]),
            b=Name(reading.side_b_in_full),
            years=Years(first["year_number"], last["year_number"]),
            unfinished=say(" Not complete, and drawn pale: {years}.", years=Name(", ".join(unfinished)))
            if unfinished
            else "",
        ),
        f"Bars: {first['papers_text']} joint papers in {first['year']}, {last['papers_text']} in {last['year']}. "
        f"Lines: the share of each side's papers that are joint.",
        spec,
        shown,
        (
            Column("Year", lambda row: Years(row["year_number"], row["year_number"])),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column(f"Of all papers of {names[picked]}", lambda row: row["own_cell"], is_number=True),
            Column(f"Of all papers of {reading.side_b}", lambda row: row["partner_cell"], is_number=True),
        ),
        definition=say(
            "A joint paper has at least one author in each of {a} and {b}. {full}",
            a=Name(reading.side_a_in_full),
            b=Name(reading.side_b_in_full),
            full=_FULL_COUNT,
        ),
        coverage=_coverage(shown),
    )


def _year(row: Row) -> Row:
    code, year = row["reporter_code"], row["publication_year"]
    years = Years(year, year)
    own = large_enough(row["joint_papers"], row["all_papers"])
    partner = large_enough(row["joint_papers"], row["partner_papers"])
    papers = joint_papers(code, years, row["joint_papers"])
    is_small = (row["joint_papers"] or 0) < SMALL_CELL
    own_figure = share_figure("own_share", code, years.key, value=own)
    partner_figure = share_figure("partner_share", code, years.key, value=partner)
    return {
        "reporter": code,
        "year": str(year),
        "year_number": year,
        "is_complete": bool(row["is_complete_year"]),
        # where a share is not stated: too few papers, or nobody counted all
        "has_count": row["all_papers"] is not None,
        "own_cell": Name("too few papers") if is_small and row["all_papers"] is not None else own_figure,
        "partner_cell": Name("too few papers") if is_small and row["partner_papers"] is not None else partner_figure,
        "words": f"{year}: {papers.text} joint papers"
        + ("" if row["is_complete_year"] else ", the year is not complete"),
        **numbers({"papers": papers, "own": own_figure, "partner": partner_figure}),
        "papers_figure": papers,
    }


def _label_some(rows: Rows) -> None:
    for reporter in {row["reporter"] for row in rows}:
        own = [row for row in rows if row["reporter"] == reporter]
        top = max(own, key=lambda row: row["papers"] or 0)
        for row in own:
            row["is_labelled"] = len(own) <= _MOST_LABELLED or row in (own[0], own[-1], top)


def _shares(reading: Reading, rows: Rows, shown: Rows, count: int) -> Spec | None:
    sides = {"own": f"{reading.side_a}’s papers", "partner": f"{reading.side_b}’s papers"}
    if all(row[side] is None for row in shown for side in sides):
        return None
    points, ends = [], []
    for reporter in dict.fromkeys(row["reporter"] for row in rows):
        own = [row for row in rows if row["reporter"] == reporter]
        label = sides["own"] if reporter == reading.side_code else "its own papers"
        known = {"own": label, "partner": sides["partner"]}
        of_reporter = [
            {**drawn(row), "side": side, "value": row[side], "words": f"{row['year']}: {row[f'{side}_text']} of {name}"}
            for side, name in known.items()
            for row in own
            if row[side] is not None
        ]
        points += of_reporter
        lasts = [
            next(point for point in reversed(of_reporter) if point["side"] == side)
            for side in known
            if any(point["side"] == side for point in of_reporter)
        ]
        highest = max((point["value"] for point in of_reporter), default=1) or 1
        ends += [
            {
                **end,
                "name": f"of {known[end['side']]}",
                "share_text": end[f"{end['side']}_text"],
                "share_id": end[f"{end['side']}_id"],
            }
            for end in spread(lasts, "value", highest, gap=0.16)
        ]
    colour = {
        "field": "side",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["own", "partner"], "range": [SIDE_A, SIDE_B]},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {"format": ".0%" if max(p["value"] for p in points) > 0.02 else ".1%", "tickCount": 4, "title": None},
    }

    def of_picked(drawn_rows: Rows) -> Spec:
        # a layer with data of its own does not inherit the choice of the reporter
        return {"data": values(drawn_rows), "transform": [_CHOSEN]}

    at_end = {"x": years_axis(count), "y": {"field": "place", "type": "quantitative"}, "fill": colour}
    return {
        "title": "Their share of all papers of each side",
        "width": 280,
        "height": 210,
        "layer": [
            {
                **of_picked(points),
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {"x": years_axis(count), "y": y, "stroke": colour},
            },
            {
                **of_picked(points),
                "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
                "encoding": {"x": years_axis(count), "y": y, "fill": colour, "description": {"field": "words"}},
            },
            {**placed(number_text("share", align="left", dx=12, fontWeight=600), **at_end), **of_picked(ends)},
            {**placed(name_text("name", align="left", dx=68), **at_end), **of_picked(ends)},
        ],
    }


def _picker(names: dict[str, str], picked: str) -> Spec:
    param: Spec = {"name": "reporter_picked", "value": picked}
    if len(names) > 1:
        param["bind"] = {"input": "select", "options": list(names), "labels": list(names.values()), "name": "Show "}
    return param


def _coverage(shown: Rows) -> Markup:
    lacking = [row["year"] for row in shown if not row["has_count"]]
    if not lacking:
        return say("Shares are of all papers of the subject, as the source counts them.")
    return say(
        "How many papers there are in all is not known for {years}: no share is shown there.",
        years=Name(", ".join(lacking)),
    )


def multiples(reading: Reading) -> Picture | None:
    """Joint papers by year of the largest countries, one small picture each."""
    period = reading.period
    if period is None or len(reading.countries) < 2 or period.first == period.last:
        return None
    totals = {one["reporter_code"]: reading.total(one["reporter_code"], "joint_papers") for one in reading.countries}
    largest = sorted(reading.countries, key=lambda one: (-totals[one["reporter_code"]], one["reporter_code"]))
    rows, table = [], []
    for country in [one for one in largest if totals[one["reporter_code"]]]:
        code = country["reporter_code"]
        years = reading.in_period(code)
        first, last = years[0], years[-1]
        is_small = min(first["joint_papers"], last["joint_papers"]) < SMALL_CELL
        figures = {
            "n_first": joint_papers(code, Years(period.first, period.first), first["joint_papers"]),
            "n_last": joint_papers(code, Years(period.last, period.last), last["joint_papers"]),
        }
        rate = None if is_small else last["joint_papers"] / first["joint_papers"] - 1
        growth_figure = Figure(figure_id("growth", code, period.key), rate, "rate")
        table.append({"name": country["reporter_name"], **figures, "growth": growth_figure})
        if len(table) > _MULTIPLES:
            continue
        highest = max(row["joint_papers"] for row in years)
        for row in years:
            is_end = row["publication_year"] in (period.first, period.last)
            papers = joint_papers(code, Years(row["publication_year"], row["publication_year"]), row["joint_papers"])
            rows.append(
                {
                    "country": country["reporter_name"],
                    "year": str(row["publication_year"]),
                    # each country on its own scale: what is compared is the shape
                    "height": row["joint_papers"] / (highest or 1),
                    "is_end": is_end,
                    "is_last": row["publication_year"] == period.last,
                    "words": f"{country['reporter_name']}, {row['publication_year']}: {papers.text}",
                    **numbers({"papers": papers}),
                    **(
                        numbers({"growth": growth_figure})
                        if row["publication_year"] == period.last and rate is not None
                        else {"growth": None, "growth_text": "", "growth_id": ""}
                    ),
                }
            )
    if not rows:
        return None
    order = list(dict.fromkeys(row["country"] for row in rows))
    x = {"field": "year", "type": "ordinal", "axis": None}
    y = {"field": "height", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1.55]}}
    spec: Spec = {
        "data": values(rows),
        "facet": {
            "field": "country",
            "type": "nominal",
            "sort": order,
            "header": {"labelAnchor": "start", "labelFontWeight": 600},
        },
        "columns": _IN_A_ROW,
        "spacing": {"row": 18, "column": 22},
        "spec": {
            "width": 125,
            "height": 74,
            "encoding": {"x": x, "y": y},
            "layer": [
                {
                    "mark": {"type": "area", "fill": SIDE_A, "fillOpacity": 0.18, "aria": False},
                },
                {"mark": {"type": "line", "stroke": SIDE_A, "strokeWidth": 2}},
                {
                    "mark": {"type": "point", "filled": True, "fill": SIDE_A, "size": 26, "opacity": 1},
                    "encoding": {"description": {"field": "words"}},
                },
                {
                    **number_text("papers", align="left", dy=13),
                    "transform": [{"filter": "datum.is_end && !datum.is_last"}],
                },
                {
                    **number_text("papers", align="right", dy=-12, fontWeight=600),
                    "transform": [{"filter": "datum.is_last"}],
                },
                {
                    **number_text("growth", align="right", dy=-28, fill=MUTED),
                    "transform": [{"filter": "datum.is_last && datum.growth !== null"}],
                },
            ],
        },
    }
    return Picture(
        "growth",
        "Joint papers of the largest countries, first to last year",
        say(
            "Joint papers a year, {period}, full count; above them the growth, where both ends hold enough papers. "
            "Each country has its own scale.",
            period=period,
        ),
        "A small line for each of the largest countries: "
        + "; ".join(f"{row['name']}: {row['n_first'].text} to {row['n_last'].text}" for row in table[:_MULTIPLES]),
        spec,
        table,
        (
            Column("Country", lambda row: Name(row["name"])),
            Column(str(period.first), lambda row: row["n_first"], is_number=True),
            Column(str(period.last), lambda row: row["n_last"], is_number=True),
            Column(
                "Growth",
                lambda row: row["growth"] if row["growth"].value is not None else Name("too few papers"),
                is_number=True,
            ),
        ),
        definition=say(
            "Growth: joint papers of the last complete year over those of the first. {full}", full=_FULL_COUNT
        ),
        coverage=say("Growth is left out where either end has fewer than twenty-five papers."),
    )
