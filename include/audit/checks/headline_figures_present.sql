-- severity: fail
-- kind: integrity
-- group: completeness
-- table: mart_headline_figures
-- sentence: Every figure of the study has its row; one that stands for countries or bodies has a row for each of them.
-- applies: always
with

members as (

    select
        'country' as for_each,
        'side_a' as each_of,
        reporter_code as code,
        '' as category
    from dim_reporter
    where reporter_kind = 'country'
    union all
    select
        'body' as for_each,
        category as each_of,
        body_id as code,
        category
    from dim_military_body
    union all
    select
        'body' as for_each,
        body_id as each_of,
        body_id as code,
        category
    from dim_military_body
    union all
    -- the figure itself
    select
        '' as for_each,
        '' as each_of,
        '' as code,
        '' as category

),

expected as (

    select distinct
        replace(
            replace(replace(seed.figure_id, '{code}', members.code), '{lower_code}', lower(members.code)),
            '{category}', members.category
        ) as figure_id
    from reference.headline_figures as seed
    inner join members
        on coalesce(seed.for_each, '') = members.for_each
            and coalesce(seed.each_of, '') = members.each_of

)

select expected.figure_id
from expected
anti join mart_headline_figures as figures on expected.figure_id = figures.figure_id
