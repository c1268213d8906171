-- Joint paper, one row each, with what the marts count it by. Three of them are keys of sets, and few sets are different:
-- of reporters (int_reporter_sets), funders (int_funder_sets) and linkages (int_military_linkages). Marts count papers that
-- are alike first and look up afterwards who is in a set.
with

funded as (

    select
        work_id,
        {{ set_key('funder_id') }} as funder_set_key,
        bool_or(recognised_by = 'funder_id') as has_funder_by_id,
        bool_or(recognised_by != 'none') as has_recognised_funder
    from {{ ref('int_work_funders') }}
    where {{ of_slice() }}
    group by work_id

),

linked as (

    select
        work_id,
        {{ set_key("listing_basis || ':' || category") }} as linkage_set_key
    from {{ ref('int_work_linkages') }}
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
        reporters.reporter_set_key,
        funded.funder_set_key,
        funded.has_funder_by_id,
        funded.has_recognised_funder,
        linked.linkage_set_key
    from {{ ref('int_work_reporters') }} as reporters
    inner join {{ ref('int_scoped_works') }} as works on reporters.work_id = works.work_id
    left join funded on works.work_id = funded.work_id
    left join linked on works.work_id = linked.work_id
    where {{ of_slice('reporters.work_id') }}

)

select * from int_joint_works
