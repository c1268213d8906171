-- Window of the last plan, one row each: what the source counted in it, and what was decided.
with

plans as (

    select content::json as plan from {{ source('manifests', 'plan') }}

),

planned as (

    select
        {{ fetch_version('plan') }} as fetch_version,
        {{ moment("plan ->> 'planned_at'") }} as planned_at,
        unnest(json_extract(plan, '$.windows[*]')) as planned
    from plans

),

stg_raw__planned_windows as (

    select
        fetch_version,
        planned_at,
        planned ->> '$.window.window_id' as window_id,
        planned ->> '$.window.title' as window_title,
        (planned ->> '$.window.topic_chunk')::integer as topic_chunk,
        {{ question_of("(planned -> 'query')") }} as question,
        {{ day_asked_for("(planned -> 'query')", 'from') }} as date_from,
        {{ day_asked_for("(planned -> 'query')", 'to') }} as date_to,
        (planned ->> 'expected')::bigint as counted_records,
        planned ->> 'action' as planned_action,
        planned ->> 'reason' as planned_reason
    from planned

)

select * from stg_raw__planned_windows
