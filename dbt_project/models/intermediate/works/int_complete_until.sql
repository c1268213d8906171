-- The last day of publication that counts as complete, in one row: so many days (var indexing_lag_days) before the latest
-- sweep of works, because the source adds papers for months. Without a ledger of sweeps, before today.
with

swept as (

    select cast(max(swept_at) as date) as last_swept_on from {{ ref('stg_raw__sweeps') }}

),

int_complete_until as (

    select
        cast(least(coalesce(last_swept_on, current_date), current_date) - {{ var('indexing_lag_days') }} as date)
            as complete_until
    from swept

)

select * from int_complete_until
