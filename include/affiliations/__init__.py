"""Affiliations: printed addresses -> listed bodies that they name, by small named rules around a multi-pattern matcher.

Reads the addresses of typed batches and the lists, writes matches as Parquet (include/contracts/affiliations.py). The
warehouse, the command, the benchmark and the labelled set all use `Matcher`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.affiliations.matcher import Match, Matcher
    from include.affiliations.scoring import Score, score
    from include.affiliations.stage import match_new

__all__ = ["Match", "Matcher", "Score", "match_new", "score"]

_MODULES = {"Match": "matcher", "Matcher": "matcher", "Score": "scoring", "match_new": "stage", "score": "scoring"}


def __getattr__(name: str) -> Any:
    # on demand: DAG files are parsed all the time, and need none of it
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
