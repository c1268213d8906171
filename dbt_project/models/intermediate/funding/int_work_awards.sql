-- Work x funder x award number, with who the funder is and how it was recognised: by its id, else by its ROR or number in
-- Crossref's registry, else by its name, else by the award number. A name, ROR or number of the registry that nobody here
-- bears keeps a key of its own; an award number alone that no pattern knows says that there is a funder, and not which.
with

disclosures as (

    select * from {{ ref('int_work_disclosures') }}
    where {{ of_slice() }}

),

known as (

    select * from {{ ref('int_disclosed_funders') }}

),

programmes as (

    select * from {{ ref('int_award_programmes') }}

),

recognised as (

    select
        disclosures.*,
        coalesce(
            known.known_funder_id,
            programmes.programme_funder_id,
            'name:' || disclosures.name_key,
            case
                when disclosures.funder_ror like 'crossref:%' then disclosures.funder_ror
                else 'ror:' || disclosures.funder_ror
            end,
            'unnamed'
        ) as funder_key,
        -- the surest first
        case
            when known.recognised_by in ('funder_id', 'funder_ror', 'funder_name')
                then {{ way_number('known.recognised_by') }}
            when programmes.programme_funder_id is not null then {{ way_number("'award_pattern'") }}
            else {{ way_number("'none'") }}
        end as way,
        programmes.pattern_id,
        programmes.programme_code
    from disclosures
    left join known
        on disclosures.funder_id is not distinct from known.funder_id
            and disclosures.funder_ror is not distinct from known.funder_ror
            and disclosures.name_key is not distinct from known.name_key
    left join programmes
        on disclosures.funder_id is not distinct from programmes.funder_id
            and disclosures.funder_ror is not distinct from programmes.funder_ror
            and disclosures.name_key is not distinct from programmes.name_key
            and disclosures.award_number = programmes.award_number

),

int_work_awards as (

    select
        work_id,
        batch_id,
        funder_key as funder_id,
        award_number,
        {{ way_name('min(way)') }} as recognised_by,
        max(funder_name) filter (where way != 4) as funder_name,
        min(pattern_id) as pattern_id,
        min(programme_code) as programme_code,
        {{ joined_fields('source_fields') }} as source_fields
    from recognised
    group by work_id, batch_id, funder_key, award_number

)

select * from int_work_awards
