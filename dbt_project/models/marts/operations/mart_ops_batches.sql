-- Batch, one row each: what was asked, expected, received and loaded. Built last, from the batches that this build fixed at
-- its start, so that a batch listed here is loaded in every table.
-- depends_on: {{ ref('mart_headline_figures') }}
with

typed as (

    select * from {{ ref('stg_typed__batches') }}

),

raw as (

    select * from {{ ref('stg_raw__batches') }}

),

mart_ops_batches as (

    select
        typed.batch_id,
        typed.entity,
        coalesce(raw.window_id, typed.window_id) as window_id,
        raw.window_title,
        coalesce(raw.source, '') as source,
        typed.data_origin,
        raw.strategy,
        typed.scope_id,
        typed.fetch_version,
        raw.expected_records,
        raw.received_records,
        raw.unchanged_records,
        raw.duplicate_records,
        raw.gone_records,
        raw.stored_records,
        typed.records_in,
        typed.records_typed,
        typed.records_quarantined,
        raw.requests,
        raw.credits,
        raw.api_generation,
        raw.started_at,
        raw.ended_at,
        typed.flattened_at
    from typed
    left join raw on typed.batch_id = raw.batch_id

)

select * from mart_ops_batches
