"""The SQL that makes a release in Postgres: types, tables, keys, indexes, comments. Reads marts.duckdb, runs nothing.

Tables and views of marts.duckdb become tables alike: its views are written in DuckDB's SQL, and a release never
changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
from psycopg2.sql import SQL, Composable, Identifier, Literal

from include.common.sql import identifier, quoted
from include.contracts.release import Release
from include.release.database import key_of_grain

MARTS = "marts"
READER = "entangled_reader"
# the table, and the view in `marts`, that says which release it is
NOTE = "release"
SCHEMA_PATTERN = r"^release_\d{8}t\d{6}z_"
# columns that the native filters of the dashboards choose by; a test holds them equal to bi/superset/pack.yaml
FILTER_COLUMNS = (
    "basis_name",
    "body_name",
    "counting_method_name",
    "definition_name",
    "institution_id",
    "reporter_name",
    "selection_name",
    "year_start",
)
# smaller tables are read whole sooner than through an index
INDEXED_FROM_ROWS = 1_000

# Moments are UTC in a release, without saying so. What is not here (lists, structures) becomes text as DuckDB writes
# it; no published table has any today
_TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "HUGEINT": "numeric(39, 0)",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TIMESTAMP": "timestamptz",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TINYINT": "smallint",
    "VARCHAR": "text",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True)
class Column:
    """A column: its name, its type in DuckDB, what it says of itself."""

    name: str
    kind: str
    comment: str | None

    @property
    def type(self) -> str:
        """Its type in Postgres; text for a kind that Postgres does not have."""
        if decimal := _DECIMAL.fullmatch(self.kind):
            return f"numeric({decimal[1]}, {decimal[2]})"
        return _TYPES.get(self.kind, "text")

    @property
    def as_csv(self) -> str:
        """DuckDB's SQL for what Postgres reads from CSV."""
        name = identifier(self.name)
        # NUL is the one character that Postgres takes in no text: U+FFFD stands for what could not be read
        return f"replace({name}::varchar, chr(0), chr(65533)) as {name}" if self.type == "text" else name


@dataclass(frozen=True)
class Table:
    """A table or view of marts.duckdb as it shall lie in Postgres; `key` is empty where no columns name a row."""

    name: str
    rows: int
    comment: str | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def as_csv(self) -> str:
        """DuckDB's query for the rows, one CSV cell a column."""
        return f"select {', '.join(column.as_csv for column in self.columns)} from {identifier(self.name)}"

    @property
    def indexed(self) -> list[str]:
        """The columns that get an index: those that dashboards filter by, where the key does not lead to them."""
        if self.rows < INDEXED_FROM_ROWS:
            return []
        named = {column.name for column in self.columns} - set(self.key[:1])
        return [column for column in FILTER_COLUMNS if column in named]


def schema_of(release_id: str) -> str:
    """`20261129T152417Z-rwsf00` -> `release_20261129t152417z_rwsf00`."""
    return f"release_{release_id.lower().replace('-', '_')}"


def tables_of(db: duckdb.DuckDBPyConnection, release: Release) -> list[Table]:
    """Every table and view of an opened release, with its comments and its key."""
    comments = dict(
        db.execute(
            "select table_name, comment from duckdb_tables() where not internal"
            " union all select view_name, comment from duckdb_views() where not internal"
        ).fetchall()
    )
    found = []
    for table in release.tables:
        columns = tuple(
            Column(*row)
            for row in db.execute(
                "select column_name, data_type, comment from duckdb_columns() where table_name = ? and not internal"
                " order by column_index",
                [table.name],
            ).fetchall()
        )
        key = key_of_grain(db, identifier(table.name), table)
        found.append(Table(table.name, table.rows, comments.get(table.name), columns, tuple(key)))
    return found


def make_table(schema: str, table: Table) -> Composable:
    """Creates the table, empty."""
    columns = [SQL("{} {}").format(Identifier(column.name), SQL(column.type)) for column in table.columns]
    return SQL("create table {} ({})").format(Identifier(schema, table.name), SQL(", ").join(columns))


def copy_rows(schema: str, table: Table) -> Composable:
    """Reads CSV from the client. Frozen: a reader whose transaction began before the release came sees its rows too."""
    return SQL("copy {} from stdin (format csv, freeze)").format(Identifier(schema, table.name))


def finish_table(schema: str, table: Table) -> list[Composable]:
    """Key, indexes, comments."""
    name = Identifier(schema, table.name)
    statements: list[Composable] = []
    if table.key:
        key = SQL(", ").join(map(Identifier, table.key))
        statements.append(SQL("alter table {} add primary key ({})").format(name, key))
    statements += [SQL("create index on {} ({})").format(name, Identifier(column)) for column in table.indexed]
    if table.comment:
        statements.append(comment("table", schema, table.name, "", table.comment))
    described = [column for column in table.columns if column.comment]
    return statements + [comment("table", schema, table.name, one.name, one.comment or "") for one in described]


def comment(kind: str, schema: str, table: str, column: str, text: str) -> Composable:
    """Says what a table or view (kind: table or view), or, where a column is named, that column is."""
    place = (
        SQL("column {}").format(Identifier(schema, table, column))
        if column
        else SQL("{} {}").format(SQL(kind), Identifier(schema, table))
    )
    return SQL("comment on {} is {}").format(place, Literal(text.replace("\0", "\N{REPLACEMENT CHARACTER}")))


def note_of(release: Release) -> Table:
    """The table of one row that says which release it is."""
    columns = (
        ("release_id", "VARCHAR", "The release."),
        ("published_at", "TIMESTAMP", "When it was published."),
        ("run_id", "VARCHAR", "Run that built it."),
        ("data_origin", "VARCHAR", "synthetic: invented works that say nothing about the world; recorded; openalex."),
        ("scope_id", "VARCHAR", "Scope that it answers for."),
        ("scope_title", "VARCHAR", "Its title."),
        ("works_loaded", "BIGINT", "Works in it."),
        ("git_revision", "VARCHAR", "Version of the program that built it."),
    )
    return Table(
        name=NOTE,
        rows=1,
        comment=f"The release that this schema holds: {release.release_id}.",
        columns=tuple(Column(*column) for column in columns),
        key=("release_id",),
    )


def fill_note(schema: str, release: Release) -> Composable:
    """Writes that row."""
    told = release.model_dump(include={column.name for column in note_of(release).columns})
    return SQL("insert into {} ({}) values ({})").format(
        Identifier(schema, NOTE), SQL(", ").join(map(Identifier, told)), SQL(", ").join(map(Literal, told.values()))
    )


def make_view(schema: str, name: str) -> Composable:
    """The view in `marts` on a table of a release; one that is there is replaced, with what depends on it and its
    grants kept."""
    return SQL("create or replace view {} as select * from {}").format(
        Identifier(MARTS, name), Identifier(schema, name)
    )


def hold_views(names: Iterable[str]) -> Composable:
    """Locks these views of `marts` against readers, in one statement with one timeout.

    `lock table` would also lock the tables below them, which readers of that very release may read for as long as they
    like; to give a view to the owner that it has locks the view alone.
    """
    alter = SQL(" ").join(SQL("alter view {} owner to current_user;").format(Identifier(MARTS, name)) for name in names)
    return SQL("do $views$ begin {} end $views$").format(alter)


def csv_to(file: object, table: Table) -> str:
    """DuckDB's statement that writes the rows to a file."""
    return f"copy ({table.as_csv}) to {quoted(file)} (format csv, header false)"
