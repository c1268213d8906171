"""Parquet of the snapshot as the API would send it: a row becomes a JSON object."""

from __future__ import annotations

from include.common.sql import identifier

# columns that hold text; any other column of text holds nested values as JSON text
TEXTS = frozenset({
    "id", "doi", "title", "display_name", "publication_date", "type", "type_crossref", "language", "updated_date",
    "created_date", "fulltext_origin", "cited_by_api_url", "ror", "country_code", "description", "homepage_url",
})  # fmt: skip


def as_json(name: str, kind: str) -> str:
    """SQL for a column of this DuckDB type as the API writes its values: times as text with a T, and nested values that
    a column holds as JSON text as what they are.
    """
    column = identifier(name)
    if kind == "DATE":
        return f"{column}::varchar"
    if kind.startswith("TIMESTAMP"):
        return f"replace(strftime({column}::timestamp, '%Y-%m-%dT%H:%M:%S.%f'), '.000000', '')"
    if kind == "VARCHAR" and name not in TEXTS:
        return f"case when json_valid({column}) then {column}::json else to_json({column}) end"
    return column
