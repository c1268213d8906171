-- Work x position in the author list x country, every version.
with

stg_openalex__authorship_countries as (

    select
        batch_id,
        work_id,
        author_index,
        upper(country_code) as country_code,
        country_basis,
        is_shown_by_filter
    from {{ source('typed', 'authorship_countries') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__authorship_countries
