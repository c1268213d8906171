"""The models of dbt_project as their files and their YAML have them, without dbt."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

from include.settings import REPOSITORY

PROJECT = REPOSITORY / "dbt_project"
MODELS, MACROS = PROJECT / "models", PROJECT / "macros"
PUBLISHED = ("marts", "bi")


def is_step(file: Path) -> bool:
    """Whether it belongs to unpublished steps of a mart, which lie among the marts."""
    return file.parent.name == "steps"


def model_files(*layers: str) -> dict[str, Path]:
    """Model -> its file; of all layers where none is named."""
    folders = [MODELS / layer for layer in layers] or [MODELS]
    return {file.stem: file for folder in folders for file in sorted(folder.rglob("*.sql"))}


def described(*layers: str) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Model -> the file that describes it, and what it says there."""
    folders = [MODELS / layer for layer in layers] or [MODELS]
    return {
        model["name"]: (file, model)
        for folder in folders
        for file in sorted(folder.rglob("_*.yml"))
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    }


def published() -> dict[str, dict[str, Any]]:
    """Published model -> what its contract says."""
    return {name: model for name, (file, model) in described(*PUBLISHED).items() if not is_step(file)}


def published_names() -> set[str]:
    """Models whose files lie where published ones do."""
    return {name for name, file in model_files(*PUBLISHED).items() if not is_step(file)}


@cache
def macros() -> dict[str, str]:
    """Macro -> its whole text."""
    found = {}
    for file in MACROS.rglob("*.sql"):
        for whole, name in re.findall(r"({%-? macro (\w+)\(.*?{%-? endmacro -?%})", file.read_text(), flags=re.DOTALL):
            found[name] = whole
    return found


@cache
def models_read_by(name: str) -> set[str]:
    """The models that a model reads, also through the macros that it calls."""
    text, seen, known = model_files()[name].read_text(), set[str](), macros()
    while called := {macro for macro in known if re.search(rf"\b{macro}\(", text)} - seen:
        seen |= called
        text += "".join(known[macro] for macro in called)
    return set(re.findall(r"ref\('(\w+)'\)", text))


def macro_text(*names: str) -> str:
    """What stands in these files of macros, to be put before a model."""
    return "".join((MACROS / f"{name}.sql").read_text(encoding="utf-8") for name in names)


def jinja(**names: Any) -> Environment:
    """Jinja that renders models without dbt, for DuckDB; `names` are what they find beside the macros (ref, source)."""
    environment = Environment(undefined=StrictUndefined, extensions=["jinja2.ext.do"])
    of_dbt = {"return": lambda value: value, "adapter": SimpleNamespace(dispatch=_as_duckdb_has_it)}
    environment.globals |= of_dbt | names
    return environment


@pass_context
def _as_duckdb_has_it(context: Context, macro: str, _project: str) -> Any:
    return context.resolve(f"duckdb__{macro}")
