-- Reporter x year x listed body x nested definition that holds its category x listing basis: joint papers linked to it.
with

joint_works as (

    select * from {{ ref('int_joint_works') }}

),

reporter_sets as (

    select * from {{ ref('int_reporter_sets') }}

),

sides as (

    select
        role,
        country_code
    from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

-- papers that are alike in a listed body, however it was found
works_of_bodies as (

    select distinct
        work_id,
        body_id,
        is_listed_today,
        is_listed_at_publication
    from {{ ref('int_work_military_links') }}

),

alike_with_bodies as (

    select
        joint_works.reporter_set_key,
        joint_works.publication_year,
        works_of_bodies.body_id,
        works_of_bodies.is_listed_today,
        works_of_bodies.is_listed_at_publication,
        count(*) as papers
    from joint_works
    inner join works_of_bodies on joint_works.work_id = works_of_bodies.work_id
    group by
        joint_works.reporter_set_key,
        joint_works.publication_year,
        works_of_bodies.body_id,
        works_of_bodies.is_listed_today,
        works_of_bodies.is_listed_at_publication

),

-- a listed body under each definition that holds its category, of all joint papers
int_listed_body_counts as (

    select
        reporter_sets.reporter_code,
        alike.publication_year,
        definitions.definition_code,
        definitions.definition_order,
        bases.listing_basis,
        bodies.body_id,
        any_value(bodies.body_name) as body_name,
        cast(sum(alike.papers) as bigint) as military_linked_papers,
        {{ papers_where("bodies.category != 'pla_hospital'", 'alike.papers') }}
            as papers_without_hospitals
    from alike_with_bodies as alike
    inner join {{ ref('stg_reference__military_bodies') }} as bodies on alike.body_id = bodies.body_id
    inner join sides on bodies.country_code = sides.country_code
    inner join {{ ref('stg_reference__military_definitions') }} as definitions
        on bodies.category = definitions.category
    inner join (values ('today'), ('at_publication')) as bases (listing_basis)
        on case bases.listing_basis when 'today' then alike.is_listed_today else alike.is_listed_at_publication end
    inner join reporter_sets on alike.reporter_set_key = reporter_sets.reporter_set_key
    group by
        reporter_sets.reporter_code,
        alike.publication_year,
        definitions.definition_code,
        definitions.definition_order,
        bases.listing_basis,
        bodies.body_id

)

select * from int_listed_body_counts
