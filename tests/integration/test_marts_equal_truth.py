"""A generated corpus through the whole pipeline, then its next state through an increment: marts equal truth."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.contracts.release import Release
from include.pipeline.truth import check_state, compare_release, evolve_corpus
from include.settings import Settings

MARTS = {
    "fct_work_awards",
    "fct_work_funding",
    "mart_copublication_monthly",
    "mart_copublication_trends",
    "mart_country_relations",
    "mart_funder_institutions",
    "mart_funding_coverage",
    "mart_funding_sources",
    "mart_headline_figures",
    "mart_institution_pairs",
    "mart_military_funding",
    "mart_military_links",
    "mart_topic_collaboration",
}


def counts_of_the_typed_zone(home: Path) -> tuple[int, int, dict[str, int]]:
    """Versions of works that a later batch replaced, works with a tombstone, and tombstones by reason."""
    typed = home / "typed" / "batch=*"
    with duckdb.connect() as db:
        ((replaced,),) = db.execute(
            "select count(*) - count(distinct work_id) from read_parquet(?)", [str(typed / "works.parquet")]
        ).fetchall()
        reasons = dict(
            db.execute(
                "select reason, count(*) from read_parquet(?) group by reason", [str(typed / "tombstones.parquet")]
            ).fetchall()
        )
    return int(replaced), sum(reasons.values()), reasons


def test_the_marts_equal_the_generators_truth_at_first_and_after_a_change(
    released: Settings, released_corpus: Path, tmp_path: Path
) -> None:
    current = released.releases_dir / "current"
    first = compare_release(released_corpus / "truth", current)
    log_file, later = tmp_path / "run.log", tmp_path / "evolved"
    evolve_corpus(released_corpus, later, 23, log_file)
    evolved = check_state(released.home, later, "evolved", log_file)

    assert {one.mart for one in first} == MARTS
    assert {one.mart for one in evolved} == {f"evolved: {mart}" for mart in MARTS}
    comparisons = [*first, *evolved]
    assert all(one.rows > 0 for one in comparisons)
    assert [one for one in comparisons if one.differences] == []

    with duckdb.connect() as db:
        ways = db.execute(
            """
            select list(distinct recognised_by order by recognised_by)
            from read_parquet(?) where pattern_id is not null
            """,
            [str(current / "parquet" / "fct_work_awards.parquet")],
        ).fetchall()
    assert ways == [(["award_pattern", "funder_id", "funder_name", "funder_ror"],)], (
        "programmes tell numbers beside a funder too"
    )

    release = Release.load(current / "release.json")
    assert release.data_origin == "synthetic"
    # every version that came in is loaded, quarantined, made room for a newer version, or is of a work that vanished
    replaced, vanished, reasons = counts_of_the_typed_zone(released.home)
    assert (release.works_replaced, release.works_vanished) == (replaced, vanished)
    assert release.works_in == release.works_loaded + release.works_quarantined + replaced + vanished
    assert set(reasons) == {"deleted", "merged", "out_of_scope"}
    assert release.works_quarantined > 0, "the corpus holds records that must be quarantined"
