-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_institution
-- sentence: Names and countries of institutions, funders and topics with a record are those of the newest record.
-- applies: always
with

records as (

    select
        'institution' as kind,
        institution_id as id,
        arg_max(institution_name, batch_id) as name,
        arg_max(upper(country_code), batch_id) as country_code
    from typed.institutions
    group by institution_id
    union all
    select
        'funder' as kind,
        funder_id as id,
        arg_max(funder_name, batch_id) as name,
        arg_max(upper(country_code), batch_id) as country_code
    from typed.funders
    group by funder_id
    union all
    select
        'topic' as kind,
        topic_id as id,
        arg_max(topic_name, batch_id) as name,
        null as country_code
    from typed.topics
    group by topic_id

),

known as (

    select
        'institution' as kind,
        institution_id as id,
        institution_name as name,
        country_code,
        has_source_record
    from dim_institution
    union all
    select
        'funder' as kind,
        funder_id as id,
        funder_name as name,
        country_code,
        has_source_record
    from dim_funder
    union all
    select
        'topic' as kind,
        topic_id as id,
        topic_name as name,
        null as country_code,
        null as has_source_record
    from dim_topic

)

select
    coalesce(known.kind, records.kind) as kind,
    coalesce(known.id, records.id) as id,
    known.name,
    records.name as name_of_record,
    known.country_code,
    records.country_code as country_of_record
from known
full join records on known.kind = records.kind and known.id = records.id
where known.id is null
    or known.has_source_record != (records.id is not null)
    or known.name != records.name
    or known.country_code != records.country_code
