"""What changed in the tables and columns that readers see, between one release and the next.

A published table or column goes only after a release that announced it: its description there begins with, or holds,
`Deprecated` and says what to use instead. Its old name stays for that release.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from include.contracts.candidate import CandidateTable

ANNOUNCEMENT = "Deprecated"


class SchemaChange(BaseModel):
    """A table (`column` is empty) or column that came, went or has another type; types are DuckDB's.

    `was_announced`: the release before said that it would go. A column of another type has gone, too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    column: str = ""
    change: Literal["added", "removed", "type_changed"]
    type_before: str = ""
    type_now: str = ""
    was_announced: bool = False

    @property
    def breaks_readers(self) -> bool:
        """Whether what read the release before may fail on this one, and nobody was told."""
        return self.change != "added" and not self.was_announced

    @property
    def words(self) -> str:
        """The change in words."""
        name = f"{self.table}.{self.column}" if self.column else self.table
        if self.change == "type_changed":
            return f"{name} is {self.type_now} and was {self.type_before}"
        return f"{name} {self.change}"


def schema_changes(before: Iterable[CandidateTable], now: Iterable[CandidateTable]) -> tuple[SchemaChange, ...]:
    """Every change from the tables of one release to those of the next, by table and column."""
    return tuple(_changes({table.name: table for table in before}, {table.name: table for table in now}))


def _changes(before: dict[str, CandidateTable], now: dict[str, CandidateTable]) -> Iterator[SchemaChange]:
    for name in sorted({*before, *now}):
        if name not in now:
            yield SchemaChange(table=name, change="removed", was_announced=_announces(before[name].description))
        elif name not in before:
            yield SchemaChange(table=name, change="added")
        else:
            yield from _changed_columns(before[name], now[name])


def _changed_columns(before: CandidateTable, now: CandidateTable) -> Iterator[SchemaChange]:
    then, today = ({column.name: column for column in table.columns} for table in (before, now))
    for name in sorted({*then, *today}):
        was, is_now = then.get(name), today.get(name)
        if was is None and is_now is not None:
            yield SchemaChange(table=now.name, column=name, change="added", type_now=is_now.type)
        elif was is not None and (is_now is None or is_now.type != was.type):
            yield SchemaChange(
                table=now.name,
                column=name,
                change="removed" if is_now is None else "type_changed",
                type_before=was.type,
                type_now="" if is_now is None else is_now.type,
                was_announced=_announces(was.description) or _announces(before.description),
            )


def _announces(description: str) -> bool:
    return ANNOUNCEMENT in description
