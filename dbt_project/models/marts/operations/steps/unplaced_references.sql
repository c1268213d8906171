-- Measure of coverage x thing that works refer to (funder, ROR, institution, country, listed body) and that it is true of.
with

institution_countries as (

    select
        institution_id,
        {{ each_of(list_of(['country_code', 'another_country_code'])) }} as country_code
    from {{ ref('int_work_institutions') }}
    union
    select
        institution_id,
        country_code
    from {{ ref('stg_openalex__institutions') }}

),

unplaced_references as (

    select
        'fundings_not_recognised' as measure,
        funder_id as item_id,
        1 as items
    from {{ ref('fct_work_funding') }}
    where recognised_by = 'none'
    union all
    select
        'fundings_with_ror_of_several',
        disclosed.funder_ror,
        1
    from {{ ref('int_disclosed_funders') }} as known
    inner join (
        select distinct
            work_id,
            funder_ror,
            name_key
        from {{ ref('int_work_disclosures') }}
        where funder_ror is not null
    ) as disclosed
        on known.funder_ror = disclosed.funder_ror and known.name_key is not distinct from disclosed.name_key
    where known.funders_with_ror > 1
    union all
    select
        {{ each_of(list_of([
            "case when class_matched_by = 'none' then 'funders_without_class' end",
            "case when not has_source_record then 'funders_without_source_record' end"
        ])) }},
        funder_id,
        1
    from {{ ref('dim_funder') }}
    union all
    select
        {{ each_of(list_of([
            "case when country_code is null then 'institutions_without_country' end",
            "case when not has_source_record then 'institutions_without_source_record' end"
        ])) }},
        institution_id,
        1
    from {{ ref('dim_institution') }}
    union all
    select
        'institutions_in_two_countries',
        institution_id,
        1
    from institution_countries
    group by institution_id
    having count(distinct country_code) > 1
    union all
    select
        'unknown_country_codes',
        country_code,
        1
    from {{ ref('dim_country') }}
    where not is_known_code
    union all
    select
        {{ each_of(list_of([
            "case when bodies.ror is null then 'military_bodies_without_ror' end",
            "case when bodies.ror != institutions.record_ror then 'military_bodies_with_another_ror' end",
            "case when bodies.ror is not null and not bodies.is_institution_in_data then 'military_bodies_not_in_data' end"
        ])) }},
        bodies.body_id,
        1
    from {{ ref('dim_military_body') }} as bodies
    -- the source's own record: works keep the ROR that they were loaded with
    left join (
        select
            institution_id,
            coalesce(ror, '') as record_ror
        from {{ ref('stg_openalex__institutions') }}
    ) as institutions
        on bodies.institution_id = institutions.institution_id

)

select * from unplaced_references
