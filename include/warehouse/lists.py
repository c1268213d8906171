"""A user's own lists (ENTANGLED_EXTRA_LISTS) held against the reference tables before a build reads them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from include.settings import Settings
from include.warehouse.errors import ListBroken

CATEGORIES = (
    "pla", "pla_hospital", "seven_sons", "security", "defence_industry", "sastind_cosupervised", "civilian_listed",
    "defence_key_lab", "gov_list_only", "us1260h_company",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """What a file of this name must have: columns that are filled in every row, and the columns that are its key."""

    filled: tuple[str, ...]
    key: tuple[str, ...] = ()


TABLES = {
    "military_bodies": Table(("body_id", "body_name", "country_code", "category", "source", "as_of"), ("body_id",)),
    "military_lists": Table(("list_id", "list_name", "publisher", "kind", "as_of"), ("list_id",)),
    "military_list_membership": Table(("body_id", "list_id", "as_of")),
    "military_unsafe_names": Table(("body_id", "unsafe_name", "reason", "as_of"), ("body_id", "unsafe_name")),
    "funder_classes": Table(("funder_name", "funder_class", "source")),
}
# column -> table whose key it must be in, there or in the user's own
REFERENCES = {
    "military_list_membership": {"body_id": "military_bodies", "list_id": "military_lists"},
    "military_unsafe_names": {"body_id": "military_bodies"},
}
ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "military_bodies": {"category": CATEGORIES},
    "military_lists": {"kind": ("designation", "assessment", "derived")},
}
DATES = ("as_of", "valid_from", "valid_to")

Row = dict[str, str]


def check_lists(settings: Settings, folder: Path) -> dict[str, int]:
    """Check every list in `folder`; returns the rows of each table.

    Raises:
        ListBroken: names the file, the line and what to do, for the first fault.
    """
    if not folder.is_dir():
        raise ListBroken("the folder of extra lists is not there", where=str(folder), fix="give an existing folder")
    own = {name: _read(settings, folder / f"{name}.csv", name) for name in TABLES if (folder / f"{name}.csv").is_file()}
    if not own:
        raise ListBroken(
            "no list was found", where=str(folder), fix="name the files " + ", ".join(f"{name}.csv" for name in TABLES)
        )
    shipped = {name: _rows(settings.seeds / f"{name}.csv") for name in TABLES}
    for name, rows in own.items():
        file = folder / f"{name}.csv"
        _check_keys(file, name, rows, shipped[name])
        for column, target in REFERENCES.get(name, {}).items():
            known = {row[column] for row in [*shipped[target], *own.get(target, [])]}
            for line, row in enumerate(rows, start=2):
                if row[column] not in known:
                    raise ListBroken(
                        f"{column} `{row[column]}` is not in {target}",
                        where=f"{file}, line {line}",
                        fix=f"correct it, or add it to {target}.csv in the same folder",
                    )
    return {name: len(rows) for name, rows in own.items()}


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def _read(settings: Settings, file: Path, name: str) -> list[Row]:
    """The rows of a file whose columns and values are sound by themselves."""
    try:
        rows = _rows(file)
    except UnicodeDecodeError:
        raise ListBroken("the file is not UTF-8 text", where=str(file), fix="save it as UTF-8") from None
    if not rows:
        return rows
    known = list(_rows(settings.seeds / f"{name}.csv")[0])
    unknown = [column for column in rows[0] if column and column not in known]
    missing = [column for column in TABLES[name].filled if column not in rows[0]]
    if unknown or missing:
        fault = f"no column {', '.join(missing)}" if missing else f"unknown column {unknown[0]}"
        raise ListBroken(fault, where=f"{file}, line 1", fix=f"the columns are {', '.join(known)}")
    for line, row in enumerate(rows, start=2):
        _check_row(f"{file}, line {line}", name, row)
    return rows


def _check_row(where: str, name: str, row: Row) -> None:
    if None in row or None in row.values():
        raise ListBroken("more or fewer values than columns", where=where, fix="quote values that hold a comma")
    for column in TABLES[name].filled:
        if not row[column].strip():
            raise ListBroken(f"{column} is empty", where=where, fix="fill it")
    for column, allowed in ALLOWED.get(name, {}).items():
        if row[column] not in allowed:
            raise ListBroken(f"{column} `{row[column]}` is not known", where=where, fix=f"one of {', '.join(allowed)}")
    for column in DATES:
        try:
            date.fromisoformat(row.get(column) or "2000-01-01")
        except ValueError:
            raise ListBroken(f"{column} `{row[column]}` is no date", where=where, fix="write YYYY-MM-DD") from None
    if row.get("valid_from") and row.get("valid_to") and row["valid_to"] <= row["valid_from"]:
        raise ListBroken(
            "valid_to is not after valid_from", where=where, fix="valid_to is the first day after the listing"
        )


def _check_keys(file: Path, name: str, rows: list[Row], shipped: list[Row]) -> None:
    key = TABLES[name].key
    if not key:
        return
    seen = {tuple(row[column] for column in key) for row in shipped}
    for line, row in enumerate(rows, start=2):
        value = tuple(row[column] for column in key)
        if value in seen:
            raise ListBroken(
                f"{', '.join(key)} `{', '.join(value)}` is there already",
                where=f"{file}, line {line}",
                fix="choose another; to correct a shipped row, change it in dbt_project/seeds/reference",
            )
        seen.add(value)
