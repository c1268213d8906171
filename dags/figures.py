"""What a task did, in figures: the last line of its log, and its note in the grid. Holds no DAG.

A task cannot write its own note (Airflow 3.3: its API has no call for it). It hands the sentence over as an XCom, and
the scheduler writes the notes when the run has ended (plugins/entangled_notes.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from airflow.sdk import get_current_context

log = logging.getLogger("entangled")

# the key of the XCom that plugins/entangled_notes.py reads
FIGURES = "figures"


def say(figures: str) -> None:
    """Say what the running task did."""
    log.info("%s", figures)
    get_current_context()["ti"].xcom_push(key=FIGURES, value=figures)


def flattened(batches: Iterable[Any]) -> str:
    """`3 batches: 1,204 records typed, 2 in quarantine`, of typed manifests."""
    made = list(batches)
    if not made:
        return "no batch was new"
    typed = sum(batch.records_typed for batch in made)
    quarantined = sum(batch.records_quarantined for batch in made)
    return f"{len(made):,} batches: {typed:,} records typed, {quarantined:,} in quarantine"


def swept(summaries: Iterable[Any]) -> str:
    """A line a sweep, of extract summaries."""
    return "\n".join(summary.line() for summary in summaries) or "up to date, nothing was asked for"
