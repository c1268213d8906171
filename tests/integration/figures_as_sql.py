"""The models of the study's figures as plain SQL, without dbt: over a warehouse that is there, with other rows."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from include.common.sql import quoted
from include.settings import REPOSITORY, Settings
from tests.unit.dbt_models import jinja, macro_text

MODELS = REPOSITORY / "dbt_project" / "models"
FOLDER = MODELS / "marts" / "figures" / "steps"
MART = "mart_headline_figures"
# those that dbt inlines into the figures
_STAGING = ("stg_scope__scope", "stg_scope__groups", "stg_reference__headline_figures")
_MACROS = ("alike", "figures", "ledger", "numbers", "engines/json", "engines/lists")


def figure_models() -> dict[str, str]:
    """Model -> its text, each after those that it reads, and the mart last."""
    files = {file.stem: file for file in (*FOLDER.glob("*.sql"), FOLDER.parent / f"{MART}.sql")}
    texts = {name: file.read_text(encoding="utf-8") for name, file in files.items()}
    ordered: dict[str, str] = {}
    while len(ordered) < len(texts):
        for name in sorted(texts.keys() - ordered.keys()):
            read = set(re.findall(r"ref\('(\w+)'\)", texts[name]))
            if read & texts.keys() <= ordered.keys():
                ordered[name] = texts[name]
    return ordered


def count_figures(db: duckdb.DuckDBPyConnection, settings: Settings, seeds: Path) -> None:
    """Make mart_headline_figures, and all models of its folder, as temporary tables of a connection to the warehouse.

    `seeds`: the reference tables to read, in place of those that the warehouse was built with.
    """
    staging = {file.stem: file for file in (MODELS / "staging").rglob("*.sql")}
    texts = {name: staging[name].read_text(encoding="utf-8") for name in _STAGING}
    texts |= figure_models()
    built = dict(
        db.execute(
            "select table_name, table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('staging', 'intermediate', 'marts')"
        ).fetchall()
    )

    def source(group: str, table: str) -> str:
        if group == "manifests":
            return f"read_text({quoted(settings.resolved_scope_file)})"
        return f"read_csv({quoted(seeds / f'{table}.csv')}, header = true, all_varchar = true)"

    macros = macro_text(*_MACROS)
    environment = jinja(source=source, ref=lambda name: f"temp.{name}" if name in texts else built[name])
    for name, text in texts.items():
        db.execute(f"create or replace temp table {name} as {environment.from_string(macros + text).render()}")
