"""One institution: its joint papers by year, its partners, and how it is listed."""

from __future__ import annotations

from markupsafe import Markup

from include.report.drawing import NONE, SIDE_A, SIDE_B, Column, Picture, Spec, number_text, numbers, values, years_axis
from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say
from include.report.reading import Reading, Row
from include.report.sentences import pair_papers, ratio, share_figure, side_a, side_b
from include.report.words import of_number


def finding(reading: Reading, institution: Row) -> Markup:
    """How many joint papers it has, with how many institutions, and how many of them are linked and disclose
    funding."""
    key, papers = institution["institution_id"], institution["joint_papers"]
    parts = {
        "name": Name(institution["institution_name"]),
        "n": Figure(figure_id("institution_papers", key), papers),
        "partners": Figure(figure_id("institution_partners", key), institution["partners"]),
        "years": Years(institution["first_year"], institution["last_year"]),
        "other": side_b(reading) if institution["side"] == "side_a" else side_a(reading),
        "papers": of_number(papers, "paper", "papers"),
        "institutions": of_number(institution["partners"], "institution", "institutions"),
        "are": of_number(institution["linked_papers"], "is", "are"),
        "disclose": of_number(institution["papers_with_funding"], "discloses", "disclose"),
        "linked": Figure(figure_id("institution_linked", key), institution["linked_papers"]),
        "funded": Figure(figure_id("institution_funded", key), institution["papers_with_funding"]),
    }
    text = "{name} has {n} joint {papers}, {years}, with {partners} {institutions} of {other}. "
    if not institution["partners"]:
        text = "{name} has {n} joint {papers}, {years}; the institutions of {other} are not known. "
    text += "{linked} of them {are} linked to a body on any list today; {funded} {disclose} funding."
    if papers < SMALL_CELL:
        text += " These are few: shares of them would say little."
    return say(text, **parts)


def by_year(reading: Reading, institution: Row) -> Picture | None:
    """Its joint papers by year."""
    key = institution["institution_id"]
    shown = reading.shown_years
    rows = [
        row
        for row in reading.of("institution_years", institution_id=key)
        if shown and shown.first <= row["publication_year"] <= shown.last
    ]
    if not any(row["joint_papers"] for row in rows):
        return None
    drawn = []
    for row in rows:
        year = row["publication_year"]
        papers = Figure(figure_id("institution_papers_in", key, year), row["joint_papers"])
        linked = Figure(figure_id("institution_linked_in", key, year), row["linked_papers"])
        drawn.append(
            {
                "year": str(year),
                "years": Years(year, year),
                "is_complete": bool(row["is_complete_year"]),
                "words": f"{year}: {papers.text} joint papers, {linked.text} linked",
                **numbers({"papers": papers}),
                "papers_figure": papers,
                "linked_figure": linked,
            }
        )
    colour = SIDE_A if institution["side"] == "side_a" else SIDE_B
    spec: Spec = {
        "width": 560,
        "height": 190,
        "data": values(drawn),
        "encoding": {
            "x": years_axis(len(drawn)),
            "y": {"field": "papers", "type": "quantitative", "axis": None},
        },
        "layer": [
            {
                "mark": {"type": "bar", "width": {"band": 0.78}},
                "encoding": {
                    "fill": {"condition": {"test": "datum.is_complete", "value": colour}, "value": NONE},
                    "description": {"field": "words"},
                },
            },
            number_text("papers", dy=-8),
        ],
    }
    return Picture(
        "volume",
        "Joint papers by year",
        say("Joint papers a year that name the institution in their author list, full count."),
        f"Bars: {drawn[0]['papers_text']} in {drawn[0]['year']}, {drawn[-1]['papers_text']} in {drawn[-1]['year']}.",
        spec,
        drawn,
        (
            Column("Year", lambda row: row["years"]),
            Column("Joint papers", lambda row: row["papers_figure"], is_number=True),
            Column("Linked, any list today", lambda row: row["linked_figure"], is_number=True),
        ),
    )


def partner_papers(row: Row) -> Figure:
    """Joint papers of an institution and one of its partners, in all years of the release."""
    return pair_papers(row["institution_id"], row["partner_id"], row["joint_papers"])


def class_figures(row: Row) -> tuple[Figure, Figure | Name]:
    """Papers of an institution that disclose a class of funders, and their share of those that disclose any."""
    parts = (row["funder_class"], row["institution_id"])
    papers = Figure(figure_id("institution_class_papers", *parts), row["papers"])
    if row["is_small_cell"]:
        return papers, Name("too few papers")
    value = ratio(row["papers"], row["papers_with_funding"])
    return papers, share_figure("institution_class_share", *parts, value=value)


def listings(reading: Reading, institution: Row) -> list[Row]:
    """The lists that name the bodies which the institution is, or is a part of; none when it is not listed."""
    # a name may hold what separates names, so they are looked for rather than split
    names = f"; {institution['listed_bodies'] or ''}; "
    bodies = [row for row in reading["listed_names"] if row["body_name"] and f"; {row['body_name']}; " in names]
    return [{**row, **one} for row in bodies for one in reading.of("body_lists", body_id=row["body_id"])]
