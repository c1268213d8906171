"""The models of dbt_project/models/bi as plain SQL, without dbt: they read published tables alone, and few macros."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

from tests.unit.dbt_models import MACROS, models_read_by
from tests.unit.dbt_models import MODELS as ALL_MODELS

MODELS = ALL_MODELS / "bi"
_USED = ("bi", "funders", "numbers", "reference", "text", "engines/lists", "engines/slices", "engines/texts")


@cache
def bi_models() -> dict[str, str]:
    """Model -> SQL over tables of their own names, each after those that it reads."""
    macros = "".join((MACROS / f"{name}.sql").read_text() for name in _USED)
    environment = Environment(undefined=StrictUndefined, extensions=["jinja2.ext.do"])
    environment.globals |= {
        "ref": lambda name: name,
        "config": lambda **_: "",
        "return": lambda value: value,
        "adapter": SimpleNamespace(dispatch=_as_duckdb_has_it),
    }
    found = {file.stem: environment.from_string(macros + file.read_text()).render() for file in MODELS.glob("*.sql")}
    ordered: dict[str, str] = {}
    while len(ordered) < len(found):
        for name in sorted(found.keys() - ordered.keys()):
            if models_read_by(name) & found.keys() <= ordered.keys():
                ordered[name] = found[name]
    return ordered


@pass_context
def _as_duckdb_has_it(context: Context, macro: str, _project: str) -> Any:
    return context.resolve(f"duckdb__{macro}")


@cache
def is_view(name: str) -> bool:
    """Whether dbt makes a view of the model."""
    return "materialized='view'" in (MODELS / f"{name}.sql").read_text()
