-- Window of the last plan, one row each: what the source counted in it, and what was decided.
with

plans as (

    select {{ json_document('content') }} as plan from {{ source('manifests', 'plan') }}

),

planned as (

    select
        {{ fetch_version('plan') }} as fetch_version,
        {{ moment(json_text('plan', '$.planned_at')) }} as planned_at,
        {{ each_of(json_list('plan', '$.windows')) }} as planned
    from plans

),

stg_raw__planned_windows as (

    select
        fetch_version,
        planned_at,
        {{ json_text('planned', '$.window.window_id') }} as window_id,
        {{ json_text('planned', '$.window.title') }} as window_title,
        cast({{ json_text('planned', '$.window.topic_chunk') }} as integer) as topic_chunk,
        {{ question_of('planned', '$.query') }} as question,
        {{ day_asked_for('planned', '$.query', 'from') }} as date_from,
        {{ day_asked_for('planned', '$.query', 'to') }} as date_to,
        cast({{ json_text('planned', '$.expected') }} as bigint) as counted_records,
        {{ json_text('planned', '$.action') }} as planned_action,
        {{ json_text('planned', '$.reason') }} as planned_reason
    from planned

)

select * from stg_raw__planned_windows
