"""A generated corpus through the whole pipeline, then its next state through an increment: marts equal truth."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.contracts.release import Release
from include.pipeline.truth import check_seed

MARTS = {
    "mart_copublication_monthly",
    "mart_copublication_trends",
    "mart_country_relations",
    "mart_funder_institutions",
    "mart_funding_sources",
    "mart_headline_figures",
    "mart_institution_pairs",
    "mart_military_funding",
    "mart_military_links",
    "mart_topic_collaboration",
}


def replaced_versions(home: Path) -> int:
    """Versions of works in the typed zone that a later batch replaced."""
    with duckdb.connect() as db:
        ((replaced,),) = db.execute(
            "select count(*) - count(distinct work_id) from read_parquet(?)",
            [str(home / "typed" / "batch=*" / "works.parquet")],
        ).fetchall()
    return int(replaced)


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
    # every version that came in is loaded, quarantined, or made room for a newer version of its work
    assert release.works_in == release.works_loaded + release.works_quarantined + replaced_versions(folder / "home")
    assert release.works_quarantined > 0, "the corpus holds records that must be quarantined"
