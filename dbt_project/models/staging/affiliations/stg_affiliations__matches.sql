-- Address as printed x listed body that it names (include/affiliations). An address that two batches print may stand in two
-- parts, each time with the same rows. A table, because models and tests read it several times.
{{ config(materialized='table') }}

with

stg_affiliations__matches as (

    select distinct
        affiliation_text,
        body_id,
        country_code,
        names_country,
        ror,
        match_kind,
        evidence
    from {{ source('affiliations', 'matches') }}

)

select * from stg_affiliations__matches
