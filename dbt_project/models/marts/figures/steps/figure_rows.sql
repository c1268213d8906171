-- Figure, one row each, as the reference table defines it: a row that stands for countries or bodies is one row for each.
with

defined as (

    select * from {{ ref('stg_reference__headline_figures') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

-- of either side
bodies as (

    select
        body_id,
        body_name,
        category
    from {{ ref('dim_military_body') }}
    where country_code in (
            select country_code from {{ ref('stg_scope__groups') }}
            where role in ('side_a', 'side_b')
        )

),

-- what a row may stand for, under the code that it is asked by
members as (

    select distinct
        'country' as for_each,
        'side_a' as each_of,
        reporter_code as code,
        reporter_name as code_name,
        '' as category
    from {{ ref('int_reporters') }}
    where not is_group
    union all
    select
        'body' as for_each,
        category as each_of,
        body_id as code,
        body_name as code_name,
        category
    from bodies
    union all
    select
        'body' as for_each,
        body_id as each_of,
        body_id as code,
        body_name as code_name,
        category
    from bodies
    union all
    -- the figure itself
    select
        '' as for_each,
        '' as each_of,
        '' as code,
        '' as code_name,
        '' as category

),

named as (

    select
        defined.figure_order,
        defined.section,
        defined.unit,
        defined.period,
        defined.year_from,
        defined.year_to,
        defined.study_id,
        defined.statistic,
        defined.measure,
        defined.leaving_out,
        defined.base_measure,
        defined.published_value,
        defined.published_qualifier,
        defined.published_source,
        defined.no_difference_because,
        {{ filled_in('defined.figure_id', 'members') }} as figure_id,
        {{ filled_in('defined.figure', 'members') }} as figure,
        {{ filled_in('defined.definition', 'members') }} as definition,
        {{ filled_in('defined.geography', 'members') }} as geography,
        {{ filled_in('defined.counted_of', 'members') }} as counted_of,
        {{ filled_in('defined.base_geography', 'members') }} as base_geography,
        {{ filled_in('defined.base_of', 'members') }} as base_of,
        defined.figure_id as defined_as
    from defined
    inner join members on defined.for_each = members.for_each and defined.each_of = members.each_of

),

-- a row of its own goes before one that stands for many
chosen as (

    select *
    from named
    qualify row_number() over (partition by figure_id order by figure_id = defined_as desc) = 1

),

figure_rows as (

    select
        -- rows of one number are numbered on from it
        cast(
            chosen.figure_order - 1
            + row_number() over (partition by chosen.figure_order order by chosen.figure_id)
            as integer
        ) as figure_order,
        chosen.figure_id,
        chosen.section,
        chosen.figure,
        chosen.unit,
        chosen.period,
        chosen.year_from,
        chosen.year_to,
        chosen.study_id,
        chosen.statistic,
        chosen.measure,
        {{ code_of_side('chosen.geography') }} as geography,
        {{ code_of_side('chosen.counted_of') }} as counted_of,
        chosen.leaving_out,
        chosen.base_measure,
        {{ code_of_side('chosen.base_geography') }} as base_geography,
        {{ code_of_side('chosen.base_of') }} as base_of,
        chosen.published_value,
        chosen.published_qualifier,
        chosen.published_source,
        chosen.no_difference_because,
        chosen.definition
    from chosen
    cross join scope

)

select * from figure_rows
