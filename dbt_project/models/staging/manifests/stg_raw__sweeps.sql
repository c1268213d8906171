-- Window of works, one row each: its last complete sweep (the ledger), whether or not something was new.
with

ledger as (

    select content::json as sweep from {{ source('manifests', 'sweeps') }}

),

stg_raw__sweeps as (

    select
        sweep ->> 'window_id' as window_id,
        {{ question_of("(sweep -> 'query')") }} as question,
        {{ day_asked_for("(sweep -> 'query')", 'from') }} as date_from,
        {{ day_asked_for("(sweep -> 'query')", 'to') }} as date_to,
        (sweep ->> 'expected')::bigint as expected_records,
        (sweep ->> 'received')::bigint as received_records,
        (sweep ->> 'records')::bigint as distinct_records,
        (sweep ->> 'requests')::bigint as requests,
        (sweep ->> 'credits')::bigint as credits,
        {{ moment("sweep ->> 'swept_at'") }} as swept_at,
        sweep ->> 'batch_id' as batch_id
    from ledger

)

select * from stg_raw__sweeps
