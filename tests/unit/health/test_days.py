"""On clean days by our own clock nobody is told anything, on broken ones everybody what has to be known."""

from __future__ import annotations

from pathlib import Path

from include.health.drill.days import broken_days, clean_days, home_for, play
from include.health.drill.receivers import webhook


def test_there_are_twenty_of_each_and_they_cover_every_kind_of_alert() -> None:
    clean, broken = clean_days(), broken_days()
    assert len(clean) == len(broken) == 20
    assert not [day.name for day in clean if day.causes]
    kinds = {cause.partition(".")[0] for day in broken for cause in day.causes}
    assert kinds == {"task", "gate", "late", "warnings", "drift", "credits", "disk", "service"}


def test_a_sample_of_days_is_told_exactly(tmp_path: Path, seed: int) -> None:
    with webhook() as received:
        settings = home_for(tmp_path / "home", [received])
        tally = play(settings, [*clean_days()[:10:2], *broken_days()[::3]], [received], seed=seed)
    assert (tally.clean, tally.broken, tally.missed, tally.false) == (5, 7, [], [])
