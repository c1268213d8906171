-- Joint paper, one row each: title, links, countries, institutions, funders and listed bodies in words.
with

works as (

    select * from {{ ref('fct_works') }}
    where is_joint and {{ of_slice() }}

),

sides as (

    select
        max(case when side = 'side_a' then side_name end) as side_a_name,
        max(case when side = 'side_b' then side_name end) as side_b_name
    from {{ ref('dim_country') }}

),

work_countries as (

    select
        work_countries.work_id,
        {{ joined('countries.country_name', "work_countries.country_code != 'ZZ'") }} as countries,
        coalesce(bool_or(work_countries.is_of_first_author and countries.side = 'side_a'), false) as is_first_of_side_a,
        coalesce(bool_or(work_countries.is_of_first_author and countries.side = 'side_b'), false) as is_first_of_side_b,
        coalesce(bool_or(work_countries.is_of_first_author and work_countries.country_code != 'ZZ'), false)
            as is_first_known
    from {{ ref('fct_work_countries') }} as work_countries
    left join {{ ref('dim_country') }} as countries on work_countries.country_code = countries.country_code
    where work_countries.work_id in (select work_id from works) and {{ of_slice('work_countries.work_id') }}
    group by work_countries.work_id

),

institutions as (

    select
        named.work_id,
        {{ joined('institutions.institution_label', "institutions.side = 'side_a'") }} as institutions_side_a,
        {{ joined('institutions.institution_label', "institutions.side = 'side_b'") }} as institutions_side_b
    from {{ ref('fct_work_institutions') }} as named
    inner join {{ ref('bi_institution') }} as institutions on named.institution_id = institutions.institution_id
    where named.is_named and {{ of_slice('named.work_id') }}
    group by named.work_id

),

funders as (

    select
        work_id,
        {{ joined('funder_name') }} as funders,
        {{ joined('funder_class_name') }} as funder_classes,
        bool_or(is_side_a_funder) as has_side_a_funder,
        bool_or(is_side_b_funder) as has_side_b_funder
    from {{ ref('bi_work_funder') }}
    where {{ of_slice() }}
    group by work_id

),

links as (

    select
        work_id,
        bool_or(is_listed_today) as is_linked_today,
        bool_or(is_listed_at_publication) as is_linked_at_publication,
        min(narrowest_definition_order) filter (where is_listed_today) as definition_order_today,
        min(narrowest_definition_order) filter (where is_listed_at_publication) as definition_order_at_publication,
        {{ joined('body_name', 'is_listed_today') }} as listed_bodies_today,
        {{ joined('list_name', 'is_listed_today') }} as lists_today
    from {{ ref('bi_work_link') }}
    where {{ of_slice() }}
    group by work_id

),

bi_work as (

    select
        works.work_id,
        works.title,
        works.doi,
        'https://doi.org/' || works.doi as doi_url,
        'https://openalex.org/' || works.work_id as openalex_url,
        make_date(works.publication_year, 1, 1) as year_start,
        works.publication_year,
        works.publication_date,
        works.work_type,
        works.source_name,
        works.publisher_name,
        topics.topic_id,
        topics.topic_name,
        topics.subfield_name,
        topics.field_name,
        coalesce(topics.is_sensitive_topic, false) as is_sensitive_topic,
        topics.sensitive_label,
        nullif(work_countries.countries, '') as countries,
        nullif(institutions.institutions_side_a, '') as institutions_side_a,
        nullif(institutions.institutions_side_b, '') as institutions_side_b,
        case
            when not work_countries.is_first_known then 'unknown'
            when work_countries.is_first_of_side_a and work_countries.is_first_of_side_b then 'both sides'
            when work_countries.is_first_of_side_a then sides.side_a_name
            when work_countries.is_first_of_side_b then sides.side_b_name
            else 'other countries'
        end as first_author_side,
        works.authors_count,
        works.cited_by_count,
        works.fwci,
        coalesce(works.is_retracted, false) as is_retracted,
        works.is_preprint,
        works.is_hyperauthored,
        funders.funders,
        funders.funder_classes,
        funders.work_id is not null as discloses_funding,
        case
            when funders.work_id is null then 'not disclosed'
            when funders.has_side_a_funder and funders.has_side_b_funder then 'both sides'
            when funders.has_side_b_funder then 'only ' || sides.side_b_name
            when funders.has_side_a_funder then 'only ' || sides.side_a_name
            else 'only others'
        end as funding_mix_name,
        coalesce(links.is_linked_today, false) as is_linked_today,
        coalesce(links.is_linked_at_publication, false) as is_linked_at_publication,
        definitions_today.definition_code as narrowest_definition_code,
        definitions_today.definition_name as narrowest_definition_name,
        definitions_then.definition_name as narrowest_definition_name_at_publication,
        nullif(links.listed_bodies_today, '') as listed_bodies,
        nullif(links.lists_today, '') as lists
    from works
    cross join sides
    left join {{ ref('dim_topic') }} as topics on works.primary_topic_id = topics.topic_id
    left join work_countries on works.work_id = work_countries.work_id
    left join institutions on works.work_id = institutions.work_id
    left join funders on works.work_id = funders.work_id
    left join links on works.work_id = links.work_id
    left join {{ ref('dim_military_definition') }} as definitions_today
        on links.definition_order_today = definitions_today.definition_order
    left join {{ ref('dim_military_definition') }} as definitions_then
        on links.definition_order_at_publication = definitions_then.definition_order

)

select * from bi_work
