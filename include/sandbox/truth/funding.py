"""The truth of the marts of funding, and of fct_work_funding and fct_work_awards."""

from __future__ import annotations

import duckdb

from include.sandbox import targets
from include.sandbox.truth.base import SIDE_A, SIDE_B


def write(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        f"""
        create table financed as
        select
            n, funder_id, funder_class,
            -- the invented institutions of the European Union are in Belgium
            case when country = 'CN' then '{SIDE_B}' when country in {targets.EUROPE} then '{SIDE_A}' end as side
        from work_funders join funders using (funder_id);

        create table fct_work_funding as
        select work_id, funder_id, funder_class, known_by as recognised_by
        from loaded_works join work_funders using (n) join funders using (funder_id);

        -- a pattern finds the numbers of its programme
        create table fct_work_awards as
        select distinct
            work_id, funder_id, number as award_number, known_by as recognised_by,
            case when programme in (select programme from patterns) then programme end as programme_code
        from loaded_works join work_funders using (n) join work_awards using (n, place, funder_id)
            join funders using (funder_id);

        create table mart_funding_sources as
        with
        kinds as (
            select distinct n, 'any' as level, 'ALL' as funder_class, 'ALL' as funder_id from financed
            union
            select n, 'side', side, 'ALL' from financed where side is not null
            union
            select n, 'joint', 'ALL', 'ALL' from financed group by n having count(distinct side) = 2
            union
            select n, 'class', funder_class, 'ALL' from financed
            union
            select n, 'funder', funder_class, funder_id from financed
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
            papers_with_funding::double / joint_papers as disclosed_share, papers_with_funding < 25 as is_small_cell
        from counts join wholes using (reporter_code, publication_year);

        create table mart_funding_coverage as
        with
        ways as (
            select n, bool_or(known_by = 'funder_id') as has_id, bool_and(known_by = 'none') as is_unknown
            from work_funders group by n
        ),
        published as (
            select
                reporter_code, publication_year, n, has_id, is_unknown,
                coalesce(publisher, 'unknown') as publisher, coalesce(source_type, 'unknown') as source_type
            from reported
            left join work_sources using (n)
            left join sources using (source_id)
            left join ways using (n)
        ),
        places as (
            select *, 'all' as dimension, 'ALL' as dimension_value from published
            union all
            select *, 'publisher', publisher from published
            union all
            select *, 'source_type', source_type from published
        )
        select
            reporter_code, publication_year, dimension, dimension_value,
            count(*) as joint_papers,
            count(has_id) as papers_with_funding,
            count(*) filter (has_id) as papers_with_funder_id,
            count(*) filter (not has_id and not is_unknown) as papers_recognised_otherwise,
            count(*) filter (is_unknown) as papers_with_unrecognised_funders,
            count(has_id)::double / count(*) as disclosed_share,
            count(*) < 25 as is_small_cell
        from places group by all;

        create table mart_funder_institutions as
        with papers as (
            select distinct institution_id, country, n
            from authorship_institutions join institutions using (institution_id) semi join joint_works using (n)
            where country = 'CN' or country in {targets.EUROPE}
        ),
        wholes as (
            select
                institution_id, country as country_code,
                case country when 'CN' then '{SIDE_B}' else '{SIDE_A}' end as side_code,
                count(*) filter (n in (select n from financed)) as papers_with_funding, count(*) as joint_papers
            from papers group by institution_id, country
        ),
        counts as (
            select institution_id, 'funder' as level, funder_class, funder_id, count(*) as papers
            from papers join financed using (n) group by all
            union all
            select institution_id, 'class', funder_class, 'ALL', count(distinct n)
            from papers join financed using (n) group by all
        )
        select
            counts.*, wholes.* exclude (institution_id),
            papers::double / papers_with_funding as share_of_papers_with_funding,
            papers_with_funding::double / joint_papers as disclosed_share, papers_with_funding < 25 as is_small_cell
        from counts join wholes using (institution_id)
        """
    )
