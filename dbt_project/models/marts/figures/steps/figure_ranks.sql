-- Figure that is a rank, one row each: the place of a country or group among all partners of side B.
with

figures as (

    select * from {{ ref('figure_rows') }}
    where statistic = 'rank'

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

groups as (

    select * from {{ ref('stg_scope__groups') }}

),

-- one group stands among the countries, instead of its members
partners as (

    select
        figures.figure_id,
        totals.group_code as partner_code,
        sum(totals.papers) as papers
    from figures
    cross join scope
    inner join {{ ref('int_totals') }} as totals
        on scope.side_b_code = totals.condition_code
            and totals.publication_year between figures.year_from and figures.year_to
    left join (
        select distinct
            group_code,
            country_code
        from groups
    ) as members
        on figures.base_geography = members.group_code and totals.group_code = members.country_code
    where (
        totals.total_kind = 'partner'
        and members.country_code is null
        and totals.group_code not in (
            select country_code from groups
            where role = 'side_b'
        )
    )
    or (totals.total_kind = 'group_partner' and totals.group_code = figures.base_geography)
    group by figures.figure_id, totals.group_code

),

ranked as (

    select
        figure_id,
        partner_code,
        rank() over (partition by figure_id order by papers desc) as partner_rank
    from partners

),

figure_ranks as (

    select
        figures.figure_id,
        figures.geography,
        figures.period,
        cast(ranked.partner_rank as double) as value,
        cast(null as double) as base,
        '' as note
    from figures
    inner join ranked on figures.figure_id = ranked.figure_id and figures.geography = ranked.partner_code

)

select * from figure_ranks
