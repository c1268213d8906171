-- Work x address as printed x country of its author: where bodies that no institution stands for are looked for.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

works as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

int_work_affiliations as (

    select distinct
        works.work_id,
        works.batch_id,
        works.country_corrections,
        strings.raw_affiliation_string,
        countries.country_code
    from works
    inner join {{ ref('stg_openalex__affiliation_strings') }} as strings
        on works.work_id = strings.work_id and works.batch_id = strings.batch_id
    inner join {{ ref('int_work_author_countries') }} as countries
        on strings.work_id = countries.work_id
            and strings.batch_id = countries.batch_id
            and strings.author_index = countries.author_index
    where strings.raw_affiliation_string is not null

)

select * from int_work_affiliations
