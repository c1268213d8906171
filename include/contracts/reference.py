"""The reference tables that works are counted with: lists, definitions, groups, figures, and the resolved scope.

    <home>/warehouse/reference/<table>.csv     as the coming build reads them, written by `prepare`
    build/<run_id>/reference/<table>.csv       as the candidate was built with them
    releases/<id>/reference/<table>.csv        as the release was

Each is the table of dbt_project/seeds/reference with the rows of the user's own lists after it. Beside them stand
`subject_topics`, `scope_groups` and `scope_settings`, from the resolved scope, and `reference_changes`: the entries of
dbt_project/seeds/reference_changes.csv (and of a file of that name among the own lists) that say which change is meant.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from include.common.errors import ContractError
from include.common.files import ensure_dir, sha256_file, write_atomic
from include.contracts.scope import Group, ResolvedScope

Row = dict[str, str]
Tables = dict[str, list[Row]]

SUBJECT_TOPICS, SCOPE_GROUPS, SCOPE_SETTINGS = "subject_topics", "scope_groups", "scope_settings"
ENTRIES = "reference_changes"
# stands in an entry for the models of a published table
MODELS = "models"
# what can become of a row: it came, it went, or in it changed dates, ids, what it is classed as, or anything else
CHANGES = ("added", "removed", "dates", "ids", "class", "values")
ENTRY_COLUMNS = ("date", "table", "key", "change", "rows", "reason")


@dataclass(frozen=True)
class TableKeys:
    """How the rows of a table are named, and by which columns a row is found again in another version of the table."""

    name: tuple[str, ...]
    found_by: tuple[tuple[str, ...], ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The most exact first: what one key does not find, the next one may."""
        return self.found_by or (self.name,)


KEYS = {
    "address_places": TableKeys(("place_name", "part_of")),
    "award_patterns": TableKeys(("pattern_id",)),
    "code_names": TableKeys(("code_kind", "code")),
    "counting_methods": TableKeys(("counting_method",)),
    "countries": TableKeys(("country_code",)),
    "country_groups": TableKeys(("group_code", "country_code")),
    "country_places": TableKeys(("country_code",)),
    "coverage_measures": TableKeys(("measure",)),
    "funder_class_labels": TableKeys(("funder_class",)),
    # a funder is named by the first of these that it has
    "funder_classes": TableKeys(
        ("funder_id", "crossref_id", "funder_name"), (("funder_id",), ("crossref_id",), ("funder_name", "country_code"))
    ),
    "funder_names": TableKeys(("funder_name",)),
    "funder_rors": TableKeys(("crossref_id",)),
    "figure_measures": TableKeys(("measure",)),
    "headline_figures": TableKeys(("figure_id",)),
    "military_bodies": TableKeys(("body_id",), (("body_id",), ("ror",), ("body_name",))),
    "military_definitions": TableKeys(("category",)),
    "military_former_names": TableKeys(("body_id", "former_name")),
    "military_list_membership": TableKeys(
        ("body_id", "list_id"),
        (
            ("body_id", "list_id", "listed_as", "valid_from"),
            ("body_id", "list_id", "listed_as"),
            ("body_id", "list_id"),
        ),
    ),
    "military_lists": TableKeys(("list_id",)),
    "military_unsafe_names": TableKeys(("body_id", "unsafe_name")),
    "sensitive_topics": TableKeys(("topic_id", "label")),
    "studies": TableKeys(("study_id",)),
    "work_selections": TableKeys(("work_selection",)),
    SUBJECT_TOPICS: TableKeys(("topic_id",)),
}
_ONE_OF = {"funder_classes"}


def name_of(table: str, row: Row) -> str:
    """How messages and entries name a row: `beihang-university, us_1260h`."""
    keys = KEYS.get(table)
    values = [row.get(column, "") for column in keys.name] if keys else list(row.values())
    filled = [value for value in values if value]
    return filled[0] if table in _ONE_OF and filled else ", ".join(filled)


@dataclass(frozen=True)
class Entry:
    """A change that is meant: which row of which table, since when and why. `*` in the key stands for anything; then
    `rows` says how many rows it stands for."""

    date: str
    table: str
    key: str
    change: str
    rows: str
    reason: str


def tables_in_use(seeds: Path, own_lists: Path | None, scope: ResolvedScope | None) -> Tables:
    """The reference tables as a build, started now, would read them.

    Raises:
        ContractError: an entry of reference_changes.csv cannot be meant.
    """
    tables = {file.stem: read_rows(file) for file in sorted(seeds.glob("*.csv"))}
    for file in sorted(own_lists.glob("*.csv")) if own_lists else ():
        if file.stem in tables:
            columns = list(tables[file.stem][0])
            tables[file.stem] += [{column: row.get(column) or "" for column in columns} for row in read_rows(file)]
    if scope is not None:
        tables |= _of_scope(scope)
    known = {*tables, MODELS}
    files = [seeds.with_name(f"{ENTRIES}.csv"), *([own_lists / f"{ENTRIES}.csv"] if own_lists else [])]
    entries = [entry for file in files if file.is_file() for entry in read_entries(file, known)]
    return {**tables, ENTRIES: [vars(entry) for entry in entries]}


def _of_scope(scope: ResolvedScope) -> Tables:
    topics = [{name: str(value) for name, value in topic.model_dump().items()} for topic in scope.topics]
    groups: list[tuple[str, Group]] = [("side_a", scope.side_a), ("side_b", scope.side_b)]
    groups += [("group", group) for group in scope.groups]
    members = [
        {"scope_role": role, "group_code": group.code, "country_code": code}
        for role, group in groups
        for code in group.countries
    ]
    settings = {
        "subject_id": scope.subject_id,
        "year_from": scope.year_from,
        "year_to": scope.year_to,
        "is_rolling": scope.is_rolling,
    }
    named = [{"setting": name, "value": str(value)} for name, value in settings.items()]
    return {SUBJECT_TOPICS: topics, SCOPE_GROUPS: members, SCOPE_SETTINGS: named}


def write_tables(tables: Tables, folder: Path) -> None:
    """Write each table as CSV; files of tables that are no more go."""
    ensure_dir(folder)
    for file in folder.glob("*.csv"):
        if file.stem not in tables:
            file.unlink()
    for name, rows in tables.items():
        columns = list(rows[0]) if rows else list(ENTRY_COLUMNS if name == ENTRIES else ())
        write_atomic(folder / f"{name}.csv", as_csv(columns, rows))


def as_csv(columns: Sequence[str], rows: Iterable[Row], *, header: bool = True) -> str:
    """Rows as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_tables(folder: Path) -> Tables:
    """The tables of a candidate or release; empty when it carries none."""
    return {file.stem: read_rows(file) for file in sorted(folder.glob("*.csv"))}


def table_digests(folder: Path) -> dict[str, str]:
    """Table -> SHA-256 of its file."""
    return {file.stem: sha256_file(file) for file in sorted(folder.glob("*.csv"))}


def read_rows(file: Path) -> list[Row]:
    """The rows of a reference table.

    Raises:
        ContractError: the file is no CSV in UTF-8, or a line has more or fewer values than there are columns.
    """
    rows: list[Row] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            for row in reader:
                if None in row or None in row.values():
                    raise ContractError(
                        "a line of a reference table has more or fewer values than columns",
                        where=f"{file}, line {reader.line_num}",
                        fix="put values that hold a comma between quotes",
                    )
                rows.append(row)
    except (UnicodeDecodeError, csv.Error):
        raise ContractError("a reference table is no CSV in UTF-8", where=str(file), fix="save it as UTF-8") from None
    return rows


def read_entries(file: Path, known_tables: Iterable[str]) -> list[Entry]:
    """The entries of reference_changes.csv.

    Raises:
        ContractError: names the line and what to write instead.
    """

    def fault(line: int, what: str, fix: str) -> ContractError:
        return ContractError(f"an entry of a changed list: {what}", where=f"{file}, line {line}", fix=fix)

    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            columns = tuple(reader.fieldnames or ())
            lines = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise fault(1, "the file is no CSV in UTF-8", "save it as UTF-8") from None
    if columns != ENTRY_COLUMNS:
        raise fault(1, f"the columns are {', '.join(columns) or 'missing'}", f"begin with {','.join(ENTRY_COLUMNS)}")
    tables = sorted(known_tables)
    for line, row in lines:
        if None in row or None in row.values():
            raise fault(line, "more or fewer values than columns", "quote values that hold a comma")
        if not _is_day(row["date"]):
            raise fault(line, f"date `{row['date']}` is no day", "write YYYY-MM-DD")
        if row["table"] not in tables:
            raise fault(line, f"there is no table `{row['table']}`", f"one of {', '.join(tables)}")
        if row["change"] not in CHANGES:
            raise fault(line, f"change `{row['change']}` is not known", f"one of {', '.join(CHANGES)}")
        for column in ("key", "reason"):
            if not row[column].strip():
                raise fault(line, f"{column} is empty", "fill it; make reference-changes writes all but the reason")
        if ("*" in row["key"]) != bool(row["rows"]) or not (row["rows"].isdigit() or not row["rows"]):
            raise fault(
                line,
                f"key `{row['key']}` and rows `{row['rows']}` do not fit",
                "give the number of rows where the key holds a `*`, and only there",
            )
    return [Entry(**row) for _, row in lines]


def _is_day(text: str) -> bool:
    try:
        # Python reads 20260101 as well
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
