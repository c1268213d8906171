"""What is linked: definitions from narrow to wide, then and now, listed bodies, and who pays for what is linked."""

from __future__ import annotations

from markupsafe import Markup

from include.report.drawing import (
    DEFINITIONS,
    INK,
    MUTED,
    Column,
    Picture,
    Spec,
    lengths_axis,
    name_text,
    names_axis,
    number_text,
    numbers,
    placed,
    spread,
    values,
    years_axis,
)
from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say
from include.report.pictures.funding import MIX_COLOURS
from include.report.reading import Reading, Rows
from include.report.sentences import LISTING, joint_papers, ratio, share_figure, wilson
from include.report.words import capital, without_brackets

# before this day no list of the reference tables begins: the bases differ by the history of lists
_NO_LIST_BEFORE = 2020


def ladder(reading: Reading, reporter: str) -> Picture | None:
    """Share of joint papers by definition, on a list today and when they appeared; for side A over the years too."""
    period = reading.period
    papers = reading.total(reporter, "joint_papers")
    rows = reading.of("links", reporter_code=reporter)
    if period is None or papers < SMALL_CELL or not rows or not reading["listed_bodies"][0]["bodies"]:
        return None
    steps = _steps(rows, reporter, period, papers)
    highest = max(max(row["now"], row["then"]) for row in steps) or 0.01
    order = [row["name"] for row in steps]
    y = names_axis(order, 300)
    x = {"type": "quantitative", "axis": None, "scale": {"domain": [0, highest * 1.45]}}
    colour = {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": order, "range": DEFINITIONS}}
    bars: Spec = {
        "title": f"All joint papers, {period}",
        "width": 240,
        "height": {"step": 46},
        "data": values(steps),
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "height": 20},
                "encoding": {"x": {"field": "now", **x}, "fill": colour, "description": {"field": "words"}},
            },
            {
                "mark": {"type": "point", "filled": False, "stroke": INK, "size": 70, "strokeWidth": 2},
                "encoding": {"x": {"field": "then", **x}, "description": {"field": "words"}},
            },
            placed(number_text("now", align="left", dx=8, fontWeight=600), x={"field": "label_at", **x}),
        ],
    }
    panels = [bars]
    lines = _over_years(reading, order) if reporter == reading.side_code else None
    if lines:
        panels.append(lines)
    return Picture(
        "links",
        "Joint papers linked to a listed body, by definition",
        say(
            "In per cent of the {n} joint papers of {period}. Bar: on a list today; ring: on a list when the paper "
            "appeared. Each definition contains the narrower ones.",
            n=joint_papers(reporter, period, papers),
            period=period,
        ),
        "Bars, from the narrowest definition to the widest: "
        + "; ".join(f"{row['name']}: {row['now_text']} today, {row['then_text']} when published" for row in steps),
        {"hconcat": panels},
        steps,
        (
            Column("Definition", lambda row: Name(row["name"])),
            Column("Papers, listed today", lambda row: row["now_count"], is_number=True),
            Column("Share", lambda row: row["now_figure"], is_number=True),
            Column("Papers, listed when published", lambda row: row["then_count"], is_number=True),
            Column("Share", lambda row: row["then_figure"], is_number=True),
        ),
        definition=Markup(
            "Linked: an institution of the paper is the body, or a part of it, or an address names the body. "
        )
        + LISTING,
        coverage=Markup(
            "Lower bounds: bodies that no address names are not found, least of all those of the security services. "
        )
        + _not_found(reading),
        has_names=True,
    )


def _not_found(reading: Reading) -> Markup:
    share = reading.not_placed("military_bodies_without_ror")
    if share is None:
        return Markup("")
    return say(
        "{share} of the listed bodies have no identifier and are found by address alone.",
        share=share_figure("coverage", "military_bodies_without_ror", value=share),
    )


def _steps(rows: Rows, reporter: str, period: Years, papers: int) -> Rows:
    found: Rows = []
    for row in rows:
        if row["listing_basis"] != "today":
            continue
        code = row["definition_code"]
        then = next(one for one in rows if one["definition_code"] == code and one["listing_basis"] == "at_publication")

        def share(basis: str, value: int, code: str = code) -> Figure:
            return share_figure("linked_share", code, basis, reporter, period.key, value=ratio(value, papers))

        def count(basis: str, value: int, code: str = code) -> Figure:
            return Figure(figure_id("linked_papers", code, basis, reporter, period.key), value)

        now_figure, then_figure = share("today", row["linked_papers"]), share("at_publication", then["linked_papers"])
        found.append(
            {
                "name": capital(row["definition_name"]),
                **numbers({"now": now_figure, "then": then_figure}),
                "label_at": max(now_figure.value or 0, then_figure.value or 0),
                "words": f"{row['definition_name']}: {row['linked_papers']:,} papers today, "
                f"{then['linked_papers']:,} when published",
                "now_figure": now_figure,
                "then_figure": then_figure,
                "now_count": count("today", row["linked_papers"]),
                "then_count": count("at_publication", then["linked_papers"]),
            }
        )
    return found


def _over_years(reading: Reading, order: list[str]) -> Spec | None:
    shown = reading.shown_years
    if shown is None or shown.first == shown.last:
        return None
    rows: Rows = []
    for row in reading["links_by_year"]:
        year = row["publication_year"]
        is_then = row["listing_basis"] == "at_publication"
        if not shown.first <= year <= shown.last or (is_then and year < _NO_LIST_BEFORE) or not row["joint_papers"]:
            continue
        # two lines are enough to see: the widest definition, and that of the Seven Sons
        if row["definition_code"] not in ("any_list", "plus_seven_sons"):
            continue
        share = share_figure(
            "linked_share",
            row["definition_code"],
            row["listing_basis"],
            reading.side_code,
            year,
            value=ratio(row["linked_papers"], row["joint_papers"]),
        )
        name = capital(row["definition_name"])
        rows.append(
            {
                "year": str(year),
                "name": name,
                "basis": row["listing_basis"],
                **numbers({"share": share}),
                "words": f"{year}, {name}, {row['basis_name']}: {share.text} ({row['linked_papers']:,} papers)",
            }
        )
    if not rows:
        return None
    highest = max(row["share"] for row in rows) or 0.01
    ends = [row for row in rows if row["year"] == str(shown.last) and row["basis"] == "today"]
    # the lines' names stand above them at their first point
    starts = [row for row in rows if row["year"] == str(shown.first) and row["basis"] == "today"]
    x = years_axis(shown.last - shown.first + 1)
    y = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, highest * 1.25]},
        "axis": {"format": ".0%", "tickCount": 4, "title": None},
    }
    colour = {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": order, "range": DEFINITIONS}}
    dash = {
        "field": "basis",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["today", "at_publication"], "range": [[1, 0], [4, 3]]},
    }
    return {
        "title": "By year; dashed: when published",
        "width": 230,
        "height": 184,
        "layer": [
            {
                "data": values(rows),
                "mark": {"type": "line", "strokeWidth": 2.4},
                "encoding": {"x": x, "y": y, "stroke": colour, "strokeDash": dash},
            },
            {
                "data": values(rows),
                "mark": {"type": "point", "filled": True, "size": 24, "opacity": 1},
                "encoding": {"x": x, "y": y, "fill": colour, "description": {"field": "words"}},
            },
            {**placed(number_text("share", align="left", dx=9, fontWeight=600), x=x, y=y), "data": values(ends)},
            {**placed(name_text("name", align="left", dy=-12, fill=MUTED), x=x, y=y), "data": values(starts)},
        ],
    }


def intervals(reading: Reading) -> Picture | None:
    """Linked share of each country with its 95 per cent interval (Wilson), by the widest definition, listed today."""
    period = reading.period
    if period is None or len(reading.countries) < 2 or not reading["listed_bodies"][0]["bodies"]:
        return None
    names = {row["reporter_code"]: row["reporter_name"] for row in reading.countries}
    rows: Rows = []
    for row in reading.of("links", definition_code="any_list", listing_basis="today"):
        papers = reading.total(row["reporter_code"], "joint_papers")
        if row["reporter_code"] not in names or papers < SMALL_CELL:
            continue
        low, high = wilson(row["linked_papers"], papers)
        parts = ("any_list", "today", row["reporter_code"], period.key)
        share = share_figure("linked_share", *parts, value=row["linked_papers"] / papers)
        rows.append(
            {
                "name": names[row["reporter_code"]],
                "low": low,
                "high": high,
                **numbers({"share": share}),
                "words": f"{names[row['reporter_code']]}: {share.text} of {papers:,} joint papers",
                "share_figure": share,
                "papers_figure": joint_papers(row["reporter_code"], period, papers),
                "low_figure": share_figure("linked_share_low", *parts, value=low),
                "high_figure": share_figure("linked_share_high", *parts, value=high),
            }
        )
    if len(rows) < 2:
        return None
    rows.sort(key=lambda row: (-row["share"], row["name"]))
    order = [row["name"] for row in rows]
    y = names_axis(order, 180)
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, max(row["high"] for row in rows)]},
        "title": None,
        "axis": {"format": ".0%", "tickCount": 5},
    }
    spec: Spec = {
        "width": 560,
        "height": {"step": 22},
        "data": values(rows),
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "rule", "stroke": MUTED, "strokeWidth": 2},
                "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "fill": DEFINITIONS[1], "size": 70, "opacity": 1},
                "encoding": {"x": {"field": "share", **x}, "description": {"field": "words"}},
            },
        ],
    }
    return Picture(
        "intervals",
        "Linked share of each country",
        say(
            "Joint papers linked to a body on any list today, in per cent of the joint papers of the country, "
            "{period}. Line: interval of ninety-five per cent (Wilson).",
            period=period,
        ),
        "Dots with intervals, from the highest share: "
        + "; ".join(f"{row['name']}: {row['share_text']}" for row in rows),
        spec,
        rows,
        (
            Column("Country", lambda row: Name(row["name"])),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column("Linked", lambda row: row["share_figure"], is_number=True),
            Column("From", lambda row: row["low_figure"], is_number=True),
            Column("To", lambda row: row["high_figure"], is_number=True),
        ),
        coverage=say("Countries with fewer than twenty-five joint papers are left out."),
        is_folded=True,
        has_names=True,
    )


def bodies(reading: Reading) -> Picture | None:
    """The listed bodies with most joint papers."""
    period = reading.period
    if period is None or not reading["bodies"]:
        return None
    rows: Rows = []
    for row in reading["bodies"]:
        papers = Figure(figure_id("body_papers", row["body_id"], "today", reading.side_code, period.key), row["papers"])
        rows.append(
            {
                "body_id": row["body_id"],
                "name": row["body_name"],
                "definition": capital(row["definition_name"]),
                "words": f"{row['body_name']}: {papers.text} joint papers; narrowest definition: "
                f"{row['definition_name']}",
                **numbers({"papers": papers}),
                "papers_figure": papers,
                "category": row["category_name"],
                "lists": _chips(reading, row["body_id"]),
            }
        )
    order = [row["name"] for row in rows]
    names = [
        capital(row["definition_name"])
        for row in sorted(reading["definitions"], key=lambda one: one["definition_order"])
    ]
    spec: Spec = {
        "width": 400,
        "height": {"step": 24},
        "data": values(rows),
        "encoding": {
            "y": names_axis(order, 400),
            "x": lengths_axis("papers", rows[0]["papers"]),
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": 14},
                "encoding": {
                    "fill": {
                        "field": "definition",
                        "type": "nominal",
                        "legend": {
                            "title": None,
                            "orient": "bottom",
                            "direction": "horizontal",
                            "symbolType": "square",
                            "labelLimit": 260,
                        },
                        "scale": {"domain": names, "range": DEFINITIONS},
                    },
                    "description": {"field": "words"},
                },
            },
            number_text("papers", align="left", dx=6),
        ],
    }
    return Picture(
        "bodies",
        "Listed bodies with most joint papers",
        say(
            "Joint papers, {period}, on a list today; colour: the narrowest definition. A paper of several "
            "bodies counts in each.",
            period=period,
        ),
        "Bars from large to small: " + "; ".join(f"{row['name']}: {row['papers_text']}" for row in rows),
        spec,
        rows,
        (
            Column("Body", lambda row: Name(row["name"])),
            Column("Category", lambda row: Name(row["category"])),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column("Listed by", lambda row: row["lists"]),
        ),
        definition=LISTING,
        is_folded=True,
        has_names=True,
    )


def _chips(reading: Reading, body_id: str) -> Markup:
    """The lists that name a body today, each a link to where it does."""
    return Markup(" ").join(
        say(
            '<a class="chip" href="{url}">{name}</a>',
            url=row["source_url"],
            name=Name(row["list_id"].replace("_", " ")),
        )
        if row["source_url"]
        else say('<span class="chip">{name}</span>', name=Name(row["list_id"].replace("_", " ")))
        for row in reading.of("body_lists", body_id=body_id)
    )


def flows(reading: Reading) -> Picture | None:
    """From who pays to what is linked: each joint paper once, by its funders and by its narrowest definition."""
    period = reading.period
    total = reading.joint_papers
    if period is None or total < SMALL_CELL or not reading["listed_bodies"][0]["bodies"]:
        return None
    if not reading.total(reading.side_code, "papers_with_funding"):
        return None
    mixes = [row["funding_mix_name"] for row in reading.of("mix", reporter_code=reading.side_code)]
    definitions = sorted(reading["definitions"], key=lambda one: one["definition_order"])
    names = {row["definition_code"]: capital(row["definition_name"]) for row in definitions}
    # narrow to wide; a paper stands at its narrowest definition, so the parts exclude one another
    rights = [*names, "none"]
    names["none"] = "Linked to no listed body"
    cells = {(row["funding_mix_name"], row["definition_code"]): row["papers"] for row in reading["flows"]}
    gap = 0.03
    left_at = _stack({mix: sum(cells.get((mix, one), 0) for one in rights) for mix in mixes}, total, gap)
    right_at = _stack({one: sum(cells.get((mix, one), 0) for mix in mixes) for one in rights}, total, gap)
    points: Rows = []
    table: Rows = []
    left_used, right_used = dict(left_at), dict(right_at)
    for mix in mixes:
        for one in rights:
            papers = cells.get((mix, one), 0)
            if not papers:
                continue
            height = papers / total
            figure = Figure(figure_id("flow_papers", mix, one, period.key), papers)
            table.append({"mix": capital(without_brackets(mix)), "definition": names[one], "papers": figure})
            told = f"{capital(mix)}, {names[one]}: {figure.text} papers"
            for end, used in ((0.0, left_used[mix]), (1.0, right_used[one])):
                points.append(
                    {"flow": f"{mix}>{one}", "mix": mix, "x": end, "low": used, "high": used + height, "words": told}
                )
            left_used[mix] += height
            right_used[one] += height
    ends = [
        *_ends(
            left_at,
            {mix: sum(cells.get((mix, one), 0) for one in rights) for mix in mixes},
            total,
            0.0,
            {mix: capital(without_brackets(mix)) for mix in mixes},
        ),
        *_ends(right_at, {one: sum(cells.get((mix, one), 0) for mix in mixes) for one in rights}, total, 1.0, names),
    ]
    y = {"type": "quantitative", "axis": None, "scale": {"domain": [1 + gap * 5, 0], "nice": False}}
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    spec: Spec = {
        "width": 420,
        "height": 270,
        "layer": [
            {
                "data": values(points),
                "mark": {"type": "area", "interpolate": "monotone", "opacity": 0.55},
                "encoding": {
                    "x": x,
                    "y": {"field": "low", **y},
                    "y2": {"field": "high"},
                    "detail": {"field": "flow"},
                    "fill": {
                        "field": "mix",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": mixes, "range": MIX_COLOURS},
                    },
                    "description": {"field": "words"},
                },
            },
            {
                "data": values(ends),
                "mark": {"type": "rule", "stroke": INK, "strokeWidth": 3},
                "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
            },
            *(
                {
                    "name": f"names_{side}",
                    "data": values([end for end in ends if end["x"] == side]),
                    "mark": {
                        "type": "text",
                        "align": "right" if side == 0 else "left",
                        "dx": -10 if side == 0 else 10,
                        "limit": 260,
                        "aria": False,
                    },
                    "encoding": {
                        "x": x,
                        "y": {"field": "middle", **y},
                        "text": {"field": "name"},
                    },
                }
                for side in (0, 1)
            ),
        ],
    }
    return Picture(
        "flows",
        "From who pays to what is linked",
        say(
            "Each of the {n} joint papers of {period} once: left by the sides of its funders, right by the narrowest "
            "definition that links it today.",
            n=joint_papers(reading.side_code, period, total),
            period=period,
        ),
        "Bands from kinds of funding to definitions; the broadest: "
        + "; ".join(
            f"{row['mix']} to {row['definition']}: {row['papers'].text}"
            for row in sorted(table, key=lambda row: -(row["papers"].value or 0))[:3]
        ),
        spec,
        table,
        (
            Column("Funders", lambda row: Name(row["mix"])),
            Column("Linked by", lambda row: Name(row["definition"])),
            Column("Joint papers", lambda row: row["papers"], is_number=True),
        ),
        definition=say(
            "Kinds of funding stand here for classes of funders: a paper can have several classes, but one kind."
        ),
        coverage=say("Papers that disclose no funding are a kind of their own."),
        has_names=True,
    )


def _stack(sizes: dict[str, int], total: int, gap: float) -> dict[str, float]:
    """Where each part begins when they stand on each other with gaps."""
    found, at = {}, 0.0
    for key, size in sizes.items():
        found[key] = at
        at += size / total + gap
    return found


def _ends(at: dict[str, float], sizes: dict[str, int], total: int, x: float, names: dict[str, str]) -> Rows:
    rows = [
        {
            "x": x,
            "low": at[key],
            "high": at[key] + sizes[key] / total,
            "middle": at[key] + sizes[key] / total / 2,
            "name": names[key],
        }
        for key in at
        if sizes[key]
    ]
    # names of thin parts must not lie on each other
    placed = spread([{**row, "value": row["middle"]} for row in rows], "value", 1.15, gap=0.05)
    return [{**row, "middle": row["place"]} for row in placed]
