-- Work x funder: funders, awards.funder_id and, in older records, grants, folded into one row each.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded() }}") }}

with

works as (

    {{ works_to_load(ref('int_works')) }}

),

disclosures as (

    select
        batch_id,
        work_id,
        funder_id,
        funder_name,
        null as award_number,
        source_field
    from {{ ref('stg_openalex__work_funders') }}
    union all
    select
        batch_id,
        work_id,
        funder_id,
        funder_name,
        award_number,
        source_field
    from {{ ref('stg_openalex__work_awards') }}

),

int_work_funders as (

    select
        works.work_id,
        works.batch_id,
        disclosures.funder_id,
        max(disclosures.funder_name) as funder_name,
        count(distinct disclosures.award_number) as awards,
        string_agg(distinct disclosures.award_number, '; ' order by disclosures.award_number) as award_numbers,
        string_agg(distinct disclosures.source_field, '; ' order by disclosures.source_field) as source_fields
    from works
    inner join disclosures on works.work_id = disclosures.work_id and works.batch_id = disclosures.batch_id
    where disclosures.funder_id is not null
    group by works.work_id, works.batch_id, disclosures.funder_id

)

select * from int_work_funders
