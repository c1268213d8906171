-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_ops_coverage
-- sentence: What could not be placed, and of how many, is what the facts, dimensions and the quarantine say.
-- applies: always
with

recounted as (

    select
        unnest([
            'works_without_topic',
            'works_without_date',
            'works_dated_in_another_year',
            'works_outside_scope',
            'works_with_truncated_authors',
            'works_with_corrected_countries'
        ]) as measure,
        unnest([
            count(*) filter (where primary_topic_id is null),
            count(*) filter (where publication_date is null),
            count(*) filter (where year(publication_date) != publication_year),
            count(*) filter (where not is_in_scope),
            count(*) filter (where is_authors_truncated),
            count(*) filter (where contains(country_corrections, ' is '))
        ]) as items,
        count(*) as of_items
    from fct_works
    union all
    select
        'joint_papers_without_funder' as measure,
        count(*) filter (where work_id not in (select work_id from fct_work_funding)) as items,
        count(*) as of_items
    from fct_works
    where is_joint
    union all
    select
        'fundings_not_recognised' as measure,
        count(*) filter (where recognised_by = 'none') as items,
        count(*) as of_items
    from fct_work_funding
    union all
    select
        unnest(['funders_without_class', 'funders_without_source_record']) as measure,
        unnest([
            count(*) filter (where class_matched_by = 'none'),
            count(*) filter (where not has_source_record)
        ]) as items,
        count(*) as of_items
    from dim_funder
    union all
    select
        unnest(['institutions_without_country', 'institutions_without_source_record']) as measure,
        unnest([
            count(*) filter (where country_code is null),
            count(*) filter (where not has_source_record)
        ]) as items,
        count(*) as of_items
    from dim_institution
    union all
    select
        'unknown_country_codes' as measure,
        count(*) filter (where not is_known_code) as items,
        count(*) as of_items
    from dim_country
    union all
    select
        'military_bodies_without_ror' as measure,
        count(*) filter (where ror is null) as items,
        count(*) as of_items
    from dim_military_body
    union all
    select
        'quarantined_' || quarantine.entity || '_' || quarantine.reason_code as measure,
        count(*) as items,
        any_value(records.records_in) as of_items
    from typed.quarantine as quarantine
    inner join (
        select
            entity,
            sum(records_in) as records_in
        from batches
        group by entity
    ) as records on quarantine.entity = records.entity
    group by quarantine.entity, quarantine.reason_code

)

select
    recounted.measure,
    mart.items,
    recounted.items as items_recounted,
    mart.of_items,
    recounted.of_items as of_items_recounted
from recounted
left join mart_ops_coverage as mart on recounted.measure = mart.measure
where mart.items is distinct from recounted.items or mart.of_items is distinct from recounted.of_items
union all
select
    mart.measure,
    mart.items,
    0 as items_recounted,
    mart.of_items,
    0 as of_items_recounted
from mart_ops_coverage as mart
anti join recounted on mart.measure = recounted.measure
anti join reference.coverage_measures as seed on mart.measure = seed.measure
where not starts_with(mart.measure, 'unknown_field_')
    and not starts_with(mart.measure, 'emptied_field_')
