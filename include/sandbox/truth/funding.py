"""The truth of mart_funding_sources."""

from __future__ import annotations

import duckdb


def write(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """
        create table mart_funding_sources as
        with money as (select n, funder_id, funder_class from work_funders join funders using (funder_id)),
        kinds as (
            select distinct n, 'any' as level, 'ALL' as funder_class, 'ALL' as funder_id from money
            union
            select n, 'country', 'CN', 'ALL' from money where funder_class[:3] = 'cn_'
            union
            select n, 'class', funder_class, 'ALL' from money
            union
            select n, 'funder', funder_class, funder_id from money
        ),
        counts as (
            select reporter_code, publication_year, level, funder_class, funder_id, count(*) as papers
            from reported join kinds using (n) group by all
        ),
        wholes as (
            select reporter_code, publication_year, count(*) as joint_papers, count(kinds.n) as papers_with_funding
            from reported left join kinds on kinds.n = reported.n and kinds.level = 'any' group by all
        )
        select
            counts.*, papers_with_funding, joint_papers,
            papers::double / papers_with_funding as share_of_papers_with_funding,
            papers_with_funding::double / joint_papers as disclosed_share
        from counts join wholes using (reporter_code, publication_year)
        """
    )
