"""The measures of drift, one file each: a head of `-- key: value` lines, then SQL.

    kind         papers (a count of papers), rows (a count of anything else) or share
    table        the published table that it speaks of
    sentence     what must hold, in words
    over_years   sum: the closed years are judged together as well, where a year alone is too small to say anything
    moved_by     reference tables whose change moves it, `military_*` for all whose names begin so.
                 `country_groups[reporter_code=group_code]`: only cells whose reporter_code is the group_code of a
                 changed row; `military_*[section='military']`: only cells of this section

A value goes on in a line `--     more`. The SQL selects `value`, for a share `base` as well (how many papers it is of),
and beside them the columns that name a cell. A cell that one of the releases lacks counts 0 there; where
`is_unknown_if_absent` is selected and true, it is left out, since nobody knows it. The SQL is run over the candidate
and over the last release alike, so it names tables without a schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from include.common.errors import ContractError

Kind = Literal["papers", "rows", "share"]

FOLDER = Path(__file__).with_name("measures")
_LINE = re.compile(r"-- (?P<key>\w+): (?P<value>.+)")
_MORE = re.compile(r"--  +(?P<value>.+)")
_MOVED_BY = re.compile(r"(?P<table>[\w*]+)(?:\[(?P<cell>\w+)=(?:(?P<row>\w+)|'(?P<text>[^']+)')\])?")
_NEEDED, _KNOWN = {"kind", "table", "sentence"}, {"kind", "table", "sentence", "over_years", "moved_by"}


@dataclass(frozen=True)
class MovedBy:
    """Reference tables (a name, or a pattern with `*`) whose change moves a measure: all of it, or the cells whose
    `cell_column` has the value that the changed row has in `row_column`, or the value `text`."""

    tables: str
    cell_column: str = ""
    row_column: str = ""
    text: str = ""


@dataclass(frozen=True)
class Measure:
    """What is counted in both releases."""

    name: str
    kind: Kind
    table: str
    sentence: str
    sql: str
    is_summed_over_years: bool
    moved_by: tuple[MovedBy, ...]


@cache
def measures(folder: Path = FOLDER) -> tuple[Measure, ...]:
    """Every measure, by name.

    Raises:
        ContractError: a file's head is not as it should be.
    """
    return tuple(_read(file) for file in sorted(folder.glob("*.sql")))


def _read(file: Path) -> Measure:
    text = file.read_text(encoding="utf-8")
    head = _head(text)
    kinds = get_args(Kind)
    if not head.keys() >= _NEEDED or not head.keys() <= _KNOWN or head["kind"] not in kinds:
        raise ContractError(
            "the head of a measure cannot be read",
            where=str(file),
            fix=f"begin the file with `-- key: value` lines for {', '.join(sorted(_NEEDED))} (kind: one of "
            f"{', '.join(kinds)}), and where they apply {', '.join(sorted(_KNOWN - _NEEDED))}",
        )
    return Measure(
        name=file.stem,
        kind=head["kind"],  # type: ignore[arg-type]
        table=head["table"],
        sentence=head["sentence"],
        sql=text,
        is_summed_over_years=head.get("over_years") == "sum",
        moved_by=tuple(_moved_by(file, text) for text in re.findall(r"[^, ]+", head.get("moved_by", ""))),
    )


def _head(text: str) -> dict[str, str]:
    """The head. It stays in the SQL, where it is a comment."""
    found: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if first := _LINE.fullmatch(line):
            key = first["key"]
            found[key] = first["value"]
        elif (more := _MORE.fullmatch(line)) and key:
            found[key] += f" {more['value']}"
        else:
            break
    return found


def _moved_by(file: Path, text: str) -> MovedBy:
    found = _MOVED_BY.fullmatch(text)
    if not found:
        raise ContractError(
            f"`{text}` names no reference table",
            where=str(file),
            fix="write moved_by as table, table[column of the cell=column of the row] or table[column='text']",
        )
    return MovedBy(found["table"], found["cell"] or "", found["row"] or "", found["text"] or "")
