"""Runs each measure over the candidate and over the last release, and joins the two by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from include.audit.baseline import Baseline
from include.audit.drift.registry import Measure
from include.common.duck import connect
from include.common.sql import identifier, quoted, read_parquet
from include.contracts.candidate import CandidateTable, Lineage
from include.contracts.release import Release
from include.settings import Settings

NOW, BEFORE = "candidate", "baseline"
_UNKNOWN = "is_unknown_if_absent"
_VALUES = ("value", "base", _UNKNOWN)
_YEARS = """
    select publication_year, bool_and(is_complete_year) as is_closed from mart_copublication_trends
    group by publication_year
"""
ALL_CLOSED_YEARS = "all closed years"
# a year is filled until the source has its last papers, about ninety days after it ended
_DAYS_OF_A_YEAR = 455
_JOINT = "select count(*) from fct_works where is_joint"


@dataclass(frozen=True)
class Joined:
    """What came of one measure: the columns that name its cells (they lie in the table `joined`), or why there is none.

    `is_fault`: the candidate itself cannot be read.
    """

    columns: tuple[str, ...]
    problem: str = ""
    is_fault: bool = False


@contextmanager
def opened(settings: Settings, lineage: Lineage, baseline: Baseline) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of the candidate and of the baseline in a schema each.

    Beside them each has `release_tables` (table_name, row_count) and `release_run` (what its lineage says of works),
    and `year_states` says which years were complete in the last release: one that was completed since may have grown.
    The variables `day_before` and `day_now` are the days of the two, `papers_grew` is by how much all joint papers did.
    """
    with connect(settings) as db:
        for schema, folder, made in (
            (NOW, settings.build_dir / lineage.run_id / "marts", lineage),
            (BEFORE, baseline.parquet, baseline.release),
        ):
            assert made is not None, "drift is measured against a release"
            db.execute(f"create schema {schema}")
            db.execute(f"set schema = '{schema}'")
            for table in made.tables:
                file = folder / f"{table.name}.parquet"
                if file.exists():
                    db.execute(f"create view {identifier(table.name)} as from {read_parquet(file)}")
            _tell_of_release(db, made, made.tables)
        _tell_of_years(db)
        _tell_of_growth(db, baseline.release, lineage)
        yield db


def _tell_of_release(db: duckdb.DuckDBPyConnection, made: Lineage | Release, tables: Sequence[CandidateTable]) -> None:
    db.execute("create table release_tables (table_name text, row_count bigint)")
    db.executemany("insert into release_tables values (?, ?)", [[table.name, table.rows] for table in tables])
    db.execute("create table release_run (works_in bigint, works_loaded bigint, works_quarantined bigint)")
    db.execute("insert into release_run values (?, ?, ?)", [made.works_in, made.works_loaded, made.works_quarantined])


def _tell_of_years(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("create temp table year_states (state_year smallint, is_closed boolean)")
    found: dict[int, bool] = {}
    for schema in (NOW, BEFORE):
        db.execute(f"set schema = '{schema}'")
        try:
            found |= dict(db.execute(_YEARS).fetchall())
        except duckdb.Error:
            # where the trends cannot be read, the measures of the trends say so; no year then passes for a running one
            continue
    if found:
        db.executemany("insert into year_states values (?, ?)", [list(row) for row in found.items()])


def _tell_of_growth(db: duckdb.DuckDBPyConnection, release: Release | None, lineage: Lineage) -> None:
    assert release is not None, "drift is measured against a release"
    before = release.built_at or release.published_at
    db.execute("set variable day_before = ?::date", [min(before, lineage.built_at).date()])
    db.execute("set variable day_now = ?::date", [lineage.built_at.date()])
    papers: list[int] = []
    for schema in (NOW, BEFORE):
        db.execute(f"set schema = '{schema}'")
        try:
            papers.append(db.execute(_JOINT).fetchall()[0][0])
        except duckdb.Error:
            # the measures of works say that they cannot be read; nothing passes for growth then
            papers.append(0)
    now, earlier = papers
    db.execute("set variable papers_grew = ?::double", [max(1.0, now / earlier) if earlier else 1.0])


def join_cells(db: duckdb.DuckDBPyConnection, measure: Measure, release_id: str) -> Joined:
    """Make the table `joined`: a row for each cell of either release, with its value in both."""
    columns: tuple[str, ...] = ()
    problems = {}
    for schema in (NOW, BEFORE):
        db.execute(f"set schema = '{schema}'")
        try:
            db.execute(f"create or replace temp table {schema}_cells as {measure.sql}")
        except duckdb.Error as error:
            problems[schema] = str(error).splitlines()[0]
            continue
        names = [name for name, *_ in db.execute(f"describe {schema}_cells").fetchall()]
        columns = tuple(name for name in names if name not in _VALUES)
        if _UNKNOWN not in names:
            db.execute(f"alter table {schema}_cells add column {_UNKNOWN} boolean default false")
    if NOW in problems and BEFORE not in problems:
        return Joined((), f"the candidate cannot be asked: {problems[NOW]}", is_fault=True)
    if problems:
        return Joined((), f"release {release_id} cannot be asked: {problems[BEFORE]}")
    _join(db, measure, columns)
    return Joined(columns)


def _join(db: duckdb.DuckDBPyConnection, measure: Measure, columns: Sequence[str]) -> None:
    keys = ", ".join(columns)
    year = {"publication_year": "publication_year", "publication_month": "year(publication_month)"}
    year_of = next((sql for column, sql in year.items() if column in columns), "null")
    # a share does not grow with time. A count of a running year grows with its days, one over all years with all papers
    of_its_days, of_papers = "1", "1"
    if measure.kind != "share":
        of_its_days = f"{_days('day_now')} / {_days('day_before')}"
        of_papers = "if(exists (from year_states where not is_closed), getvariable('papers_grew'), 1)"
    base = "base" if measure.kind == "share" else "null::double as base"
    db.execute(
        f"""
        create or replace temp table joined as
        with both_releases as (
            select {keys}, value::double as value, {base}, {_UNKNOWN}, true as is_before from {BEFORE}_cells
            union all by name
            select {keys}, value::double as value, {base}, {_UNKNOWN}, false as is_before from {NOW}_cells
        ),
        cells as (
            select
                {keys}, {year_of} as cell_year,
                count(*) filter (is_before) > 0 as is_there_before,
                any_value(value) filter (is_before) as value_before,
                any_value(value) filter (not is_before) as value_now,
                any_value(base) filter (is_before) as base_before,
                any_value(base) filter (not is_before) as base_now
            from both_releases group by {keys}
            having not bool_or({_UNKNOWN}) or count(distinct is_before) = 2
        )
        select
            cells.* exclude (cell_year), {_named(columns)} as cell,
            cell_year is not null and not coalesce(is_closed, true) as is_open,
            case
                when cell_year is null then {of_papers}
                when not coalesce(is_closed, true) then {of_its_days}
                else 1
            end::double as growth,
            null::text as excuse
        from cells left join year_states on state_year = cell_year
        """
    )
    if measure.kind != "share":
        # a cell that a release does not have counts nothing; one that it has without a number is not known
        db.execute(
            "update joined set value_before = if(is_there_before, value_before, 0), value_now = coalesce(value_now, 0)"
        )
    if measure.is_summed_over_years:
        _sum_over_closed_years(db, measure, columns)


def _sum_over_closed_years(db: duckdb.DuckDBPyConnection, measure: Measure, columns: Sequence[str]) -> None:
    others = [column for column in columns if column != "publication_year"]
    if measure.kind == "share":
        values = ", ".join(
            f"sum(value_{when} * base_{when}) / nullif(sum(base_{when}), 0) as value_{when}, "
            f"sum(base_{when}) as base_{when}"
            for when in ("before", "now")
        )
    else:
        values = "sum(value_before) as value_before, sum(value_now) as value_now"
    db.execute(
        f"""
        insert into joined by name
        select
            {"".join(f"{column}, " for column in others)}
            {values}, true as is_there_before,
            concat_ws(', ', {_named(others)}, {quoted(ALL_CLOSED_YEARS)}) as cell, false as is_open, 1 as growth
        from joined where not is_open and value_before is not null
        group by {", ".join(others) or "()"} having count(*) > 1
        """
    )


def _days(variable: str) -> str:
    """SQL of the days of the cell's year that the source could fill by then."""
    since = f"date_diff('day', make_date(cell_year, 1, 1), getvariable('{variable}')) + 1"
    return f"least(greatest({since}, 1), {_DAYS_OF_A_YEAR})"


def _named(columns: Sequence[str]) -> str:
    """SQL of a cell's name: `reporter_code=DE, publication_year=2021`; without columns `all`."""
    parts = [f"{quoted(f'{column}=')} || coalesce({column}::text, 'none')" for column in columns]
    return f"concat_ws(', ', {', '.join(parts)})" if parts else "null::text"
