-- What could not be placed: how many of each thing, of how many.
with

works as (

    select * from {{ ref('fct_works') }}

),

authors_without_institution as (

    select count(*) as items
    from {{ ref('stg_openalex__authorships') }} as authorships
    inner join {{ ref('int_works') }} as works
        on authorships.work_id = works.work_id and authorships.batch_id = works.batch_id
    where not exists (
            select 1
            from {{ ref('stg_openalex__authorship_institutions') }} as institutions
            where institutions.work_id = authorships.work_id
                and institutions.batch_id = authorships.batch_id
                and institutions.author_index = authorships.author_index
                and institutions.institution_id is not null
        )

),

authors as (

    select
        sum(authors) filter (where country_code = 'ZZ') as without_country,
        (
            select count(*)
            from {{ ref('stg_openalex__authorships') }} as authorships
            inner join {{ ref('int_works') }} as current_works
                on authorships.work_id = current_works.work_id and authorships.batch_id = current_works.batch_id
        ) as all_authors
    from {{ ref('fct_work_countries') }}

),

quarantined as (

    select
        entity,
        reason_code,
        count(*) as items
    from {{ ref('stg_openalex__quarantine') }}
    group by entity, reason_code

),

-- news of the source: fields that flatten has never heard of and does not read
unknown_fields as (

    select
        entity,
        field.key as field_name,
        sum(field.value) as items
    from (
        select
            entity,
            unnest(map_entries(unknown_fields)) as field
        from {{ ref('stg_typed__batches') }}
    )
    group by entity, field_name

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
        'authorships_without_country' as measure,
        'authorships' as unit,
        coalesce(without_country, 0) as items,
        all_authors as of_items
    from authors
    union all
    select
        'authorships_without_institution',
        'authorships',
        authors_without_institution.items,
        authors.all_authors
    from authors_without_institution
    cross join authors
    union all
    select
        'works_without_topic',
        'works',
        count(*) filter (where primary_topic_id is null),
        count(*)
    from works
    union all
    select
        'works_without_date',
        'works',
        count(*) filter (where publication_date is null),
        count(*)
    from works
    union all
    select
        'works_outside_scope',
        'works',
        count(*) filter (where not is_in_scope),
        count(*)
    from works
    union all
    select
        'works_with_truncated_authors',
        'works',
        count(*) filter (where is_authors_truncated),
        count(*)
    from works
    union all
    select
        'works_without_institution',
        'works',
        count(*) filter (
            where work_id not in (select work_id from {{ ref('int_work_institutions') }})
        ),
        count(*)
    from works
    union all
    select
        'joint_papers_without_funder',
        'works',
        count(*) filter (
            where is_joint and work_id not in (select work_id from {{ ref('fct_work_funding') }})
        ),
        count(*) filter (where is_joint)
    from works
    union all
    select
        'funders_without_class',
        'funders',
        count(*) filter (where class_matched_by = 'none'),
        count(*)
    from {{ ref('dim_funder') }}
    union all
    select
        'funders_without_source_record',
        'funders',
        count(*) filter (where not has_source_record),
        count(*)
    from {{ ref('dim_funder') }}
    union all
    select
        'institutions_without_country',
        'institutions',
        count(*) filter (where country_code is null),
        count(*)
    from {{ ref('dim_institution') }}
    union all
    select
        'institutions_without_source_record',
        'institutions',
        count(*) filter (where not has_source_record),
        count(*)
    from {{ ref('dim_institution') }}
    union all
    select
        'unknown_country_codes',
        'country codes',
        count(*) filter (where not is_known_code),
        count(*)
    from {{ ref('dim_country') }}
    union all
    select
        'military_bodies_without_ror',
        'bodies',
        count(*) filter (where ror is null),
        count(*)
    from {{ ref('dim_military_body') }}
    union all
    select
        'quarantined_' || quarantined.entity || '_' || quarantined.reason_code,
        'records',
        quarantined.items,
        records.items as of_items
    from quarantined
    left join records on quarantined.entity = records.entity
    union all
    select
        'unknown_field_' || unknown_fields.entity || '_' || unknown_fields.field_name,
        'records',
        unknown_fields.items,
        records.items as of_items
    from unknown_fields
    left join records on unknown_fields.entity = records.entity

),

mart_ops_coverage as (

    select
        measure,
        unit,
        items::bigint as items,
        of_items::bigint as of_items,
        {{ ratio('items', 'of_items') }} as share
    from coverage

)

select * from mart_ops_coverage
