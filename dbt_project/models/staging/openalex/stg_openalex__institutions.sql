-- Institution, one row each, the latest version.
with

stg_openalex__institutions as (

    select
        institution_id,
        institution_name,
        ror,
        upper(country_code) as country_code,
        institution_type,
        city,
        latitude,
        longitude,
        is_super_system,
        works_count
    from {{ source('typed', 'institutions') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})
    qualify row_number() over (partition by institution_id order by batch_id desc) = 1

)

select * from stg_openalex__institutions
