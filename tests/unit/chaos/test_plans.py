"""What is drawn for `make chaos`: the same for a seed, and of twenty runs everything."""

from __future__ import annotations

import pytest

from include.chaos.plans import CLOCKS, POSTGRES, TARGETS, draw_plans


def test_a_seed_gives_the_same_plans_and_more_runs_begin_with_those_of_fewer() -> None:
    assert draw_plans(20, seed=1) == draw_plans(20, seed=1)
    assert draw_plans(20, seed=1)[:3] == draw_plans(3, seed=1)
    assert draw_plans(20, seed=1) != draw_plans(20, seed=2)


@pytest.mark.parametrize("seed", range(20))
def test_twenty_runs_meet_everything_that_can_happen(seed: int) -> None:
    plans = draw_plans(20, seed)
    deeds = [deed for plan in plans for deed in plan.deeds]
    assert {deed.target for deed in deeds if deed.act == "kill"} == {*TARGETS, POSTGRES}
    assert {deed.act for deed in deeds} == {"kill", "kill all", "fill the disk", "set the clock", "start ten times"}
    assert {deed.seconds for deed in deeds if deed.act == "set the clock"} == {0, *(far for _, far in CLOCKS.values())}
    # in each third of a run
    assert sorted(int(deed.share * 3) for deed in deeds if deed.act == "fill the disk") == [0, 1, 2]
    assert all(0 <= deed.share <= 1 for deed in deeds)


def test_runs_with_kills_have_several_of_different_processes() -> None:
    for plan in draw_plans(20, seed=1):
        if plan.kind in ("kills", "kills with postgres"):
            targets = [deed.target for deed in plan.deeds]
            assert 2 <= len(targets) == len(set(targets)) <= 4
            assert (POSTGRES in targets) == (plan.place == "postgres")
        assert [deed.share for deed in plan.deeds] == sorted(deed.share for deed in plan.deeds)
