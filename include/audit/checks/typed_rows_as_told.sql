-- severity: fail
-- kind: integrity
-- group: completeness
-- table: typed
-- sentence: Every typed table has, of each batch, the rows that its manifest tells of.
-- applies: always
with

found as (

    select
        'works' as table_name,
        batch_id,
        count(*) as row_count
    from typed.works
    group by batch_id
    union all
    select
        'authorships' as table_name,
        batch_id,
        count(*) as row_count
    from typed.authorships
    group by batch_id
    union all
    select
        'authorship_institutions' as table_name,
        batch_id,
        count(*) as row_count
    from typed.authorship_institutions
    group by batch_id
    union all
    select
        'authorship_countries' as table_name,
        batch_id,
        count(*) as row_count
    from typed.authorship_countries
    group by batch_id
    union all
    select
        'affiliation_strings' as table_name,
        batch_id,
        count(*) as row_count
    from typed.affiliation_strings
    group by batch_id
    union all
    select
        'work_topics' as table_name,
        batch_id,
        count(*) as row_count
    from typed.work_topics
    group by batch_id
    union all
    select
        'work_funders' as table_name,
        batch_id,
        count(*) as row_count
    from typed.work_funders
    group by batch_id
    union all
    select
        'work_awards' as table_name,
        batch_id,
        count(*) as row_count
    from typed.work_awards
    group by batch_id
    union all
    select
        'institution_lineage' as table_name,
        batch_id,
        count(*) as row_count
    from typed.institution_lineage
    group by batch_id
    union all
    select
        'institutions' as table_name,
        batch_id,
        count(*) as row_count
    from typed.institutions
    group by batch_id
    union all
    select
        'funders' as table_name,
        batch_id,
        count(*) as row_count
    from typed.funders
    group by batch_id
    union all
    select
        'funder_aliases' as table_name,
        batch_id,
        count(*) as row_count
    from typed.funder_aliases
    group by batch_id
    union all
    select
        'topics' as table_name,
        batch_id,
        count(*) as row_count
    from typed.topics
    group by batch_id
    union all
    select
        'totals' as table_name,
        batch_id,
        count(*) as row_count
    from typed.totals
    group by batch_id
    union all
    select
        'tombstones' as table_name,
        batch_id,
        count(*) as row_count
    from typed.tombstones
    group by batch_id
    union all
    select
        'quarantine' as table_name,
        batch_id,
        count(*) as row_count
    from typed.quarantine
    group by batch_id

)

select
    coalesce(told.batch_id, found.batch_id) as batch_id,
    coalesce(told.table_name, found.table_name) as table_name,
    coalesce(told.row_count, 0) as rows_told,
    coalesce(found.row_count, 0) as rows_found
from typed_rows as told
full join found on told.batch_id = found.batch_id and told.table_name = found.table_name
where coalesce(told.row_count, 0) != coalesce(found.row_count, 0)
