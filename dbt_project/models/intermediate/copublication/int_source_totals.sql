-- Country or group x year x alone or together with side B: the source's own counts of all papers of the subject, added over
-- the (disjoint) chunks of topics (1 to n) that were asked. An answer leaves out what it counts 0 of, so every group, every
-- year and every known country that was asked for has a row.
with

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

groups as (

    select group_code from {{ ref('stg_scope__groups') }}

),

-- answers to what an earlier scope asked (other years, groups or partners) stay on disk, and are none of this scope's
answers as (

    select totals.*
    from {{ ref('stg_openalex__totals') }} as totals
    inner join scope
        on (totals.topic_chunk <= scope.topic_chunks or totals.topic_chunk is null)
            and (totals.publication_year between scope.year_from and scope.year_to or totals.publication_year is null)
            and totals.condition_code in ('', scope.side_b_code)
    where totals.total_kind not in ('group', 'group_partner')
        or totals.group_code in (select group_code from groups)

),

years as (

    select {{ each_of(numbers_between('year_from', 'year_to'), 'smallint') }} as publication_year
    from scope

),

counts as (

    select
        total_kind,
        condition_code,
        group_code,
        publication_year,
        papers
    from answers
    where group_code is not null and publication_year is not null
    union all
    -- groups and the world are asked for all years at once
    select distinct
        answers.total_kind,
        answers.condition_code,
        answers.group_code,
        years.publication_year,
        0 as papers
    from answers
    cross join years
    where answers.total_kind not in ('country', 'partner')

),

sums as (

    select
        total_kind,
        condition_code,
        group_code,
        publication_year,
        cast(sum(papers) as bigint) as papers
    from counts
    group by total_kind, condition_code, group_code, publication_year

),

-- countries are asked a year at a time, and not for years without any paper
asked_for_countries as (

    select distinct
        total_kind,
        condition_code,
        publication_year
    from answers
    where total_kind in ('country', 'partner')
    union
    select
        kinds.total_kind,
        kinds.condition_code,
        sums.publication_year
    from sums
    cross join (
        select
            'country' as total_kind,
            '' as condition_code
        union all
        select
            'partner' as total_kind,
            side_b_code as condition_code
        from scope
    ) as kinds
    where sums.total_kind = 'world' and sums.papers = 0

),

int_source_totals as (

    select
        total_kind,
        condition_code,
        group_code,
        publication_year,
        papers
    from sums
    union all
    select
        asked.total_kind,
        asked.condition_code,
        countries.country_code as group_code,
        asked.publication_year,
        0 as papers
    from asked_for_countries as asked
    cross join {{ source('reference', 'countries') }} as countries
    left join sums
        on asked.total_kind = sums.total_kind
            and asked.condition_code = sums.condition_code
            and asked.publication_year = sums.publication_year
            and countries.country_code = sums.group_code
    where sums.group_code is null

)

select * from int_source_totals
