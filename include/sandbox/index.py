"""Index tables of a generated corpus: what the engine filters, sorts and groups by, as Parquet."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.common.sql import quoted

_INDEX: dict[str, str] = {
    "works": """
        select
            number, work_id as id, doi, publication_year::smallint as publication_year, publication_date, type,
            language,
            is_retracted, is_paratext, false as is_xpac, topic_id, subfield_id, cited_by_count::int as cited_by_count,
            updated_date, timestamp '2025-10-10' as created_date
        from listed
        union all
        -- in the order of `i`, as `background` is
        select
            (select count(*) from listed)::int + i::int, work_id, null, publication_year, publication_date, 'article',
            'en',
            false, false, false, topic_id, subfield_id, cited_by_count, timestamp '2026-01-05 04:00:00.000001',
            timestamp '2025-10-10'
        from background join topics using (topic_id)
        order by number
    """,
    "background": """
        select (select count(*) from listed)::int + i::int as number, c1, c2 from background order by number
    """,
    "works_countries": "select distinct number, country as value from listed join shown_countries using (n)",
    "works_institution_countries": """
        select distinct number, country as value
        from listed join shown_countries using (n) where basis = 'institution'
    """,
    "works_institutions": """
        select distinct number, institution_id as value from listed join authorship_institutions using (n)
    """,
    "works_rors": """
        select distinct number, ror as value
        from listed join authorship_institutions using (n) join institutions using (institution_id)
        where ror is not null
    """,
    "works_lineage": """
        select distinct number, unnest(lineage) as value
        from listed join authorship_institutions using (n) join institutions using (institution_id)
    """,
    "works_topics": "select distinct number, work_topics.topic_id as value from listed join work_topics using (n)",
    "works_funders": """
        select distinct number, funder_id as value from listed join work_funders using (n)
        where known_by = 'funder_id'
    """,
    "works_award_funders": """
        select distinct number, funder_id as value from listed join work_funders using (n)
        where known_by = 'funder_id' and generation in ('both', 'awards') and is_in_awards
    """,
    "funders": """
        select number, funder_id as id, name as display_name, ror, country as country_code, works_count,
            0 as cited_by_count, timestamp '2026-02-16' as updated_date
        from funder_records
    """,
    "institutions": """
        select number, institution_id as id, name as display_name, ror, country as country_code, type, role,
            works_count, 0 as cited_by_count, timestamp '2026-02-16' as updated_date
        from institution_records
    """,
    "institutions_lineage": "select number, unnest(lineage) as value from institution_records",
    "topics": """
        select number, topic_id as id, name as display_name, subfield_id, subfield_name, field_id, field_name,
            domain_id, domain_name, works_count, 0 as cited_by_count, timestamp '2026-02-16' as updated_date
        from topic_records
    """,
    "merged_ids": "select id, merged_into from merged_ids",
    "country_names": "select id, display_name from country_names",
    "subfield_names": "select distinct subfield_id as id, subfield_name as display_name from topics",
}


def write_index(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write all index tables into `folder`; rows in order, so that the same corpus gives the same bytes."""
    for table, query in _INDEX.items():
        ordered = query if "order by number" in query else f"select * from ({query}) order by all"
        db.execute(f"copy ({ordered}) to {quoted(folder / f'{table}.parquet')} (format parquet, compression zstd)")
