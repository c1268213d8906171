"""Which columns each column of a model is made of, read by sqlglot from the SQL that dbt compiled.

And which columns decide on its rows: those that it joins, filters and groups by. A count of rows is made of no column,
but of what these let through. Reading a hundred models takes seconds, so what was read is noted with a digest of the
SQL and of the columns below it, and read again only when one of them changed.
"""

from __future__ import annotations

import csv
import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from include.common.files import write_atomic
from include.contracts.typed import TABLES
from include.lineage.names import dbt_source, warehouse_table

log = logging.getLogger("entangled.lineage")

# dataset and column
Origin = tuple[str, str]

# where a query says which rows it takes, and puts them together
_DECIDING = ("where", "having", "qualify", "group")

_DIALECT = "duckdb"
# what stands for a source in the SQL that is read: `files.sources.typed__works`
_FILES, _SOURCES = "files", "sources"
_READ_TEXT = ("filename", "content", "size", "last_modified")
_CSV = re.compile(r"read_csv\('((?:[^']*/)?(\w+)\.csv)'[^)]*\)")


@dataclass(frozen=True)
class Made:
    """What a model is made of: each column, in the order of the table, of which others; and what decides on rows."""

    columns: dict[str, list[Origin]]
    decided_by: list[Origin]

    @classmethod
    def noted(cls, told: dict[str, Any]) -> Made:
        """From a note, as `dataclasses.asdict` and JSON have left it."""
        columns = {name: [(dataset, column) for dataset, column in made] for name, made in told["columns"].items()}
        return cls(columns, [(dataset, column) for dataset, column in told["decided_by"]])


@dataclass
class ColumnReader:
    """Reads the models of one manifest. `notes`: the file that remembers what was read; it may be missing or torn."""

    manifest: dict[str, Any]
    notes: Path
    _schema: dict[str, Any] = field(default_factory=dict)

    def read(self) -> dict[str, Made]:
        """Id of each built model -> what it is made of. A model whose SQL sqlglot cannot read has no entry."""
        noted, kept, found = self._noted(), dict[str, Made](), dict[str, Made]()
        for unique_id in self._in_order():
            node = self.manifest["nodes"][unique_id]
            sql = self._with_named_sources(node["compiled_code"])
            digest = self._digest(unique_id, sql, found)
            if (made := noted.get(digest)) is None:
                made = self._made(node["name"], sql)
            if made is not None:
                kept[digest] = found[unique_id] = made
                tables = self._schema.setdefault(node["database"], {}).setdefault(node["schema"], {})
                tables[node["alias"]] = dict.fromkeys(made.columns, "text")
        if kept != noted:
            write_atomic(self.notes, orjson.dumps(kept).decode())
        return found

    def _noted(self) -> dict[str, Made]:
        try:
            return {digest: Made.noted(told) for digest, told in orjson.loads(self.notes.read_bytes()).items()}
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            # torn, or of an earlier version: all is read again
            return {}

    def _in_order(self) -> Iterator[str]:
        """Models that have SQL of their own, each after those that it reads."""
        seen = set[str]()

        def walk(unique_id: str) -> Iterator[str]:
            if unique_id in seen or not unique_id.startswith("model."):
                return
            seen.add(unique_id)
            node = self.manifest["nodes"][unique_id]
            for parent in node["depends_on"]["nodes"]:
                yield from walk(parent)
            # what dbt inlines stands in the SQL of those that read it
            if node.get("compiled_code") and node["config"]["materialized"] != "ephemeral":
                yield unique_id

        for unique_id in self.manifest["nodes"]:
            yield from walk(unique_id)

    @cached_property
    def _locations(self) -> dict[str, str]:
        """How the SQL names a source's files -> `source__table`, the longest first."""
        found = {
            source["config"]["meta"]["external_location"].replace("{name}", source["name"]): (
                f"{source['source_name']}__{source['name']}"
            )
            for source in self.manifest["sources"].values()
            if source["config"].get("meta", {}).get("external_location")
        }
        return dict(sorted(found.items(), key=lambda one: -len(one[0])))

    def _with_named_sources(self, sql: str) -> str:
        """The SQL with a table in the place of each file that it reads; their columns go into the schema."""
        for location, name in self._locations.items():
            if location in sql and not location.startswith("read_csv"):
                sql = sql.replace(location, self._source(name, _columns_of_source(name)))
        # reference tables, and lists of the user's own beside them
        return _CSV.sub(lambda found: self._source(f"reference__{found[2]}", _header(Path(found[1]))), sql)

    def _source(self, name: str, columns: tuple[str, ...]) -> str:
        if columns:
            files = self._schema.setdefault(_FILES, {}).setdefault(_SOURCES, {})
            files.setdefault(name, dict.fromkeys(columns, "text"))
        return f"{_FILES}.{_SOURCES}.{name}"

    def _digest(self, unique_id: str, sql: str, found: dict[str, Made]) -> str:
        parents = sorted(self.manifest["nodes"][unique_id]["depends_on"]["nodes"])
        below = [[parent, list(found[parent].columns)] for parent in parents if parent in found]
        return hashlib.sha256(orjson.dumps([version("sqlglot"), sql, below])).hexdigest()

    def _made(self, name: str, sql: str) -> Made | None:
        try:
            whole = qualify(
                parse_one(sql, dialect=_DIALECT),
                dialect=_DIALECT,
                schema=self._schema,
                validate_qualify_columns=False,
                identify=False,
            )
            scope = build_scope(whole)
            assert scope is not None, "a model is a query"
            columns = {column: sorted(_origins(node)) for column, node in self._nodes(scope).items()}
            return Made(columns, sorted(self._deciding(scope)))
        except SqlglotError as error:
            log.info("the columns of %s have no lineage: %s", name, str(error).splitlines()[0])
            return None

    def _deciding(self, whole: Scope) -> set[Origin]:
        """Columns of tables that any query within the model joins, filters or groups by."""
        found = set[Origin]()
        of_query: dict[int, dict[str, Node]] = {}
        for scope in whole.traverse():
            query = scope.expression
            parts = [query.args.get(part) for part in _DECIDING] + [
                join.args.get("on") for join in query.args.get("joins") or ()
            ]
            for column in {column for part in parts if part is not None for column in part.find_all(exp.Column)}:
                below = scope.sources.get(column.table)
                if isinstance(below, exp.Table):
                    found |= {(dataset, column.name)} if (dataset := _dataset(below)) else set()
                elif isinstance(below, Scope):
                    if id(below) not in of_query:
                        of_query[id(below)] = self._nodes(below)
                    node = of_query[id(below)].get(column.name)
                    found |= _origins(node) if node is not None else set()
        return found

    def _nodes(self, scope: Scope) -> dict[str, Node]:
        return lineage(
            None, scope.expression, self._schema, dialect=_DIALECT, scope=scope, trim_selects=False, copy=False
        )


def _origins(node: Node) -> set[Origin]:
    return {
        (dataset, leaf.name.rsplit(".", 1)[-1])
        for leaf in node.walk()
        if not leaf.downstream and isinstance(leaf.expression, exp.Table) and (dataset := _dataset(leaf.expression))
    }


def _columns_of_source(name: str) -> tuple[str, ...]:
    source, table = name.split("__", 1)
    if source == "typed":
        return tuple(column.name for column in TABLES[table])
    return _READ_TEXT if source == "manifests" else ()


def _dataset(table: exp.Table) -> str:
    if table.catalog == _FILES:
        return dbt_source(*table.name.split("__", 1))
    return warehouse_table(table.db, table.name) if table.db else ""


def _header(file: Path) -> tuple[str, ...]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return tuple(next(csv.reader(lines), ()))
    except OSError:
        return ()
