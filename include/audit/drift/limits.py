"""How far a measure may move: as thresholds.yml says, or as the last releases show that it usually moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

from include.audit.drift.thresholds import History, Limits, MeasureThresholds, Thresholds
from include.common.sql import read_parquet

TABLE = "mart_ops_drift"
# of a normal distribution, the standard deviation in median distances from the median
_SPREAD = 1.4826


@dataclass(frozen=True)
class Limit:
    """The limits of a measure in this run, and what they rest on, in words."""

    warn: float
    fail: float
    basis: str


def limits_of(thresholds: Thresholds, past: dict[str, list[float]]) -> dict[str, Limit]:
    """The limits of every measure; `past` has the largest movement of each compared release."""
    return {
        name: _limit(thresholds.history, measure, past.get(name, [])) for name, measure in thresholds.measures.items()
    }


def _limit(history: History, measure: MeasureThresholds, movements: Sequence[float]) -> Limit:
    if measure.least is None or measure.most is None or len(movements) < history.releases:
        return Limit(measure.fixed.warn, measure.fixed.fail, "thresholds.yml")
    middle = median(movements)
    spread = _SPREAD * median(abs(movement - middle) for movement in movements)
    bounds = zip(_both(measure.least), _both(measure.most), (history.warn_spreads, history.fail_spreads), strict=True)
    warn, fail = (min(max(middle + spreads * spread, least), most) for least, most, spreads in bounds)
    return Limit(warn, max(warn, fail), f"the movements of {len(movements)} releases")


def _both(limits: Limits) -> tuple[float, float]:
    return limits.warn, limits.fail


def past_movements(db: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> dict[str, list[float]]:
    """Measure -> the largest movement of each release in `folders` (its Parquet), as far as each tells of drift.

    What a person accepted and what a change of lists excused is no usual movement.
    """
    found: dict[str, list[float]] = {}
    for folder in folders:
        file = folder / f"{TABLE}.parquet"
        if not file.is_file():
            continue
        try:
            rows = db.execute(
                f"""
                select measure, max(abs(movement)) from {read_parquet(file)}
                where is_large and outcome in ('within', 'warned') group by measure
                """
            ).fetchall()
        except duckdb.Error:
            # a table of another program or a damaged one; that the release is torn is told elsewhere
            continue
        for name, movement in rows:
            found.setdefault(name, []).append(float(movement))
    return found
