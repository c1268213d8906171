-- Body on a military or security list, one row each, with the institution of the data that stands for each, by ROR or id.
with

bodies as (

    select * from {{ ref('stg_reference__military_bodies') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

definitions as (

    select
        category,
        min_by(definition_code, definition_order) as narrowest_definition_code
    from {{ ref('stg_reference__military_definitions') }}
    group by category

),

found as (

    select
        bodies.body_id,
        min(institutions.institution_id) as institution_id
    from bodies
    inner join institutions
        on bodies.ror = institutions.ror or bodies.institution_id = institutions.institution_id
    group by bodies.body_id

),

dim_military_body as (

    select
        bodies.body_id,
        bodies.body_name,
        bodies.aliases,
        bodies.country_code,
        bodies.city,
        bodies.category,
        definitions.narrowest_definition_code,
        bodies.supervising_agency,
        bodies.ror,
        coalesce(bodies.institution_id, found.institution_id) as institution_id,
        found.institution_id is not null as is_institution_in_data,
        bodies.source,
        bodies.as_of_date
    from bodies
    left join found on bodies.body_id = found.body_id
    left join definitions on bodies.category = definitions.category

)

select * from dim_military_body
