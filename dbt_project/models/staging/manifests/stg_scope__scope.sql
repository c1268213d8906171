-- The scope in one row: sides, years, subject.
with

resolved as (

    select {{ json_document('content') }} as scope from {{ source('manifests', 'scope') }}

),

stg_scope__scope as (

    select
        {{ json_text('scope', '$.scope_id') }} as scope_id,
        {{ fetch_version('scope') }} as fetch_version,
        {{ json_text('scope', '$.title') }} as scope_title,
        {{ json_text('scope', '$.subject_id') }} as subject_id,
        {{ json_text('scope', '$.side_a.code') }} as side_a_code,
        {{ json_text('scope', '$.side_a.name') }} as side_a_name,
        {{ json_text('scope', '$.side_b.code') }} as side_b_code,
        {{ json_text('scope', '$.side_b.name') }} as side_b_name,
        cast({{ json_text('scope', '$.year_from') }} as smallint) as year_from,
        cast({{ json_text('scope', '$.year_to') }} as smallint) as year_to,
        -- every work of the subject is loaded, joint or not
        {{ json_text('scope', '$.admit') }} = 'everything' as is_every_work_loaded,
        -- a subject without topics holds every work
        {{ json_length('scope', '$.topics') }} = 0 as is_every_work_in_subject,
        -- totals are asked by chunks of topics; counts of an earlier, longer list must not be added
        cast({{ json_length('scope', '$.topic_chunks') }} as integer) as topic_chunks
    from resolved

)

select * from stg_scope__scope
