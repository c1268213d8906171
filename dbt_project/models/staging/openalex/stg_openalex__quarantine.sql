-- Record x reason why it could not be typed.
with

stg_openalex__quarantine as (

    select
        batch_id,
        entity,
        record_id,
        reason_code
    from {{ source('typed', 'quarantine') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__quarantine
