-- Typed batch, one row each, of those that this build reads. A table, because it fixes them: a batch that arrives while dbt
-- runs waits for the next build in every model alike, and so does one whose addresses nobody has looked at.
{{ config(materialized='table') }}

with

manifests as (

    select content::json as manifest from {{ source('manifests', 'typed_batches') }}

),

looked_at as (

    select distinct unnest(json_keys(content::json -> 'batches')) as batch_id
    from {{ source('manifests', 'matched_addresses') }}

),

stg_typed__batches as (

    select
        manifest ->> 'batch_id' as batch_id,
        manifest ->> 'entity' as entity,
        manifest ->> 'data_origin' as data_origin,
        manifest ->> 'scope_id' as scope_id,
        {{ fetch_version('manifest') }} as fetch_version,
        manifest ->> 'window_id' as window_id,
        (manifest ->> 'records_in')::bigint as records_in,
        (manifest ->> 'records_typed')::bigint as records_typed,
        (manifest ->> 'records_quarantined')::bigint as records_quarantined,
        (manifest -> 'unknown_fields')::map (varchar, bigint) as unknown_fields,
        coalesce(manifest -> 'emptied_fields', '{}'::json)::map (varchar, bigint) as emptied_fields,
        {{ moment("manifest ->> 'flattened_at'") }} as flattened_at
    from manifests
    where manifest ->> 'batch_id' in (select batch_id from looked_at)

)

select * from stg_typed__batches
