-- The scope in one row: sides, years, subject.
with

resolved as (

    select content::json as scope from {{ source('manifests', 'scope') }}

),

stg_scope__scope as (

    select
        scope ->> 'scope_id' as scope_id,
        {{ fetch_version('scope') }} as fetch_version,
        scope ->> 'title' as scope_title,
        scope ->> 'subject_id' as subject_id,
        scope ->> '$.side_a.code' as side_a_code,
        scope ->> '$.side_a.name' as side_a_name,
        scope ->> '$.side_b.code' as side_b_code,
        scope ->> '$.side_b.name' as side_b_name,
        (scope ->> 'year_from')::smallint as year_from,
        (scope ->> 'year_to')::smallint as year_to,
        -- every work of the subject is loaded, joint or not
        scope ->> 'admit' = 'everything' as is_every_work_loaded,
        -- a subject without topics holds every work
        json_array_length(scope -> 'topics') = 0 as is_every_work_in_subject,
        -- totals are asked by chunks of topics; counts of an earlier, longer list must not be added
        json_array_length(scope -> 'topic_chunks')::integer as topic_chunks
    from resolved

)

select * from stg_scope__scope
