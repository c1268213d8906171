-- Work x position in the author list x address as printed, every version.
with

stg_openalex__affiliation_strings as (

    select
        batch_id,
        work_id,
        author_index,
        raw_affiliation_string,
        institutions_count
    from {{ source('typed', 'affiliation_strings') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__affiliation_strings
