-- Funder as works disclose it, one row each (id, or ROR and name without one), and who that is: by the id, else by a ROR
-- that one funder alone bears, else by the name. Null where nobody is known by either.
with

disclosed as (

    select distinct
        funder_id,
        funder_ror,
        name_key
    from {{ ref('int_work_disclosures') }}
    where funder_id is not null or funder_ror is not null or name_key is not null

),

rors as (

    select * from {{ ref('int_funder_rors') }}

),

names as (

    select * from {{ ref('int_funder_names') }}

),

int_disclosed_funders as (

    select
        disclosed.funder_id,
        disclosed.funder_ror,
        disclosed.name_key,
        coalesce(disclosed.funder_id, rors.funder_id, names.funder_id) as known_funder_id,
        case
            when disclosed.funder_id is not null then 'funder_id'
            when rors.funder_id is not null then 'funder_ror'
            when names.funder_id is not null then 'funder_name'
        end as recognised_by,
        coalesce(rors.funders, 0) as funders_with_ror
    from disclosed
    left join rors on disclosed.funder_ror = rors.ror
    left join names on disclosed.name_key = names.name_key

)

select * from int_disclosed_funders
