-- severity: fail
-- kind: integrity
-- group: labels
-- table: candidate
-- sentence: Every code of the marts has a name in its dimension, and names and places of countries are those of the
--     reference tables.
-- applies: always
with

used as (

    select distinct
        'definition' as kind,
        definition_code as code
    from mart_military_links
    union all
    select distinct
        'basis' as kind,
        listing_basis as code
    from mart_military_links
    union all
    select distinct
        'category' as kind,
        category as code
    from dim_military_body
    union all
    select distinct
        'class' as kind,
        funder_class as code
    from dim_funder
    union all
    select distinct
        'programme' as kind,
        programme_code as code
    from dim_funder
    where programme_code is not null
    union all
    select distinct
        'programme' as kind,
        programme_code as code
    from fct_work_awards
    where programme_code is not null
    union all
    select distinct
        'method' as kind,
        link_method as code
    from fct_work_military_links
    union all
    select distinct
        'recognition' as kind,
        recognised_by as code
    from fct_work_funding
    union all
    select distinct
        'reporter' as kind,
        reporter_code || ': ' || reporter_name as code
    from mart_copublication_trends

),

named as (

    select
        'definition' as kind,
        definition_code as code
    from dim_military_definition
    union all
    select
        'basis' as kind,
        listing_basis as code
    from dim_listing_basis
    union all
    select
        'category' as kind,
        category as code
    from dim_military_category
    union all
    select
        'class' as kind,
        funder_class as code
    from dim_funder_class
    union all
    select
        'programme' as kind,
        programme_code as code
    from dim_programme
    union all
    select
        'method' as kind,
        link_method as code
    from dim_link_method
    union all
    select
        'recognition' as kind,
        recognised_by as code
    from dim_funder_recognition
    union all
    select
        'reporter' as kind,
        reporter_code || ': ' || reporter_name as code
    from dim_reporter

)

select
    used.kind,
    used.code,
    'no name' as what
from used
anti join named on used.kind = named.kind and used.code = named.code
union all
select
    names.code_kind as kind,
    names.code,
    'another name than in the reference table' as what
from reference.code_names as names
left join (
    select
        'military_definition' as code_kind,
        definition_code as code,
        definition_name as code_name
    from dim_military_definition
    union all
    select
        'listing_basis' as code_kind,
        listing_basis as code,
        basis_name as code_name
    from dim_listing_basis
    union all
    select
        'military_category' as code_kind,
        category as code,
        category_name as code_name
    from dim_military_category
    union all
    select
        'link_method' as code_kind,
        link_method as code,
        link_method_name as code_name
    from dim_link_method
    union all
    select
        'funder_recognition' as code_kind,
        recognised_by as code,
        recognised_by_name as code_name
    from dim_funder_recognition
) as dimensions on names.code_kind = dimensions.code_kind and names.code = dimensions.code
where dimensions.code_name is distinct from names.code_name
union all
select
    'place' as kind,
    countries.country_code as code,
    'another place than in the reference table' as what
from dim_country as countries
left join reference.country_places as places on countries.country_code = places.country_code
where countries.country_iso3 is distinct from places.iso3_code
    or countries.latitude is distinct from places.latitude::double
    or countries.longitude is distinct from places.longitude::double
union all
select
    'side' as kind,
    countries.country_code as code,
    'another side than in the scope' as what
from dim_country as countries
left join (
    select
        country_code,
        min(role) as side
    from sides
    where role in ('side_a', 'side_b')
    group by country_code
) as scope_sides on countries.country_code = scope_sides.country_code
where countries.side is distinct from scope_sides.side
