"""Which columns each column of a model is made of, read by sqlglot from the SQL that dbt compiled.

A count of rows is made of no column, so it has none here. Reading a hundred models takes seconds, so what was read is
noted with a digest of the SQL and of the columns below it, and read again only when one of them changed.
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
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from include.common.files import write_atomic
from include.contracts.typed import TABLES
from include.lineage.names import dbt_source, warehouse_table

log = logging.getLogger("entangled.lineage")

# dataset and column
Origin = tuple[str, str]
Columns = dict[str, list[Origin]]

_DIALECT = "duckdb"
# what stands for a source in the SQL that is read: `files.sources.typed__works`
_FILES, _SOURCES = "files", "sources"
_READ_TEXT = ("filename", "content", "size", "last_modified")
_CSV = re.compile(r"read_csv\('((?:[^']*/)?(\w+)\.csv)'[^)]*\)")


@dataclass
class ColumnReader:
    """Reads the models of one manifest. `notes`: the file that remembers what was read; it may be missing or torn."""

    manifest: dict[str, Any]
    notes: Path
    _schema: dict[str, dict[str, dict[str, dict[str, str]]]] = field(default_factory=dict)

    def read(self) -> dict[str, Columns]:
        """Id of each built model -> its columns -> what each is made of, without repetition, in order.

        A model whose SQL sqlglot cannot read has no entry.
        """
        noted, kept, found = self._noted(), dict[str, Columns](), dict[str, Columns]()
        for unique_id in self._in_order():
            node = self.manifest["nodes"][unique_id]
            sql = self._with_named_sources(node["compiled_code"])
            digest = self._digest(unique_id, sql, found)
            if (columns := noted.get(digest)) is None:
                columns = self._columns(node["name"], sql)
            if columns is not None:
                kept[digest] = found[unique_id] = columns
                tables = self._schema.setdefault(node["database"], {}).setdefault(node["schema"], {})
                tables[node["alias"]] = dict.fromkeys(columns, "text")
        if kept != noted:
            write_atomic(self.notes, orjson.dumps(kept).decode())
        return found

    def _noted(self) -> dict[str, Columns]:
        try:
            told = orjson.loads(self.notes.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return {}
        return {
            digest: {name: [(dataset, column) for dataset, column in origins] for name, origins in columns.items()}
            for digest, columns in told.items()
        }

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

    def _digest(self, unique_id: str, sql: str, found: dict[str, Columns]) -> str:
        below = [[parent, list(found[parent])] for parent in self._parents(unique_id) if parent in found]
        return hashlib.sha256(orjson.dumps([version("sqlglot"), sql, below])).hexdigest()

    def _parents(self, unique_id: str) -> list[str]:
        return sorted(self.manifest["nodes"][unique_id]["depends_on"]["nodes"])

    def _columns(self, name: str, sql: str) -> Columns | None:
        try:
            nodes = lineage(None, sql, self._schema, dialect=_DIALECT, trim_selects=False, copy=False)
        except SqlglotError as error:
            log.info("the columns of %s have no lineage: %s", name, str(error).splitlines()[0])
            return None
        return {column: _origins(node) for column, node in nodes.items()}


def _origins(node: Node) -> list[Origin]:
    found = {
        (dataset, leaf.name.rsplit(".", 1)[-1])
        for leaf in node.walk()
        if not leaf.downstream and isinstance(leaf.expression, exp.Table) and (dataset := _dataset(leaf.expression))
    }
    return sorted(found)


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
