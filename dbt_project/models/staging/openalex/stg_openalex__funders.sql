-- Funder, one row each, the latest version.
with

stg_openalex__funders as (

    select
        funder_id,
        funder_name,
        upper(country_code) as country_code,
        ror,
        crossref_id,
        works_count
    from {{ source('typed', 'funders') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})
    qualify row_number() over (partition by funder_id order by batch_id desc) = 1

)

select * from stg_openalex__funders
