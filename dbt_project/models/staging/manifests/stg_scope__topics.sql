-- Topic, one row each, of those that make a work part of the subject.
with

resolved as (

    select {{ json_document('content') }} as scope from {{ source('manifests', 'scope') }}

),

topics as (

    select {{ each_of(json_list('scope', '$.topics')) }} as topic from resolved

),

stg_scope__topics as (

    select
        {{ json_text('topic', '$.topic_id') }} as topic_id,
        {{ json_text('topic', '$.topic_name') }} as topic_name,
        {{ json_text('topic', '$.subfield_id') }} as subfield_id,
        {{ json_text('topic', '$.subfield_name') }} as subfield_name,
        {{ json_text('topic', '$.field_id') }} as field_id,
        {{ json_text('topic', '$.field_name') }} as field_name
    from topics

)

select * from stg_scope__topics
