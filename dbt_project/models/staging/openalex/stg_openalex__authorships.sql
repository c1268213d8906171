-- Work x position in the author list, every version. Author ids end here: nothing after this knows who a position is.
with

stg_openalex__authorships as (

    select
        batch_id,
        work_id,
        author_index,
        is_corresponding,
        filter_reads
    from {{ source('typed', 'authorships') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__authorships
