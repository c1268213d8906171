-- Window of the scope, one row each: what it was asked with, when it was last swept whole, and whether that is complete. A
-- day of publication counts as swept when the last sweep with the window's question held it: so windows that were cut
-- otherwise before (a year, now its quarters; a window that was taken in halves) answer all the same.
-- depends_on: {{ ref('fct_works') }}
with

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

planned as (

    select planned.*
    from {{ ref('stg_raw__planned_windows') }} as planned
    -- the plan of another scope says nothing about this one
    inner join scope on planned.fetch_version = scope.fetch_version

),

sweeps as (

    select
        sweeps.*,
        -- a sweep that ended after this build began: what it found is not in the marts yet
        sweeps.batch_id is not null and batches.batch_id is null as is_waiting
    from {{ ref('stg_raw__sweeps') }} as sweeps
    left join {{ ref('stg_typed__batches') }} as batches on sweeps.batch_id = batches.batch_id

),

days as (

    select
        window_id,
        question,
        {{ each_of(days_between('date_from', 'date_to'), 'date') }} as day
    from planned

),

swept_days as (

    select
        days.window_id,
        days.day,
        max_by(sweeps.window_id, sweeps.swept_at) filter (where not sweeps.is_waiting) as swept_with,
        max(sweeps.swept_at) filter (where not sweeps.is_waiting) as swept_at,
        coalesce(bool_or(sweeps.is_waiting), false) as is_waiting
    from days
    left join sweeps on days.question = sweeps.question and days.day between sweeps.date_from and sweeps.date_to
    group by days.window_id, days.day

),

coverage as (

    select
        window_id,
        count(*) as days,
        count(swept_at) as days_swept,
        bool_or(is_waiting) as is_waiting,
        min(swept_at) as oldest_sweep_at
    from swept_days
    group by window_id

),

holding as (

    select distinct
        window_id,
        swept_with
    from swept_days
    where swept_with is not null

),

used as (

    select
        used.window_id,
        count(*) as sweeps,
        sum({{ days_from('sweeps.date_from', 'sweeps.date_to') }} + 1) as days,
        sum(sweeps.expected_records) as expected_records,
        sum(sweeps.received_records) as received_records,
        sum(sweeps.distinct_records) as distinct_records,
        sum(sweeps.requests) as requests,
        sum(sweeps.credits) as credits,
        max(sweeps.batch_id) as last_batch_id
    from holding as used
    inner join sweeps on used.swept_with = sweeps.window_id
    group by used.window_id

),

judged as (

    select
        planned.*,
        coverage.days,
        coverage.days_swept,
        coverage.is_waiting,
        case when coverage.days_swept = coverage.days then coverage.oldest_sweep_at end as complete_as_of,
        used.sweeps,
        used.expected_records,
        used.received_records,
        used.distinct_records,
        used.requests,
        used.credits,
        used.last_batch_id,
        -- sweeps that reach beyond the window or overlap do not add up to its records
        used.days = coverage.days as is_counted
    from planned
    inner join coverage on planned.window_id = coverage.window_id
    left join used on planned.window_id = used.window_id

),

explained as (

    select
        *,
        case
            when is_waiting then 'a sweep that ended after this build began waits for the next one'
            when days_swept = 0 then 'never swept with this query: ' || planned_action || ', ' || planned_reason
            when days_swept < days then days_swept || ' of ' || days || ' days swept with this query'
            when is_counted and planned_at > complete_as_of and counted_records <> distinct_records
                then 'the source counted ' || counted_records || ' after the sweep of ' || distinct_records
            else ''
        end as why_not_complete
    from judged

),

mart_ops_windows as (

    select
        window_id,
        window_title,
        case when date_from > date '0001-01-01' then date_from end as date_from,
        case when date_to > date '0001-01-01' then date_to end as date_to,
        topic_chunk,
        md5(question) as query_hash,
        case
            when days_swept = 0 and not is_waiting then 'never'
            when why_not_complete = '' then 'complete'
            else 'incomplete'
        end as window_status,
        why_not_complete,
        complete_as_of,
        cast(days as integer) as days,
        cast(days_swept as integer) as days_swept,
        cast(coalesce(sweeps, 0) as integer) as sweeps,
        case when is_counted then cast(expected_records as bigint) end as expected_records,
        case when is_counted then cast(received_records as bigint) end as received_records,
        case when is_counted then cast(distinct_records as bigint) end as distinct_records,
        cast(requests as bigint) as requests,
        cast(credits as bigint) as credits,
        last_batch_id,
        counted_records,
        planned_at as counted_at,
        planned_action,
        planned_reason
    from explained

)

select * from mart_ops_windows
