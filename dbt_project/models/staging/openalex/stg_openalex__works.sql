-- Work x batch that brought a version of it; int_works picks the latest.
with

stg_openalex__works as (

    select
        batch_id,
        work_id,
        doi,
        title,
        publication_year,
        publication_date,
        work_type,
        language,
        is_retracted,
        is_paratext,
        is_xpac,
        authors_count,
        is_authors_truncated,
        primary_topic_id,
        source_id,
        source_name,
        source_type,
        publisher_name,
        cited_by_count,
        fwci,
        referenced_works_count,
        updated_at,
        created_at,
        api_generation,
        content_hash
    from {{ source('typed', 'works') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

)

select * from stg_openalex__works
