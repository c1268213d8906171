"""The rules of headline_figures.csv: a figure of a measure, geography or code that nobody knows counts nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

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


def figure_faults(tables: Tables) -> Iterator[tuple[str, str]]:
    """Rows of headline_figures that say what cannot be counted: figure id, and what is wrong, in words."""
    kinds = {row["measure"]: row["counted_of"] for row in tables["figure_measures"]}
    studies = {row["study_id"] for row in tables["studies"]}
    codes = _codes(tables)
    for row in tables["headline_figures"]:
        for what in (
            *_statistic_faults(row, kinds),
            *_term_faults(row, kinds, codes),
            *_member_faults(row, codes),
            *([] if row["study_id"] in studies else [f"study_id `{row['study_id']}` is not in studies"]),
        ):
            yield row["figure_id"], what
    yield from _order_faults(tables["headline_figures"])


def _codes(tables: Tables) -> dict[str, set[str]]:
    """Kind of code -> the codes that there are; topics and funders are the source's."""
    countries = {row["country_code"] for row in tables["countries"]}
    groups = {row["group_code"] for row in tables["country_groups"]}
    programmes = {row["programme_code"] for name in ("funder_classes", "award_patterns") for row in tables[name]}
    return {
        "": {""},
        "geography": {*countries, *groups, *SIDES},
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
        kind, code = kinds.get(row[measure], ""), row[counted_of]
        if kind == "number":
            if not code.isdecimal():
                yield f"{counted_of} `{code}` is no number"
        elif kind in codes:
            optional = {""} if row[measure] == _LEAVES_OUT else set()
            if code not in codes[kind] | optional | (_own_codes(row, "body") if kind == "body_id" else set()):
                yield f"{counted_of} `{code}` is no {kind or 'part'} of {row[measure]}"
        elif not code:
            yield f"{counted_of} is empty, and {row[measure]} is counted of a {kind}"
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
    if not row["for_each"] and any("{" in row[column] for column in ("figure_id", "figure", "definition")):
        yield "placeholders are filled in where for_each says with what"
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
