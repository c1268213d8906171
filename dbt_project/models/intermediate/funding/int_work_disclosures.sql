-- Work x funder as disclosed x award number: what a work says of its money, as it says it: funder id or (without one) ROR
-- (or `crossref:<number>`) and name, and award number, from all generations of fields. Who that is, is decided further down,
-- on every build, because names and patterns are learned later.
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
        funder_ror,
        funder_name,
        null as award_number,
        source_field
    from {{ ref('stg_openalex__work_funders') }}
    union all
    select
        batch_id,
        work_id,
        funder_id,
        funder_ror,
        funder_name,
        award_number,
        source_field
    from {{ ref('stg_openalex__work_awards') }}

),

loaded_now as (

    select disclosures.*
    from disclosures
    where batch_id in (select batch_id from works) and {{ of_slice() }}

),

named as (

    select
        batch_id,
        work_id,
        funder_id,
        case when funder_id is null then funder_ror end as funder_ror,
        funder_name,
        award_number,
        source_field,
        -- where there is an id, ROR and name add nothing to who it is
        case when funder_id is null then nullif(trim({{ comparable('funder_name') }}), '') end as name_key
    from loaded_now

),

bare as (

    select distinct
        work_id,
        batch_id,
        name_key
    from named
    where name_key is not null and funder_ror is null

),

-- few works have a bare name, so few other names are made comparable
others as (

    select
        work_id,
        batch_id,
        trim({{ comparable('funder_name') }}) as name_key,
        funder_id,
        funder_ror
    from loaded_now
    where (funder_id is not null or funder_ror is not null) and work_id in (select work_id from bare)

),

-- The same name stands in the work with an id or a ROR: in `funders` and not in `awards`, say. Then that is who it is.
beside as (

    select
        bare.work_id,
        bare.batch_id,
        bare.name_key,
        min(others.funder_id) as funder_id,
        min(others.funder_ror) as funder_ror
    from bare
    inner join others
        on bare.work_id = others.work_id and bare.batch_id = others.batch_id and bare.name_key = others.name_key
    group by bare.work_id, bare.batch_id, bare.name_key
    having count(distinct coalesce(others.funder_id, others.funder_ror)) = 1

),

identified as (

    select
        named.work_id,
        named.batch_id,
        coalesce(named.funder_id, beside.funder_id) as funder_id,
        case when beside.funder_id is null then coalesce(named.funder_ror, beside.funder_ror) end as funder_ror,
        case when beside.funder_id is null then named.name_key end as name_key,
        named.funder_name,
        named.award_number,
        named.source_field
    from named
    left join beside
        on named.work_id = beside.work_id
            and named.batch_id = beside.batch_id
            and named.name_key = beside.name_key
            and named.funder_ror is null

),

int_work_disclosures as (

    select
        works.work_id,
        works.batch_id,
        identified.funder_id,
        identified.funder_ror,
        identified.name_key,
        identified.award_number,
        max(identified.funder_name) as funder_name,
        {{ joined_fields('identified.source_field') }} as source_fields
    from works
    inner join identified on works.work_id = identified.work_id and works.batch_id = identified.batch_id
    where identified.funder_id is not null
        or identified.funder_ror is not null
        or identified.name_key is not null
        or identified.award_number is not null
    group by
        works.work_id,
        works.batch_id,
        identified.funder_id,
        identified.funder_ror,
        identified.name_key,
        identified.award_number

)

select * from int_work_disclosures
