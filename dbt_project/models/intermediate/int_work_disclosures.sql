-- What a work says of its money, as it says it: funder id or (without one) name, and award number, from all generations of
-- fields. Who that is, is decided further down, on every build, because names and patterns are learned later.
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

named as (

    select
        *,
        -- where there is an id, the name adds nothing to who it is
        case when funder_id is null then nullif(trim({{ comparable('funder_name') }}), '') end as name_key
    from disclosures

),

int_work_disclosures as (

    select
        works.work_id,
        works.batch_id,
        named.funder_id,
        named.name_key,
        named.award_number,
        max(named.funder_name) as funder_name,
        {{ joined_fields('named.source_field') }} as source_fields
    from works
    inner join named on works.work_id = named.work_id and works.batch_id = named.batch_id
    where named.funder_id is not null or named.name_key is not null or named.award_number is not null
    group by works.work_id, works.batch_id, named.funder_id, named.name_key, named.award_number

)

select * from int_work_disclosures
