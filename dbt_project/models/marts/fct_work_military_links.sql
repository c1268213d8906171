-- Work x listed body x how it was found: by ROR, by OpenAlex id, by lineage (a part of a listed body), or by its name in the
-- address of an author of its country. The last is for what has no ROR and therefore no institution: bodies without one, and
-- numbered institutes and units, whether their whole has one or not; and, each by a method of its own, for addresses in which
-- the source matched no institution, or only a hospital or institute of the body.
with

works as (

    select
        work_id,
        -- of a work without a date the year is known
        coalesce(publication_date, make_date(publication_year, 1, 1)) as published_on
    from {{ ref('fct_works') }}

),

bodies as (

    select * from {{ ref('stg_reference__military_bodies') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

work_institutions as (

    select * from {{ ref('int_work_institutions') }}

),

lineage as (

    select * from {{ ref('stg_openalex__institution_lineage') }}

),

affiliations as (

    select * from {{ ref('int_work_affiliations') }}

),

matches as (

    select * from {{ ref('stg_affiliations__matches') }}

),

listings as (

    select * from {{ ref('bridge_military_body_lists') }}

),

body_institutions as (

    select
        bodies.body_id,
        institutions.institution_id,
        case when bodies.ror = institutions.ror then 'ror' else 'openalex_id' end as link_method
    from bodies
    inner join institutions
        on bodies.ror = institutions.ror or bodies.institution_id = institutions.institution_id

),

by_institution as (

    select
        work_institutions.work_id,
        body_institutions.body_id,
        body_institutions.link_method,
        work_institutions.institution_id as evidence
    from work_institutions
    inner join body_institutions on work_institutions.institution_id = body_institutions.institution_id

),

by_lineage as (

    select
        work_institutions.work_id,
        body_institutions.body_id,
        'lineage' as link_method,
        work_institutions.institution_id as evidence
    from work_institutions
    inner join lineage on work_institutions.institution_id = lineage.institution_id
    inner join body_institutions on lineage.ancestor_id = body_institutions.institution_id

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
        or (affiliations.work_id, affiliations.raw_affiliation_string) in (
            select (work_id, raw_affiliation_string) from of_one_country
        )

),

by_affiliation_string as (

    select
        work_id,
        body_id,
        'affiliation_string' as link_method,
        evidence
    from named_in_addresses
    where has_no_institution

),

-- a body that an institution could stand for: where the source matched none, or only a hospital or institute of it
by_undecided_address as (

    select
        work_id,
        body_id,
        case when is_undecided then 'undecided_address' else 'address_of_part' end as link_method,
        evidence
    from named_in_addresses
    where not has_no_institution
        and (is_undecided or is_of_hospital_or_institute)
        and (work_id, body_id) not in (select (work_id, body_id) from by_institution)
        and (work_id, body_id) not in (select (work_id, body_id) from by_lineage)

),

links as (

    select * from by_institution
    union all
    select * from by_lineage
    union all
    select * from by_affiliation_string
    union all
    select * from by_undecided_address

),

linked as (

    select
        work_id,
        body_id,
        link_method,
        {{ joined('evidence') }} as evidence
    from links
    group by work_id, body_id, link_method

),

-- listings decided once for each body and day
body_days as (

    select distinct
        linked.body_id,
        works.published_on
    from linked
    inner join works on linked.work_id = works.work_id

),

body_listings as (

    select
        body_days.body_id,
        body_days.published_on,
        {{ joined('listings.list_id', 'listings.is_listed_today') }} as lists_today,
        {{ joined(
            'listings.list_id',
            is_listed_on('body_days.published_on', 'listings.valid_from', 'listings.valid_to', unknown_start='false')
        ) }} as lists_at_publication
    from body_days
    inner join listings on body_days.body_id = listings.body_id
    group by body_days.body_id, body_days.published_on

),

fct_work_military_links as (

    select
        linked.work_id,
        linked.body_id,
        linked.link_method,
        linked.evidence,
        bodies.category,
        body_listings.lists_today is not null as is_listed_today,
        body_listings.lists_at_publication is not null as is_listed_at_publication,
        coalesce(body_listings.lists_today, '') as lists_today,
        coalesce(body_listings.lists_at_publication, '') as lists_at_publication
    from linked
    inner join works on linked.work_id = works.work_id
    inner join bodies on linked.body_id = bodies.body_id
    left join body_listings
        on linked.body_id = body_listings.body_id
            and works.published_on is not distinct from body_listings.published_on

)

select * from fct_work_military_links
