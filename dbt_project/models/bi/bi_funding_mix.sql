-- Reporter x year x who pays: five classes that exclude one another and add up to the joint papers.
with

reporter_years as (

    {{ reporter_years() }}

),

sides as (

    select
        max(case when side = 'side_a' then side_name end) as side_a_name,
        max(case when side = 'side_b' then side_name end) as side_b_name
    from {{ ref('dim_country') }}

),

counts as (

    {{ reporter_funding() }}

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
            when 'only_side_b' then counts.papers_with_side_b_funder - counts.papers_with_both_funders
            when 'both_sides' then counts.papers_with_both_funders
            when 'only_side_a' then counts.papers_with_side_a_funder - counts.papers_with_both_funders
            when 'only_others'
                then
                    counts.papers_with_funding
                    - counts.papers_with_side_a_funder
                    - counts.papers_with_side_b_funder
                    + counts.papers_with_both_funders
            else reporter_years.joint_papers - counts.papers_with_funding
        end as papers,
        reporter_years.joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    cross join mixes
    inner join counts
        on reporter_years.reporter_code = counts.reporter_code
            and reporter_years.publication_year = counts.publication_year

)

select * from bi_funding_mix
