"""The truth of mart_copublication_trends."""

from __future__ import annotations

import duckdb

from include.sandbox import targets
from include.sandbox.truth.base import SIDE_A, SIDE_B


def write(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        f"""
        create table mart_copublication_trends as
        with counts as (
            select reporter_code, publication_year, count(*)::double as papers, sum(credit)::double as credit
            from reported group by all
        ),
        grid as (
            select distinct reporter_code, is_group, year::smallint as publication_year, counting_method
            from reporters, unnest({list(targets.YEARS)}) as years(year),
                unnest(['full', 'fractional']) as methods(counting_method)
        ),
        counted as (
            select
                grid.*,
                coalesce(case when counting_method = 'full' then counts.papers else counts.credit end, 0)
                    as joint_papers
            from grid left join counts using (reporter_code, publication_year)
        ),
        beside as (
            select
                counted.*,
                coalesce(europe.papers, 0) as all_joint_papers,
                own.papers as reporter_papers,
                china.papers as partner_papers,
                before.joint_papers as joint_before,
                start.joint_papers as joint_at_start
            from counted
            left join counts as europe
                on europe.reporter_code = '{SIDE_A}' and europe.publication_year = counted.publication_year
            left join totals as own
                on own.reporter_code = counted.reporter_code and own.publication_year = counted.publication_year
            left join totals as china
                on china.reporter_code = '{SIDE_B}' and china.publication_year = counted.publication_year
            left join counted as before
                on before.reporter_code = counted.reporter_code and before.counting_method = counted.counting_method
                and before.publication_year = counted.publication_year - 1
            left join counted as start
                on start.reporter_code = counted.reporter_code and start.counting_method = counted.counting_method
                and start.publication_year = {targets.YEARS[0]}
        )
        select
            reporter_code, '{SIDE_B}' as partner_code, publication_year, counting_method, is_group,
            joint_papers, all_joint_papers, reporter_papers, partner_papers,
            joint_papers / nullif(all_joint_papers, 0) as share_of_joint_papers,
            case when counting_method = 'full' then joint_papers / nullif(reporter_papers, 0) end
                as share_of_reporter_papers,
            case when counting_method = 'full' then joint_papers / nullif(partner_papers, 0) end
                as share_of_partner_papers,
            joint_papers / nullif(joint_before, 0) - 1 as growth_on_year_before,
            joint_papers / nullif(joint_at_start, 0) - 1 as growth_since_first_year,
            joint_papers < 25 as is_small_cell
        from beside
        """
    )
