-- Work, one row each, whose record puts an institution in another country than int_institution_countries does (`I1: CN is
-- HK`), or in none (`I1: in HK`), with these corrections as one text. The tables that count countries keep the text they
-- were loaded with, and load a work again when it changed.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='work_id',
          on_schema_change='fail') }}

with

recoded as (

    select
        named.work_id,
        {{ joined(
            "named.institution_id || ': ' || case when named.country_code is null then 'in '
                else concat_ws('/', named.another_country_code, named.country_code) || ' is ' end
                || today.country_code"
        ) }} as country_corrections
    from {{ ref('int_work_institutions') }} as named
    inner join {{ ref('int_institution_countries') }} as today on named.institution_id = today.institution_id
    where named.country_code is distinct from today.country_code or named.another_country_code is not null
    group by named.work_id

),

int_recoded_works as (

    select
        work_id,
        country_corrections
    from recoded
    {% if is_incremental() %}
        union all
        -- corrected once and no more: the tables below must hear of it
        select
            work_id,
            '' as country_corrections
        from {{ this }}
        where work_id not in (select work_id from recoded)
    {% endif %}

)

select * from int_recoded_works
