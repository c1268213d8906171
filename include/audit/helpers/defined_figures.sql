-- Figure x how the reference table says that it is counted. A row that stands for countries or bodies says it of each.
with

members as (

    select distinct
        'country' as for_each,
        'side_a' as each_of,
        reporter_code as code
    from reporters
    where not is_group
    union all
    select
        'body' as for_each,
        unnest([category, body_id]) as each_of,
        body_id as code
    from dim_military_body
    union all
    select
        '' as for_each,
        '' as each_of,
        '' as code

)

select
    replace(replace(seed.figure_id, '{code}', members.code), '{lower_code}', lower(members.code)) as figure_id,
    seed.statistic,
    seed.leaving_out,
    seed.measure,
    seed.base_measure,
    case seed.geography
        when 'side_a' then scope.side_a_code
        when 'side_b' then scope.side_b_code
        else replace(seed.geography, '{code}', members.code)
    end as geography,
    case seed.base_geography
        when 'side_a' then scope.side_a_code
        when 'side_b' then scope.side_b_code
        else replace(seed.base_geography, '{code}', members.code)
    end as base_geography,
    case seed.counted_of
        when 'side_a' then scope.side_a_code
        when 'side_b' then scope.side_b_code
        else replace(seed.counted_of, '{code}', members.code)
    end as counted_of,
    case seed.base_of
        when 'side_a' then scope.side_a_code
        when 'side_b' then scope.side_b_code
        else replace(seed.base_of, '{code}', members.code)
    end as base_of
from reference.headline_figures as seed
cross join scope
inner join members
    on coalesce(seed.for_each, '') = members.for_each and coalesce(seed.each_of, '') = members.each_of
-- a row of its own goes before one that stands for many
qualify
    row_number() over (
        partition by replace(replace(seed.figure_id, '{code}', members.code), '{lower_code}', lower(members.code))
        order by contains(seed.figure_id, '{') asc
    ) = 1
