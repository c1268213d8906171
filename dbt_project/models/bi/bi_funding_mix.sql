-- Reporter x year x who pays: five classes that exclude one another and add up to the joint papers.
with

reporter_years as (

    {{ reporter_years() }}

),

sides as (

    select
        max(case when side = 'side_a' then side_code end) as side_a_code,
        max(case when side = 'side_a' then side_name end) as side_a_name,
        max(case when side = 'side_b' then side_code end) as side_b_code,
        max(case when side = 'side_b' then side_name end) as side_b_name
    from {{ ref('dim_country') }}

),

counts as (

    select
        sources.reporter_code,
        sources.publication_year,
        coalesce(max(case when sources.level = 'any' then sources.papers end), 0) as of_any,
        coalesce(max(
            case when sources.level = 'side' and sources.funder_class = sides.side_a_code then sources.papers end
        ), 0) as of_side_a,
        coalesce(max(
            case when sources.level = 'side' and sources.funder_class = sides.side_b_code then sources.papers end
        ), 0) as of_side_b,
        coalesce(max(case when sources.level = 'joint' then sources.papers end), 0) as of_both
    from {{ ref('mart_funding_sources') }} as sources
    cross join sides
    where sources.level in ('any', 'side', 'joint')
    group by sources.reporter_code, sources.publication_year

),

mixes as (

    select
        1 as funding_mix_order,
        'only_side_b' as funding_mix,
        'only ' || side_b_name as funding_mix_name
    from sides
    union all
    select
        2 as funding_mix_order,
        'both_sides' as funding_mix,
        'both sides' as funding_mix_name
    union all
    select
        3 as funding_mix_order,
        'only_side_a' as funding_mix,
        'only ' || side_a_name as funding_mix_name
    from sides
    union all
    select
        4 as funding_mix_order,
        'only_others' as funding_mix,
        'only others' as funding_mix_name
    union all
    select
        5 as funding_mix_order,
        'not_disclosed' as funding_mix,
        'not disclosed' as funding_mix_name

),

bi_funding_mix as (

    select
        {{ reporter_year_columns('reporter_years') }},
        mixes.funding_mix,
        mixes.funding_mix_name,
        mixes.funding_mix_order,
        case mixes.funding_mix
            when 'only_side_b' then coalesce(counts.of_side_b - counts.of_both, 0)
            when 'both_sides' then coalesce(counts.of_both, 0)
            when 'only_side_a' then coalesce(counts.of_side_a - counts.of_both, 0)
            when 'only_others'
                then coalesce(counts.of_any - counts.of_side_a - counts.of_side_b + counts.of_both, 0)
            else reporter_years.joint_papers - coalesce(counts.of_any, 0)
        end as papers,
        reporter_years.joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    cross join mixes
    left join counts
        on reporter_years.reporter_code = counts.reporter_code
            and reporter_years.publication_year = counts.publication_year

)

select * from bi_funding_mix
