-- Figure of the study, one row each: what was published, what this release computes, and whether the two agree, in words.
{{ config(materialized='view') }}

with

figures as (

    select
        *,
        case published_qualifier
            when 'more than' then 'more than'
            when 'nearly' then 'nearly'
            when 'almost' then 'nearly'
            when 'about' then 'about'
            when 'derived' then 'about'
            else 'equal'
        end as comparison
    from {{ ref('mart_headline_figures') }}

),

bi_headline as (

    select
        figure_order,
        figure_id,
        section,
        figure,
        unit,
        period,
        published_value,
        case when published_value is not null then comparison end as comparison,
        computed_value as value,
        case
            -- the mart leaves the difference out where the two are not of the same thing
            when published_value is null or computed_value is null or difference is null then null
            when comparison = 'more than' then computed_value > published_value
            -- as printed, a share is rounded to whole per cents
            when abs(difference) <= case when unit in ('share', 'rate') then 0.005 else 0 end then true
            when comparison = 'nearly' then computed_value between 0.9 * published_value and published_value
            when comparison = 'about' then abs(difference) <= 0.05 * published_value
            else false
        end as agrees,
        case
            when computed_value is null then 'not computable'
            when unit = 'share' then {{ shown('100 * computed_value', 1) }} || ' %'
            when unit = 'rate' then {{ shown('100 * computed_value', 0, sign=true) }} || ' %'
            else {{ shown_whole('computed_value') }}
        end as display_text,
        is_small_cell,
        definition,
        nullif(published_source, '') as published_source,
        nullif(note, '') as note,
        nullif(why_not_computable, '') as why_not_computable
    from figures

)

select * from bi_headline
