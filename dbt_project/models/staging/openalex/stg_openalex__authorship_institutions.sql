-- Work x position in the author list x institution, every version.
with

stg_openalex__authorship_institutions as (

    select
        batch_id,
        work_id,
        author_index,
        institution_id,
        institution_name,
        ror,
        upper(country_code) as country_code,
        institution_type
    from {{ source('typed', 'authorship_institutions') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__authorship_institutions
