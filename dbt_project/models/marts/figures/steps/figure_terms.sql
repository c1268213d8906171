-- Figure x term x geography: the papers that a figure counts, and those that it sets them against (its base).
with

figures as (

    select * from {{ ref('figure_rows') }}

),

countries as (

    select distinct reporter_code
    from {{ ref('int_reporters') }}
    where not is_group

),

figure_terms as (

    select
        figure_id,
        'papers' as term,
        measure,
        geography,
        counted_of,
        leaving_out,
        year_from,
        year_to
    from figures
    where statistic in ('sum', 'share', 'growth')
    union all
    select
        figure_id,
        'base' as term,
        base_measure as measure,
        base_geography as geography,
        base_of as counted_of,
        leaving_out,
        year_from,
        year_to
    from figures
    where statistic = 'share'
    union all
    -- each country of side A by itself
    select
        figures.figure_id,
        'papers' as term,
        figures.measure,
        countries.reporter_code as geography,
        figures.counted_of,
        figures.leaving_out,
        figures.year_from,
        figures.year_to
    from figures
    cross join countries
    where figures.statistic = 'countries_growing'

)

select * from figure_terms
