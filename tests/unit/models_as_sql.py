"""The models of dbt_project/models/bi as plain SQL, without dbt: they read published tables alone, and few macros."""

from __future__ import annotations

from functools import cache

from tests.unit.dbt_models import MODELS as ALL_MODELS
from tests.unit.dbt_models import jinja, macro_text, models_read_by

MODELS = ALL_MODELS / "bi"
_USED = ("bi", "funders", "numbers", "reference", "text", "engines/lists", "engines/slices", "engines/texts")


@cache
def bi_models() -> dict[str, str]:
    """Model -> SQL over tables of their own names, each after those that it reads."""
    macros = macro_text(*_USED)
    environment = jinja(ref=lambda name: name, config=lambda **_: "")
    found = {file.stem: environment.from_string(macros + file.read_text()).render() for file in MODELS.glob("*.sql")}
    ordered: dict[str, str] = {}
    while len(ordered) < len(found):
        for name in sorted(found.keys() - ordered.keys()):
            if models_read_by(name) & found.keys() <= ordered.keys():
                ordered[name] = found[name]
    return ordered


@cache
def is_view(name: str) -> bool:
    """Whether dbt makes a view of the model."""
    return "materialized='view'" in (MODELS / f"{name}.sql").read_text()
