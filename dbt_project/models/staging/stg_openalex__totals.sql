-- The source's own counts, latest for each question and group.
with

stg_openalex__totals as (

    select
        total_kind,
        coalesce(condition_code, '') as condition_code,
        upper(group_code) as group_code,
        publication_year,
        topic_chunk,
        papers
    from {{ source('typed', 'totals') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})
    qualify row_number() over (
            partition by total_kind, condition_code, group_code, publication_year, topic_chunk
            order by batch_id desc
        ) = 1

)

select * from stg_openalex__totals
