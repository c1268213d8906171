"""The truth of mart_institution_pairs."""

from __future__ import annotations

import duckdb

from include.sandbox import targets


def write(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        f"""
        create table mart_institution_pairs as
        with named as (
            select distinct n, institution_id, country
            from authorship_institutions join institutions using (institution_id)
        ),
        pairs as (
            select
                a.institution_id as institution_a_id, a.country as institution_a_country_code,
                b.institution_id as institution_b_id, w.publication_year, count(*) as joint_papers
            from joint_works as w
            join named as a on a.n = w.n and a.country in {targets.EUROPE}
            join named as b on b.n = w.n and b.country = 'CN'
            group by all
        ),
        summed as (
            select institution_a_id, institution_a_country_code, institution_b_id,
                sum(joint_papers)::bigint as joint_papers_all_years
            from pairs group by all
        ),
        ranked as (
            select *, row_number() over (
                partition by institution_a_country_code
                order by joint_papers_all_years desc, institution_a_id, institution_b_id
            ) as rank_in_country_a
            from summed
        )
        select
            institution_a_id, institution_a_country_code, institution_b_id, 'CN' as institution_b_country_code,
            publication_year, joint_papers, joint_papers_all_years, rank_in_country_a
        from pairs join ranked using (institution_a_id, institution_a_country_code, institution_b_id)
        """
    )
