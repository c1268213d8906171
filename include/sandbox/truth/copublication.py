"""The truth of mart_copublication_trends and mart_copublication_monthly."""

from __future__ import annotations

import duckdb

from include.sandbox import targets
from include.sandbox.truth.base import SIDE_A, SIDE_B

_HYPERAUTHORED = 100
_METHODS = {
    "full": "count(*)",
    "fractional": "sum(credit)",
    "fractional_by_affiliation": "sum(credit_by_affiliation)",
    "fractional_by_country": "sum(credit_by_country)",
}
# what a reporter's joint paper must be, by selection
_SELECTIONS = {
    "all": "true",
    "without_hyperauthored": f"n not in (select n from authorships where authors > {_HYPERAUTHORED})",
    "without_retracted": "is_retracted is distinct from true",
    "without_preprints": "type <> 'preprint'",
    "without_dual_affiliations": """
        (reporter_code, n) in (select reporter_code, n from others join reporters using (country))
        and n in (select n from others where country = 'CN')
    """,
    "english_only": "language is not distinct from 'en'",
    "first_author_reporter": """
        (reporter_code, n) in (select reporter_code, n from firsts join reporters using (country))
    """,
    "first_author_partner": "n in (select n from firsts where country = 'CN')",
    "corresponding_author_reporter": """
        (reporter_code, n) in (select reporter_code, n from corresponding join reporters using (country))
    """,
    "corresponding_author_partner": "n in (select n from corresponding where country = 'CN')",
}


def write(db: duckdb.DuckDBPyConnection) -> None:
    """Both marts, from reporter x joint paper."""
    _positions(db)
    _trends(db)
    _monthly(db)


def _positions(db: duckdb.DuckDBPyConnection) -> None:
    """Work x country of authors in certain positions: first, corresponding, and those of one side only."""
    db.execute(
        f"""
        create table firsts as select n, country from authorship_countries where author_index = 0;

        create table corresponding as
        select distinct n, country
        from authorship_countries join authorships using (n, author_index) where is_corresponding;

        create table others as
        select distinct n, country from authorship_countries as c
        where not (
            exists (from authorship_countries as a
                where a.n = c.n and a.author_index = c.author_index and a.country in {targets.EUROPE})
            and exists (from authorship_countries as b
                where b.n = c.n and b.author_index = c.author_index and b.country = 'CN')
        )
        """
    )


def _trends(db: duckdb.DuckDBPyConnection) -> None:
    counted = " union all ".join(
        f"""
        select reporter_code, publication_year, '{method}' as counting_method, '{selection}' as work_selection,
            ({number})::double as joint_papers, count(*)::double as papers
        from marked where {condition} group by reporter_code, publication_year
        """
        for selection, condition in _SELECTIONS.items()
        for method, number in _METHODS.items()
    )
    db.execute(
        f"""
        create table mart_copublication_trends as
        with marked as (
            select reported.*, works.type, works.language, works.is_retracted from reported join works using (n)
        ),
        counts as ({counted}),
        grid as (
            select distinct reporter_code, is_group, year::smallint as publication_year, counting_method, work_selection
            from reporters, unnest({list(targets.YEARS)}) as years(year),
                unnest({list(_METHODS)}) as methods(counting_method),
                unnest({list(_SELECTIONS)}) as selections(work_selection)
        ),
        counted as (
            select grid.*, coalesce(counts.joint_papers, 0) as joint_papers
            from grid left join counts using (reporter_code, publication_year, counting_method, work_selection)
        ),
        beside as (
            select
                counted.*,
                coalesce(europe.papers, 0) as all_joint_papers,
                case when counted.work_selection = 'all' then own.papers end as reporter_papers,
                case when counted.work_selection = 'all' then china.papers end as partner_papers,
                before.joint_papers as joint_before,
                start.joint_papers as joint_at_start
            from counted
            left join counts as europe
                on europe.reporter_code = '{SIDE_A}' and europe.publication_year = counted.publication_year
                and europe.counting_method = 'full' and europe.work_selection = counted.work_selection
            left join totals as own
                on own.reporter_code = counted.reporter_code and own.publication_year = counted.publication_year
            left join totals as china
                on china.reporter_code = '{SIDE_B}' and china.publication_year = counted.publication_year
            left join counted as before
                on before.reporter_code = counted.reporter_code and before.counting_method = counted.counting_method
                and before.work_selection = counted.work_selection
                and before.publication_year = counted.publication_year - 1
            left join counted as start
                on start.reporter_code = counted.reporter_code and start.counting_method = counted.counting_method
                and start.work_selection = counted.work_selection
                and start.publication_year = {targets.YEARS[0]}
        )
        select
            reporter_code, '{SIDE_B}' as partner_code, publication_year, counting_method, work_selection, is_group,
            joint_papers, all_joint_papers, reporter_papers, partner_papers,
            joint_papers / nullif(all_joint_papers, 0) as share_of_joint_papers,
            case when counting_method = 'full' then joint_papers / nullif(reporter_papers, 0) end
                as share_of_reporter_papers,
            case when counting_method = 'full' then joint_papers / nullif(partner_papers, 0) end
                as share_of_partner_papers,
            joint_papers / nullif(joint_before, 0) - 1 as growth_on_year_before,
            joint_papers / nullif(joint_at_start, 0) - 1 as growth_since_first_year,
            case
                when publication_year = {targets.YEARS[0]} or joint_at_start = 0 then null
                when joint_papers = 0 then -1
                else exp(ln(joint_papers / joint_at_start) / (publication_year - {targets.YEARS[0]})) - 1
            end as annual_growth_since_first_year,
            joint_papers / nullif(joint_at_start, 0) * 100 as first_year_index,
            -- all years of the scope ended long ago
            true as is_complete_year,
            joint_papers < 25 as is_small_cell
        from beside
        """
    )


def _monthly(db: duckdb.DuckDBPyConnection) -> None:
    counted = " union all ".join(
        f"""
        select reporter_code, month, '{method}' as counting_method, ({number})::double as joint_papers,
            count(*) filter (strftime(publication_date, '%m-%d') = '01-01') as on_january_1
        from dated group by reporter_code, month
        """
        for method, number in _METHODS.items()
    )
    db.execute(
        f"""
        create table mart_copublication_monthly as
        with dated as (
            select *, year(publication_date) * 12 + month(publication_date) - 1 as month from reported
        ),
        counts as ({counted}),
        grid as (
            select distinct reporter_code, is_group, month, counting_method
            from reporters, range((select min(month) from dated), (select max(month) + 1 from dated)) as months(month),
                unnest({list(_METHODS)}) as methods(counting_method)
        ),
        counted as (
            select grid.*, coalesce(joint_papers, 0) as joint_papers, coalesce(on_january_1, 0) as papers_on_january_1
            from grid left join counts using (reporter_code, month, counting_method)
        )
        select
            one.reporter_code, '{SIDE_B}' as partner_code, make_date(one.month // 12, one.month % 12 + 1, 1)
                as publication_month,
            one.counting_method, one.is_group, one.joint_papers, one.papers_on_january_1,
            case when count(*) = 12 then sum(other.joint_papers::decimal(28, 15))::double end
                as joint_papers_in_12_months,
            any_value(one.joint_papers) / nullif(any_value(before.joint_papers), 0) - 1 as growth_on_year_before,
            true as is_complete_month, one.joint_papers < 25 as is_small_cell
        from counted as one
        join counted as other
            on other.reporter_code = one.reporter_code and other.counting_method = one.counting_method
            and one.month - other.month between 0 and 11
        left join counted as before
            on before.reporter_code = one.reporter_code and before.counting_method = one.counting_method
            and before.month = one.month - 12
        group by all
        """
    )
