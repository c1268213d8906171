"""The rules of headline_figures.csv and of the tables that it names: studies.csv and figure_measures.csv.

A figure of a measure, geography or code that nobody knows counts nothing, and gate 3 recounts it by the same row. So a
build refuses such a row before it begins.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from include.warehouse.errors import ReferenceBroken

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
# what a figure is -> the unit that it is told in
UNITS = {
    "sum": "papers",
    "share": "share",
    "growth": "rate",
    "countries_growing": "countries",
    "rank": "rank",
    "top_links": "links",
}
SIDES = ("side_a", "side_b")
# what a row may stand for -> placeholders are filled in with the code and the name of each
FOR_EACH = ("country", "body")
_CODE = "{code}"
# the one measure of a statistic that counts by itself
_OWN_MEASURES = {"rank": "partner_papers", "top_links": "institution_links"}
_LEAVES_OUT = "papers_funded_otherwise"
# what the models count; of side B by itself only the last two
MEASURES = (
    *("joint_papers", "papers_with_funding", "papers_funded_by_side", "papers_funded_by_both_sides"),
    *("papers_funded_by_class", "papers_funded_by_funder", "papers_funded_otherwise", "papers_of_programme"),
    *("linked_papers", "papers_with_category", "papers_with_body", "papers_of_topic", "papers_of_label"),
    *("institution_links", "all_papers", "partner_papers"),
)
_OF_SIDE_B = ("all_papers",)
# ids that the source gives -> their form
_FORMS = {"topic_id": r"T\d+", "funder_id": r"F\d+", "number": r"[1-9]\d*"}
_FILLED = ("figure_order", "figure_id", "section", "figure", "period", "definition")
_PLACEHOLDER = re.compile(r"\{[^}]*\}?")
_PLACEHOLDERS = {_CODE, "{lower_code}", "{name}", "{category}"}
_FILLED_IN = ("figure_id", "figure", "definition")
_CODES = ("geography", "counted_of", "base_geography", "base_of")
_PERIOD = re.compile(r"(\d{4})(?:-(\d{4}))?")
_MOST_FIGURES = 9_999


def require_countable(seeds: Path, tables: Tables) -> None:
    """See that a build can count what the reference tables define.

    Raises:
        ReferenceBroken: names the first row that it cannot count, and how many more there are.
    """
    faults = list(figure_faults(tables))
    if faults:
        (table, row, what), *more = faults
        others = f" (and {len(more)} more: make audit-reference)" if more else ""
        raise ReferenceBroken(
            f"{table}, row {row}: {what}{others}",
            where=str(seeds / f"{table}.csv"),
            fix="mend the row; docs/LISTS.md, `Add a figure`, says what each column means",
        )


def figure_faults(tables: Tables) -> Iterator[tuple[str, str, str]]:
    """Rows that define what cannot be counted: table, row, and what is wrong, in words."""
    for study in tables["studies"]:
        for column in ("study_id", "subject_id", "side_a_code", "side_b_code", "question"):
            if not study[column].strip():
                yield (
                    "studies",
                    study["study_id"],
                    f"{column} is empty, and figures would stand beside another question",
                )
    for measure in tables["figure_measures"]:
        for what in _measure_faults(measure, _codes(tables)):
            yield "figure_measures", measure["measure"], what
    for figure_id, what in _figure_faults(tables):
        yield "headline_figures", figure_id, what


def _measure_faults(row: Row, codes: Mapping[str, set[str]]) -> Iterator[str]:
    if row["measure"] not in MEASURES:
        yield "no model counts it (dbt_project/models/marts/figures/steps)"
    known = {*codes, *_FORMS} - {"geography", "group"}
    if row["counted_of"] not in known:
        yield f"counted_of `{row['counted_of']}` is no kind of code: {', '.join(sorted(known - {''}))}"
    for column in ("why_no_value", "why_no_growth"):
        if not row[column].strip():
            yield f"{column} is empty"


def _figure_faults(tables: Tables) -> Iterator[tuple[str, str]]:
    kinds = {row["measure"]: row["counted_of"] for row in tables["figure_measures"]}
    studies = {row["study_id"] for row in tables["studies"]}
    codes = _codes(tables)
    for row in tables["headline_figures"]:
        for what in (
            *_value_faults(row),
            *_statistic_faults(row, kinds),
            *_term_faults(row, kinds, codes),
            *_member_faults(row, codes),
            *([] if row["study_id"] in studies else [f"study_id `{row['study_id']}` is not in studies"]),
        ):
            yield row["figure_id"], what
    yield from _order_faults(tables["headline_figures"])
    yield from _twins(tables)


def _value_faults(row: Row) -> Iterator[str]:
    for column in _FILLED:
        if not row[column].strip():
            yield f"{column} is empty"
    if row["figure_order"] and not (
        re.fullmatch(r"[1-9]\d*", row["figure_order"]) and int(row["figure_order"]) <= _MOST_FIGURES
    ):
        yield f"figure_order `{row['figure_order']}` is no number from 1 to {_MOST_FIGURES}"
    period = _PERIOD.fullmatch(row["period"])
    if row["period"] and period is None:
        yield f"period `{row['period']}` is neither a year nor two (2017-2022)"
    elif period is not None:
        first, last = int(period[1]), int(period[2] or period[1])
        if first > last:
            yield f"period `{row['period']}` ends before it begins"
        elif first == last and row["statistic"] in ("growth", "countries_growing"):
            yield f"a {row['statistic']} needs a first and a last year, not `{row['period']}`"
    if row["published_value"]:
        if row["for_each"]:
            yield "published_value: a row for many has none"
        value = _number(row["published_value"])
        if value is None:
            yield f"published_value `{row['published_value']}` is no number"
        elif row["statistic"] == "share" and not 0 <= value <= 1:
            yield f"published_value `{row['published_value']}` is no share: 0.44 is 44 %"


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _codes(tables: Tables) -> dict[str, set[str]]:
    """Kind of code -> the codes that there are; topics and funders are the source's."""
    countries = {row["country_code"] for row in tables["countries"]}
    groups = {row["group_code"] for row in tables["country_groups"]}
    programmes = {row["programme_code"] for name in ("funder_classes", "award_patterns") for row in tables[name]}
    return {
        "": {""},
        "geography": {*countries, *groups, *SIDES},
        "group": groups,
        "side": set(SIDES),
        "funder_class": {row["funder_class"] for row in tables["funder_class_labels"]},
        "programme_code": programmes - {""},
        "definition_code": {row["definition_code"] for row in tables["military_definitions"]},
        "category": {row["category"] for row in tables["military_bodies"]},
        "body_id": {row["body_id"] for row in tables["military_bodies"]},
        "label": {row["label"] for row in tables["sensitive_topics"]},
    }


def _statistic_faults(row: Row, kinds: Mapping[str, str]) -> Iterator[str]:
    statistic, measure = row["statistic"], row["measure"]
    if statistic not in UNITS:
        yield f"statistic `{statistic}` is none of {', '.join(UNITS)}"
        return
    if row["unit"] != UNITS[statistic]:
        yield f"unit `{row['unit']}` is not that of a {statistic}: {UNITS[statistic]}"
    for column in ("measure", "base_measure"):
        if row[column] not in kinds and (row[column] or column == "measure"):
            yield f"{column} `{row[column]}` is not in figure_measures"
    # two statistics count by themselves what no other can
    if (statistic in _OWN_MEASURES or measure in _OWN_MEASURES.values()) and _OWN_MEASURES.get(statistic) != measure:
        yield f"a {statistic} is not made of {measure}"
    if bool(row["base_measure"]) != (statistic in ("share", "rank")):
        yield f"a {statistic} has {'a' if row['base_measure'] else 'no'} base_measure"
    if row["leaving_out"] and {measure, row["base_measure"]} - {_LEAVES_OUT, ""}:
        yield f"only {_LEAVES_OUT} leaves out a class of funders"


def _term_faults(row: Row, kinds: Mapping[str, str], codes: Mapping[str, set[str]]) -> Iterator[str]:
    terms = (("measure", "geography", "counted_of"), ("base_measure", "base_geography", "base_of"))
    for measure, geography, counted_of in terms:
        if not row[measure]:
            if row[geography] or row[counted_of]:
                yield f"{geography} and {counted_of} say nothing without {measure}"
            continue
        if row[geography] not in codes["geography"] | _own_codes(row, "country"):
            yield f"{geography} `{row[geography]}` is no country, group or side"
        if row[geography] == "side_b" and row[measure] not in _OF_SIDE_B:
            yield f"{row[measure]} are counted of side A, its countries and groups, not of side_b"
        kind, code = kinds.get(row[measure], ""), row[counted_of]
        if kind in _FORMS:
            if not re.fullmatch(_FORMS[kind], code):
                yield f"{counted_of} `{code}` is no {kind}"
        elif kind in codes:
            optional = {""} if row[measure] == _LEAVES_OUT else set()
            if code not in codes[kind] | optional | (_own_codes(row, "body") if kind == "body_id" else set()):
                yield f"{counted_of} `{code}` is no {kind or 'part'} of {row[measure]}"
    if row["leaving_out"] and row["leaving_out"] == row["counted_of"]:
        yield f"leaving_out and counted_of are both `{row['leaving_out']}`: nothing is left"
    if row["leaving_out"] and row["leaving_out"] not in codes["funder_class"]:
        yield f"leaving_out `{row['leaving_out']}` is no funder_class"


def _own_codes(row: Row, kind: str) -> set[str]:
    return {_CODE} if row["for_each"] == kind else set()


def _member_faults(row: Row, codes: Mapping[str, set[str]]) -> Iterator[str]:
    of = {"": {""}, "country": {"side_a"}, "body": codes["category"] | codes["body_id"]}
    if row["for_each"] not in of:
        yield f"for_each `{row['for_each']}` is none of {', '.join(FOR_EACH)}"
    elif row["each_of"] not in of[row["for_each"]]:
        yield f"each_of `{row['each_of']}` names nothing that a row can stand for"
    if not row["for_each"] and any("{" in row[column] for column in _FILLED_IN):
        yield "placeholders are filled in where for_each says with what"
    for column, text in row.items():
        known = _PLACEHOLDERS if column in _FILLED_IN else {_CODE} if column in _CODES else set()
        if unknown := set(_PLACEHOLDER.findall(text)) - known:
            yield f"{column}: {min(unknown)} is not filled in"
    if row["for_each"] == "country" and not any(_CODE in row[column] for column in _CODES):
        yield f"every country would have the same figure: no {_CODE} in {', '.join(_CODES)}"
    if row["statistic"] == "rank" and row["base_geography"] not in codes["group"]:
        yield f"base_geography `{row['base_geography']}` is no group that stands among the partners"
    if row["statistic"] == "countries_growing" and (row["for_each"] or row["geography"] != "side_a"):
        yield "countries_growing counts the countries of side_a, once"
    if row["each_of"] in {"side_a", *codes["category"]} and "code}" not in row["figure_id"]:
        yield "figures that one row stands for need ids of their own: {code} or {lower_code} in figure_id"


def _order_faults(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Rows are numbered once; those that share a number with a row for many are numbered on from it."""
    by_order: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_order[row["figure_order"]].append(row)
    for same in by_order.values():
        if len(same) > 1 and not all(row["for_each"] for row in same):
            yield same[0]["figure_id"], f"{len(same)} rows have the same figure_order"


def _twins(tables: Tables) -> Iterator[tuple[str, str]]:
    """Rows for many that would make the same figure, of which only one could stand."""
    countries = [row["country_code"] for row in tables["countries"]]
    made: dict[str, str] = {}
    for row in tables["headline_figures"]:
        if row["for_each"] == "country":
            codes = countries
        elif "{" in row["figure_id"]:
            bodies = tables["military_bodies"]
            codes = [body["body_id"] for body in bodies if row["each_of"] in (body["category"], body["body_id"])]
        else:
            continue
        ids = {row["figure_id"].replace(_CODE, code).replace("{lower_code}", code.lower()) for code in codes}
        if twins := sorted(ids & made.keys()):
            yield row["figure_id"], f"{len(twins)} of its figures are made by {made[twins[0]]} as well: {twins[0]}"
        made |= dict.fromkeys(ids, row["figure_id"])
