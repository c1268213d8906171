-- Work x award, every version. Award ids move, so the number as printed, made comparable, is the key with the funder.
with

stg_openalex__work_awards as (

    select
        batch_id,
        work_id,
        funder_id,
        -- a number of Crossref's registry says who the funder is as a ROR does, and more surely
        coalesce('crossref:' || funder_crossref_id, funder_ror) as funder_ror,
        funder_name,
        funder_award_id as award_text,
        {{ award_number('funder_award_id') }} as award_number,
        source_field
    from {{ source('typed', 'work_awards') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__work_awards
