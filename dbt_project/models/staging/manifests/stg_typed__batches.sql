-- Typed batch, one row each, of those that this build reads. A table, because it fixes them: a batch that arrives while dbt
-- runs waits for the next build in every model alike, and so does one whose addresses nobody has looked at.
{{ config(materialized='table') }}

with

manifests as (

    select {{ json_document('content') }} as manifest from {{ source('manifests', 'typed_batches') }}

),

looked_at as (

    select distinct {{ each_of(json_names(json_document('content'), '$.batches')) }} as batch_id
    from {{ source('manifests', 'matched_addresses') }}

),

stg_typed__batches as (

    select
        {{ json_text('manifest', '$.batch_id') }} as batch_id,
        {{ json_text('manifest', '$.entity') }} as entity,
        {{ json_text('manifest', '$.data_origin') }} as data_origin,
        {{ json_text('manifest', '$.scope_id') }} as scope_id,
        {{ fetch_version('manifest') }} as fetch_version,
        {{ json_text('manifest', '$.window_id') }} as window_id,
        cast({{ json_text('manifest', '$.records_in') }} as bigint) as records_in,
        cast({{ json_text('manifest', '$.records_typed') }} as bigint) as records_typed,
        cast({{ json_text('manifest', '$.records_quarantined') }} as bigint) as records_quarantined,
        {{ json_counts('manifest', '$.unknown_fields') }} as unknown_fields,
        {{ json_counts('manifest', '$.emptied_fields') }} as emptied_fields,
        {{ moment(json_text('manifest', '$.flattened_at')) }} as flattened_at
    from manifests
    where {{ json_text('manifest', '$.batch_id') }} in (select batch_id from looked_at)

)

select * from stg_typed__batches
