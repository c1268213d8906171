-- Figure, one row each: why this release cannot tell it, whatever it counts, and the years of it that are not complete.
with

figures as (

    select * from {{ ref('figure_rows') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

studies as (

    select * from {{ source('reference', 'studies') }}

),

origin as (

    select max(data_origin) as data_origin from {{ ref('stg_typed__batches') }}

),

-- whose papers the marts count
geographies as (

    select distinct reporter_code as code
    from {{ ref('int_reporters') }}
    union
    select side_b_code as code
    from scope

),

terms as (

    select
        figure_id,
        geography
    from {{ ref('figure_terms') }}
    union all
    -- the group that stands among the partners instead of its members
    select
        figure_id,
        base_geography as geography
    from figures
    where statistic = 'rank' and base_geography != ''

),

terms_not_counted as (

    select
        terms.figure_id,
        min(terms.geography) as code
    from terms
    left join geographies on terms.geography = geographies.code
    where geographies.code is null
    group by terms.figure_id

),

-- years of the period that the source was not asked for, or not to the end
incomplete as (

    select
        figures.figure_id,
        {{ joined(
            'cast(completeness.publication_year as string)',
            'completeness.windows_never_swept > 0 and completeness.works_loaded = 0',
            ', '
        ) }} as years_missing,
        {{ joined('cast(completeness.publication_year as string)', separator=', ') }} as years
    from figures
    inner join {{ ref('mart_ops_completeness') }} as completeness
        on completeness.publication_year between figures.year_from and figures.year_to
    where not completeness.is_complete
    group by figures.figure_id

),

figure_gaps as (

    select
        figures.figure_id,
        case
            -- what another scope counts is no answer to the figures of a study
            when scope.subject_id != studies.subject_id
                then 'The subject of the scope is ' || scope.subject_id || ', the study''s is ' || studies.subject_id
                    || '.'
            when scope.side_a_code != studies.side_a_code or scope.side_b_code != studies.side_b_code
                then 'The scope counts ' || scope.side_a_name || ' with ' || scope.side_b_name || ', the study '
                    || studies.question || '.'
            when figures.year_from < scope.year_from or figures.year_to > scope.year_to
                then 'The scope holds ' || scope.year_from || '-' || scope.year_to || ', not ' || figures.period || '.'
            when incomplete.years_missing != ''
                then 'No work of these years is loaded: ' || incomplete.years_missing || '.'
            when figures.measure = 'papers_with_body'
                and origin.data_origin = 'synthetic'
                and not coalesce(bodies.is_institution_in_data, false)
                then 'No invented figure stands beside a real body''s name.'
            when terms_not_counted.code is not null
                then 'The scope does not count the papers of ' || terms_not_counted.code || '.'
        end as why_not,
        incomplete.years as incomplete_years,
        origin.data_origin
    from figures
    cross join scope
    cross join origin
    left join studies on figures.study_id = studies.study_id
    left join incomplete on figures.figure_id = incomplete.figure_id
    left join terms_not_counted on figures.figure_id = terms_not_counted.figure_id
    left join {{ ref('dim_military_body') }} as bodies
        on figures.measure = 'papers_with_body' and figures.counted_of = bodies.body_id

)

select * from figure_gaps
