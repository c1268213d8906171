-- Topic, one row each, of those that make a work part of the subject.
with

resolved as (

    select content::json as scope from {{ source('manifests', 'scope') }}

),

topics as (

    select unnest(from_json(scope -> 'topics', '["json"]')) as topic from resolved

),

stg_scope__topics as (

    select
        topic ->> 'topic_id' as topic_id,
        topic ->> 'topic_name' as topic_name,
        topic ->> 'subfield_id' as subfield_id,
        topic ->> 'subfield_name' as subfield_name,
        topic ->> 'field_id' as field_id,
        topic ->> 'field_name' as field_name
    from topics

)

select * from stg_scope__topics
