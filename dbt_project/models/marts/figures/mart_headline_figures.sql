-- The study's figures beside what this release computes: one row a figure of the seed headline_figures, whose rows may stand
-- for one figure a country or body. How a figure is counted stands there; a figure that cannot be computed says why not.
with

figures as (

    select * from {{ ref('figure_rows') }}

),

gaps as (

    select * from {{ ref('figure_gaps') }}

),

measures as (

    select * from {{ source('reference', 'figure_measures') }}

),

computed as (

    select * from {{ ref('figure_papers') }}
    union all
    select * from {{ ref('figure_ranks') }}
    union all
    select * from {{ ref('figure_links') }}

),

told as (

    select
        figures.*,
        gaps.why_not,
        gaps.incomplete_years,
        gaps.data_origin,
        case when gaps.why_not is null then computed.value end as computed_value,
        computed.base as base_papers,
        nullif(computed.note, '') as what_it_is,
        case when figures.statistic = 'growth' then measures.why_no_growth else measures.why_no_value end as why_none
    from figures
    inner join gaps on figures.figure_id = gaps.figure_id
    left join computed on figures.figure_id = computed.figure_id
    -- a share lacks what it is taken of
    left join measures
        on measures.measure = case when figures.statistic = 'share' then figures.base_measure else figures.measure end

),

mart_headline_figures as (

    select
        figure_order,
        figure_id,
        section,
        figure,
        unit,
        period,
        published_value,
        published_qualifier,
        published_source,
        computed_value,
        case when no_difference_because = '' then computed_value - published_value end as difference,
        case
            when no_difference_because = '' then {{ ratio('computed_value - published_value', 'published_value') }}
        end as relative_difference,
        computed_value is not null and coalesce(base_papers < {{ small_cell() }}, false) as is_small_cell,
        computed_value is not null as is_computable,
        case when computed_value is null then coalesce(why_not, why_none) else '' end as why_not_computable,
        definition,
        concat_ws(
            '. ',
            case when computed_value is not null then what_it_is end,
            case
                when computed_value is not null and incomplete_years is not null
                    then 'Not complete: ' || incomplete_years
            end,
            nullif(no_difference_because, '')
        ) as note,
        data_origin
    from told

)

select * from mart_headline_figures
