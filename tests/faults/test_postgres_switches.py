"""Switches in a real Postgres under four readers, publisher and server killed among them: nothing fails, nothing mixes.

`make postgres-check` does the same on a corpus that went through the whole pipeline, with 10,000 reads.
"""

from __future__ import annotations

import pytest

from include.pipeline import postgres_check
from include.pipeline.local_postgres import local_postgres
from include.settings import Settings

SEED = 17
SWITCHES, READS_A_SWITCH = 20, 25


@pytest.mark.verify
def test_switches_fail_and_mix_nothing(settings: Settings) -> None:
    told: list[str] = []
    with local_postgres() as server:
        outcome = postgres_check.switch_in_postgres(
            settings, server, SWITCHES, SEED, told.append, reads_a_switch=READS_A_SWITCH
        )
    assert outcome.torn == []
    assert outcome.examples == []
    assert outcome.is_good
    assert outcome.last_line.startswith(f"switches: {SWITCHES}, reads: ")
    assert outcome.last_line.endswith(", failed: 0, mixed: 0")
    assert sum(outcome.reads.values()) >= SWITCHES * READS_A_SWITCH
    assert min(outcome.reads.values()) > 10
    assert told


def test_two_names_are_a_mixture() -> None:
    """What the measure must see. The name of a release ends as that of its run."""
    of_one = ["20261129T161318Z-ew199e", "01M8M18X0WTV3ARSX1V9EW199E"]
    assert postgres_check._is_one(of_one)
    assert not postgres_check._is_one([*of_one, "20261129T161319Z-other1"])
