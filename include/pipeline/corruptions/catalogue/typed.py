"""Corruptions of typed batches, from which the warehouse is then built anew. Their manifests fit, where nothing else is
said."""

from __future__ import annotations

import shutil

from include.pipeline.corruptions.bench import Bench, both, typed, typed_manifests, works_kept, works_put_aside
from include.pipeline.corruptions.row import Corruption, Group

_row = Group("typed", "typed")


def _relabelled(old: str, new: str) -> str:
    return f"select * replace (if(country_code = '{old}', '{new}', country_code) as country_code) from it"


def _lose_a_folder(bench: Bench) -> None:
    """The raw batches of it as well: flatten would make it again."""
    zone = bench.lane.settings.typed_zone
    folder = max(zone.glob("batch=*"), key=lambda each: (each / "works.parquet").stat().st_size)
    (raw,) = bench.lane.settings.raw_zone.glob(f"*/{folder.name}")
    shutil.rmtree(folder)
    shutil.rmtree(raw)


TYPED: tuple[Corruption, ...] = (
    _row(
        "typed_france_is_germany",
        "France is relabelled Germany in authorships, institutions and their records.",
        "gate 3",
        "joint_papers_stable_fail",
        both(
            typed("authorship_countries", _relabelled("FR", "DE")),
            typed("authorship_institutions", _relabelled("FR", "DE")),
            typed("institutions", _relabelled("FR", "DE")),
        ),
    ),
    _row(
        "typed_top_funder_gone",
        "The top funder's links are gone.",
        "gate 3",
        "funding_by_funder_stable_fail",
        both(
            typed("work_funders", "from it where coalesce(funder_id, '') != '{top_funder}'"),
            typed("work_awards", "from it where coalesce(funder_id, '') != '{top_funder}'"),
        ),
    ),
    _row(
        "typed_years_off_by_one",
        "Every work was published a year later.",
        "gate 2",
        "fct_works",
        typed(
            "works",
            "select * replace (publication_year + 1 as publication_year, "
            "publication_date + interval 1 year as publication_date) from it",
        ),
    ),
    _row(
        "typed_topic_lost",
        "The works of the largest topic have no topic any more.",
        "gate 3",
        "topics_stable_fail",
        typed(
            "works",
            "select * replace (nullif(primary_topic_id, '{top_topic}') as primary_topic_id) from it",
        ),
    ),
    _row(
        "typed_flags_lost",
        "No work is retracted.",
        "gate 3",
        "work_flags_stable_fail",
        typed("works", "select * replace (false as is_retracted) from it"),
    ),
    _row(
        "typed_a_third_retracted",
        "A third of the works is retracted.",
        "gate 3",
        "work_flags_stable_fail",
        typed("works", "select * replace (hash(work_id) % 3 = 0 as is_retracted) from it"),
    ),
    _row(
        "typed_works_doubled",
        "Every work stands in its batch twice.",
        "gate 3",
        "mart_ops_batches_consistent",
        typed("works", "from it union all from it"),
    ),
    _row(
        "typed_works_lost",
        "A third of the works is gone from every batch, with all that belongs to them.",
        "gate 3",
        "mart_ops_batches_consistent",
        works_kept("hash(work_id) % 3 > 0"),
    ),
    _row(
        "typed_folder_lost",
        "The largest batch of works is gone, typed and raw.",
        "gate 3",
        "batches_kept",
        _lose_a_folder,
    ),
    _row(
        "typed_manifest_disagrees",
        "A third of the authorships is gone; the manifest tells of all.",
        "gate 3",
        "typed_rows_as_told",
        typed("authorships", "from it where hash(work_id) % 3 > 0", manifest_agrees=False),
    ),
    _row(
        "typed_records_in_wrong",
        "Manifests say that one record more came in than was typed or put aside.",
        "gate 2",
        "assert_records_in_are_typed_or_quarantined",
        typed_manifests(lambda manifest: {"records_in": manifest.records_in + 1}),
    ),
    _row(
        "typed_totals_halved",
        "All denominators are halved.",
        "gate 3",
        "reporter_papers_stable_fail",
        typed("totals", "select * replace (papers // 2 as papers) from it"),
    ),
    _row(
        "typed_totals_of_side_b_gone",
        "The denominators of side B are gone.",
        "gate 3",
        "partner_papers_stable_fail",
        typed("totals", "from it where not (total_kind = 'group' and group_code = 'CHINA')", where="total_kind <> ''"),
    ),
    _row(
        "typed_totals_negative",
        "A denominator is below zero.",
        "gate 3",
        "reporter_papers_stable_fail",
        typed("totals", "select * replace (-papers as papers) from it"),
    ),
    _row(
        "typed_institutions_lost",
        "No authorship has an institution any more.",
        "gate 3",
        "military_links_stable_fail",
        typed("authorship_institutions", "from it where false"),
    ),
    _row(
        "typed_corresponding_lost",
        "No author is a corresponding one.",
        "gate 3",
        "joint_papers_by_selection_stable_fail",
        typed("authorships", "select * replace (false as is_corresponding) from it"),
    ),
    _row(
        "typed_columns_exchanged",
        "Subfield and field of topics are exchanged.",
        "gate 3",
        "topics_stable_fail",
        both(
            typed(
                "work_topics",
                "select * replace (field_id as subfield_id, field_name as subfield_name, subfield_id as field_id, "
                "subfield_name as field_name) from it",
            ),
            typed(
                "topics",
                "select * replace (field_id as subfield_id, field_name as subfield_name, subfield_id as field_id, "
                "subfield_name as field_name) from it",
            ),
        ),
    ),
    _row(
        "typed_funders_of_another_country",
        "Chinese funders are of the United States.",
        "gate 3",
        "funding_by_country_stable_fail",
        typed("funders", _relabelled("CN", "US")),
    ),
    _row(
        "typed_scores_infinite",
        "The field-weighted impact of every work is infinite.",
        "gate 3",
        "fct_works_values",
        typed("works", "select * replace ('infinity'::double as fwci) from it"),
    ),
    _row(
        "typed_citations_negative",
        "Works are cited less than never.",
        "gate 3",
        "fct_works_values",
        typed("works", "select * replace (-1 as cited_by_count) from it"),
    ),
    _row(
        "typed_put_aside",
        "A third of the works is put aside for no reason; counts fit.",
        "gate 3",
        "quarantine_share_stable_fail",
        works_put_aside("hash(work_id) % 3 = 0"),
    ),
)
