-- What could not be placed: how many of each thing, of how many, with examples and what to do. What is counted and what it
-- means stands in seeds/reference/coverage_measures.csv; records that were quarantined, fields that nobody reads and fields
-- with values that cannot be read have a row a reason and field.
with

measures as (

    select * from {{ source('reference', 'coverage_measures') }}

),

works as (

    select * from {{ ref('fct_works') }}

),

-- what of each work could not be placed
of_works as (

    select * from {{ ref('int_work_coverage') }}

),

institution_countries as (

    select
        institution_id,
        unnest([country_code, another_country_code]) as country_code
    from {{ ref('int_work_institutions') }}
    union
    select
        institution_id,
        country_code
    from {{ ref('stg_openalex__institutions') }}

),

-- one row a thing that could not be placed, or a work with so many of them
offenders as (

    select
        'authorships_without_country' as measure,
        work_id as item_id,
        authors as items
    from {{ ref('fct_work_countries') }}
    where country_code = 'ZZ' and authors > 0
    union all
    select
        'authorships_without_institution',
        work_id,
        authorships_without_institution
    from of_works
    where authorships_without_institution > 0
    union all
    select
        unnest([
            case when primary_topic_id is null then 'works_without_topic' end,
            case when publication_date is null then 'works_without_date' end,
            case when year(publication_date) != publication_year then 'works_dated_in_another_year' end,
            case when not is_in_scope then 'works_outside_scope' end,
            case when is_authors_truncated then 'works_with_truncated_authors' end,
            -- not where the record merely says no country
            case when contains(country_corrections, ' is ') then 'works_with_corrected_countries' end
        ]),
        work_id,
        1
    from works
    -- none of it is true of most works
    where contains(country_corrections, ' is ')
        or primary_topic_id is null
        or publication_date is null
        or year(publication_date) != publication_year
        or not is_in_scope
        or is_authors_truncated
    union all
    select distinct
        'works_beyond_the_filter',
        work_id,
        1
    from {{ ref('int_work_countries') }}
    where country_code != 'ZZ' and not is_shown_by_filter
    union all
    select
        'works_sharing_a_doi',
        work_id,
        1
    from works
    where doi in (
            select same.doi from works as same
            group by same.doi
            having count(*) > 1
        )
    union all
    select
        'works_without_institution',
        work_id,
        1
    from of_works
    where authorships = authorships_without_institution
    union all
    select
        'joint_papers_without_funder',
        work_id,
        1
    from {{ ref('int_joint_works') }}
    where funders is null
    union all
    select
        'works_with_contradictory_funding',
        work_id,
        1
    from of_works
    where has_contradictory_funding
    union all
    select
        'funding_entries_without_id',
        work_id,
        funding_entries_without_id
    from of_works
    where funding_entries_without_id > 0
    union all
    select
        'funding_entries_without_id_or_name',
        work_id,
        funding_entries_without_id_or_name
    from of_works
    where funding_entries_without_id_or_name > 0
    union all
    select
        'fundings_not_recognised',
        funder_id,
        1
    from {{ ref('fct_work_funding') }}
    where recognised_by = 'none'
    union all
    select
        'fundings_with_ror_of_several',
        disclosed.funder_ror,
        1
    from {{ ref('int_disclosed_funders') }} as known
    inner join (
        select distinct
            work_id,
            funder_ror,
            name_key
        from {{ ref('int_work_disclosures') }}
        where funder_ror is not null
    ) as disclosed
        on known.funder_ror = disclosed.funder_ror and known.name_key is not distinct from disclosed.name_key
    where known.funders_with_ror > 1
    union all
    select
        'award_numbers_without_meaning',
        work_id,
        award_numbers_without_meaning
    from of_works
    where award_numbers_without_meaning > 0
    union all
    select
        unnest([
            case when class_matched_by = 'none' then 'funders_without_class' end,
            case when not has_source_record then 'funders_without_source_record' end
        ]),
        funder_id,
        1
    from {{ ref('dim_funder') }}
    union all
    select
        unnest([
            case when country_code is null then 'institutions_without_country' end,
            case when not has_source_record then 'institutions_without_source_record' end
        ]),
        institution_id,
        1
    from {{ ref('dim_institution') }}
    union all
    select
        'institutions_in_two_countries',
        institution_id,
        1
    from institution_countries
    group by institution_id
    having count(distinct country_code) > 1
    union all
    select
        'unknown_country_codes',
        country_code,
        1
    from {{ ref('dim_country') }}
    where not is_known_code
    union all
    select
        unnest([
            case when bodies.ror is null then 'military_bodies_without_ror' end,
            case
                when institutions.institution_id is not null and bodies.ror != coalesce(institutions.ror, '')
                    then 'military_bodies_with_another_ror'
            end,
            case
                when bodies.ror is not null and not bodies.is_institution_in_data then 'military_bodies_not_in_data'
            end
        ]),
        bodies.body_id,
        1
    from {{ ref('dim_military_body') }} as bodies
    -- the source's own record: works keep the ROR that they were loaded with
    left join {{ ref('stg_openalex__institutions') }} as institutions
        on bodies.institution_id = institutions.institution_id

),

found as (

    select
        measure,
        sum(items) as items,
        list_sort(list_distinct(min(item_id, 5))) as examples
    from offenders
    where measure is not null
    group by measure

),

wholes as (

    select
        'authorships' as unit,
        coalesce(sum(authorships), 0) as items
    from of_works
    union all
    select
        'works',
        count(*)
    from works
    union all
    select
        'joint papers',
        count(*) filter (where is_joint)
    from works
    union all
    select
        'funding entries',
        coalesce(sum(funding_entries), 0)
    from of_works
    union all
    select
        'award numbers',
        coalesce(sum(award_numbers), 0)
    from of_works
    union all
    select
        'work fundings',
        count(*)
    from {{ ref('fct_work_funding') }}
    union all
    select
        'funders',
        count(*)
    from {{ ref('dim_funder') }}
    union all
    select
        'institutions',
        count(*)
    from {{ ref('dim_institution') }}
    union all
    select
        'country codes',
        count(*)
    from {{ ref('dim_country') }}
    union all
    select
        'bodies',
        count(*)
    from {{ ref('dim_military_body') }}

),

quarantined as (

    select
        entity,
        reason_code,
        count(*) as items,
        list_sort(list_distinct(min(record_id, 5))) as examples
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
            unnest(map_entries(unknown_fields)) as field
        from {{ ref('stg_typed__batches') }}
        union all
        select
            entity,
            'emptied_field_' as kind,
            unnest(map_entries(emptied_fields)) as field
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
        items::bigint as items,
        of_items::bigint as of_items,
        {{ ratio('items', 'of_items') }} as share,
        coalesce(array_to_string(examples, '; '), '') as example_ids,
        description,
        what_to_do
    from coverage

)

select * from mart_ops_coverage
