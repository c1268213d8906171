"""Corruptions of the reference tables: lists, definitions, classes, groups, figures. Nobody enters the change."""

from __future__ import annotations

from collections.abc import Callable

from include.contracts.reference import ENTRIES, Row, read_rows
from include.pipeline.corruptions.bench import Bench, rows_of
from include.pipeline.corruptions.row import Corruption, Group, Make
from include.pipeline.lanes import change_rows, rewrite_rows

_row = Group("lists", "lists")
_UNEXPLAINED = "reference_changes_explained"


def _half(rows: list[Row]) -> list[Row]:
    return rows[::2]


def _with_id(column: str, of: str, change: Callable[[Row], Row]) -> Callable[[Bench], Callable[[list[Row]], list[Row]]]:
    """The rows of what is known as `of` are changed."""
    return lambda bench: lambda rows: [change(row) if row[column] == bench.known[of] else row for row in rows]


def _own(table: str, edit: Callable[[Bench], Callable[[list[Row]], list[Row]]]) -> Make:
    return lambda bench: rewrite_rows(bench.lane.lists / f"{table}.csv", edit(bench))


def _renamed_body(bench: Bench) -> None:
    for table in ("military_bodies", "military_list_membership"):
        change_rows(
            bench.lane.lists / f"{table}.csv",
            {"body_id": bench.known["top_body"]},
            {"body_id": "demo_sandbox_body_of_another_name"},
        )


def _swapped_rors(bench: Bench) -> None:
    file = bench.lane.lists / "military_bodies.csv"
    ids = {row["body_id"]: (row["ror"], row["openalex_id"]) for row in read_rows(file)}
    one, other = bench.known["top_body"], bench.known["second_body"]
    for body, (ror, institution) in ((one, ids[other]), (other, ids[one])):
        change_rows(file, {"body_id": body}, {"ror": ror, "openalex_id": institution})


def _without_body(bench: Bench) -> None:
    for table in ("military_bodies", "military_list_membership"):
        rewrite_rows(
            bench.lane.lists / f"{table}.csv",
            lambda rows: [row for row in rows if row["body_id"] != bench.known["top_body"]],
        )


def _too_wide_an_entry(bench: Bench) -> None:
    """Half of the shipped listings go, with an entry that stands for a single row."""
    rewrite_rows(bench.lane.seeds / "military_list_membership.csv", _half)
    (bench.lane.lists / f"{ENTRIES}.csv").write_text(
        "date,table,key,change,rows,reason\n2022-07-12,military_list_membership,*,removed,1,an edition\n"
    )


def _swapped(column: str, one: str, other: str) -> Callable[[list[Row]], list[Row]]:
    turned = {one: other, other: one}
    return lambda rows: [{**row, column: turned.get(row[column], row[column])} for row in rows]


def _without(**values: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if not values.items() <= row.items()]


def _changed(of: Row, changes: Row) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [{**row, **changes} if of.items() <= row.items() else row for row in rows]


LISTS: tuple[Corruption, ...] = (
    _row(
        "lists_half_of_listings_dropped",
        "Half of the rows that say which body is on which list are dropped.",
        "gate 2",
        "is on no list",
        rows_of("military_list_membership", _half, own=True),
    ),
    _row(
        "lists_half_of_real_listings_dropped",
        "Half of the shipped listings are dropped; none of these bodies is in the data.",
        "gate 3",
        _UNEXPLAINED,
        rows_of("military_list_membership", _half),
    ),
    _row("lists_a_body_gone", "The body with most links is no longer listed.", "gate 3", _UNEXPLAINED, _without_body),
    _row(
        "lists_a_date_moved",
        "The listing of the body with most links begins in 2021, not when it did.",
        "gate 3",
        _UNEXPLAINED,
        _own(
            "military_list_membership",
            _with_id("body_id", "top_body", lambda row: {**row, "valid_from": "2021-06-30"}),
        ),
    ),
    _row("lists_an_id_changed", "The body with most links has another id.", "gate 3", _UNEXPLAINED, _renamed_body),
    _row(
        "lists_rors_exchanged",
        "The RORs of the two bodies with most links are exchanged.",
        "gate 3",
        _UNEXPLAINED,
        _swapped_rors,
    ),
    _row(
        "lists_a_category_changed",
        "All bodies of the strictest category are put into a wider one.",
        "gate 3",
        _UNEXPLAINED,
        rows_of("military_bodies", _changed({"category": "pla"}, {"category": "defence_industry"}), own=True),
    ),
    _row(
        "lists_definitions_exchanged",
        "Two definitions of military links exchange their names.",
        "gate 3",
        _UNEXPLAINED,
        lambda bench: _exchange_definitions(bench),
    ),
    _row(
        "lists_a_class_changed",
        "The class of the top funder is another.",
        "gate 3",
        _UNEXPLAINED,
        _own(
            "funder_classes",
            _with_id("funder_id", "top_funder", lambda row: {**row, "funder_class": "cn_university"}),
        ),
    ),
    _row(
        "lists_class_labels_exchanged",
        "The labels of two classes of funders are exchanged.",
        "gate 3",
        _UNEXPLAINED,
        lambda bench: _exchange(bench, "funder_class_labels", "funder_class_name", 0, 1),
    ),
    _row(
        "lists_award_pattern_broken",
        "The pattern of a programme's award numbers finds none.",
        "gate 3",
        _UNEXPLAINED,
        rows_of("award_patterns", lambda rows: [{**row, "number_regex": "NEVER[0-9]{9}"} for row in rows], own=True),
    ),
    _row(
        "lists_funder_names_halved",
        "Half of the names of funders are dropped.",
        "gate 3",
        _UNEXPLAINED,
        rows_of("funder_names", _half),
    ),
    _row(
        "lists_countries_exchanged",
        "The names of Italy and Sweden are exchanged.",
        "gate 3",
        _UNEXPLAINED,
        rows_of("countries", _swapped("country_name", "Italy", "Sweden")),
    ),
    _row(
        "lists_published_figure_changed",
        "The study's figure of military links is another than was published.",
        "gate 3",
        _UNEXPLAINED,
        rows_of(
            "headline_figures",
            lambda rows: [
                {**row, "published_value": "6386"} if row.get("published_value") == "16386" else row for row in rows
            ],
        ),
    ),
    _row(
        "lists_sensitive_topic_dropped",
        "One of the topics of a label of sensitive topics is dropped.",
        "gate 3",
        _UNEXPLAINED,
        rows_of("sensitive_topics", lambda rows: rows[:-1]),
    ),
    _row(
        "lists_sensitive_label_dropped",
        "A label of sensitive topics, which a figure is counted of, is dropped.",
        "gate 2",
        "headline_figures",
        rows_of("sensitive_topics", lambda rows: rows[1:]),
    ),
    _row(
        "lists_a_selection_reworded",
        "The words of two selections of works are exchanged.",
        "gate 3",
        _UNEXPLAINED,
        lambda bench: _exchange(bench, "work_selections", "selection_name", 1, 2),
    ),
    _row(
        "lists_a_row_twice",
        "A body stands in the list twice.",
        "gate 2",
        "military_bodies.csv",
        rows_of("military_bodies", lambda rows: [*rows, rows[0]], own=True),
    ),
    _row(
        "lists_an_entry_too_wide",
        "Half of the shipped listings go, and the entry that should say so stands for a single row.",
        "gate 3",
        _UNEXPLAINED,
        _too_wide_an_entry,
    ),
)


def _exchange(bench: Bench, table: str, column: str, one: int, other: int) -> None:
    """A value of two rows of a shipped table."""

    def edit(rows: list[Row]) -> list[Row]:
        first, second = rows[one][column], rows[other][column]
        rows[one], rows[other] = {**rows[one], column: second}, {**rows[other], column: first}
        return rows

    rewrite_rows(bench.lane.seeds / f"{table}.csv", edit)


def _exchange_definitions(bench: Bench) -> None:
    rows = read_rows(bench.lane.seeds / "military_definitions.csv")
    codes = list(dict.fromkeys(row["definition_code"] for row in rows))
    rewrite_rows(bench.lane.seeds / "military_definitions.csv", _swapped("definition_code", codes[0], codes[1]))
