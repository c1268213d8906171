-- Works, one row each, with what the scope says of them.
with

works as (

    select * from {{ ref('int_works') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

subject_topics as (

    select * from {{ ref('stg_scope__topics') }}

),

sides as (

    select
        work_countries.work_id,
        bool_or(groups.role = 'side_a') as is_side_a,
        bool_or(groups.role = 'side_b') as is_side_b
    from {{ ref('int_work_countries') }} as work_countries
    inner join {{ ref('stg_scope__groups') }} as groups on work_countries.country_code = groups.country_code
    where groups.role in ('side_a', 'side_b')
    group by work_countries.work_id

),

placed as (

    select
        works.*,
        scope.is_every_work_in_subject or subject_topics.topic_id is not null as is_in_subject,
        coalesce(works.publication_year between scope.year_from and scope.year_to, false) as is_in_years,
        coalesce(sides.is_side_a and sides.is_side_b, false) as is_of_both_sides
    from works
    cross join scope
    left join subject_topics on works.primary_topic_id = subject_topics.topic_id
    left join sides on works.work_id = sides.work_id

),

fct_works as (

    select
        work_id,
        doi,
        title,
        publication_year,
        publication_date,
        work_type,
        language,
        is_retracted,
        is_paratext,
        authors_count,
        is_authors_truncated,
        primary_topic_id,
        source_id,
        source_name,
        source_type,
        publisher_name,
        cited_by_count,
        fwci,
        referenced_works_count,
        is_in_subject,
        is_in_subject and is_in_years and not is_paratext as is_in_scope,
        is_in_subject and is_in_years and not is_paratext and is_of_both_sides as is_joint,
        api_generation,
        updated_at,
        batch_id
    from placed

)

select * from fct_works
