"""The models of dbt_project/models/bi as plain SQL, without dbt: they read published tables alone, and few macros."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, StrictUndefined

from include.settings import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models" / "bi"
MACROS = REPOSITORY / "dbt_project" / "macros"
_USED = ("bi", "funders", "numbers", "reference", "slices", "text")


@cache
def bi_models() -> dict[str, str]:
    """Model -> SQL over tables of their own names, each after those that it reads."""
    macros = "".join((MACROS / f"{name}.sql").read_text() for name in _USED)
    environment = Environment(undefined=StrictUndefined, extensions=["jinja2.ext.do"])
    environment.globals |= {"ref": lambda name: name, "config": lambda **_: ""}
    found = {file.stem: environment.from_string(macros + file.read_text()).render() for file in MODELS.glob("*.sql")}
    ordered: dict[str, str] = {}
    while len(ordered) < len(found):
        for name in sorted(found.keys() - ordered.keys()):
            if references(name) & found.keys() <= ordered.keys():
                ordered[name] = found[name]
    return ordered


@cache
def references(name: str) -> set[str]:
    """The models that a model reads, also through the macros of bi.sql."""
    text = (MODELS / f"{name}.sql").read_text()
    macros = (MACROS / "bi.sql").read_text()
    # a macro calls those above it
    for macro, body in reversed(re.findall(r"{% macro (\w+)\(.*?\) -%}(.*?){%- endmacro %}", macros, flags=re.DOTALL)):
        if f"{macro}(" in text:
            text += body
    return set(re.findall(r"ref\('(\w+)'\)", text))


@cache
def is_view(name: str) -> bool:
    """Whether dbt makes a view of the model."""
    return "materialized='view'" in (MODELS / f"{name}.sql").read_text()
