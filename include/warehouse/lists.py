"""A user's own lists (ENTANGLED_EXTRA_LISTS) held against the reference tables before a build reads them.

A row that is wrong would seldom fail a build: it would match nothing, and its body or funder would be missing unseen.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from include.common.duck import connect
from include.common.sql import quoted
from include.contracts.reference import ENTRIES, read_rows
from include.settings import Settings
from include.warehouse.errors import ListBroken

CATEGORIES = (
    "pla", "pla_hospital", "seven_sons", "security", "defence_industry", "sastind_cosupervised", "civilian_listed",
    "defence_key_lab", "gov_list_only", "us1260h_company",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """What a file of this name must have: columns that are filled in every row, and keys that no two rows share."""

    filled: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...] = ()


# what a build reads from the folder: the uses of the macro with_extra_lists (a test holds them in step)
TABLES = {
    "military_bodies": Table(
        ("body_id", "body_name", "country_code", "category", "source", "as_of"),
        (("body_id",), ("ror",), ("openalex_id",)),
    ),
    "military_lists": Table(("list_id", "list_name", "publisher", "kind", "as_of"), (("list_id",),)),
    "military_list_membership": Table(("body_id", "list_id", "as_of")),
    "military_unsafe_names": Table(("body_id", "unsafe_name", "reason", "as_of"), (("body_id", "unsafe_name"),)),
    "funder_classes": Table(("funder_name", "funder_class", "source"), (("funder_id",), ("crossref_id",))),
    "funder_names": Table(("funder_name", "source"), (("funder_name",),)),
    "award_patterns": Table(("pattern_id", "programme_name", "funder_class", "source"), (("pattern_id",),)),
}
# column -> table whose key it must be in, there or in the user's own
REFERENCES = {
    "military_list_membership": {"body_id": "military_bodies", "list_id": "military_lists"},
    "military_unsafe_names": {"body_id": "military_bodies"},
}
ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "military_bodies": {"category": CATEGORIES},
    "military_lists": {"kind": ("designation", "assessment", "derived")},
    "award_patterns": {"is_name_needed": ("yes", "")},
}
# ids are bare, or they join nothing
FORMS = {
    "body_id": (r"[a-z0-9_-]+", "small letters, digits, - and _, as in beihang-university"),
    "ror": (r"0[a-z0-9]{8}", "the last nine characters of its address, as in 00wk2mp56"),
    "openalex_id": (r"I\d+", "I and digits, as in I204983213, without an address before it"),
    "funder_id": (r"F\d+", "F and digits, as in F4320321001, without an address before it"),
    "crossref_id": (r"\d+", "digits, as in 501100001809, without `10.13039/` before them"),
}
# institutions of the union have no country
UNION = "EU"
TABLES_OF_FUNDERS = ("funder_classes", "award_patterns")
# what codes are looked up in
LOOKUPS = ("countries", "funder_class_labels")
REGEXES = ("number_regex", "name_regex")
DATES = ("as_of", "valid_from", "valid_to")

Row = dict[str, str]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Line:
    """A row of a user's file, and where it stands."""

    where: str
    row: Row


def check_lists(settings: Settings, folder: Path) -> dict[str, int]:
    """Check every list in `folder`; returns the rows of each table.

    Raises:
        ListBroken: names the file, the line and what to do, for the first fault.
    """
    if not folder.is_dir():
        raise ListBroken("the folder of extra lists is not there", where=str(folder), fix="give an existing folder")
    for file in sorted(folder.iterdir()):
        _check_name(settings, file)
    files = {name: folder / f"{name}.csv" for name in TABLES if (folder / f"{name}.csv").is_file()}
    if not files:
        raise ListBroken("no list was found", where=str(folder), fix=f"name the files {_file_names()}")
    shipped = {name: read_rows(settings.seeds / f"{name}.csv") for name in (*TABLES, *LOOKUPS)}
    own = {name: _read(settings, shipped, file, name) for name, file in files.items()}
    for name, lines in own.items():
        for key in TABLES[name].keys:
            _check_key(TABLES[name], key, lines, shipped[name])
        for column, target in REFERENCES.get(name, {}).items():
            _check_reference(column, target, lines, [*shipped[target], *(line.row for line in own.get(target, []))])
    _check_listed(own)
    _check_named(own.get("funder_names", []))
    _check_patterns(settings, own.get("award_patterns", []))
    return {name: len(lines) for name, lines in own.items()}


def _file_names() -> str:
    return ", ".join(f"{name}.csv" for name in TABLES)


def _check_name(settings: Settings, file: Path) -> None:
    """Refuse a CSV file that no build reads."""
    is_list = file.suffix.lower() == ".csv" and not file.name.startswith(".")
    if not is_list or file.name in {f"{name}.csv" for name in (*TABLES, ENTRIES)}:
        return
    if (settings.seeds / file.name).is_file():
        raise ListBroken(
            "this table cannot be extended, so no build reads the file",
            where=str(file),
            fix=f"take it out; correct the table itself, {settings.seeds / file.name}",
        )
    near = difflib.get_close_matches(file.stem.lower(), TABLES, n=1)
    meant = f"did you mean {near[0]}.csv? " if near else ""
    raise ListBroken("no build reads a file of this name", where=str(file), fix=f"{meant}the files are {_file_names()}")


def _read(settings: Settings, shipped: Tables, file: Path, name: str) -> list[Line]:
    """The rows of a file whose columns and values are sound by themselves."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            columns = list(reader.fieldnames or [])
            lines = [Line(f"{file}, line {reader.line_num}", row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise ListBroken("the file is not UTF-8 text", where=str(file), fix="save it as UTF-8") from None
    known = list(shipped[name][0])
    unknown = [column for column in columns if column and column not in known]
    missing = [column for column in TABLES[name].filled if column not in columns]
    if unknown or missing:
        fault = f"no column {', '.join(missing)}" if missing else f"unknown column {unknown[0]}"
        raise ListBroken(fault, where=f"{file}, line 1", fix=f"the columns are {', '.join(known)}")
    for line in lines:
        _check_row(line.where, name, line.row)
    _check_codes(settings, shipped, name, lines)
    return lines


def _check_row(where: str, name: str, row: Row) -> None:
    if None in row or None in row.values():
        raise ListBroken("more or fewer values than columns", where=where, fix="quote values that hold a comma")
    for column in TABLES[name].filled:
        if not row[column].strip():
            raise ListBroken(f"{column} is empty", where=where, fix="fill it")
    for column, (form, words) in FORMS.items():
        if row.get(column) and not re.fullmatch(form, row[column]):
            raise ListBroken(f"{column} `{row[column]}` is not in its form", where=where, fix=f"write {words}")
    for column, allowed in ALLOWED.get(name, {}).items():
        if row.get(column, "") not in allowed:
            raise ListBroken(
                f"{column} `{row[column]}` is not known",
                where=where,
                fix=f"one of {', '.join(each or 'nothing' for each in allowed)}",
            )
    for column in DATES:
        if not _is_date(row.get(column) or "2000-01-01"):
            raise ListBroken(f"{column} `{row[column]}` is no date", where=where, fix="write YYYY-MM-DD")
    if row.get("valid_from") and row.get("valid_to") and row["valid_to"] <= row["valid_from"]:
        raise ListBroken(
            "valid_to is not after valid_from", where=where, fix="valid_to is the first day after the listing"
        )


def _is_date(text: str) -> bool:
    try:
        # Python reads 20260101 as well, which DuckDB does not
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_codes(settings: Settings, shipped: Tables, name: str, lines: Sequence[Line]) -> None:
    """Countries and classes of funders, which are those of the repository."""
    countries = {row["country_code"] for row in shipped["countries"]}
    classes = {row["funder_class"] for row in shipped["funder_class_labels"]}
    of_union = f", or {UNION} for institutions of the European Union" if name in TABLES_OF_FUNDERS else ""
    if of_union:
        countries.add(UNION)
    for line in lines:
        country, funder_class = line.row.get("country_code"), line.row.get("funder_class")
        if country and country not in countries:
            raise ListBroken(
                f"country_code `{country}` is not known",
                where=line.where,
                fix=f"use a two-letter code of {settings.seeds / 'countries.csv'}{of_union}",
            )
        if funder_class and funder_class not in classes:
            raise ListBroken(
                f"funder_class `{funder_class}` is not known",
                where=line.where,
                fix=f"one of {', '.join(sorted(classes))}",
            )


def _check_key(table: Table, key: tuple[str, ...], lines: Sequence[Line], shipped: Sequence[Row]) -> None:
    def value_of(row: Row) -> tuple[str, ...]:
        return tuple(row.get(column, "") for column in key)

    name = table.filled[0]
    owners = {value_of(row): row[name] for row in shipped}
    for line in lines:
        value = value_of(line.row)
        if not all(value):
            continue
        if value in owners:
            owner = "" if name in key else f": it is that of `{owners[value]}`"
            raise ListBroken(
                f"{', '.join(key)} `{', '.join(value)}` is there already{owner}",
                where=line.where,
                fix="correct it, or leave the row out and use the one that is there; "
                "to correct a shipped row, change it in dbt_project/seeds/reference",
            )
        owners[value] = line.row[name]


def _check_reference(column: str, target: str, lines: Sequence[Line], rows: Sequence[Row]) -> None:
    known = {row[column] for row in rows}
    for line in lines:
        if line.row[column] not in known:
            raise ListBroken(
                f"{column} `{line.row[column]}` is not in {target}",
                where=line.where,
                fix=f"correct it, or add it to {target}.csv in the same folder",
            )


def _check_listed(own: dict[str, list[Line]]) -> None:
    """A body that is on no list is linked to nothing."""
    listed = {line.row["body_id"] for line in own.get("military_list_membership", [])}
    for line in own.get("military_bodies", []):
        if line.row["body_id"] not in listed:
            raise ListBroken(
                f"body `{line.row['body_id']}` is on no list",
                where=line.where,
                fix="add a row for it to military_list_membership.csv in the same folder",
            )


def _check_named(lines: Sequence[Line]) -> None:
    """A name is somebody's."""
    for line in lines:
        if not line.row.get("funder_id") and not line.row.get("crossref_id"):
            raise ListBroken(
                "funder_id and crossref_id are both empty",
                where=line.where,
                fix="name the funder that bears the name by one of them",
            )


def _check_patterns(settings: Settings, lines: Sequence[Line]) -> None:
    """Each stands for somebody; compile every expression as the build will."""
    if not lines:
        return
    with connect(settings) as database:
        for line in lines:
            if not line.row.get("programme_code") and not line.row.get("funder_id"):
                raise ListBroken(
                    "programme_code and funder_id are both empty",
                    where=line.where,
                    fix="name the programme by a code of your own, or the funder by its id",
                )
            patterns = {column: line.row[column] for column in REGEXES if line.row.get(column)}
            if not patterns:
                raise ListBroken(
                    "number_regex and name_regex are both empty", where=line.where, fix="fill one, or both"
                )
            for column, pattern in patterns.items():
                try:
                    # a parameter would cost half a second: DuckDB imports pandas for it
                    database.execute(f"select regexp_full_match('', {quoted(pattern)})")
                except duckdb.Error as error:
                    raise ListBroken(
                        f"{column} `{pattern}` is no regular expression: {_reason(error)}",
                        where=line.where,
                        fix="correct it; the syntax is RE2's (no look-ahead or look-behind)",
                    ) from None


def _reason(error: duckdb.Error) -> str:
    """`Invalid Input Error: missing ): y(` -> `missing ): y(`."""
    return str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
