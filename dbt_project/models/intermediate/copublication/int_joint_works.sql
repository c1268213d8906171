-- Joint paper, one row each, with what the marts count it by. Three of them are texts that stand for a set, and few are
-- different: reporters (int_reporter_sets), funders (int_funder_sets), linkage (int_military_linkages). Marts count papers
-- that are alike first and look up afterwards what the sets mean.
with

funded as (

    select
        work_id,
        {{ joined('funder_id') }} as funders,
        bool_or(recognised_by = 'funder_id') as has_funder_by_id,
        bool_or(recognised_by != 'none') as has_recognised_funder
    from {{ ref('int_work_funders') }}
    where {{ of_slice() }}
    group by work_id

),

int_joint_works as (

    select
        works.work_id,
        works.publication_year,
        works.primary_topic_id,
        works.publisher_name,
        works.source_type,
        reporters.reporters,
        funded.funders,
        funded.has_funder_by_id,
        funded.has_recognised_funder,
        linked.linkage
    from {{ ref('int_work_reporters') }} as reporters
    inner join {{ ref('int_scoped_works') }} as works on reporters.work_id = works.work_id
    left join funded on works.work_id = funded.work_id
    left join {{ ref('int_military_linked_works') }} as linked on works.work_id = linked.work_id
    where {{ of_slice('reporters.work_id') }}

)

select * from int_joint_works
