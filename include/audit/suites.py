"""What Great Expectations judges in each table itself: one file a table in `suites/`, read here into expectations.

Most of a suite follows from the table's contract (grain, column names and types), so a file says what differs:

    rows: with_joint_papers      when the table must have a row; absent: it may be empty. A mart that is recounted
                                 from the facts needs none: an empty one is not what they say
    judged_by: duckdb            facts: the same expectations, counted in DuckDB, since a frame may be too large
    judged_by: together          tables made of judged ones (bi_*), names of codes: counted in DuckDB, a number a check,
                                 all at once. Great Expectations takes a fifth of a second for a table by itself
    nullable: [a, b]             every other column is filled
    may_be_blank: [a]            every other text that is filled is not ''
    sets: {a: [x, y]}            values of a column
    ranges: {a: [0, null]}       of numbers; without one a share is 0 to 1 and any other number is not negative
    at_most: [[a, b]]            a is never more than b
    ratios: {a: [b, c]}          a = b / c, and empty just where there is nothing to divide by
    ratios_when_filled: {a: [b, c]}
    holds: {a_name: expression}  what each row satisfies; null is no answer and fails

`year_from`, `year_to` (the scope's) and `share` (1, and what rounding adds) may stand in ranges; thresholds and
the years in expressions as `$year_from`. Numbers with a fraction are finite in every table: a NaN is read as infinite,
because a pandas frame would take it for empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from include.audit.registry import Applies, AuditCheck, CheckFileError
from include.common.sql import identifier, quoted
from include.contracts.candidate import CandidateTable

FOLDER = Path(__file__).parent / "suites"
Family = Literal["grain_unique", "filled", "values", "consistent", "rows"]
Judge = Literal["great_expectations", "duckdb", "together"]
# the page of the Data Docs that tables judged together stand on
TOGETHER = "bi"
_KEYS = {
    "rows",
    "judged_by",
    "nullable",
    "may_be_blank",
    "sets",
    "ranges",
    "at_most",
    "ratios",
    "ratios_when_filled",
    "holds",
}
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
_FRACTIONS = {"DOUBLE", "FLOAT"}
# a column of the frame: the names of the columns that are empty in the row and should not be
EMPTY_COLUMNS = "empty columns"
# the largest finite number: what is above is infinite
LARGEST = 1.7e308
_SENTENCES: dict[Family, str] = {
    "grain_unique": "{table} has one row for each ({grain}).",
    "filled": "Every column of {table} that must be filled is filled.",
    "values": "Values of {table} are of their sets, in their ranges, and finite.",
    "consistent": "Values of {table} fit each other in every row: parts and wholes, shares and what they are taken of.",
    "rows": "{table} has the rows that were exported{at_least_one}.",
}


@dataclass(frozen=True)
class Suite:
    """A file of `suites/`."""

    table: str
    rows: Applies | None = None
    judged_by: Judge = "great_expectations"
    nullable: tuple[str, ...] = ()
    may_be_blank: tuple[str, ...] = ()
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: dict[str, tuple[float | str | None, float | str | None]] = field(default_factory=dict)
    at_most: tuple[tuple[str, str], ...] = ()
    ratios: dict[str, tuple[str, str]] = field(default_factory=dict)
    ratios_when_filled: dict[str, tuple[str, str]] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)

    @property
    def named_columns(self) -> set[str]:
        """Columns that the file names, but for those in expressions."""
        pairs = {column for pair in self.at_most for column in pair}
        return {
            *self.nullable,
            *self.may_be_blank,
            *self.sets,
            *self.ranges,
            *self.ratios,
            *self.ratios_when_filled,
            *pairs,
        }


@dataclass(frozen=True)
class Expectation:
    """One expectation of a table, for either judge.

    `columns` are those of the frame: name -> SQL. `kind` and `arguments` are Great Expectations' class and its
    arguments; `breaking` is the SQL condition of the rows that break it (none, where it speaks of several rows).
    """

    check_id: str
    kind: str
    arguments: dict[str, Any]
    columns: dict[str, str]
    says: str
    breaking: str = ""

    @property
    def is_of_row_count(self) -> bool:
        """Whether it speaks of how many rows there are, not of what stands in them."""
        return not self.columns


@dataclass(frozen=True)
class TableSuite:
    """The expectations of a table of this candidate, and the checks that they make, by family.

    `problem` says why they cannot be judged.
    """

    table: CandidateTable
    judged_by: Judge
    checks: tuple[AuditCheck, ...]
    expectations: tuple[Expectation, ...]
    problem: str = ""


def load_suites(folder: Path = FOLDER) -> dict[str, Suite]:
    """Table -> suite.

    Raises:
        CheckFileError: a file cannot be read or has a mistake.
    """
    return {file.stem: _suite_of(file) for file in sorted(folder.glob("*.yml"))}


def _suite_of(file: Path) -> Suite:
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise _wrong(file, " ".join(str(error).split())) from None
    if not isinstance(told, dict):
        raise _wrong(file, "it is no mapping of keys")
    if unknown := sorted(set(map(str, told)) - _KEYS):
        raise _wrong(file, f"it has a key `{unknown[0]}`; those known are {', '.join(sorted(_KEYS))}")
    if (rows := told.get("rows")) not in (None, *get_args(Applies)):
        raise _wrong(file, f"rows `{rows}` is none of {', '.join(get_args(Applies))}")
    if (judge := told.get("judged_by", "great_expectations")) not in get_args(Judge):
        raise _wrong(file, f"judged_by `{judge}` is none of {', '.join(get_args(Judge))}")
    try:
        return Suite(
            table=file.stem,
            rows=rows,
            judged_by=judge,
            nullable=_names(told, "nullable"),
            may_be_blank=_names(told, "may_be_blank"),
            sets={name: tuple(map(_text, values)) for name, values in _mapping(told, "sets").items()},
            ranges={name: _bounds(pair) for name, pair in _mapping(told, "ranges").items()},
            at_most=tuple(map(_pair, told.get("at_most", []))),
            ratios={name: _pair(pair) for name, pair in _mapping(told, "ratios").items()},
            ratios_when_filled={name: _pair(pair) for name, pair in _mapping(told, "ratios_when_filled").items()},
            holds={name: _text(expression) for name, expression in _mapping(told, "holds").items()},
        )
    except (TypeError, ValueError) as error:
        raise _wrong(file, str(error)) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"`{value}` is no text")
    return value


def _names(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    if not isinstance(names := told.get(key, []), list):
        raise TypeError(f"{key} is no list")
    return tuple(map(_text, names))


def _mapping(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    if not isinstance(found := told.get(key, {}), dict):
        raise TypeError(f"{key} is no mapping of columns")
    return found


def _pair(pair: object) -> tuple[str, str]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise TypeError(f"`{pair}` is not two columns")
    return _text(pair[0]), _text(pair[1])


def _bounds(pair: object) -> tuple[float | str | None, float | str | None]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise TypeError(f"`{pair}` is not two ends of a range")
    return _bound(pair[0]), _bound(pair[1])


def _bound(value: object) -> float | str | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float | str)):
        raise TypeError(f"`{value}` is no end of a range")
    return value


def _wrong(file: Path, what: str) -> CheckFileError:
    return CheckFileError(
        f"the suite of {file.stem} cannot be used: {what}",
        where=str(file),
        fix="mend the file; include/audit/suites.py says how a suite is written, and its neighbours show it",
    )


def table_suites(
    suites: Mapping[str, Suite],
    tables: Iterable[CandidateTable],
    reasons_to_skip: Mapping[Applies, str],
    values: Mapping[str, float],
) -> list[TableSuite]:
    """The suites of the tables of this candidate. `values` are the thresholds and the scope's years.

    Raises:
        CheckFileError: a suite names a value that nobody knows.
    """
    found = []
    for table in tables:
        if suite := suites.get(table.name):
            has_rows = suite.rows is not None and not reasons_to_skip[suite.rows]
            found.append(_of_table(suite, table, has_rows, values))
    return found


def _of_table(suite: Suite, table: CandidateTable, has_rows: bool, values: Mapping[str, float]) -> TableSuite:
    file = FOLDER / f"{suite.table}.yml"
    types = {column.name: column.type for column in table.columns}
    missing = sorted(suite.named_columns - set(types))
    try:
        expectations = tuple(_expectations(suite, table, has_rows, types, values))
    except KeyError as error:
        raise _wrong(file, f"it names a value {error}, which is no threshold and no year of the scope") from None
    grain = ", ".join(_grain(table))
    checks = []
    for family, sentence in _SENTENCES.items():
        if not any(one.check_id == f"{table.name}_{family}" for one in expectations):
            continue
        at_least_one = ", and at least one" if has_rows else ""
        checks.append(
            AuditCheck(
                check_id=f"{table.name}_{family}",
                severity="fail",
                kind="integrity",
                group=TOGETHER if suite.judged_by == "together" else table.name,
                table=table.name,
                sentence=sentence.format(table=table.name, grain=grain, at_least_one=at_least_one),
                sql="",
            )
        )
    problem = f"the table has no column {', '.join(missing)}" if missing else ""
    return TableSuite(table, suite.judged_by, tuple(checks), expectations, problem)


def _grain(table: CandidateTable) -> list[str]:
    return [column.strip() for column in table.grain.split(",") if column.strip()]


def _expectations(
    suite: Suite, table: CandidateTable, has_rows: bool, types: Mapping[str, str], values: Mapping[str, float]
) -> Iterator[Expectation]:
    name = table.name
    rows = max(table.rows, 1) if has_rows else table.rows
    yield Expectation(
        f"{name}_rows",
        "ExpectTableRowCountToBeBetween",
        {"min_value": rows, "max_value": rows},
        {},
        f"there are {table.rows:,} rows, as exported" if rows == table.rows else "there is a row",
    )
    if grain := _grain(table):
        single = len(grain) == 1
        yield Expectation(
            f"{name}_grain_unique",
            "ExpectColumnValuesToBeUnique" if single else "ExpectCompoundColumnsToBeUnique",
            {"column": grain[0]} if single else {"column_list": grain, "ignore_row_if": "never"},
            {column: _read(column, types[column], suite) for column in grain},
            f"({', '.join(grain)}) is unique",
        )
    yield from _filled(suite, name, types, grain)
    for column, kind in types.items():
        yield from _column_expectations(suite, name, column, kind, values)
    yield from _row_expectations(suite, name, values)


def _read(column: str, kind: str, suite: Suite) -> str:
    """SQL of a column as the frame has it: blank is empty, and NaN is infinite."""
    if kind == "VARCHAR" and column not in suite.may_be_blank:
        return f"nullif({identifier(column)}, '')"
    if kind in _FRACTIONS:
        return f"case when isnan({identifier(column)}) then 'infinity'::double else {identifier(column)} end"
    return identifier(column)


def _filled(suite: Suite, table: str, types: Mapping[str, str], grain: list[str]) -> Iterator[Expectation]:
    """The keys one by one, the others together: Great Expectations takes ten milliseconds for an expectation."""
    needed = {column: _read(column, kind, suite) for column, kind in types.items() if column not in suite.nullable}
    for column in grain:
        read = needed.pop(column, identifier(column))
        yield Expectation(
            f"{table}_filled",
            "ExpectColumnValuesToNotBeNull",
            {"column": column},
            {column: read},
            f"{column} is filled",
            f"{read} is null",
        )
    if needed:
        empty = ", ".join(f"case when {read} is null then {quoted(column)} end" for column, read in needed.items())
        yield Expectation(
            f"{table}_filled",
            "ExpectColumnValuesToBeInSet",
            {"column": EMPTY_COLUMNS, "value_set": [""]},
            {EMPTY_COLUMNS: f"concat_ws(', ', {empty})"},
            f"every other column is filled, but for {', '.join(suite.nullable) or 'none'}",
            " or ".join(f"{read} is null" for read in needed.values()),
        )


def _column_expectations(
    suite: Suite, table: str, column: str, kind: str, values: Mapping[str, float]
) -> Iterator[Expectation]:
    read = _read(column, kind, suite)
    if column in suite.sets:
        members = ", ".join(map(quoted, suite.sets[column]))
        yield Expectation(
            f"{table}_values",
            "ExpectColumnValuesToBeInSet",
            {"column": column, "value_set": list(suite.sets[column])},
            {column: read},
            f"{column} is one of {', '.join(suite.sets[column])}",
            f"{read} not in ({members})",
        )
    if kind in _INTEGERS | _FRACTIONS:
        low, high = (_value(bound, values) for bound in suite.ranges.get(column, _usual_range(column)))
        if kind in _FRACTIONS:
            low, high = (-LARGEST if low is None else low), (LARGEST if high is None else high)
        conditions = [f"{read} < {low!r}"] if low is not None else []
        conditions += [f"{read} > {high!r}"] if high is not None else []
        if conditions:
            yield Expectation(
                f"{table}_values",
                "ExpectColumnValuesToBeBetween",
                {"column": column, "min_value": low, "max_value": high},
                {column: read},
                f"{column} lies {_between(low, high)}",
                " or ".join(conditions),
            )


def _usual_range(column: str) -> tuple[float | str | None, float | str | None]:
    """Names are law: a share is a part of a whole, and what is counted is not negative."""
    is_share = column.startswith("share_of_") or column.endswith("_share") or column == "share"
    return (0, "share") if is_share else (0, None)


def _value(bound: float | str | None, values: Mapping[str, float]) -> float | None:
    if bound == "share":
        return 1 + values["tolerance"]
    return values[bound] if isinstance(bound, str) else bound


def _between(low: float | None, high: float | None) -> str:
    if high is None or high >= LARGEST:
        return f"at {low:g} or above, and is finite" if low is not None and low > -LARGEST else "within finite numbers"
    return f"between {low:g} and {high:g}"


def _row_expectations(suite: Suite, table: str, values: Mapping[str, float]) -> Iterator[Expectation]:
    check_id = f"{table}_consistent"
    for part, whole in suite.at_most:
        yield Expectation(
            check_id,
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": whole, "column_B": part, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
            {part: identifier(part), whole: identifier(whole)},
            f"{part} is at most {whole}",
            f"{identifier(part)} > {identifier(whole)}",
        )
    rules: dict[str, str] = {}
    for always, ratios in ((True, suite.ratios), (False, suite.ratios_when_filled)):
        for share, (part, whole) in ratios.items():
            rules[f"{share} is ({part}) / ({whole})"] = _ratio_rule(share, part, whole, always, values["tolerance"])
    for rule, expression in suite.holds.items():
        filled = re.sub(r"\$(\w+)", lambda found: f"{values[found[1]]!r}", expression)
        rules[rule] = f"coalesce(({filled})::boolean, false)"
    for rule, condition in rules.items():
        # the frame has a column of its own for it, filled by DuckDB
        yield Expectation(
            check_id,
            "ExpectColumnValuesToBeInSet",
            {"column": rule, "value_set": [True]},
            {rule: condition},
            f"{rule}: {suite.holds[rule]}" if rule in suite.holds else rule,
            f"not {condition}",
        )


def _ratio_rule(share: str, part: str, whole: str, always: bool, tolerance: float) -> str:
    share = identifier(share)
    ratio = f"(({part})::double / nullif({whole}, 0))"
    equal = f"abs({share} - {ratio}) <= {tolerance!r} * greatest(1, abs({ratio}))"
    empty = f"{ratio} is null" if always else "true"
    return f"coalesce(case when {share} is null then {empty} else {equal} end, false)"
