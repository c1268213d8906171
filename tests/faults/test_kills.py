"""A run that is killed (SIGKILL) at ten random moments ends in the typed tables and marts of one that never was.

`make crash N=200` does the same with more kills.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from include.pipeline.crash import kill_runs

KILLS = 10


@pytest.mark.verify
def test_ten_kills_change_nothing(small_sandbox: str, small_corpus: Path, seed: int, tmp_path: Path) -> None:
    outcomes = list(kill_runs(tmp_path, small_sandbox, small_corpus / "overlay", KILLS, seed))
    assert [outcome.differences for outcome in outcomes if outcome.differences] == []
    assert sum(len(outcome.kills) for outcome in outcomes) == KILLS
