"""The measures that stand behind the ids of figures, one file each: `measures/<measure>.sql`.

    unit     papers, share, rate, factor, rank or credit; `of the figure`: the query selects it as second column
    parts    the parts of the id in their order; `years` sets the variables first_year and last_year
    ...      what is counted, in a sentence

The query is of the marts and facts, while the pages read the BI layer: so a number that both agree on is the mart's.
`_macros.sql` holds what queries share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import duckdb

from include.common.errors import ContractError
from include.contracts.release import Release

FOLDER = Path(__file__).with_name("measures")
_OF_THE_FIGURE = "of the figure"


@dataclass(frozen=True)
class Measure:
    """What an id names: the unit, the names of its parts, and the query."""

    name: str
    unit: str
    parts: tuple[str, ...]
    sql: str


@cache
def measures() -> dict[str, Measure]:
    """Every measure by its name.

    Raises:
        ContractError: a file lacks its head.
    """
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.sql")) if not file.stem.startswith("_")}


def _read(file: Path) -> Measure:
    unit, parts, *_ = file.read_text(encoding="utf-8").splitlines()
    if not unit.startswith("-- unit: ") or not parts.startswith("-- parts: "):
        raise ContractError("a measure lacks its head", where=str(file), fix="begin with `-- unit:` and `-- parts:`")
    names = parts.removeprefix("-- parts: ")
    return Measure(
        file.stem,
        unit.removeprefix("-- unit: "),
        () if names == "none" else tuple(names.split(", ")),
        file.read_text(encoding="utf-8"),
    )


class Marts:
    """Asks the marts of a release for figures by their ids.

    `db` has the tables of the release in its search path; `works` are the counts of `release.json` by their names.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, works: dict[str, int]) -> None:
        self._db = db
        self._known: dict[str, tuple[float | None, str]] = {}
        for statement in duckdb.extract_statements((FOLDER / "_macros.sql").read_text(encoding="utf-8")):
            db.execute(statement)
        told = ", ".join(f"{count} as {name}" for name, count in works.items())
        db.execute(f"create temp table told_works as select {told}")

    def figure(self, figure_id: str) -> tuple[float | None, str]:
        """The value and the unit of a figure.

        Raises:
            ContractError: no measure is named so, or the id has not its parts.
        """
        if figure_id not in self._known:
            self._known[figure_id] = self._ask(figure_id)
        return self._known[figure_id]

    def _ask(self, figure_id: str) -> tuple[float | None, str]:
        name, *parts = (unquote(part) for part in figure_id.split("/"))
        measure = measures().get(name)
        if measure is None or len(parts) != len(measure.parts):
            raise ContractError(
                "a number carries an id that names no figure",
                where=figure_id,
                fix=f"give it the id of a measure in {FOLDER}, with its parts",
            )
        for part, value in zip(measure.parts, parts, strict=True):
            if part == "years":
                first, _, last = value.partition("-")
                self._db.execute("set variable first_year = ?", [int(first)])
                self._db.execute("set variable last_year = ?", [int(last or first)])
            else:
                self._db.execute(f"set variable {part} = ?", [value])
        row = self._db.execute(measure.sql).fetchone() or (None, "")
        unit = str(row[1]) if measure.unit == _OF_THE_FIGURE else measure.unit
        return (None if row[0] is None else float(row[0])), unit


def works_of(told: Release) -> dict[str, int]:
    """The counts of works that pages show, by the names that the measure `works` asks for."""
    names = ("works_in", "works_loaded", "works_quarantined", "works_replaced", "works_vanished")
    return {name: getattr(told, name) or 0 for name in names}
