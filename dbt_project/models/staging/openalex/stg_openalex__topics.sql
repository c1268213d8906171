-- Topic, one row each, the latest version.
with

stg_openalex__topics as (

    select
        topic_id,
        topic_name,
        subfield_id,
        subfield_name,
        field_id,
        field_name,
        domain_id,
        domain_name,
        works_count
    from {{ source('typed', 'topics') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})
    qualify row_number() over (partition by topic_id order by batch_id desc) = 1

)

select * from stg_openalex__topics
