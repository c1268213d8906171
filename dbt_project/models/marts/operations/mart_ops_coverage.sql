-- Measure of coverage, one row each: what could not be placed: how many of each thing, of how many, with examples and what
-- to do. What is counted and what it means stands in seeds/reference/coverage_measures.csv; records that were quarantined,
-- fields that nobody reads and fields with values that cannot be read have a row a reason and field.
with

measures as (

    select * from {{ source('reference', 'coverage_measures') }}

),

unplaced as (

    select * from {{ ref('unplaced_works') }}
    union all
    select * from {{ ref('unplaced_references') }}

),

found as (

    select
        measure,
        sum(items) as items,
        {{ first_texts('item_id', 5) }} as examples
    from unplaced
    where measure is not null
    group by measure

),

wholes as (

    select * from {{ ref('coverage_wholes') }}

),

quarantined as (

    select
        entity,
        reason_code,
        count(*) as items,
        {{ first_texts('record_id', 5) }} as examples
    from {{ ref('stg_openalex__quarantine') }}
    group by entity, reason_code

),

-- news of the source: fields that flatten has never heard of and does not read; and fields of values that it cannot read
odd_fields as (

    select
        entity,
        kind,
        field.key as field_name,
        sum(field.value) as items
    from (
        select
            entity,
            'unknown_field_' as kind,
            {{ each_of('map_entries(unknown_fields)') }} as field
        from {{ ref('stg_typed__batches') }}
        union all
        select
            entity,
            'emptied_field_' as kind,
            {{ each_of('map_entries(emptied_fields)') }} as field
        from {{ ref('stg_typed__batches') }}
    )
    group by entity, kind, field_name

),

records as (

    select
        entity,
        sum(records_in) as items
    from {{ ref('stg_typed__batches') }}
    group by entity

),

coverage as (

    select
        measures.measure,
        measures.unit,
        coalesce(found.items, 0) as items,
        wholes.items as of_items,
        found.examples,
        measures.description,
        measures.what_to_do
    from measures
    left join found on measures.measure = found.measure
    left join wholes on measures.unit = wholes.unit
    union all
    select
        'quarantined_' || quarantined.entity || '_' || quarantined.reason_code,
        'records',
        quarantined.items,
        records.items as of_items,
        quarantined.examples,
        'Records kept out of the tables: ' || quarantined.reason_code,
        'Read the record as received in quarantine.parquet of its typed batch'
    from quarantined
    left join records on quarantined.entity = records.entity
    union all
    select
        odd_fields.kind || odd_fields.entity || '_' || odd_fields.field_name,
        'records',
        odd_fields.items,
        records.items as of_items,
        null as examples,
        case odd_fields.kind
            when 'unknown_field_' then 'Records with a field that nothing here reads: '
            else 'Records with a value that cannot be read, or cannot be, and is left empty: '
        end || odd_fields.field_name,
        case odd_fields.kind
            when 'unknown_field_'
                then 'Read what the source says of it; then read it, or name it in include/flatten/source_fields.py'
            else 'The log of flatten names the batch; its records in the raw zone show the value'
        end
    from odd_fields
    left join records on odd_fields.entity = records.entity

),

mart_ops_coverage as (

    select
        measure,
        unit,
        cast(items as bigint) as items,
        cast(of_items as bigint) as of_items,
        {{ ratio('items', 'of_items') }} as share,
        coalesce({{ list_as_text('examples') }}, '') as example_ids,
        description,
        what_to_do
    from coverage

)

select * from mart_ops_coverage
