-- Listed body, one row each, of either side that a definition holds, with its names, lists and definition in words.
with

bodies as (

    select * from {{ ref('dim_military_body') }}
    where narrowest_definition_code is not null

),

lists as (

    select
        memberships.body_id,
        {{ joined('lists.list_name', 'memberships.is_listed_today') }} as lists_today,
        coalesce(bool_or(memberships.is_listed_today), false) as is_listed_today,
        min(memberships.valid_from) as first_listed_on
    from {{ ref('bridge_military_body_lists') }} as memberships
    inner join {{ ref('dim_military_list') }} as lists on memberships.list_id = lists.list_id
    group by memberships.body_id

),

-- some bodies share a name
names as (

    select
        body_id,
        count(*) over (partition by body_name) as bodies_of_name
    from bodies

),

bi_body as (

    select
        bodies.body_id,
        bodies.body_name || case when names.bodies_of_name > 1 then ' (' || bodies.body_id || ')' else '' end
            as body_name,
        bodies.country_code,
        countries.country_name,
        countries.side,
        bodies.city,
        bodies.category,
        categories.category_name,
        bodies.narrowest_definition_code,
        definitions.definition_name as narrowest_definition_name,
        definitions.definition_order as narrowest_definition_order,
        bodies.supervising_agency,
        bodies.ror,
        bodies.institution_id,
        coalesce(lists.is_listed_today, false) as is_listed_today,
        nullif(lists.lists_today, '') as lists_today,
        lists.first_listed_on
    from bodies
    inner join {{ ref('dim_country') }} as countries on bodies.country_code = countries.country_code
    inner join names on bodies.body_id = names.body_id
    left join {{ ref('dim_military_category') }} as categories on bodies.category = categories.category
    inner join {{ ref('dim_military_definition') }} as definitions
        on bodies.narrowest_definition_code = definitions.definition_code
    left join lists on bodies.body_id = lists.body_id
    -- links to bodies of other countries are kept in the facts, and the marts count none of them
    where countries.side is not null

)

select * from bi_body
