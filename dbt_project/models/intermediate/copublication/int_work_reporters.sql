-- Joint paper, one row each, with the key of the set of reporters that it counts for. Papers are counted by the key, and
-- int_reporter_sets says who the set's members are: there are few sets.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

works_to_load as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

joint_papers as (

    select joint_papers.*
    from {{ ref('int_joint_papers') }} as joint_papers
    inner join works_to_load
        on joint_papers.work_id = works_to_load.work_id and joint_papers.batch_id = works_to_load.batch_id

),

int_work_reporters as (

    select
        work_id,
        batch_id,
        country_corrections,
        {{ set_key('reporter_code') }} as reporter_set_key
    from joint_papers
    group by work_id, batch_id, country_corrections

)

select * from int_work_reporters
