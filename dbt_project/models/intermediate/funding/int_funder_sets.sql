-- Set of funders that papers have in common x funder, with its class: the bridge from int_joint_works to int_funders.
with

-- a set has the funders of any of its papers
one_paper_a_set as (

    select
        funder_set_key,
        any_value(work_id) as work_id
    from {{ ref('int_joint_works') }}
    where funder_set_key is not null
    group by funder_set_key

),

int_funder_sets as (

    select
        one_paper_a_set.funder_set_key,
        work_funders.funder_id,
        funders.funder_name,
        funders.funder_class,
        funders.funder_class_name
    from one_paper_a_set
    inner join {{ ref('int_work_funders') }} as work_funders on one_paper_a_set.work_id = work_funders.work_id
    inner join {{ ref('int_funders') }} as funders on work_funders.funder_id = funders.funder_id

)

select * from int_funder_sets
