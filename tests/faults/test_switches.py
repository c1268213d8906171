"""Switches under four readers, with kill -9 in publish among them: nothing fails, nothing is mixed.

`make switches N=10000` does the same on a corpus that went through the whole pipeline.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from include import release
from include.pipeline import switches
from include.release.catalogue import kept_releases, point_at
from include.settings import Settings

SEED = 16
SWITCHES, KILLS = 300, 3


@pytest.mark.verify
def test_hundreds_of_switches_fail_and_mix_nothing(settings: Settings) -> None:
    told: list[str] = []
    outcome = switches.switch_under_readers(settings, SWITCHES, SEED, told.append)
    assert outcome.torn == []
    assert outcome.examples == []
    assert outcome.switches >= SWITCHES
    assert outcome.last_line.endswith(", failed: 0, mixed: 0")
    assert outcome.is_good
    assert sum(outcome.kills.values()) == KILLS
    assert min(outcome.reads.values()) > 10
    assert len(told) == KILLS
    assert not settings.releases_dir.joinpath("hold.json").exists()


def test_a_reader_that_follows_the_link_twice_is_found(settings: Settings) -> None:
    """What the measure must see: the switch falls between the two tables of one reading."""
    release.publish(settings, switches.Twins(settings, kept_releases(settings)[0].run_id).make())
    newer, older = kept_releases(settings)

    def follow_twice(given: Settings) -> Sequence[str]:
        found = []
        for sql, now in zip(switches._RUNS, (older, newer), strict=True):
            point_at(given, now)
            with release.open_current(given) as db:
                found.append(str(db.execute(sql).fetchall()[0][0]))
        return found

    assert len(set(follow_twice(settings))) == 2
    for now in (older, newer):
        point_at(settings, now)
        read = {kind: set(read(settings)) for kind, read in switches._READERS.items()}
        assert read == {kind: {now.run_id} for kind in switches._READERS}
