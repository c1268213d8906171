-- Figures as the reference table defines them, one row each; a row with for_each stands for one figure a country or body.
with

stg_reference__headline_figures as (

    select
        cast(figure_order as integer) as figure_order,
        figure_id,
        section,
        figure,
        unit,
        period,
        cast(split_part(period, '-', 1) as smallint) as year_from,
        cast(split_part(period, '-', -1) as smallint) as year_to,
        study_id,
        coalesce(for_each, '') as for_each,
        coalesce(each_of, '') as each_of,
        statistic,
        measure,
        coalesce(geography, '') as geography,
        coalesce(counted_of, '') as counted_of,
        coalesce(leaving_out, '') as leaving_out,
        coalesce(base_measure, '') as base_measure,
        coalesce(base_geography, '') as base_geography,
        coalesce(base_of, '') as base_of,
        cast(published_value as double) as published_value,
        coalesce(published_qualifier, '') as published_qualifier,
        coalesce(published_source, '') as published_source,
        coalesce(no_difference_because, '') as no_difference_because,
        definition
    from {{ source('reference', 'headline_figures') }}

)

select * from stg_reference__headline_figures
