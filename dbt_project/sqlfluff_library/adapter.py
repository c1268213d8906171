"""What sqlfluff renders `adapter.dispatch` with, since it has no adapter: the macros of DuckDB, its dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, macro: str, _project: str) -> Callable[..., Any]:
    """The macro as DuckDB has it."""
    found: Callable[..., Any] = context.resolve(f"duckdb__{macro}")
    return found
