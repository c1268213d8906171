-- Raw batch, one row each, by its manifest: what was asked, expected and received.
with

manifests as (

    select {{ json_document('content') }} as manifest from {{ source('manifests', 'raw_batches') }}

),

stg_raw__batches as (

    select
        {{ json_text('manifest', '$.batch_id') }} as batch_id,
        {{ json_text('manifest', '$.entity') }} as entity,
        {{ json_text('manifest', '$.source') }} as source,
        {{ json_text('manifest', '$.data_origin') }} as data_origin,
        {{ json_text('manifest', '$.strategy') }} as strategy,
        {{ json_text('manifest', '$.scope_id') }} as scope_id,
        {{ fetch_version('manifest') }} as fetch_version,
        {{ json_text('manifest', '$.window.window_id') }} as window_id,
        {{ json_text('manifest', '$.window.title') }} as window_title,
        cast({{ json_text('manifest', '$.expected') }} as bigint) as expected_records,
        cast({{ json_text('manifest', '$.received') }} as bigint) as received_records,
        cast({{ json_text('manifest', '$.unchanged') }} as bigint) as unchanged_records,
        cast({{ json_text('manifest', '$.stored') }} as bigint) as stored_records,
        cast({{ json_text('manifest', '$.duplicates') }} as bigint) as duplicate_records,
        cast({{ json_text('manifest', '$.gone') }} as bigint) as gone_records,
        cast({{ json_text('manifest', '$.requests') }} as bigint) as requests,
        cast({{ json_text('manifest', '$.credits') }} as bigint) as credits,
        {{ moment(json_text('manifest', '$.started_at')) }} as started_at,
        {{ moment(json_text('manifest', '$.ended_at')) }} as ended_at,
        {{ json_text('manifest', '$.api_generation') }} as api_generation
    from manifests

)

select * from stg_raw__batches
