-- Institution, one row each: the source's latest record; those not yet fetched as the works name them.
with

records as (

    select * from {{ ref('stg_openalex__institutions') }}

),

named_in_works as (

    select
        institution_id,
        {{ of_newest_work('institution_name') }} as institution_name,
        {{ of_newest_work('ror') }} as ror,
        {{ of_newest_work('institution_type') }} as institution_type
    from {{ ref('int_work_institutions') }}
    group by institution_id

),

ancestors as (

    select distinct ancestor_id as institution_id
    from {{ ref('stg_openalex__institution_lineage') }}

),

ids as (

    select institution_id from records
    union
    select institution_id from named_in_works
    union
    select institution_id from ancestors

),

int_institutions as (

    select
        ids.institution_id,
        coalesce(records.institution_name, named_in_works.institution_name) as institution_name,
        coalesce(records.ror, named_in_works.ror) as ror,
        countries.country_code,
        coalesce(records.institution_type, named_in_works.institution_type) as institution_type,
        records.city,
        records.latitude,
        records.longitude,
        records.is_super_system,
        records.works_count as works_count_of_source,
        records.institution_id is not null as has_source_record
    from ids
    left join records on ids.institution_id = records.institution_id
    left join named_in_works on ids.institution_id = named_in_works.institution_id
    left join {{ ref('int_institution_countries') }} as countries on ids.institution_id = countries.institution_id

)

select * from int_institutions
