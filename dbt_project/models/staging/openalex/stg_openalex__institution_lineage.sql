-- Institution x ancestor, from the latest batch that names them. An institution is no ancestor of itself.
with

lineage as (

    select
        institution_id,
        ancestor_id,
        batch_id
    from {{ source('typed', 'institution_lineage') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})
    qualify batch_id = max(batch_id) over (partition by institution_id)

),

stg_openalex__institution_lineage as (

    select distinct
        institution_id,
        ancestor_id
    from lineage
    where institution_id != ancestor_id

)

select * from stg_openalex__institution_lineage
