-- Work x funder x field, every version, as named in `funders`, `awards` or, in older records, `grants`.
with

stg_openalex__work_funders as (

    select
        batch_id,
        work_id,
        funder_id,
        -- a number of Crossref's registry says who the funder is as a ROR does, and more surely
        coalesce('crossref:' || funder_crossref_id, funder_ror) as funder_ror,
        funder_name,
        source_field
    from {{ source('typed', 'work_funders') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__work_funders
