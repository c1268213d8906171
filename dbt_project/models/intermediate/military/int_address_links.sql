-- Work x listed body x how the address of an author of its country links it. `affiliation_string` is for what has no ROR and
-- therefore no institution: bodies without one, and numbered institutes and units, whether their whole has one or not. A body
-- that an institution could stand for is linked by a method of its own where the source matched none, or only a hospital or
-- institute of the body, unless an institution links it too. The evidence is how the name was recognised, and the name.
with

affiliations as (

    select * from {{ ref('int_work_affiliations') }}
    where {{ of_slice() }}

),

matches as (

    select * from {{ ref('stg_affiliations__matches') }}

),

addresses_without_country as (

    select distinct affiliation_text
    from matches
    where not names_country

),

-- all who print such an address on the paper are of one country alone, which is then the address's
of_one_country as (

    select
        affiliations.work_id,
        affiliations.raw_affiliation_string
    from affiliations
    inner join addresses_without_country
        on affiliations.raw_affiliation_string = addresses_without_country.affiliation_text
    group by affiliations.work_id, affiliations.raw_affiliation_string
    having count(distinct affiliations.country_code) = 1

),

-- an address that names a body, and that an author of its country prints
named_in_addresses as (

    select
        affiliations.work_id,
        affiliations.is_undecided,
        affiliations.is_of_hospital_or_institute,
        matches.body_id,
        matches.match_kind || ': ' || matches.evidence as evidence,
        matches.ror is null or matches.match_kind in ('numbered_institute', 'unit') as has_no_institution
    from affiliations
    inner join matches
        on affiliations.raw_affiliation_string = matches.affiliation_text
            -- of an author without a country the address alone says where it is
            and (
                affiliations.country_code = matches.country_code
                or (affiliations.country_code = 'ZZ' and matches.names_country)
            )
    where matches.names_country
        or exists (
            select 1
            from of_one_country
            where affiliations.work_id = of_one_country.work_id
                and affiliations.raw_affiliation_string = of_one_country.raw_affiliation_string
        )

),

int_address_links as (

    select
        work_id,
        body_id,
        case
            when has_no_institution then 'affiliation_string'
            when is_undecided then 'undecided_address'
            else 'address_of_part'
        end as link_method,
        evidence
    from named_in_addresses
    where has_no_institution
        or (
            (is_undecided or is_of_hospital_or_institute)
            and not exists (
                select 1
                from {{ ref('int_institution_links') }} as links
                where named_in_addresses.work_id = links.work_id and named_in_addresses.body_id = links.body_id
            )
        )

)

select * from int_address_links
