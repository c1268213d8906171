-- Work x topic, every version.
with

stg_openalex__work_topics as (

    select
        batch_id,
        work_id,
        topic_id,
        topic_name,
        subfield_id,
        subfield_name,
        field_id,
        field_name,
        is_primary
    from {{ source('typed', 'work_topics') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__work_topics
