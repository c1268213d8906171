-- Raw batch, one row each, by its manifest: what was asked, expected and received.
with

manifests as (

    select content::json as manifest from {{ source('manifests', 'raw_batches') }}

),

stg_raw__batches as (

    select
        manifest ->> 'batch_id' as batch_id,
        manifest ->> 'entity' as entity,
        manifest ->> 'source' as source,
        manifest ->> 'data_origin' as data_origin,
        manifest ->> 'strategy' as strategy,
        manifest ->> 'scope_id' as scope_id,
        {{ fetch_version('manifest') }} as fetch_version,
        manifest ->> '$.window.window_id' as window_id,
        manifest ->> '$.window.title' as window_title,
        (manifest ->> 'expected')::bigint as expected_records,
        (manifest ->> 'received')::bigint as received_records,
        (manifest ->> 'unchanged')::bigint as unchanged_records,
        (manifest ->> 'stored')::bigint as stored_records,
        (manifest ->> 'duplicates')::bigint as duplicate_records,
        (manifest ->> 'gone')::bigint as gone_records,
        (manifest ->> 'requests')::bigint as requests,
        (manifest ->> 'credits')::bigint as credits,
        {{ moment("manifest ->> 'started_at'") }} as started_at,
        {{ moment("manifest ->> 'ended_at'") }} as ended_at,
        manifest ->> 'api_generation' as api_generation
    from manifests

)

select * from stg_raw__batches
