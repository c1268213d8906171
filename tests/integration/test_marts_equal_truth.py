"""A generated corpus through the whole pipeline, then its next state through an increment: marts equal truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.contracts.release import Release
from include.pipeline.truth import check_seed

MARTS = {
    "mart_copublication_trends",
    "mart_funding_sources",
    "mart_headline_figures",
    "mart_institution_pairs",
    "mart_military_links",
    "mart_topic_collaboration",
}


@pytest.mark.slow
def test_the_marts_equal_the_generators_truth_at_first_and_after_a_change(tmp_path: Path) -> None:
    folder = tmp_path / "seed"
    comparisons = check_seed(folder, seed=23, scale=0.02)

    assert {one.mart for one in comparisons} == {
        f"{state}: {mart}" for state in ("generated", "evolved") for mart in MARTS
    }
    assert all(one.rows > 0 for one in comparisons)
    assert [one for one in comparisons if one.differences] == []

    release = Release.load(folder / "home" / "releases" / "current" / "release.json")
    assert release.data_origin == "synthetic"
    assert release.works_in == release.works_loaded + release.works_quarantined
    assert release.works_quarantined > 0, "the corpus holds records that must be quarantined"
