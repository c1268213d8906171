"""The truth of mart_country_relations."""

from __future__ import annotations

import duckdb

from include.sandbox.truth.base import SIDE_B


def write(db: duckdb.DuckDBPyConnection) -> None:
    """How closely every country and group works with China, against the size of both."""
    db.execute(
        f"""
        create table mart_country_relations as
        with sizes as (
            select code, publication_year, papers, false as is_group from country_totals
            union all
            select reporter_code, publication_year, papers, true from totals
            where reporter_code in (select reporter_code from reporters where is_group)
        ),
        beside as (
            select
                w.code, w.is_group, w.publication_year, w.papers as joint, s.papers as own, c.papers as china,
                world.papers as everything
            from with_china as w
            left join sizes as s using (code, is_group, publication_year)
            left join country_totals as c on c.code = 'CN' and c.publication_year = w.publication_year
            left join world on world.publication_year = w.publication_year
        )
        select
            code as country_code, '{SIDE_B}' as partner_code, publication_year, is_group,
            code in (select reporter_code from reporters) as is_reporter,
            joint as joint_papers, own as country_papers, china as partner_papers, everything as world_papers,
            1 + (
                select count(*) from with_china as more
                where not more.is_group and more.publication_year = beside.publication_year
                    and more.papers > beside.joint
                    and not exists (
                        from reporters as r
                        where beside.is_group and r.reporter_code = beside.code and r.country = more.code
                    )
            ) as partner_rank,
            joint / sqrt(own::double) / sqrt(china::double) as salton_cosine,
            own::double / everything * china as expected_papers,
            joint / (own::double / everything * china) as relative_intensity,
            true as is_complete_year,
            joint < 25 as is_small_cell
        from beside
        """
    )
