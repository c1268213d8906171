-- Work x address as printed x country of its author: where bodies are looked for that no institution stands for. It says too
-- whether the source decided nothing for one of those who print it, and whether it found no more than a hospital or institute.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

works as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

author_institutions as (

    select
        named.work_id,
        named.author_index,
        coalesce(bool_and(named.institution_type in ('healthcare', 'facility')), false) as are_hospitals_or_institutes
    from {{ ref('stg_openalex__authorship_institutions') }} as named
    inner join works on named.work_id = works.work_id and named.batch_id = works.batch_id
    where named.institution_id is not null and {{ of_slice('named.work_id') }}
    group by named.work_id, named.author_index

),

int_work_affiliations as (

    select
        works.work_id,
        any_value(works.batch_id) as batch_id,
        any_value(works.country_corrections) as country_corrections,
        strings.raw_affiliation_string,
        countries.country_code,
        bool_or(institutions.author_index is null or coalesce(strings.institutions_count = 0, false)) as is_undecided,
        bool_or(coalesce(institutions.are_hospitals_or_institutes, false)) as is_of_hospital_or_institute
    from works
    inner join {{ ref('stg_openalex__affiliation_strings') }} as strings
        on works.work_id = strings.work_id and works.batch_id = strings.batch_id
    inner join {{ ref('int_work_author_countries') }} as countries
        on strings.work_id = countries.work_id
            and strings.batch_id = countries.batch_id
            and strings.author_index = countries.author_index
    left join author_institutions as institutions
        on strings.work_id = institutions.work_id
            and strings.author_index = institutions.author_index
    where strings.raw_affiliation_string is not null
        and {{ of_slice('strings.work_id') }}
        and {{ of_slice('countries.work_id') }}
    group by works.work_id, strings.raw_affiliation_string, countries.country_code

)

select * from int_work_affiliations
