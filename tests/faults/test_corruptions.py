"""A sample of `make corruptions` on a small corpus: corruptions of every stage are stopped, evolutions are not."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from include.pipeline.corruptions.catalogue import CATALOGUE
from include.pipeline.corruptions.command import spoil_all
from include.pipeline.corruptions.evolutions import EVOLUTIONS, Beginning, evolve
from include.pipeline.corruptions.stages import Setting, benches, stages_of
from include.pipeline.lanes import copy_code
from include.settings import REPOSITORY, Settings

SEED = 86
# that builds a warehouse; large enough to be seen in a corpus of 740 joint papers
BUILDING = ("source_totals_halved",)
# that begin with a built warehouse or later
LATER = 11
EVOLVING = ("corrected", "list_row")


@pytest.mark.verify
def test_corruptions_are_stopped_and_evolutions_are_not(
    released: Settings, released_corpus: Path, tmp_path: Path
) -> None:
    scope = yaml.safe_load((REPOSITORY / "config" / "scopes" / "demo.yaml").read_text())
    setting = Setting(released_corpus / "overlay", scope, date.today())
    # the home has one release: none that a torn one could be left for
    later = [row for row in CATALOGUE if row.start in ("built", "exported", "audited") and "_beside_" not in row.name]
    draws = random.Random(SEED)
    chosen = draws.sample(later, LATER) + [row for row in CATALOGUE if row.name in BUILDING]
    with (
        benches(tmp_path, copy_code(tmp_path / "code"), [released_corpus], 2) as ((one, other), (url,)),
        ThreadPoolExecutor(1) as pool,
    ):
        begins = Beginning(23, released_corpus, setting, released.home)
        evolving = pool.submit(
            evolve, tmp_path, other, begins, [each for each in EVOLUTIONS if each.name in EVOLVING], print
        )
        one.source.upstream = url
        stages = stages_of(tmp_path / "stages", one, released.home, setting)
        outcomes = list(spoil_all([replace(one, known=stages.known)], stages, chosen))
        steps = evolving.result()
    assert {each.corruption.name: each.fault for each in outcomes} == {row.name: "" for row in chosen}
    assert {step.evolution.name: step.refused_by for step in steps} == dict.fromkeys(EVOLVING, ())
