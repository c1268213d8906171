-- Window of works, one row each: its last complete sweep (the ledger), whether or not something was new.
with

ledger as (

    select {{ json_document('content') }} as sweep from {{ source('manifests', 'sweeps') }}

),

stg_raw__sweeps as (

    select
        {{ json_text('sweep', '$.window_id') }} as window_id,
        {{ question_of('sweep', '$.query') }} as question,
        {{ day_asked_for('sweep', '$.query', 'from') }} as date_from,
        {{ day_asked_for('sweep', '$.query', 'to') }} as date_to,
        cast({{ json_text('sweep', '$.expected') }} as bigint) as expected_records,
        cast({{ json_text('sweep', '$.received') }} as bigint) as received_records,
        cast({{ json_text('sweep', '$.records') }} as bigint) as distinct_records,
        cast({{ json_text('sweep', '$.requests') }} as bigint) as requests,
        cast({{ json_text('sweep', '$.credits') }} as bigint) as credits,
        {{ moment(json_text('sweep', '$.swept_at')) }} as swept_at,
        {{ json_text('sweep', '$.batch_id') }} as batch_id
    from ledger

)

select * from stg_raw__sweeps
