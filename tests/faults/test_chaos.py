"""A run whose task, scheduler and triggerer are killed ends in the release of one that nobody disturbs.

`make chaos N=20` does the same twenty times, in more ways.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from include.chaos.check import standing
from include.chaos.plans import Deed, Plan
from include.chaos.runs import disturb, undisturbed


@pytest.mark.verify
def test_kills_of_a_task_and_of_the_scheduler_change_nothing_and_leave_nothing(tmp_path: Path) -> None:
    plan = Plan("kills", "sqlite", (Deed("kill", 0.2, "task"), Deed("kill", 0.4, "scheduler")))
    with standing(tmp_path, "sqlite", scale=0.01) as hands:
        seconds, expected = undisturbed(hands.night)
        outcome = disturb(hands, plan, seconds, expected)
        assert outcome.problems == [], outcome.line(1)
        assert len(outcome.done) == 2
        assert outcome.mended_by[0] == "make up"
        assert hands.night.down() == []
