-- Record x batch that says the source merged it or took it back.
with

stg_openalex__tombstones as (

    select
        batch_id,
        entity,
        record_id,
        reason,
        merged_into_id
    from {{ source('typed', 'tombstones') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__tombstones
