"""Affiliations: printed addresses -> listed bodies that they name, by small named rules around a multi-pattern matcher.

Reads the addresses of typed batches and the lists, writes matches as Parquet (include/contracts/affiliations.py). The
warehouse, the command, the benchmark and the labelled set all use `Matcher`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.common.on_demand import on_demand

if TYPE_CHECKING:
    from include.affiliations.matcher import Match, Matcher
    from include.affiliations.scoring import Score, score
    from include.affiliations.stage import match_new

__all__ = ["Match", "Matcher", "Score", "match_new", "score"]

_MODULES = {"Match": "matcher", "Matcher": "matcher", "Score": "scoring", "match_new": "stage", "score": "scoring"}

# DAG files are parsed all the time, and need none of it
__getattr__ = on_demand(__name__, _MODULES)
