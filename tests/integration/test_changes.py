"""Two of the changes of `make changes`, drawn by the suite's seed: an increment equals a rebuild from raw."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from include.pipeline.changes import CHANGES, make_changes


@pytest.mark.verify
def test_an_increment_after_a_change_equals_a_rebuild(tmp_path: Path, small_corpus: Path, seed: int) -> None:
    draws = random.Random(seed)
    names = draws.sample([change.name for change in CHANGES], 2)
    outcomes = list(make_changes(tmp_path, 0, names, corpus=small_corpus))
    assert [outcome.name for outcome in outcomes] == names
    assert [outcome.faults for outcome in outcomes] == [(), ()]
    assert all(outcome.rows > 0 for outcome in outcomes)
