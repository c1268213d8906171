"""The models are one SQL for two engines: what differs between DuckDB and Spark lies in macros/engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.dbt_models import MACROS, MODELS, PROJECT, macros

ENGINES = MACROS / "engines"
# functions that both engines have, with the same meaning; each was compared by `make spark-equal`
PORTABLE = {
    *("abs", "any_value", "avg", "bool_and", "bool_or", "cast", "coalesce", "concat_ws", "contains", "count"),
    *(
        "date_trunc",
        "day",
        "first_value",
        "greatest",
        "lag",
        "last_day",
        "least",
        "lower",
        "make_date",
        "map_entries",
        "max",
        "max_by",
    ),
    *("md5", "min", "min_by", "month", "nullif", "pow", "rank", "replace", "round", "row_number", "split_part", "sqrt"),
    *("sum", "translate", "trim", "try_cast", "upper", "year", "decimal"),
}
# words that stand before a bracket and call nothing
WORDS = {
    *("all", "and", "as", "by", "distinct", "else", "end", "exists", "filter", "from", "having", "in", "join", "not"),
    *("on", "or", "over", "select", "then", "union", "using", "values", "when", "where", "window", "with"),
}
# what DuckDB alone understands
FOREIGN = {
    "a cast by ::": r"::",
    "columns left out or replaced": r"\*\s+(exclude|replace)\b",
    "JSON by an arrow": r"->",
    "a list in brackets": r"(?<![\w'\]])\[",
    "columns put together by name": r"\bby name\b",
    "rows compared as a whole with a query": r"\)\s+(not\s+)?in\s*\(\s*select",
    "a type of DuckDB": r"\bas (varchar|text|hugeint|ubigint|timestamptz)\b",
    "a semi or anti join": r"\b(semi|anti|asof|positional)\s+join\b",
}
FILES = [*sorted(MODELS.rglob("*.sql")), *sorted(file for file in MACROS.rglob("*.sql") if file.parent != ENGINES)]
_COMMENTS = re.compile(r"{#.*?#}|--[^\n]*", re.DOTALL)
_JINJA = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)


def _sql(file: Path) -> str:
    """The SQL of a file without its Jinja, its comments and its texts."""
    text = _JINJA.sub(" 1 ", _COMMENTS.sub("", file.read_text(encoding="utf-8")))
    return re.sub(r"'(?:[^']|'')*'", "''", text)


def _names(file: Path) -> Iterator[str]:
    known = macros().keys()
    return (name for name in re.findall(r"\b([a-z_]\w*)\s*\(", _sql(file)) if name not in known)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_a_model_calls_what_both_engines_have(file: Path) -> None:
    # the columns of a relation stand behind its name
    relations = {*re.findall(r"\bas (\w+) \(", _sql(file)), *re.findall(r"\b(\w+) as \(", _sql(file))}
    assert sorted({*_names(file)} - PORTABLE - WORDS - relations) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_a_model_is_written_as_both_engines_read_it(file: Path) -> None:
    assert [what for what, form in FOREIGN.items() if re.search(form, _sql(file))] == []


def test_what_differs_is_there_for_both_engines() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in ENGINES.glob("*.sql"))
    dispatched = set(re.findall(r"adapter\.dispatch\('(\w+)', 'entangled'\)", text))
    assert len(dispatched) > 20
    lacking = {f"{engine}__{name}" for name in dispatched for engine in ("duckdb", "spark")} - macros().keys()
    assert lacking == set()


@pytest.mark.parametrize(
    "sql", ["select strip_accents(name) from works", "select a::int from works", "select * exclude (a) from works"]
)
def test_what_one_engine_alone_has_is_found(sql: str, tmp_path: Path) -> None:
    file = tmp_path / "model.sql"
    file.write_text(sql)
    is_foreign = any(re.search(form, _sql(file)) for form in FOREIGN.values())
    assert is_foreign or {*_names(file)} - PORTABLE - WORDS
