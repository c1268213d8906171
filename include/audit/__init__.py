"""Gate 3: is the candidate fit for readers? DuckDB computes the metrics, Great Expectations judges them.

`checks.py` says what is checked, `metrics.py` computes, `judge.py` asks Great Expectations, `gate.py` puts the verdict
on disk and stops the flow when it is bad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.contracts.candidate import Verdict
    from include.settings import Settings

__all__ = ["audit"]


def audit(settings: Settings, run_id: str) -> Verdict:
    """Audit the candidate `build/<run_id>/`: verdict.json, data_docs/ and audit/mart_ops_quality_results.parquet.

    Raises:
        Refused: a check of severity `fail` failed and was not accepted. Everything is written before.
        ContractError: there is no candidate, or it is torn, or an acceptance cannot be read.
    """
    # imported late: `--help` and DAG parsing must not pay for Great Expectations
    from include.audit.gate import run_gate

    return run_gate(settings, run_id)
