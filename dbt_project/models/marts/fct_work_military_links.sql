-- Work x listed body x how it was found: by ROR, by OpenAlex id, by lineage (a part of a listed body), or, for bodies that
-- have no ROR and therefore no institution, by a name in the address of an author of the body's country.
with

works as (

    select * from {{ ref('fct_works') }}

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

names_of_bodies as (

    select
        body_id,
        country_code,
        unnest(list_prepend(body_name, string_split(coalesce(aliases, ''), ';'))) as body_alias
    from bodies
    where ror is null

),

comparable_names as (

    select distinct
        body_id,
        country_code,
        trim({{ comparable('body_alias') }}) as body_alias
    from names_of_bodies

),

-- Chinese is written without spaces, so those names are looked for anywhere; others between word boundaries. Short names
-- and single words (LUT, Norinco) would hit strangers.
safe_names as (

    select
        body_id,
        country_code,
        case
            when regexp_matches(body_alias, '\p{Han}') then body_alias
            else ' ' || body_alias || ' '
        end as body_alias
    from comparable_names
    where case
            when regexp_matches(body_alias, '\p{Han}') then length(body_alias) >= 5
            else length(body_alias) >= 12 and contains(body_alias, ' ')
        end

),

addresses as (

    select distinct
        country_code,
        affiliation_text
    from affiliations

),

named_in_addresses as (

    select
        addresses.country_code,
        addresses.affiliation_text,
        safe_names.body_id,
        trim(safe_names.body_alias) as body_alias
    from addresses
    inner join safe_names
        on addresses.country_code = safe_names.country_code
            and contains(addresses.affiliation_text, safe_names.body_alias)

),

by_affiliation_string as (

    select
        affiliations.work_id,
        named_in_addresses.body_id,
        'affiliation_string' as link_method,
        named_in_addresses.body_alias as evidence
    from affiliations
    inner join named_in_addresses
        on affiliations.country_code = named_in_addresses.country_code
            and affiliations.affiliation_text = named_in_addresses.affiliation_text

),

links as (

    select * from by_institution
    union
    select * from by_lineage
    union
    select * from by_affiliation_string

),

linked as (

    select
        work_id,
        body_id,
        link_method,
        string_agg(evidence, '; ' order by evidence) as evidence
    from links
    group by work_id, body_id, link_method

),

-- listings decided once for each body and day
body_days as (

    select distinct
        linked.body_id,
        works.publication_date
    from linked
    inner join works on linked.work_id = works.work_id

),

body_listings as (

    select
        body_days.body_id,
        body_days.publication_date,
        string_agg(distinct listings.list_id, '; ' order by listings.list_id)
        filter (where listings.is_listed_today) as lists_today,
        string_agg(distinct listings.list_id, '; ' order by listings.list_id)
        filter (
            where {{ is_listed_on('body_days.publication_date', 'listings.valid_from', 'listings.valid_to',
                                      unknown_start='false') }}
        ) as lists_at_publication
    from body_days
    inner join listings on body_days.body_id = listings.body_id
    group by body_days.body_id, body_days.publication_date

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
            and works.publication_date is not distinct from body_listings.publication_date

)

select * from fct_work_military_links
